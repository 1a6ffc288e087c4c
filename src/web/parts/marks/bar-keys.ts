/** Walking a bar chart by keyboard, and choosing a stretch of it by pointer. */
import { useState } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';

import { formatDollars } from '../../../units/money.ts';
import { moneyText } from '../../../units/figures.ts';
import type { SpendBarsProps } from './bars.ts';

interface Here {
  readonly bucket: number;
  /** Undefined: the whole bucket. */
  readonly series: number | undefined;
}

export function useBarKeys({ buckets, series, notes = [], onOpen, onLit }: SpendBarsProps) {
  const [here, setHere] = useState<Here>();
  const leave = (): void => {
    setHere(undefined);
    onLit(undefined);
  };
  const go = (next: Here): void => {
    setHere(next);
    onLit(next.series === undefined ? undefined : series[next.series]?.name);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && here !== undefined) {
      event.stopPropagation();
      return leave();
    }
    if (event.key === 'Enter' && here !== undefined) {
      event.preventDefault();
      return onOpen(here.bucket, here.series === undefined ? undefined : series[here.series]?.name);
    }
    const next = moved(event.key, here, buckets.length, series.length);
    if (next === undefined) return;
    event.preventDefault();
    go(next);
  };
  return {
    here,
    leave,
    onKeyDown,
    said: here === undefined ? '' : `${sentenceOf(here, buckets, series)}${happenedIn(here, notes)}`,
  };
}

/** Left and right walk time, up and down the series; above the last one is the whole bucket again. */
function moved(key: string, here: Here | undefined, buckets: number, series: number): Here | undefined {
  const { bucket, series: at } = here ?? { bucket: -1, series: undefined };
  const within = (next: number): number => Math.max(0, Math.min(buckets - 1, next));
  switch (key) {
    case 'ArrowRight':
      return { bucket: within(bucket + 1), series: at };
    case 'ArrowLeft':
      return { bucket: within(here === undefined ? buckets - 1 : bucket - 1), series: at };
    case 'Home':
      return { bucket: 0, series: at };
    case 'End':
      return { bucket: buckets - 1, series: at };
    case 'ArrowUp':
      return { bucket: within(bucket), series: at === undefined ? 0 : at + 1 < series ? at + 1 : undefined };
    case 'ArrowDown':
      return { bucket: within(bucket), series: at === undefined ? series - 1 : at > 0 ? at - 1 : undefined };
    default:
      return undefined;
  }
}

function happenedIn({ bucket }: Here, notes: NonNullable<SpendBarsProps['notes']>): string {
  const here = notes.filter(({ at }) => at === bucket).map(({ text, label }) => text ?? label);
  return here.length === 0 ? '' : `. ${here.join('. ')}`;
}

function sentenceOf(
  { bucket, series: at }: Here,
  buckets: SpendBarsProps['buckets'],
  series: SpendBarsProps['series'],
): string {
  const total = series.reduce((sum, { amounts }) => sum + (amounts[bucket] ?? 0n), 0n);
  const there = buckets[bucket];
  if (there?.unknown === true) return `${there.label}: not measured`;
  const how = there?.partial === true ? ', so far' : there?.forecast === true ? ', forecast' : '';
  const where = `${there?.label ?? ''}${how}`;
  const whole = moneyText(formatDollars(total));
  const its = at === undefined ? undefined : series[at];
  if (its === undefined) return `${where}: ${whole}`;
  return `${where}: ${its.label} ${moneyText(formatDollars(its.amounts[bucket] ?? 0n))} of ${whole}`;
}

interface Pointing {
  readonly onRange: SpendBarsProps['onRange'];
  readonly bucketAt: (clientX: number, left: number) => number;
  readonly range: readonly [number, number] | undefined;
  readonly setRange: (range: readonly [number, number] | undefined) => void;
}

/** A press that stays in its bucket is a click and none of ours. */
export function pointed({ onRange, bucketAt, range, setRange }: Pointing) {
  if (onRange === undefined) return {};
  const at = (event: PointerEvent): number =>
    bucketAt(event.clientX, event.currentTarget.getBoundingClientRect().left);
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button === 0) setRange([at(event), at(event)]);
    },
    onPointerMove: (event: PointerEvent) => {
      if (range !== undefined) setRange([range[0], at(event)]);
    },
    onPointerUp: (event: PointerEvent) => {
      if (range === undefined) return;
      const end = at(event);
      setRange(undefined);
      if (end !== range[0]) onRange(Math.min(range[0], end), Math.max(range[0], end));
    },
    onPointerLeave: () => setRange(undefined),
  };
}
