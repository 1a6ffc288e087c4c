import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import type { LedgerAnswer } from '../../../api/contract.ts';
import { useAddress } from '../../parts/address.ts';
import { Asking } from '../../parts/asking.tsx';
import { fromAddress, toAddress } from '../../parts/conditions.ts';
import type { Conditions } from '../../parts/conditions.ts';
import { Unhurried } from '../../parts/content.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { periodText } from '../../parts/instants.ts';
import { isAtTitle } from '../../parts/keep-focus.ts';
import { useNarrow } from '../../parts/narrow.ts';
import { Shell } from '../../parts/shell.tsx';
import { EmptyPeriod, isEmptyPeriod } from '../empty-period.tsx';
import { Choice } from '../filters.tsx';
import { filesOf, focusFiles } from '../files.ts';
import { Trouble } from '../trouble.tsx';
import { askLedger, breakdownAsk } from './ask-ledger.ts';
import type { BreakdownAsk } from './ask-ledger.ts';
import { BreakdownTable } from './breakdown-table.tsx';
import type { BreakdownProps } from './breakdown-table.tsx';
import { CALLS_ID, CallsCard } from './calls-card.tsx';
import { isReading } from './calls-table.tsx';
import { levelsOf, MOST_LEVELS, splitSpans } from './dimensions.ts';
import { DEFAULTS } from './ledger-address.ts';
import type { LedgerAddress, LedgerGo } from './ledger-address.ts';
import { ReceiptDrawer } from './receipt-drawer.tsx';
import { Sentence } from './sentence.tsx';
import { useTail } from './tail.ts';
import type { Tail } from './tail.ts';
import { neighbourCall, useCalls } from './use-calls.ts';
import type { Calls, CallsQuestion } from './use-calls.ts';

/** How often totals are asked for where no tail says that there is something new. */
const FALLBACK_MS = 2_000;
/** And where one does: days end, late lines come. */
const SELDOM_MS = 60_000;
const LINES_NOTE = 'the newest 100,000 with all that is known of each, and the rest as one row';
/** Lines read ahead of the reader. */
const AHEAD_ROWS = 1_500;

const SIMULATED: Readonly<Record<string, string>> = {
  auto: 'When nothing is real',
  exclude: 'Left out',
  only: 'Only these',
};

export function LedgerPage() {
  const [address, go] = useAddress(DEFAULTS);
  const [filters] = useFilters();
  const narrow = useNarrow();
  const levels = levelsOf(address.by);
  const by = levels[0] === 'workflow' ? ['workflow', 'team'] : levels.slice(0, 1);
  const asked = { filters, by, simulated: address.simulated, limit: Number(address.rows) };
  const { answer, data, tail } = useTotals(asked);
  const only = fromAddress(address.only);
  const question = questionOf(data, filters.during, [...filters.where, ...only]);
  const calls = useCalls(question, tail, { ahead: address.ahead === 'off' ? 0 : AHEAD_ROWS, isReading });
  const isOpen = address.call !== '';
  usePageTitle(address.call, data);
  return (
    <Shell
      title="Ledger"
      links={[
        ...filesOf('This table', 'ledger', data && breakdownAsk(asked, data.simulated)),
        ...filesOf('These lines', 'calls', data && question, LINES_NOTE),
        ...focusFiles(filters.during),
      ]}
      chips={data?.simulated === 'only' && <span className="chip line">Simulated</span>}
    >
      <FilterBar
        show={['period', 'compare', 'by', 'filters']}
        by={address.by}
        onBy={(next) => go({ by: next, only: '', sort: '' })}
        depth={MOST_LEVELS}
        facts={data}
        away={answer.error !== null}
      >
        {(address.simulated !== 'auto' || data?.simulated === 'only' || (data?.simulatedCalls ?? 0) > 0) && (
          <Choice
            label="Simulated"
            value={address.simulated}
            choices={SIMULATED}
            onChange={(simulated) => go({ simulated })}
          />
        )}
      </FilterBar>
      <div className={isOpen ? 'with-drawer' : ''}>
        <div
          className="content"
          aria-busy={answer.isPlaceholderData}
          // Under a drawer that covers it, the page must not take the focus.
          inert={isOpen && narrow}
        >
          {answer.error !== null && <Trouble error={answer.error} data={data} />}
          <Asking
            of="ledger breakdown"
            isOld={answer.isPlaceholderData}
            what="Adding up the period, line by line"
          />
          {data !== undefined && (
            <Content {...{ data, filters, levels, only, address, go, calls, question, tail }} />
          )}
        </div>
        {isOpen && (
          <ReceiptDrawer
            call={address.call}
            timeZone={data?.timeZone ?? 'UTC'}
            covers={narrow}
            {...besides(calls, address.call)}
            onPick={(call, how) => go({ call }, how)}
          />
        )}
      </div>
    </Shell>
  );
}

/** Whoever comes from a figure, or from a receipt to all calls of its request, wants to see those and not the whole period. */
function useCallsFirst(only: Conditions): void {
  const shown = toAddress(only);
  useEffect(() => {
    if (shown !== '' && isAtTitle()) document.getElementById(CALLS_ID)?.focus();
  }, [shown]);
}

interface ContentProps extends Pick<BreakdownProps, 'data' | 'filters' | 'levels' | 'only'> {
  readonly address: LedgerAddress;
  readonly go: LedgerGo;
  readonly calls: Calls;
  readonly question: CallsQuestion;
  readonly tail: Tail;
}

function Content({ data, filters, levels, only, address, go, calls, question, tail }: ContentProps) {
  const [, setFilters] = useFilters();
  useCallsFirst(only);
  const show = (conditions: Conditions): void => {
    go({ only: toAddress(conditions) });
    document.getElementById(CALLS_ID)?.focus();
  };
  if (isEmptyPeriod(data))
    return (
      <EmptyPeriod
        data={data}
        go={({ during, simulated }) => {
          if (during !== undefined) setFilters({ during });
          if (simulated !== undefined) go({ simulated });
        }}
      />
    );
  return (
    <>
      <Unhurried>
        <Sentence data={data} onShow={show} />
        <BreakdownTable
          {...{ data, filters, levels, only }}
          sort={address.sort}
          onSort={(sort) => go({ sort })}
          onShow={show}
        />
      </Unhurried>
      <CallsCard
        {...{ calls, question, tail, only }}
        isAhead={address.ahead !== 'off'}
        picked={address.call}
        onPick={(call, how) => go({ call }, how)}
        onClear={() => go({ only: '' })}
      />
    </>
  );
}

/** The answer on top, and the tail that says when to ask for it anew. */
function useTotals(asked: BreakdownAsk) {
  const [isRunning, setRunning] = useState(true);
  const tail = useTail(asked.filters.where, isRunning);
  const answer = useQuery<LedgerAnswer>({
    queryKey: ['ledger', 'breakdown', asked],
    queryFn: ({ signal }) => askLedger(asked, signal),
    refetchInterval: (query): number | false => {
      if (query.state.error !== null) return FALLBACK_MS;
      if (tail.state === 'paused') return false;
      return tail.state === 'live' ? SELDOM_MS : FALLBACK_MS;
    },
  });
  const { data } = answer;
  // The last days end when they were asked for, and the next question's a little later.
  const isNow = data === undefined || Date.parse(data.during.to) > data.asOfMs - SELDOM_MS;
  if (isNow !== isRunning) setRunning(isNow);
  return { answer, data, tail };
}

/** What the table of calls is of: the period and the kind of lines that the answer above is of. */
function questionOf(data: LedgerAnswer | undefined, during: string, conditions: Conditions): CallsQuestion {
  const { where, during: span } = splitSpans(conditions);
  return {
    during: span ?? during,
    simulated: data?.simulated ?? 'exclude',
    where,
    timeZone: data?.timeZone ?? 'UTC',
  };
}

function besides(calls: Calls, call: string): { previous: string | undefined; next: string | undefined } {
  const { list } = calls.state;
  return { previous: neighbourCall(list, call, -1), next: neighbourCall(list, call, 1) };
}

function usePageTitle(call: string, data: LedgerAnswer | undefined): void {
  const period = data === undefined ? '' : `, ${periodText(data.during, data.timeZone)}`;
  const title = call === '' ? `Ledger${period} · Setpoint` : `Receipt ${call.slice(-12)} · Setpoint`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}
