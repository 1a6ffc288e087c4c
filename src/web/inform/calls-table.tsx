import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import type { LedgerLine } from '../../api/contract.ts';
import { countText } from '../../units/figures.ts';
import { Named, StateChip } from '../parts/chips.tsx';
import type { State } from '../parts/chips.tsx';
import { api } from './ledger-api.ts';

interface CallsTableProps {
  readonly during: string;
  readonly simulated: 'exclude' | 'include' | 'only';
  /** `dimension=value`, or empty for all calls. */
  readonly only: string;
  readonly picked: string;
  readonly onPick: (call: string) => void;
  readonly onClear: () => void;
}

const PAGE = 50;

/** Single lines, newest first. j and k move, enter opens the receipt, esc closes it. */
export function CallsTable({ during, simulated, only, picked, onPick, onClear }: CallsTableProps) {
  const pages = useInfiniteQuery({
    queryKey: ['calls', during, simulated, only],
    queryFn: ({ pageParam }) =>
      api.calls({ during, simulated, limit: PAGE, ...(only === '' ? {} : { where: [only] }), ...(pageParam === '' ? {} : { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : 2_000),
  });
  const lines = pages.data?.pages.flatMap((page) => page.lines) ?? [];
  useRowKeys(lines, picked, onPick);
  if (lines.length === 0) return null;
  return (
    <section className="card">
      <header>
        <h2>Calls</h2>
        <p>{only === '' ? 'newest first' : `${only.replace('=', ': ') || 'unattributed'}, newest first`}</p>
        {only !== '' && (
          <div className="push">
            <button type="button" className="btn" onClick={onClear}>
              Show all
            </button>
          </div>
        )}
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="Calls">
        <table>
          <caption className="sr">Calls, newest first</caption>
          <thead>
            <tr>
              <th scope="col">Time, UTC</th>
              <th scope="col">Call</th>
              <th scope="col">Workflow</th>
              <th scope="col">Customer</th>
              <th scope="col">Model</th>
              <th scope="col" className="num">In</th>
              <th scope="col" className="num">Out</th>
              <th scope="col">State</th>
              <th scope="col" className="num">Cost, $</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <CallRow key={line.id} line={line} picked={line.call === picked} onPick={onPick} />
            ))}
          </tbody>
        </table>
      </div>
      <footer>
        <span>{countText(lines.length)} shown</span>
        {pages.hasNextPage && (
          <button type="button" className="btn" onClick={() => void pages.fetchNextPage()}>
            Show more
          </button>
        )}
        <span className="push hide-s">
          <kbd>j k</kbd> move &nbsp; <kbd>esc</kbd> close
        </span>
      </footer>
    </section>
  );
}

function CallRow({ line, picked, onPick }: { readonly line: LedgerLine; readonly picked: boolean; readonly onPick: (call: string) => void }) {
  return (
    <tr className={picked ? 'picked' : ''} onClick={() => onPick(line.call)}>
      <td className="soft">{line.startedAt.slice(0, 23).replace('T', ' ')}</td>
      <td>
        <button type="button" className="proof mono" onClick={() => onPick(line.call)} aria-label={`Receipt of call ${line.call}`}>
          {line.call.slice(-12)}
        </button>
      </td>
      <td>
        <Named name={line.workflow} />
      </td>
      <td className="soft">{line.customer === '' ? <span className="quiet">–</span> : line.customer}</td>
      <td className="soft">{line.model}</td>
      <td className="num">{countText(line.inputTokens)}</td>
      <td className="num">{countText(line.outputTokens)}</td>
      <td>{states(line).map((state) => <StateChip key={state} state={state} />)}</td>
      <td className="num">{line.cost ?? <span className="warn">unpriced</span>}</td>
    </tr>
  );
}

const STATUS_STATES: Readonly<Record<string, State>> = {
  client_aborted: 'aborted',
  upstream_failed: 'failed',
  upstream_error: 'error',
  crashed: 'crashed',
};

/** What is not ordinary about a line. */
export function states(line: LedgerLine): State[] {
  const found: State[] = [];
  const status = STATUS_STATES[line.status];
  if (status !== undefined) found.push(status);
  if (line.cost === null) found.push('unpriced');
  if (line.basis === 'counted' || line.basis === 'presumed') found.push(line.basis);
  if (line.flag !== '') found.push('flagged');
  if (line.simulated) found.push('simulated');
  return found;
}

function useRowKeys(lines: readonly LedgerLine[], picked: string, onPick: (call: string) => void): void {
  useEffect(() => {
    const move = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      if (event.metaKey || event.ctrlKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
      const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
      if (event.key === 'Escape') onPick('');
      if (step === 0) return;
      const at = lines.findIndex((line) => line.call === picked);
      const next = lines[Math.min(Math.max(at + step, 0), lines.length - 1)];
      if (next !== undefined) onPick(next.call);
    };
    addEventListener('keydown', move);
    return () => removeEventListener('keydown', move);
  }, [lines, picked, onPick]);
}
