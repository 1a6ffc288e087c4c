/**
 * The units of a cell, handed out in parts that sum to it exactly: single calls of all sizes first, then what is left in
 * proportion to the calls.
 */
import type { Bucket, Usage } from '../units/tokens.ts';
import { BUCKET_NAMES, BUCKETS } from '../units/tokens.ts';
import type { Chance } from './chance.ts';

type Units = { [bucket in Bucket]?: number };

/** How much single calls differ in size: standard deviations of logarithms. */
const INPUT_SPREAD = 0.55;
const OUTPUT_SPREAD = 0.6;
/** A call finds the cache warm so often; else it writes it. */
const WARM = 0.6;
/** A single call never takes more than this of what is left, so that what is left can be shared. */
const MOST = 0.6;

export interface Pool {
  callsLeft(): number;
  /** The part of `calls` calls. The last calls take all that is left. */
  take(calls: number): Usage;
  /** One call, larger or smaller than the mean. */
  takeOne(chance: Chance): Usage;
}

export function createPool(calls: number, usage: Usage): Pool {
  const left: Units = { ...usage };
  const buckets = BUCKET_NAMES.filter((bucket) => (usage[bucket] ?? 0) > 0);
  let callsLeft = calls;

  function taken(part: (rest: number, bucket: Bucket) => number): Units {
    const units: Units = {};
    for (const bucket of buckets) {
      const rest = left[bucket] ?? 0;
      const count = part(rest, bucket);
      if (count <= 0) continue;
      units[bucket] = count;
      left[bucket] = rest - count;
    }
    return units;
  }

  return {
    callsLeft: () => callsLeft,
    take(some) {
      const all = callsLeft;
      callsLeft -= some;
      return some >= all ? taken((rest) => rest) : taken((rest) => Math.floor((rest * some) / all));
    },
    takeOne(chance) {
      const all = callsLeft;
      callsLeft -= 1;
      if (all <= 1) return taken((rest) => rest);
      const size = chance.spread(INPUT_SPREAD);
      const answer = Math.sqrt(size) * chance.spread(OUTPUT_SPREAD);
      const warm = chance.uniform() < WARM;
      return taken((rest, bucket) => {
        const times = BUCKETS[bucket].side === 'output' ? answer : size * cacheTimes(bucket, warm);
        return Math.min(Math.floor((rest / all) * times), Math.floor(rest * MOST));
      });
    },
  };
}

/** Warm calls read, cold ones write, and on the mean both are what the cell has of them. */
function cacheTimes(bucket: Bucket, warm: boolean): number {
  if (bucket === 'cacheRead') return warm ? 1 / WARM : 0;
  if (bucket.startsWith('cacheWrite')) return warm ? 0 : 1 / (1 - WARM);
  return 1;
}

/** Splits every bucket of a usage in two: the first part takes the share, rounded down, the second the rest. */
export function splitIn(
  usage: Usage,
  share: (side: 'input' | 'output' | 'fee') => number,
): readonly [Usage, Usage] {
  const first: Units = {};
  const second: Units = {};
  for (const bucket of BUCKET_NAMES) {
    const units = usage[bucket] ?? 0;
    if (units === 0) continue;
    const part = Math.floor(units * share(BUCKETS[bucket].side));
    if (part > 0) first[bucket] = part;
    if (units - part > 0) second[bucket] = units - part;
  }
  return [first, second];
}
