/** What every page asks about, held in the address: period, comparison, granularity, filters, time zone. */
import { useMemo } from 'react';

import { addressAfter, useAddress } from './address.ts';
import { fromAddress, toAddress } from './conditions.ts';
import type { Conditions } from './conditions.ts';
import { history } from './path.ts';

export interface FilterState {
  /** As the API takes it: `this-month`, `30d`, `2026-10`, `2026-10-01..2026-10-15`. */
  readonly during: string;
  /** `previous`, `year`, `off`, or a period. */
  readonly compare: string;
  readonly grain: string;
  readonly where: Conditions;
  /** Empty: the server's time zone. */
  readonly zone: string;
}

export const FILTER_DEFAULTS = {
  during: 'this-month',
  compare: 'previous',
  grain: 'day',
  where: '',
  zone: '',
} as const;

export type SetFilters = (change: Partial<FilterState>, how?: 'step' | 'replace') => void;

export function useFilters(): [FilterState, SetFilters] {
  const [address, go] = useAddress(FILTER_DEFAULTS);
  const { during, compare, grain, where, zone } = address;
  const filters = useMemo(
    () => ({ during, compare, grain, where: fromAddress(where), zone }),
    [during, compare, grain, where, zone],
  );
  const set: SetFilters = ({ where: conditions, ...change }, how) =>
    go({ ...change, ...(conditions !== undefined && { where: toAddress(conditions) }) }, how);
  return [filters, set];
}

/** The same outside of a component: for keys and the palette. */
export function filtersNow(): FilterState {
  const given = new URLSearchParams(history.location.search);
  const value = (name: keyof typeof FILTER_DEFAULTS): string => given.get(name) ?? FILTER_DEFAULTS[name];
  return {
    during: value('during'),
    compare: value('compare'),
    grain: value('grain'),
    where: fromAddress(value('where')),
    zone: value('zone'),
  };
}

export function changeFilters({ where, ...change }: Partial<FilterState>): void {
  const { pathname, search } = history.location;
  const next = { ...change, ...(where !== undefined && { where: toAddress(where) }) };
  const target = addressAfter(search, FILTER_DEFAULTS, next);
  if (target !== search) history.push(`${pathname}${target}`);
}

/** The part of a question to the API that the filter bar decides. */
export function askOf({ during, where, zone }: FilterState): {
  during: string;
  where?: readonly string[];
  timeZone?: string;
} {
  return { during, ...(where.length > 0 && { where }), ...(zone !== '' && { timeZone: zone }) };
}

/** Adds a condition, or takes it away where it is there already. */
export function toggled(where: Conditions, condition: string): Conditions {
  return where.includes(condition) ? where.filter((one) => one !== condition) : [...where, condition];
}
