/** What is it, what should it be, why did it change, who acts: one page for whoever must defend the number. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import type { ChangesAnswer } from '../../../api/contract/anomalies.ts';
import type { LedgerAnswer } from '../../../api/contract.ts';
import { changePercent, moneyText } from '../../../units/figures.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';
import { signedMoney } from '../../parts/change.ts';
import { Behind } from '../../parts/after-painting.ts';
import { Content } from '../../parts/content.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { askOf, useFilters } from '../../parts/filters.ts';
import { useHues } from '../../parts/hues.ts';
import { periodText, stretchText } from '../../parts/instants.ts';
import { ledgerLink, ledgerSearch, spendLink } from '../../parts/ledger-link.ts';
import { goTo, onLink } from '../../parts/path.ts';
import { Shell } from '../../parts/shell.tsx';
import { Waterfall } from '../../parts/waterfall.tsx';
import { stepsOf } from '../drivers.ts';
import { EmptyPeriod, WITHOUT_CALLS, isEmptyPeriod } from '../empty-period.tsx';
import { asking } from '../../parts/server.ts';
import { SpendCard } from '../spend/spend-card.tsx';
import { spendFiles, useSpend } from '../spend/spend-data.ts';
import type { Spend } from '../spend/spend-data.ts';
import { SpendTable } from '../spend/spend-table.tsx';
import { totalsOf } from '../spend/series.ts';
import { Trouble } from '../trouble.tsx';
import { goToWorkflow } from '../workflows/address.ts';
import { Decisions } from './decisions.tsx';
import { Tiles } from './tiles.tsx';

const ROWS = 8;
const MINUTE_MS = 60_000;

export function OverviewPage() {
  const [filters, setFilters] = useFilters();
  const spend = useSpend(filters, 'workflow', ROWS);
  // Asked with spend and not after it: budgets and reasons take longest on a busy machine.
  const more = useMore(filters);
  const { answer } = spend;
  useEffect(() => {
    document.title = 'Overview · Setpoint';
  }, []);
  const isEmpty = answer !== undefined && isEmptyPeriod(answer);
  return (
    <Shell title="Overview" links={spendFiles(filters, 'workflow', ROWS)}>
      <FilterBar
        show={['period', 'compare', 'grain', 'filters']}
        facts={answer}
        away={spend.error !== null}
        zoned
      />
      <Content isOld={spend.isOld} isReady={answer !== undefined && !spend.isOld}>
        {spend.error !== null && <Trouble error={spend.error} data={answer} />}
        {isEmpty && (
          <EmptyPeriod
            data={answer}
            go={({ during }) => setFilters({ ...(during !== undefined && { during }) })}
          />
        )}
        {answer !== undefined && !isEmpty && <Overview spend={spend} data={answer} more={more} />}
      </Content>
    </Shell>
  );
}

interface OverviewProps {
  readonly spend: Spend;
  readonly data: LedgerAnswer;
  readonly more: ReturnType<typeof useMore>;
}

/** Sentence, tiles, chart and reasons, then the table that is the chart's legend, and what waits. */
function Overview({ spend, data, more }: OverviewProps) {
  const [filters, setFilters] = useFilters();
  const hueOf = useHues('workflow');
  const [lit, setLit] = useState<string>();
  const onProof = (conditions: readonly string[]): void =>
    goTo('ledger', ledgerSearch({ during: filters.during, only: [...filters.where, ...conditions] }));
  return (
    <>
      <OverviewSentence data={data} changes={more.changes} />
      <Tiles data={data} totals={totalsOf(spend.series)} budgets={more.budgets} coverage={more.coverage} />
      <Behind>
        <div className="grid even wide-and-narrow">
          <SpendCard by="workflow" kind="bars" {...{ spend, hueOf, lit }} onLit={setLit}>
            <a className="proof" {...spendLink('customer')}>
              by customer
            </a>
          </SpendCard>
          {more.changes !== undefined && <WhatChanged data={more.changes} />}
        </div>
        <div className="grid wide-and-narrow">
          <SpendTable
            data={data}
            by="workflow"
            series={spend.series}
            {...{ hueOf, lit, onProof }}
            onHover={setLit}
            onDrill={(condition) => goToWorkflow(condition.slice('workflow='.length))}
            onExclude={(condition) => setFilters({ where: [...filters.where, condition.replace('=', '!=')] })}
            onMore={() => goTo('spend')}
          />
          <Decisions data={data} {...more} />
        </div>
      </Behind>
    </>
  );
}

/** What stands beside spend; a part that is not answered yet is left out, not shown as nothing. */
function useMore(filters: ReturnType<typeof useFilters>[0]) {
  const scope = askOf(filters);
  const { during, ...rest } = scope;
  const options = { staleTime: MINUTE_MS };
  const budgets = useQuery({
    queryKey: ['budgets', 'list', ''],
    queryFn: ({ signal }) => asking(signal).budgets.list(),
    ...options,
  });
  const changes = useQuery({
    queryKey: ['changes', 'overview', scope, filters.compare],
    queryFn: ({ signal }) =>
      asking(signal).changes({
        ...rest,
        after: during,
        by: ['workflow'],
        limit: 1,
        before: filters.compare === 'off' ? 'previous' : filters.compare,
      }),
    ...options,
  });
  const coverage = useQuery({
    queryKey: ['coverage', 'overview', scope],
    queryFn: ({ signal }) => asking(signal).attribution.coverage(scope),
    ...options,
  });
  const anomalies = useQuery({
    queryKey: ['anomalies', 'overview', scope],
    queryFn: ({ signal }) => asking(signal).anomalies(scope),
    ...options,
  });
  return {
    changes: changes.data,
    budgets: budgets.data,
    coverage: coverage.data,
    anomalies: anomalies.data,
  };
}

function OverviewSentence({
  data,
  changes,
}: {
  readonly data: LedgerAnswer;
  readonly changes: ChangesAnswer | undefined;
}) {
  const isOpen = Date.parse(data.during.to) > data.asOfMs;
  const [{ where }] = useFilters();
  // What calls, context and rates did to it says nothing where there is none.
  const hasCalls = (data.total.calls ?? 0) > 0;
  return (
    <p className="sentence">
      {periodText(data.during, data.timeZone)} {isOpen ? 'stands at' : 'closed at'}{' '}
      <a className="proof" {...ledgerLink({ during: data.during.text, where })}>
        <b>{moneyText(data.total.cost ?? '0')}</b>
      </a>
      <Since data={data} changes={hasCalls ? changes : undefined} />
      {!hasCalls && `; ${WITHOUT_CALLS}`}.
    </p>
  );
}

function Since({
  data,
  changes,
}: {
  readonly data: LedgerAnswer;
  readonly changes: ChangesAnswer | undefined;
}) {
  if (data.compared === undefined) return null;
  const was = parseDollars(data.compared.total.cost ?? '0');
  const change = parseDollars(data.total.cost ?? '0') - was;
  if (was <= 0n) return <>; nothing was spent in {stretchText(data.compared.during, data.timeZone)}</>;
  const direction = change < 0n ? 'below' : 'above';
  const size = changePercent(was, change < 0n ? -change : change).replace('+', '');
  return (
    <>
      , <b>{size}</b> {direction} {stretchText(data.compared.during, data.timeZone)}
      {changes !== undefined && (
        <>
          : calls <b>{signedMoney(changes.effects.calls)}</b>, context{' '}
          <b>{signedMoney(changes.effects.context)}</b>, rate and mix{' '}
          <b>{signedMoney(sum(changes.effects.rate, changes.effects.mix, changes.effects.tokenMix))}</b>
        </>
      )}
    </>
  );
}

function sum(...amounts: readonly string[]): string {
  return formatDollars(amounts.reduce((total, amount) => total + parseDollars(amount), 0n));
}

function WhatChanged({ data }: { readonly data: ChangesAnswer }) {
  return (
    <section className="card">
      <header>
        <h2>What changed</h2>
        <p>
          <a className="proof" href="/changes" onClick={onLink('changes')}>
            by driver
          </a>
        </p>
      </header>
      <div className="body">
        <Waterfall
          from={{ label: 'Before', amount: Number(data.before.cost) }}
          to={{ label: 'After', amount: Number(data.after.cost) }}
          steps={stepsOf(data)}
          sentence={data.sentence}
        />
      </div>
    </section>
  );
}
