/** Data for the gallery: made up, the same each time, and shaped like the hard cases. */
import type { BarBucket, BarSeries } from '../marks/bars.ts';
import type { LinePoint } from '../marks/line-shape.ts';
import type { Reading } from '../marks/reading.ts';

const PICO = 1_000_000;
const NAMES = ['Support copilot', 'Contract extraction', 'Sales research', 'Everything else'];
const HUES = ['k1', 'k2', 'k3', 'k0'];

/** A course that looks like spend and is the same on every visit. */
function wave(at: number, seed: number): number {
  return 1 + 0.35 * Math.sin(at / 2.1 + seed) + 0.2 * Math.sin(at * 1.7 + seed * 3) + 0.01 * at;
}

export function bucketsOf(
  count: number,
  change: (at: number) => Partial<BarBucket> = () => ({}),
): BarBucket[] {
  return Array.from({ length: count }, (_, at) => ({
    key: String(at),
    label: `${(at % 30) + 1} Nov`,
    partial: false,
    ...change(at),
  }));
}

/** @param dollars about what a bucket of the largest series holds. */
export function seriesOf(count: number, dollars: number, series = 4): BarSeries[] {
  return NAMES.slice(0, series).map((label, which) => ({
    name: label,
    label,
    hue: HUES[which] ?? 'k0',
    amounts: Array.from({ length: count }, (_, at) => picodollars((dollars * wave(at, which)) / (which + 1))),
  }));
}

export function ghostOf(count: number, dollars: number): bigint[] {
  return Array.from({ length: count }, (_, at) => picodollars(dollars * 1.9 * wave(at + 1, 5)));
}

/** A made-up figure, not money that anybody is asked for: the only place where a float becomes an amount. */
function picodollars(dollars: number): bigint {
  return BigInt(Math.round(dollars * PICO)) * BigInt(PICO);
}

interface CourseShape {
  readonly around: number;
  /** Points before it are not measured. */
  readonly measuredFrom?: number;
  readonly forecastFrom?: number;
}

export function pointsOf(
  count: number,
  { around, measuredFrom = 0, forecastFrom = count }: CourseShape,
): LinePoint[] {
  return Array.from({ length: count }, (_, at) => {
    const key = String(at);
    const label = `${(at % 30) + 1} Nov`;
    if (at < measuredFrom) return { key, label, value: undefined };
    const value = around * (1.25 - 0.15 * wave(at, 2));
    return {
      key,
      label,
      value: reading(value),
      interval: [reading(value * 0.96), reading(value * 1.05)],
      forecast: at >= forecastFrom,
    };
  });
}

/** A made-up figure with as many digits as it needs. */
export function reading(at: number, text = `$${Number(at.toPrecision(3))}`): Reading {
  return { at, text };
}
