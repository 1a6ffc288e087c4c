import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';

import type { LedgerAnswer, LedgerLine } from '../../api/contract.ts';
import { countText, moneyCell } from '../../units/figures.ts';
import { Named, StateChip } from '../parts/chips.tsx';
import { conditionsText } from '../parts/conditions.ts';
import type { Conditions } from '../parts/conditions.ts';
import { clockIn } from '../parts/instants.ts';
import { statesOf } from './line-states.ts';
import { api } from './ledger-api.ts';
import { useRowKeys } from './row-keys.ts';

export const CALLS_ID = 'calls';

interface CallsTableProps {
  /** The answer whose calls these are: the same period, and simulated or not. */
  readonly data: LedgerAnswer;
  readonly only: Conditions;
  readonly picked: string;
  readonly onPick: (call: string, how?: 'step' | 'replace') => void;
  readonly onClear: () => void;
}

const PAGE = 50;
const POLL_MS = 2_000;
/** Tells small calls apart; the receipt has every digit. */
const COST_DECIMALS = 6;

/** Single lines, newest first. j and k move, enter opens the receipt, esc closes it. */
export function CallsTable({ data, only, picked, onPick, onClear }: CallsTableProps) {
  const during = data.during.text;
  const queryKey = ['calls', during, data.simulated, only];
  const queries = useQueryClient();
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) =>
      api.calls({
        during,
        simulated: data.simulated,
        limit: PAGE,
        where: only,
        ...(pageParam === '' ? {} : { cursor: pageParam }),
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    // New lines would push what is being read: beyond the first page the reader says when to go on.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : POLL_MS),
  });
  const lines = pages.data?.pages.flatMap((page) => page.lines) ?? [];
  const clock = useMemo(() => clockIn(data.timeZone), [data.timeZone]);
  const rows = useRef<HTMLTableSectionElement>(null);
  useRowKeys(rows, picked, onPick);
  const paused = (pages.data?.pages.length ?? 0) > 1;
  return (
    <section className="card" aria-busy={pages.isPlaceholderData}>
      <header>
        <h2 id={CALLS_ID} tabIndex={-1}>
          Calls
        </h2>
        <p>{only.length === 0 ? 'newest first' : `${conditionsText(only)}, newest first`}</p>
        {only.length > 0 && (
          <div className="push">
            <button type="button" className="btn" onClick={onClear}>
              Show all
            </button>
          </div>
        )}
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="Calls">
        <table className="ends calls">
          <caption className="sr">Calls, newest first</caption>
          <Head timeZone={data.timeZone} />
          <tbody ref={rows}>
            {lines.map((line) => (
              <CallRow
                key={line.id}
                line={line}
                clock={clock}
                picked={line.call === picked}
                onPick={onPick}
              />
            ))}
          </tbody>
        </table>
      </div>
      <Foot
        count={lines.length}
        paused={paused}
        hasOlder={pages.hasNextPage}
        isFetching={pages.isFetchingNextPage}
        onOlder={() => void pages.fetchNextPage()}
        onNewest={() => void queries.resetQueries({ queryKey })}
      />
    </section>
  );
}

interface FootProps {
  readonly count: number;
  readonly paused: boolean;
  readonly hasOlder: boolean;
  readonly isFetching: boolean;
  readonly onOlder: () => void;
  readonly onNewest: () => void;
}

function Foot({ count, paused, hasOlder, isFetching, onOlder, onNewest }: FootProps) {
  return (
    <footer>
      <span>
        {countText(count)} {count === 1 ? 'line' : 'lines'}
        {paused && ', new ones are not added meanwhile'}
      </span>
      {hasOlder && (
        <button type="button" className="btn" disabled={isFetching} onClick={onOlder}>
          Show older
        </button>
      )}
      {paused && (
        <button type="button" className="btn" onClick={onNewest}>
          Back to the newest
        </button>
      )}
      <span className="push hide-s keys">
        <kbd>j k</kbd> move <kbd>enter</kbd> receipt <kbd>esc</kbd> close
      </span>
    </footer>
  );
}

function Head({ timeZone }: { readonly timeZone: string }) {
  return (
    <thead>
      <tr>
        <th scope="col">Time, {timeZone}</th>
        <th scope="col">Call</th>
        <th scope="col">Workflow</th>
        <th scope="col">Customer</th>
        <th scope="col">Model</th>
        <th scope="col" className="num">
          In
        </th>
        <th scope="col" className="num">
          Out
        </th>
        <th scope="col">State</th>
        <th scope="col" className="num">
          Cost, $
        </th>
      </tr>
    </thead>
  );
}

interface CallRowProps {
  readonly line: LedgerLine;
  readonly clock: (instant: string) => string;
  readonly picked: boolean;
  readonly onPick: (call: string) => void;
}

function CallRow({ line, clock, picked, onPick }: CallRowProps) {
  return (
    // The whole row can be clicked; with the keyboard, the button in it.
    <tr className={picked ? 'picked' : ''} onClick={() => onPick(line.call)}>
      <td className="soft" title={line.startedAt}>
        {clock(line.startedAt)}
      </td>
      <td>
        <button
          type="button"
          className="proof mono call"
          data-call={line.call}
          aria-label={`Receipt of call ${line.call}`}
        >
          {line.call.slice(-12)}
        </button>
      </td>
      <td>
        <span className="cut" title={line.workflow}>
          <Named name={line.workflow} dimension="workflow" />
        </span>
      </td>
      <td className="soft">
        <span className="cut" title={line.customer}>
          {line.customer === '' ? <span className="quiet">–</span> : line.customer}
        </span>
      </td>
      <td className="soft">
        <span className="cut" title={line.model}>
          {line.model}
        </span>
      </td>
      <td className="num">{countText(line.inputTokens)}</td>
      <td className="num">{countText(line.outputTokens)}</td>
      <td>
        {statesOf(line).map((state) => (
          <StateChip key={state} state={state} />
        ))}
        {line.endpoint !== 'inference' && <span className="chip">{line.endpoint.replace('-', ' ')}</span>}
        {line.part !== 'call' && <span className="chip">{line.part.replaceAll('_', ' ')}</span>}
      </td>
      {line.cost === null ? (
        <td className="num warn">unpriced</td>
      ) : (
        <td className="num" title={`$${line.cost}`}>
          {moneyCell(line.cost, COST_DECIMALS)}
        </td>
      )}
    </tr>
  );
}
