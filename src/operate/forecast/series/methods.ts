/** What a method of forecasting is. A leaf; each method implements it in a file of its own. */

export interface Season {
  readonly periods: readonly number[];
  /** Values are above zero throughout, so that factors may be used. */
  readonly multiplicative: boolean;
}

/** Where the search for parameters ended: the next fit of the same series begins there. */
export type Warmth = Int32Array;

export interface Fit {
  readonly point: Float64Array;
  /** One step ahead, made before the step was seen; NaN where the method has none yet. */
  readonly fitted: Float64Array;
  readonly warmth: Warmth;
}

/** @returns undefined where the series is too short for the method. */
export type Method = (
  values: Float64Array,
  season: Season,
  horizon: number,
  warmth: Warmth | undefined,
) => Fit | undefined;

/** Walks a grid of parameters downhill, one at a time, from where it stands; `loss` is asked once per place. */
export function descend(
  sizes: readonly number[],
  start: Warmth,
  loss: (place: Warmth) => number,
): { readonly place: Warmth; readonly loss: number } {
  const place = start.slice();
  let best = loss(place);
  if (Number.isNaN(best)) best = Infinity;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep += 1) {
    let moved = false;
    for (let axis = 0; axis < sizes.length; axis += 1) {
      for (const step of [1, -1]) {
        const stood = place[axis]!;
        for (let at = stood + step; at >= 0 && at < sizes[axis]!; at += step) {
          place[axis] = at;
          const found = loss(place);
          if (!(found < best)) {
            place[axis] = at - step;
            break;
          }
          best = found;
          moved = true;
        }
        if (place[axis] !== stood) break;
      }
    }
    if (!moved) break;
  }
  return { place, loss: best };
}

const MOST_SWEEPS = 6;
