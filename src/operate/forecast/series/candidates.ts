/** Every method in its variants, side by side over one prepared series, and the combination of those that did well. */
import { fitEts } from './ets.ts';
import type { Fit, Method, Season, Warmth } from './methods.ts';
import { fitMultiSeason } from './multi-season.ts';
import { fitNaive } from './naive.ts';
import { medianOfFew } from './numbers.ts';
import { fitSlowMean } from './sparse.ts';
import { fitTheta } from './theta.ts';
import type { MethodName } from './words.ts';

export interface Variant {
  readonly method: Exclude<MethodName, 'combination' | 'pooled'>;
  readonly fit: Method;
}

/** The variants that a series with these seasons is tried with. The first is the floor. */
export function variantsOf(periods: readonly number[], positive: boolean, sparse: boolean): Variant[] {
  const several = periods.length > 1;
  const naive = (period: number): Variant => ({
    method: 'seasonal-naive',
    fit: (values, _season, horizon) => fitNaive(values, period, horizon),
  });
  const variants: Variant[] = [...periods, 1].map(naive);
  variants.push({ method: 'ets', fit: fitEts }, { method: 'theta', fit: fitTheta });
  if (sparse) variants.push({ method: 'ets', fit: fitSlowMean });
  if (several) variants.push({ method: 'theta', fit: shortest(fitTheta) });
  if (periods.length > 0) {
    variants.push(
      { method: 'ets', fit: withoutSeason(fitEts) },
      { method: 'theta', fit: withoutSeason(fitTheta) },
    );
    variants.push({ method: 'multi-season', fit: additively(fitMultiSeason) });
    if (positive) variants.push({ method: 'multi-season', fit: byFactors(fitMultiSeason) });
    if (several) variants.push({ method: 'multi-season', fit: shortest(fitMultiSeason) });
  }
  return variants;
}

function shortest(method: Method): Method {
  return (values, season, horizon, warmth) =>
    method(values, { ...season, periods: season.periods.slice(0, 1) }, horizon, warmth);
}

function withoutSeason(method: Method): Method {
  return (values, season, horizon, warmth) => method(values, { ...season, periods: [] }, horizon, warmth);
}

function additively(method: Method): Method {
  return (values, season, horizon, warmth) =>
    method(values, { ...season, multiplicative: false }, horizon, warmth);
}

/** Only where factors may be used: else it would be the additive one once more. */
function byFactors(method: Method): Method {
  return (values, season, horizon, warmth) =>
    season.multiplicative ? method(values, season, horizon, warmth) : undefined;
}

/** Fits every variant; `warmths` is read and written, so that the next fit begins where this one ended. */
export function fitAll(
  variants: readonly Variant[],
  values: Float64Array,
  season: Season,
  horizon: number,
  warmths: Array<Warmth | undefined>,
): Array<Fit | undefined> {
  return variants.map(({ fit }, index) => {
    const found = fit(values, season, horizon, warmths[index]);
    warmths[index] = found?.warmth;
    return found?.point.every((value) => Number.isFinite(value)) === true ? found : undefined;
  });
}

/** Middle of the paths, step by step. NaN where none has a value. */
export function middleOf(paths: readonly Float64Array[]): Float64Array {
  const [only] = paths;
  if (only !== undefined && paths.length === 1) return only;
  const length = only?.length ?? 0;
  const middle = new Float64Array(length);
  const few = new Float64Array(paths.length);
  for (let step = 0; step < length; step += 1) {
    let known = 0;
    for (const path of paths) {
      const value = path[step]!;
      if (value === value) few[known++] = value;
    }
    middle[step] = medianOfFew(few, known);
  }
  return middle;
}
