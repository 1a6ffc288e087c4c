/** The chart of spend in its card, with what pressing and dragging on it do. */
import type { ReactNode } from 'react';

import { dimensionLabel } from '../../parts/dimensions.ts';
import { useFilters } from '../../parts/filters.ts';
import type { HueOf } from '../../parts/hues.ts';
import { annotationsShown } from '../../parts/kept.ts';
import { ledgerSearch } from '../../parts/ledger-link.ts';
import { goTo } from '../../parts/path.ts';
import { rangeOf } from './buckets.ts';
import type { Bucket } from './buckets.ts';
import { HappenedList, HappenedSwitch } from './happened-list.tsx';
import { notesOf, useHappened } from './happened.ts';
import { SpendChart } from './spend-chart.tsx';
import { grainOf } from './spend-data.ts';
import type { Spend } from './spend-data.ts';

interface SpendCardProps {
  readonly spend: Spend;
  readonly by: string;
  readonly kind: 'bars' | 'cumulative';
  readonly hueOf: HueOf;
  readonly lit: string | undefined;
  readonly onLit: (name: string | undefined) => void;
  /** Beside the title. */
  readonly children?: ReactNode;
}

export function SpendCard({ spend, by, kind, hueOf, lit, onLit, children }: SpendCardProps) {
  const [filters, setFilters] = useFilters();
  const grain = grainOf(filters.grain);
  const happened = useHappened(filters);
  const isShown = annotationsShown.use() === 'on';
  const { answer, buckets } = spend;
  const notes =
    isShown && answer !== undefined
      ? notesOf(happened, buckets, { grain, timeZone: answer.timeZone }, answer.asOfMs)
      : [];
  const open = (bucket: Bucket, condition: string | undefined): void => {
    const only = [...filters.where, ...(condition === undefined ? [] : [condition])];
    goTo('ledger', ledgerSearch({ during: rangeOf(grain, bucket, bucket), only }));
  };
  return (
    <section className="card">
      <header>
        <h2>Spend by {dimensionLabel(by).toLowerCase()}</h2>
        <p>USD per {grain}</p>
        <div className="push">
          {happened.length > 0 && <HappenedSwitch />}
          {children}
        </div>
      </header>
      <div className="body">
        <SpendChart
          {...{ spend, by, grain, kind, hueOf, lit, onLit, notes }}
          onOpen={open}
          onRange={(first, last) => setFilters({ during: rangeOf(grain, first, last) })}
        />
        {isShown && answer !== undefined && (
          <HappenedList annotations={happened} timeZone={answer.timeZone} />
        )}
      </div>
    </section>
  );
}
