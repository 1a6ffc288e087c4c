/** What a fan is made of, and the room that it has. */
import { scaleLinear } from '@visx/scale';

import { moneyTicks, roomFor } from './axis-text.ts';
import type { FanPoint } from './fan-shape.ts';

export interface FanLine {
  readonly key: string;
  /** What it is called, and what it comes to: they stand at its end. */
  readonly name: string;
  readonly value: string;
  /** Against the forecast, where there is room for it. */
  readonly change: string;
  readonly note: string;
  readonly picked: boolean;
  readonly points: readonly FanPoint[];
}

export interface FanBand {
  readonly day: number;
  readonly low: number;
  readonly high: number;
  readonly midLow: number;
  readonly midHigh: number;
}

/** A thing that happened or is to happen on a day, in words. */
export interface FanMark {
  readonly day: number;
  readonly text: string;
}

export interface FanProps {
  readonly actual: readonly FanPoint[];
  readonly lines: readonly FanLine[];
  readonly band: readonly FanBand[];
  readonly plans: ReadonlyArray<{ readonly from: number; readonly to: number; readonly amount: number }>;
  readonly budget: { readonly amount: number; readonly text: string } | undefined;
  /** Where a line passes the budget. */
  readonly crossings: readonly FanMark[];
  readonly marks: readonly FanMark[];
  readonly swing: { readonly from: string; readonly to: string; readonly text: string } | undefined;
  readonly name: string;
  readonly caption: string;
  /** What is said of a day when it is walked to. */
  readonly sayAt: (day: number) => string;
}

type Scale = ReturnType<typeof scaleLinear<number>>;

/** Where everything is drawn: scales, and the room at the right for names. */
export interface FanRoom {
  readonly x: Scale;
  readonly y: Scale;
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly narrow: boolean;
}

export const FAN = { HEIGHT: 400, TOP: 26, BOTTOM: 26, TICKS: 5 } as const;
const NARROW = 560;
const ENDS = { wide: 178, narrow: 84 };

export function roomOf({ actual, lines, band, plans, budget }: FanProps, width: number): FanRoom {
  const narrow = width < NARROW;
  const all = [actual, ...lines.map(({ points }) => points)].flat();
  const levels = [
    ...all.map(({ value }) => value),
    ...band.map(({ high }) => high),
    ...plans.map(({ amount }) => amount),
    budget?.amount ?? 0,
  ];
  const y = scaleLinear({
    domain: [0, Math.max(...levels) || 1],
    range: [FAN.HEIGHT - FAN.BOTTOM, FAN.TOP],
    nice: FAN.TICKS,
  });
  const ticks = y.ticks(FAN.TICKS);
  const left = roomFor(ticks.map(moneyTicks(ticks)));
  const right = width - (narrow ? ENDS.narrow : ENDS.wide);
  const days = all.map(({ day }) => day);
  const x = scaleLinear({ domain: [Math.min(...days), Math.max(...days)], range: [left, right] });
  return { x, y, width, left, right, narrow };
}
