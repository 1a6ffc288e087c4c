/** What several workflows spend together as one series, without drivers: the other view that a forecast is held against. Pure. */
import { dayClass } from './day-class.ts';
import { dateText } from './history.ts';
import type { History, WorkflowHistory } from './history.ts';
import type { RateStep } from './rate-index.ts';
import { forecastSeries } from './series/series.ts';
import type { SeriesForecast } from './series/series.ts';

const WEEK = [7];
const RECENT_DAYS = 28;

interface Line {
  readonly history: WorkflowHistory;
  readonly steps: readonly RateStep[];
}

export interface CostAsk {
  readonly history: History;
  readonly dates: readonly string[];
  readonly level: number;
}

export function costSeries(lines: readonly Line[], { history, dates, level }: CostAsk): SeriesForecast {
  const values = history.dates.map((_, at) =>
    lines.reduce((sum, line) => sum + (line.history.days.cost[at] ?? 0), 0),
  );
  const first = Math.max(
    0,
    values.findIndex((one) => one > 0),
  );
  return forecastSeries({
    values: values.slice(first),
    periods: WEEK,
    horizon: dates.length,
    level,
    calendar: [...history.dates.slice(first), ...dates].map(dayClass),
    shifts: jointSteps(lines, history, first),
  });
}

/** An announced change of one workflow's prices moves the sum by its share of it. */
function jointSteps(lines: readonly Line[], history: History, first: number) {
  const recent = ({ history: line }: Line): number =>
    line.days.cost.slice(-RECENT_DAYS).reduce((sum, one) => sum + one, 0);
  const whole = lines.reduce((sum, line) => sum + recent(line), 0);
  const joint = new Map<number, number>();
  for (const line of lines)
    for (const { at, factor } of shiftsOf(line.steps, history, first).filter(
      (one) => one.at >= history.dates.length - first,
    ))
      joint.set(at, (joint.get(at) ?? 1) + ((factor - 1) * recent(line)) / Math.max(whole, Number.MIN_VALUE));
  return [...joint].map(([at, factor]) => ({ at, factor }));
}

/** Price steps as changes of level, counted in days from the first of a series. */
export function shiftsOf(steps: readonly RateStep[], history: History, first: number) {
  return steps
    .map((step) => ({ at: placeOf(step, history, first), factor: step.factor, name: step.name }))
    .filter(({ at }) => at > 0);
}

function placeOf(step: RateStep, { dates, calendar }: History, first: number): number {
  const date = dateText(calendar.dateAt(step.atMs), 0);
  const day = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 86_400_000;
  return day(date) - day(dates[0] ?? date) - first;
}

/** Mean square of what a forecast was off by, in the square of its unit. */
export function varianceOf(point: readonly number[], paths: readonly (readonly number[])[]): number {
  const mean = point.reduce((sum, one) => sum + one, 0) / Math.max(1, point.length);
  const errors = paths.flat();
  if (errors.length === 0) return (mean * 0.5) ** 2 + Number.MIN_VALUE; // never judged: believed little
  const square = errors.reduce((sum, one) => sum + one * one, 0) / errors.length;
  return mean * mean * square + Number.MIN_VALUE;
}
