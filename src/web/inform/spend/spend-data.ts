/** The three questions behind the spend page, asked of the server so that no sum is made of pages in the browser. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import type { LedgerAsk } from '../../../api/client.ts';
import type { LedgerAnswer } from '../../../api/contract.ts';
import type { ExportLink } from '../../parts/exports.tsx';
import { askOf } from '../../parts/filters.ts';
import type { FilterState } from '../../parts/filters.ts';
import { filesOf, focusFiles } from '../files.ts';
import { asking } from '../../parts/server.ts';
import { bucketsOf } from './buckets.ts';
import type { Bucket, Grain } from './buckets.ts';
import { seriesOf } from './series.ts';
import type { SpendSeries } from './series.ts';

const SERIES = 7;
const GROUPS = 10_000;
const MEASURES = ['calls', 'share', 'cost', 'costPerCall', 'averageInputTokens', 'unpricedCalls'];
const STEP_MEASURES = ['calls', 'cost', 'costPerCall', 'unpricedCalls'];
const STEPS: Readonly<Record<Grain, string>> = {
  hour: 'Every hour',
  day: 'Every day',
  week: 'Every week',
  month: 'Every month',
};
const GRAINS: readonly Grain[] = ['hour', 'day', 'week', 'month'];
const REFRESH_MS = 15_000;
const DAY_MS = 86_400_000;
/** The same weekday is at most three days away. */
const WEEKDAYS_AROUND = 4;

export interface Spend {
  readonly answer: LedgerAnswer | undefined;
  readonly buckets: readonly Bucket[];
  readonly series: readonly SpendSeries[];
  /** Of the compared period, by bucket and in its order. */
  readonly before: LedgerAnswer | undefined;
  readonly error: Error | null;
  /** What is shown belongs to the question before. */
  readonly isOld: boolean;
}

export function grainOf(text: string): Grain {
  return GRAINS.find((grain) => grain === text) ?? 'day';
}

/** @param rows how many values are listed; the rest is one row. */
export function useSpend(filters: FilterState, by: string, rows: number): Spend {
  const grain = grainOf(filters.grain);
  const scope = askOf(filters);
  const table = tableAsk(filters, by, rows);
  const groups = useAsked(['spend', table], table);
  const totals = useAsked(['spend', scope, grain], { ...scope, by: [grain], of: ['cost'], limit: GROUPS });
  const cells = useAsked(['spend', scope, grain, by], {
    ...scope,
    by: [grain, by],
    of: ['cost'],
    limit: GROUPS,
  });
  const compared = groups.data?.compared;
  const before = useAsked(
    ['spend', scope, grain, compared?.during],
    {
      ...scope,
      during: compared === undefined ? '' : aroundOf(compared.during, grain),
      by: [grain],
      of: ['cost'],
      limit: GROUPS,
    },
    compared !== undefined,
  );
  const chart = useMemo(
    () => chartOf(grain, groups.data, totals.data, cells.data),
    [grain, groups.data, totals.data, cells.data],
  );
  return {
    ...chart,
    answer: groups.data,
    before: compared === undefined ? undefined : before.data,
    error: groups.error ?? totals.error ?? cells.error,
    isOld: groups.isPlaceholderData || totals.isPlaceholderData || cells.isPlaceholderData,
  };
}

function tableAsk(filters: FilterState, by: string, rows: number): LedgerAsk {
  return { ...askOf(filters), ...compareOf(filters), by: [by], of: MEASURES, limit: rows };
}

function compareOf({ compare }: FilterState): Pick<LedgerAsk, 'compare'> {
  return compare === 'off' ? {} : { compare };
}

/** The table, and each step of time beside the one that it is compared with. */
export function spendFiles(filters: FilterState, by: string, rows: number): ExportLink[] {
  const grain = grainOf(filters.grain);
  const steps = { ...askOf(filters), ...compareOf(filters), by: [grain], of: STEP_MEASURES, limit: GROUPS };
  return [
    ...filesOf('This table', 'ledger', tableAsk(filters, by, rows)),
    ...filesOf(STEPS[grain], 'ledger', steps),
    ...focusFiles(filters.during),
  ];
}

/** Days are drawn behind their weekday, so some days on both sides are needed. */
function aroundOf({ from, to }: { from: string; to: string }, grain: Grain): string {
  const more = grain === 'day' ? WEEKDAYS_AROUND * DAY_MS : 0;
  const instant = (ms: number): string => new Date(ms).toISOString();
  return `${instant(Date.parse(from) - more)}..${instant(Date.parse(to) + more)}`;
}

function useAsked(key: readonly unknown[], ask: LedgerAsk, enabled = true) {
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => asking(signal).ledger(ask),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
    ...(!enabled && { enabled }), // where it is asked, it can be stopped
  });
}

function chartOf(
  grain: Grain,
  groups: LedgerAnswer | undefined,
  totals: LedgerAnswer | undefined,
  cells: LedgerAnswer | undefined,
): Pick<Spend, 'buckets' | 'series'> {
  if (groups === undefined || totals === undefined || cells === undefined) return { buckets: [], series: [] };
  const buckets = bucketsOf(grain, spanOf(totals, grain), totals.timeZone, totals.asOfMs);
  const names = groups.rows
    .filter(({ figures }) => (figures.cost ?? '0') !== '0')
    .slice(0, SERIES)
    .map(({ group }) => group[0] ?? '');
  return { buckets, series: seriesOf({ buckets, totals, cells, names }) };
}

/** All time begins with the first call, not with the clock. */
function spanOf({ during, rows }: LedgerAnswer, grain: Grain): { from: string; to: string } {
  const first = rows.map(({ group }) => group[0] ?? '').toSorted()[0];
  if (during.text !== 'all' || first === undefined) return during;
  const from = grain === 'month' ? `${first}-01T00:00:00Z` : new Date(Date.parse(first)).toISOString();
  return { from, to: during.to };
}
