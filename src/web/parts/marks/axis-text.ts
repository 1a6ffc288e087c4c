/** Figures on an axis: one unit and one precision for all ticks, taken from their largest and their step. */

import { textWidth } from './reading.ts';

const UNITS = [
  { from: 1e9, by: 1e9, sign: 'B' },
  { from: 1e6, by: 1e6, sign: 'M' },
  { from: 1e3, by: 1e3, sign: 'k' },
] as const;
const MOST_DECIMALS = 12;
const GAP = 8;
const LEAST = 20;

/** What a figure is written as, for the ticks of one axis. */
export type TickText = (value: number) => string;

export function moneyTicks(ticks: readonly number[]): TickText {
  const most = Math.max(...ticks.map(Math.abs), 0);
  const { by, sign } = UNITS.find(({ from }) => most >= from) ?? { by: 1, sign: '' };
  const decimals = decimalsOf(stepOf(ticks) / by);
  return (value) => {
    if (value === 0) return '$0';
    return `${value < 0 ? '−' : ''}$${(Math.abs(value) / by).toFixed(decimals)}${sign}`;
  };
}

/** The room that the widest tick needs at the left of a chart. */
export function roomFor(texts: readonly string[]): number {
  return Math.ceil(Math.max(...texts.map(textWidth), LEAST)) + GAP;
}

function stepOf(ticks: readonly number[]): number {
  const steps = ticks.slice(1).map((tick, at) => Math.abs(tick - (ticks[at] ?? 0)));
  return steps.length === 0 ? Math.abs(ticks[0] ?? 1) || 1 : Math.min(...steps);
}

/** Decimals that tell two neighbours apart: none for steps of 2, one for 0.5, two for 0.05 and 0.25. */
function decimalsOf(step: number): number {
  for (let decimals = 0; decimals < MOST_DECIMALS; decimals += 1) {
    const scaled = step * 10 ** decimals;
    if (scaled >= 1 && Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return decimals;
  }
  return MOST_DECIMALS;
}
