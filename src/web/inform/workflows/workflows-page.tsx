/** Every workflow with its dollar: what it was made of, how large a call is, and what a call costs. */
import { useEffect } from 'react';

import type { LedgerAnswer } from '../../../api/contract.ts';
import type { CompositionAnswer } from '../../../api/contract/composition.ts';
import { columnDecimals, countText, moneyCell } from '../../../units/figures.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';
import { Content } from '../../parts/content.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { periodText } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { cutDollar, dollarSentence } from '../../parts/marks/dollar.ts';
import { onLink } from '../../parts/path.ts';
import { Shell } from '../../parts/shell.tsx';
import { EmptyPeriod } from '../empty-period.tsx';
import { Trouble } from '../trouble.tsx';
import { DollarRows } from './dollar-rows.tsx';
import { amountsOf } from './workflow-figures.ts';
import { WorkflowTable } from './workflow-table.tsx';
import { useWorkflows, workflowsFiles } from './workflows-data.ts';

export function WorkflowsPage() {
  const [filters, setFilters] = useFilters();
  const workflows = useWorkflows(filters);
  const { answer, composition, teams, error, isOld } = workflows;
  useEffect(() => {
    document.title = 'Workflows · Setpoint';
  }, []);
  const isEmpty = answer !== undefined && (answer.total.calls ?? 0) === 0 && answer.rows.length === 0;
  const isReady = answer !== undefined && composition !== undefined && !isOld;
  return (
    <Shell title="Workflows" links={workflowsFiles(filters)}>
      <FilterBar show={['period', 'compare', 'filters']} facts={answer} away={error !== null} zoned />
      <Content isOld={isOld} isReady={isReady}>
        {error !== null && <Trouble error={error} data={answer} />}
        {isEmpty && (
          <EmptyPeriod
            data={answer}
            go={({ during }) => setFilters({ ...(during !== undefined && { during }) })}
          />
        )}
        {answer !== undefined && !isEmpty && (
          <>
            <Sentence data={answer} composition={composition} />
            {composition !== undefined && <DollarRows data={composition} />}
            <WorkflowTable data={answer} teams={teams} />
          </>
        )}
      </Content>
    </Shell>
  );
}

interface SentenceProps {
  readonly data: LedgerAnswer;
  readonly composition: CompositionAnswer | undefined;
}

function Sentence({ data, composition }: SentenceProps) {
  const [{ where }] = useFilters();
  const total = data.total.cost ?? '0';
  const named = data.rows.filter(({ group }) => group[0] !== '').length;
  const unnamed = data.unattributedCost;
  const inNamed = formatDollars(parseDollars(total) - parseDollars(unnamed));
  // Parts beside a total stand at its precision.
  const show = (amount: string): string => moneyCell(amount, columnDecimals([total]), '$');
  const cuts = composition === undefined ? [] : cutDollar(amountsOf(composition.total.parts), 1);
  return (
    <p className="sentence">
      {periodText(data.during, data.timeZone)}
      {Date.parse(data.during.to) > data.asOfMs ? ' so far came to ' : ' came to '}
      <a className="proof" title={`$${total}`} {...ledgerLink({ during: data.during.text, where })}>
        <b>{show(total)}</b>
      </a>
      : <b>{show(inNamed)}</b> in {countText(named)}
      {data.other === null ? '' : ' and more'} {named === 1 ? 'workflow' : 'workflows'}
      {data.unattributedCalls > 0 && (
        <>
          ,{' '}
          <a className="proof" href="/attribution" onClick={onLink('attribution')}>
            <b>{show(unnamed)}</b>
          </a>{' '}
          in calls that name none
        </>
      )}
      .{cuts.length > 0 && ` ${dollarSentence(cuts)}`}
    </p>
  );
}
