/**
 * Series that are nothing on most steps: a customer that calls twice a month. The middle of such values is zero, and a
 * forecast of zero has the least absolute error and is wrong about the month. So they are judged by the squared error
 * of the horizon's total, and a slow mean is among the methods (simple smoothing with a fixed step, as in Croston 1972).
 */
import type { Fit, Method } from './methods.ts';
import { mean } from './numbers.ts';

const MOST_ACTIVE = 0.5;
const STEP = 0.04;
const NO_WARMTH = new Int32Array(0);

export function isSparse(values: Float64Array): boolean {
  let [known, active] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    known += 1;
    if (value !== 0) active += 1;
  }
  return active > 0 && active < MOST_ACTIVE * known;
}

export const fitSlowMean: Method = (values, _season, horizon): Fit | undefined => {
  if (values.length === 0) return undefined;
  let level = mean(values);
  const fitted = new Float64Array(values.length);
  for (let at = 0; at < values.length; at += 1) {
    fitted[at] = level;
    level += STEP * (values[at]! - level);
  }
  return { point: new Float64Array(horizon).fill(level), fitted, warmth: NO_WARMTH };
};
