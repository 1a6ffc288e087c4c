/** One workflow: what it costs, what its dollar was made of, how that went over time, and why it changed. */
import { useParams } from '@tanstack/react-router';
import { useEffect } from 'react';

import type { LedgerAnswer } from '../../../api/contract.ts';
import type { ChangesAnswer } from '../../../api/contract/anomalies.ts';
import { changePercent, countText, moneyText } from '../../../units/figures.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';
import { scopeSearch } from '../../operate/forecast/scope.ts';
import { signedMoney } from '../../parts/change.ts';
import { Named } from '../../parts/chips.tsx';
import { Content } from '../../parts/content.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { periodText, stretchText } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { keptSearch, onLink } from '../../parts/path.ts';
import { Shell } from '../../parts/shell.tsx';
import { Waterfall } from '../../parts/waterfall.tsx';
import { stepsOf } from '../drivers.ts';
import { Trouble } from '../trouble.tsx';
import { isOfWorkflow, onlyWorkflow } from './address.ts';
import { NoCalls } from './no-calls.tsx';
import { OneDollar } from './one-dollar.tsx';
import { PartsHistory } from './parts-history.tsx';
import { WhereSpent } from './where-spent.tsx';
import { isEmpty, useWorkflow, workflowFiles } from './workflow-data.ts';
import type { WorkflowFacts } from './workflow-data.ts';
import { WorkflowTiles } from './workflow-tiles.tsx';

export function WorkflowPage() {
  const { name = '' } = useParams({ strict: false });
  const [filters] = useFilters();
  const facts = useWorkflow(filters, name);
  const { models, error, isOld, everCalled, teams } = facts;
  useEffect(() => {
    document.title = `${name} · Workflows · Setpoint`;
  }, [name]);
  const hasCalls = models !== undefined && !isEmpty(models);
  const isReady = hasCalls ? facts.composition !== undefined && !isOld : everCalled !== undefined;
  return (
    <Shell
      title={name}
      chips={<TeamChips teams={teams} />}
      acts={hasCalls && <ForecastLink workflow={name} />}
      links={hasCalls ? workflowFiles(filters, name) : []}
    >
      <FilterBar
        show={['period', 'compare', 'grain', 'filters']}
        facts={models}
        away={error !== null}
        zoned
        views={
          <a className="filter" href={`/workflows${keptSearch()}`} onClick={onLink('workflows')}>
            All workflows
          </a>
        }
      />
      <Content isOld={isOld} isReady={isReady}>
        {error !== null && <Trouble error={error} data={models} />}
        {filters.where.some(isOfWorkflow) && (
          <p className="notice">
            This page is of {name} alone: the filter on workflows is kept for the next page and not used here.
          </p>
        )}
        {hasCalls && <Workflow name={name} data={models} facts={facts} />}
        {models !== undefined && !hasCalls && everCalled !== undefined && (
          <NoCalls name={name} data={models} isKnown={everCalled} />
        )}
      </Content>
    </Shell>
  );
}

/** Who answers for it: the teams that its calls name. */
function TeamChips({ teams }: { readonly teams: LedgerAnswer | undefined }) {
  return (teams?.rows ?? [])
    .filter(({ group }) => group[0] !== '')
    .slice(0, 2)
    .map(({ group: [team = ''] }) => (
      <span key={team} className="chip wide-only">
        <Named name={team} dimension="team" />
      </span>
    ));
}

interface WorkflowProps {
  readonly name: string;
  readonly data: LedgerAnswer;
  readonly facts: WorkflowFacts;
}

function Workflow({ name, data, facts }: WorkflowProps) {
  const { composition, history, changes, customers } = facts;
  return (
    <>
      <Sentence name={name} data={data} />
      <WorkflowTiles data={data} name={name} />
      {composition !== undefined && <OneDollar data={composition} name={name} />}
      <div className="grid even wide-and-narrow">
        {history !== undefined && <PartsHistory data={history} name={name} />}
        {changes !== undefined && <WhatChanged data={changes} />}
      </div>
      <WhereSpent by="model" title="Models" name={name} data={data} />
      {customers !== undefined && <WhereSpent by="customer" title="Customers" name={name} data={customers} />}
    </>
  );
}

function Sentence({ name, data }: { readonly name: string; readonly data: LedgerAnswer }) {
  const [{ where }] = useFilters();
  const { total, during, timeZone } = data;
  const cost = total.cost ?? '0';
  const each = total.costPerCall ?? null;
  return (
    <p className="sentence">
      {name} spent{' '}
      <a
        className="proof"
        title={`$${cost}`}
        {...ledgerLink({ during: during.text, where: onlyWorkflow(where, name) })}
      >
        <b>{moneyText(cost)}</b>
      </a>{' '}
      on <b>{countText(total.calls)}</b> calls, {periodText(during, timeZone)}
      {Date.parse(during.to) > data.asOfMs ? ' so far' : ''}
      {each !== null && (
        <>
          : <b>{moneyText(each)}</b> each
        </>
      )}
      <Against data={data} />.
    </p>
  );
}

function Against({ data }: { readonly data: LedgerAnswer }) {
  if (data.compared === undefined) return null;
  const was = parseDollars(data.compared.total.cost ?? '0');
  const change = parseDollars(data.total.cost ?? '0') - was;
  const period = stretchText(data.compared.during, data.timeZone);
  if (was <= 0n) return <>; it spent nothing in {period}</>;
  if (change === 0n) return <>, exactly as much as {period}</>;
  return (
    <>
      , <b>{changePercent(was, change)}</b> ({signedMoney(formatDollars(change))}) on {period}
    </>
  );
}

function WhatChanged({ data }: { readonly data: ChangesAnswer }) {
  return (
    <section className="card">
      <header>
        <h2>What changed</h2>
        <p>
          {periodText(data.before, data.timeZone)} to {periodText(data.after, data.timeZone)}
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

/** Whoever sees what a workflow costs asks next what it will cost. */
function ForecastLink({ workflow }: { readonly workflow: string }) {
  const search = scopeSearch({ workflow });
  return (
    <a className="btn" href={`/forecast${search}`} onClick={onLink('forecast', search)}>
      Forecast
    </a>
  );
}
