/** Seasonal naive: the last cycle again. The floor that every other method has to beat. */
import type { Fit } from './methods.ts';

const NO_WARMTH = new Int32Array(0);

export function fitNaive(values: Float64Array, period: number, horizon: number): Fit | undefined {
  const count = values.length;
  if (count < period) return undefined;
  const point = new Float64Array(horizon);
  for (let step = 0; step < horizon; step += 1) point[step] = values[count - period + (step % period)]!;
  const fitted = new Float64Array(count).fill(NaN);
  for (let at = period; at < count; at += 1) fitted[at] = values[at - period]!;
  return { point, fitted, warmth: NO_WARMTH };
}
