/** The geometry of a waterfall: levels, where the columns are cut, and whether there is room for columns at all. */
import { textWidth } from './reading.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The level before the first step, and after each. */
export function levelsOf(from: number, steps: readonly { readonly amount: number }[]): number[] {
  const levels = [from];
  for (const { amount } of steps) levels.push((levels.at(-1) ?? 0) + amount);
  return levels;
}

/** Where all levels lie far above zero, the floor is lifted, so that steps can be seen. Zero: it is not cut. */
export function cutAt(levels: readonly number[], to: number): number {
  const all = [...levels, to];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  if (least <= 0 || most === least || (most - least) / most > 0.4) return 0;
  return Math.max(0, least - (most - least) * 0.8);
}

/** From the floor to the highest level; with the base line always inside where nothing is cut. */
export function domainOf(levels: readonly number[], to: number): [number, number] {
  const cut = cutAt(levels, to);
  const all = [...levels, to];
  const floor = cut > 0 ? cut : Math.min(0, ...all);
  const top = Math.max(...all, floor);
  return [floor, top === floor ? floor + 1 : top];
}

/** Every mark from left to right: the first column, the steps, the last column. */
export function spansOf(levels: readonly number[], to: number): Span[] {
  const base = Math.max(0, domainOf(levels, to)[0]);
  const steps = levels.slice(1).map((level, at) => ({ from: levels[at] ?? 0, to: level }));
  return [{ from: base, to: levels[0] ?? 0 }, ...steps, { from: base, to }];
}

/** Columns need room for the widest label under each; otherwise every step gets a row of its own. */
export function fitsColumns(texts: readonly string[], columns: number, width: number): boolean {
  return Math.max(...texts.map(textWidth)) + 6 <= width / columns;
}
