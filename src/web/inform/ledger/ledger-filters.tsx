import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { LedgerAnswer } from '../../../api/contract.ts';
import type { FilterState, SetFilters } from '../../parts/filters.ts';
import { Choice, Facts } from '../filters.tsx';
import { api } from '../ledger-api.ts';
import { DIMENSION_NAMES, dimensionName, levelsOf, MOST_LEVELS, withLevel } from './dimensions.ts';
import type { LedgerAddress, LedgerGo } from './ledger-address.ts';

const PERIODS: Readonly<Record<string, string>> = {
  today: 'Today',
  yesterday: 'Yesterday',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  'this-month': 'This month',
  'last-month': 'Last month',
  all: 'All time',
};
const SIMULATED: Readonly<Record<string, string>> = {
  auto: 'When nothing is real',
  exclude: 'Left out',
  only: 'Only these',
};

interface LedgerFiltersProps {
  readonly address: LedgerAddress;
  readonly go: LedgerGo;
  readonly filters: FilterState;
  readonly setFilters: SetFilters;
  readonly data: LedgerAnswer | undefined;
  /** The last question was not answered: what is shown is older. */
  readonly away: boolean;
}

export function LedgerFilters({ address, go, filters, setFilters, data, away }: LedgerFiltersProps) {
  return (
    <div className="filters" role="toolbar" aria-label="Filters">
      <Choice
        label="Period"
        value={filters.during}
        choices={PERIODS}
        onChange={(during) => setFilters({ during })}
      />
      <Levels address={address} go={go} filters={filters} />
      <Choice
        label="Simulated"
        value={address.simulated}
        choices={SIMULATED}
        onChange={(simulated) => go({ simulated })}
      />
      {data !== undefined && <Facts data={data} away={away} />}
    </div>
  );
}

const OTHER_TAG = 'another tag';
const NEWEST = 200;

/** The dimensions one after the other, any of them, tags included. */
export function Levels({ address, go, filters }: Pick<LedgerFiltersProps, 'address' | 'go' | 'filters'>) {
  const levels = levelsOf(address.by);
  const tags = useTagNames(filters);
  const [typing, setTyping] = useState<number>();
  const choices = {
    ...DIMENSION_NAMES,
    ...Object.fromEntries(tags.map((tag) => [`tag:${tag}`, `Tag ${tag}`])),
    ...Object.fromEntries(levels.map((level) => [level, dimensionName(level)])),
    [OTHER_TAG]: 'Another tag…',
  };
  const choose = (at: number, dimension: string): void => {
    if (dimension === OTHER_TAG) return setTyping(at);
    setTyping(undefined);
    go({ by: withLevel(levels, at, dimension), only: '', sort: '' });
  };
  const places = levels.length < MOST_LEVELS ? [...levels, ''] : levels;
  return places.map((level, at) =>
    typing === at ? (
      <TagField key={`tag ${at}`} onTag={(tag) => choose(at, tag === '' ? level : `tag:${tag}`)} />
    ) : (
      <Choice
        key={`level ${at}`}
        label={at === 0 ? 'Break down' : 'then'}
        value={level}
        choices={at === 0 ? choices : { '': '–', ...choices }}
        onChange={(dimension) => choose(at, dimension)}
      />
    ),
  );
}

function TagField({ onTag }: { readonly onTag: (tag: string) => void }) {
  return (
    <label className="filter">
      <span>Tag</span>
      <input
        // The field stands where the list was that asked for it.
        autoFocus
        className="tag-field"
        placeholder="its name, then enter"
        onKeyDown={(event) => {
          if (event.key === 'Enter') onTag(event.currentTarget.value.trim());
          if (event.key === 'Escape') onTag('');
        }}
      />
    </label>
  );
}

/** Names of tags that the newest calls carry; the ledger keeps no list of them. */
function useTagNames({ during, where }: FilterState): readonly string[] {
  const { data } = useQuery({
    queryKey: ['tag-names', during, where],
    queryFn: () => api.calls({ during, where, limit: NEWEST }),
    select: ({ lines }) => [...new Set(lines.flatMap(({ tags }) => Object.keys(tags)))].toSorted(),
    staleTime: 60_000,
  });
  return data ?? [];
}
