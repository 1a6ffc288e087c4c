/** How far the drivers of the past were off, and how they go together: what draws of the future are made of. Pure. */
import { stretched } from './engine.ts';
import type { CompanyForecast, LineForecast } from './engine.ts';
import { logRatio, monthsAhead } from './outlook.ts';
import { SPREAD_DRIVERS } from './spread.ts';
import type { Spread } from './spread.ts';

/** Believed as if this many more folds had shown drivers to go their own ways. */
const SHRINKAGE = 5;

/** How far the drivers of these lines were off by month, and how they go together. */
export function spreadOf(forecast: CompanyForecast, lines: readonly LineForecast[]): Spread {
  const months = monthsAhead(forecast, lines);
  const judged = lines.flatMap((line) => {
    const errors = months.map(({ days }) => driverErrors(forecast, line, days));
    return line.paths.length > 1 ? [{ line, errors }] : [];
  });
  const weights = judged.map(({ line }) => line.cost.reduce((sum, one) => sum + one, 0));
  const whole = weights.reduce((sum, one) => sum + one, 0);
  const weighted = (of: (at: number) => number): number =>
    whole === 0 ? 0 : judged.reduce((sum, _, at) => sum + (of(at) * (weights[at] ?? 0)) / whole, 0);
  const first = (at: number, driver: number): readonly number[] => judged[at]?.errors.at(-1)?.[driver] ?? [];
  return {
    drivers: SPREAD_DRIVERS,
    months: months.map(({ month }, place) => ({
      month,
      deviations: SPREAD_DRIVERS.map((_, driver) =>
        weighted((at) => rootMean(judged[at]?.errors[place]?.[driver] ?? [])),
      ),
    })),
    correlation: SPREAD_DRIVERS.map((_, row) =>
      SPREAD_DRIVERS.map((_unused, column) =>
        row === column ? 1 : weighted((at) => correlation(first(at, row), first(at, column))),
      ),
    ),
    between: Math.min(
      0.95,
      Math.max(
        0,
        betweenLines(
          judged.map((_, at) => first(at, 0)),
          weights,
        ),
      ),
    ),
  };
}

/** Log errors of a month by driver and fold. */
function driverErrors(
  { parts }: CompanyForecast,
  { drivers, calls }: LineForecast,
  days: readonly number[],
): number[][] {
  if (drivers === undefined) return SPREAD_DRIVERS.map(() => []);
  const { inputTokens, outputTokens, rate } = drivers;
  const of = (series: LineSeries, weight: (at: number) => number): number[] =>
    series.residuals.map((path) => {
      const sum = days.reduce((total, at) => total + weight(at), 0);
      const came = days.reduce((total, at) => total + weight(at) * (1 + stretched(path, at)), 0);
      return sum > 0 ? logRatio(came / sum) : 0;
    });
  const volume = (at: number): number => (calls[at] ?? 0) * (parts[at] ?? 1);
  const input = of(inputTokens, (at) => volume(at) * (inputTokens.point[at] ?? 0));
  const output = of(outputTokens, (at) => volume(at) * (outputTokens.point[at] ?? 0));
  const size = (series: LineSeries): number =>
    days.reduce((sum, at) => sum + volume(at) * (series.point[at] ?? 0), 0);
  const share = size(inputTokens) / Math.max(size(inputTokens) + size(outputTokens), Number.MIN_VALUE);
  return [
    of(drivers.calls, volume),
    input.map((one, fold) => share * one + (1 - share) * (output[fold] ?? 0)),
    of(rate, volume),
  ];
}

type LineSeries = { readonly residuals: readonly (readonly number[])[]; readonly point: readonly number[] };

function rootMean(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.sqrt(values.reduce((sum, one) => sum + one * one, 0) / values.length);
}

/** About zero, not about the mean: what was always off the same way goes together too. */
function correlation(left: readonly number[], right: readonly number[]): number {
  const folds = Math.min(left.length, right.length);
  let [both, one, other] = [0, 0, 0];
  for (let back = 1; back <= folds; back += 1) {
    const [a, b] = [left.at(-back) ?? 0, right.at(-back) ?? 0];
    both += a * b;
    one += a * a;
    other += b * b;
  }
  if (one === 0 || other === 0) return 0;
  return (both / Math.sqrt(one * other)) * (folds / (folds + SHRINKAGE));
}

function betweenLines(errors: readonly (readonly number[])[], weights: readonly number[]): number {
  let [sum, weight] = [0, 0];
  for (let left = 0; left < errors.length; left += 1)
    for (let right = 0; right < left; right += 1) {
      const both = (weights[left] ?? 0) * (weights[right] ?? 0);
      sum += both * correlation(errors[left] ?? [], errors[right] ?? []);
      weight += both;
    }
  return weight === 0 ? 0 : sum / weight;
}
