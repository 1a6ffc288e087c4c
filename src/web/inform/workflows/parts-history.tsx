/** Spend of a workflow over time, stacked by what it was made of, in the order and colours of the strip. */
import { useState } from 'react';

import type { CompositionAnswer } from '../../../api/contract/composition.ts';
import { moneyText } from '../../../units/figures.ts';
import { parseDollars } from '../../../units/money.ts';
import { useFilters } from '../../parts/filters.ts';
import { periodText } from '../../parts/instants.ts';
import { ledgerSearch } from '../../parts/ledger-link.ts';
import type { BarSeries } from '../../parts/marks/bars.ts';
import { DOLLAR_PARTS } from '../../parts/marks/dollar.ts';
import { SpendBars } from '../../parts/marks/spend-bars.tsx';
import { goTo } from '../../parts/path.ts';
import { bucketsOf, rangeOf } from '../spend/buckets.ts';
import type { Bucket } from '../spend/buckets.ts';
import { barBucket } from '../spend/spend-chart.tsx';
import { onlyWorkflow } from './address.ts';
import { EstimatedChip } from './dollar-rows.tsx';
import { stepOf } from './workflow-data.ts';

interface PartsHistoryProps {
  readonly data: CompositionAnswer;
  readonly name: string;
}

export function PartsHistory({ data, name }: PartsHistoryProps) {
  const [filters, setFilters] = useFilters();
  const [lit, setLit] = useState<string>();
  const step = stepOf(filters);
  const buckets = bucketsOf(step, spanOf(data), data.timeZone, Date.parse(data.asOf));
  const series = partSeries(data, buckets);
  return (
    <section className="card">
      <header>
        <h2>Spend by what it was made of</h2>
        <p>USD per {step}</p>
        <div className="push">
          <EstimatedChip />
        </div>
      </header>
      <div className="body">
        <SpendBars
          buckets={buckets.map((bucket) => barBucket(bucket, step))}
          series={series}
          kind="bars"
          lit={lit}
          onLit={setLit}
          caption={`${moneyText(data.total.cost)} in ${periodText(data.during, data.timeZone)}, stacked as the strip: input below, output above.`}
          onOpen={(at) => {
            const bucket = buckets[at];
            if (bucket === undefined) return;
            goTo(
              'ledger',
              ledgerSearch({
                during: rangeOf(step, bucket, bucket),
                where: onlyWorkflow(filters.where, name),
              }),
            );
          }}
          onRange={(first, last) => {
            const [from, to] = [buckets[first], buckets[last]];
            if (from !== undefined && to !== undefined) setFilters({ during: rangeOf(step, from, to) });
          }}
        />
        <p className="key">
          {series.map(({ name: part, label, hue }) => (
            <span key={part} onPointerEnter={() => setLit(part)} onPointerLeave={() => setLit(undefined)}>
              <i className={`swatch ${hue}`} />
              {label}
            </span>
          ))}
        </p>
      </div>
    </section>
  );
}

/** Groups are of the workflow and a step of time; a step without calls has none. */
function partSeries(data: CompositionAnswer, buckets: readonly Bucket[]): BarSeries[] {
  const partsOf = new Map(data.groups.map(({ group, parts }) => [group[1] ?? '', parts] as const));
  return DOLLAR_PARTS.flatMap(({ name, label, mark }) => {
    const amounts = buckets.map(({ key }) =>
      parseDollars(partsOf.get(key)?.[name as keyof CompositionAnswer['total']['parts']] ?? '0'),
    );
    return amounts.some((amount) => amount !== 0n) ? [{ name, label, hue: mark, amounts }] : [];
  });
}

/** All time begins with the first call, not with the clock. */
function spanOf({ during, groups }: CompositionAnswer): { from: string; to: string } {
  const first = groups.map(({ group }) => group[1] ?? '').toSorted()[0];
  if (during.text !== 'all' || first === undefined) return during;
  return { from: `${first.length === '2026-11'.length ? `${first}-01` : first}T00:00:00Z`, to: during.to };
}
