/**
 * The hue of an entity, the same on every page: by its name, and where two of the largest would get one hue, the smaller takes
 * the next that is free. Who is largest is asked over all time, so that no filter changes a colour.
 */
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';

import { asking } from './server.ts';

const HUES = 8;
const TEN_MINUTES_MS = 600_000;
const CONSIDERED = 100;

/** Class of the mark of a value: `k1` to `k8`, `k0` (grey) for what is none of the largest or has no name. */
export type HueOf = (value: string) => string;

const TIMES: ReadonlySet<string> = new Set(['hour', 'day', 'week', 'month']);

export function useHues(dimension: string): HueOf {
  const isTime = TIMES.has(dimension);
  const { data } = useQuery({
    queryKey: ['hues', dimension],
    queryFn: ({ signal }) =>
      asking(signal).ledger({
        by: [dimension],
        of: ['cost'],
        during: 'all',
        simulated: 'include',
        limit: CONSIDERED,
      }),
    staleTime: TEN_MINUTES_MS,
    enabled: !isTime && dimension !== '',
  });
  const rows = data?.rows;
  return useCallback(
    (value) => (isTime ? '' : (huesOf(rows?.map(({ group }) => group[0] ?? '') ?? []).get(value) ?? 'k0')),
    [rows, isTime],
  );
}

/** @param names the largest first. */
export function huesOf(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Map<number, string>();
  for (const name of names.filter((one) => one !== '')) {
    if (taken.size === HUES) break;
    let hue = preferred(name);
    while (taken.has(hue)) hue = (hue % HUES) + 1;
    taken.set(hue, name);
  }
  return new Map([...taken].map(([hue, name]) => [name, `k${hue}`]));
}

function preferred(name: string): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return (sum % HUES) + 1;
}
