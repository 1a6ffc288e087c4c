/** What is decided about a month: to compare it, to correct it, to close it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import type { Corrections, Reconciliation } from '../../../api/contract/invoices.ts';
import { columnDecimals, countText, moneyCell, moneyText } from '../../../units/figures.ts';
import { signedMoney } from '../../parts/change.ts';
import { AskingBar, useSeconds } from '../../parts/asking.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { Heads } from '../../parts/heads.tsx';
import { monthText } from '../../parts/instants.ts';
import { api, asking } from '../../parts/server.ts';
import { useLastMonth } from '../../parts/workspace.ts';
import { Trouble } from '../trouble.tsx';
import { causeText, sumMoney } from './sums.ts';

const MONTH = /^\d{4}-\d{2}$/;

interface ReconcileDialogProps {
  readonly onMade: (id: string) => void;
  readonly onClose: () => void;
}

export function ReconcileDialog({ onMade, onClose }: ReconcileDialogProps) {
  const [month, setMonth] = useLastMonth();
  const queries = useQueryClient();
  const leaving = useRef<AbortController>(undefined);
  const make = useMutation({
    mutationFn: () => {
      leaving.current = new AbortController();
      return asking(leaving.current.signal).invoices.reconcile({ month });
    },
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['invoices', 'reconciliations'] });
      onMade(id);
      onClose();
    },
  });
  const seconds = useSeconds(make.isPending);
  useEffect(() => () => leaving.current?.abort(), []);
  const isStopped = make.error?.name === 'AbortError';
  return (
    <Dialog title="Reconcile a month" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <Field
          label="Month"
          type="month"
          value={month}
          required
          onChange={setMonth}
          hint="Compares the ledger with all statements of the month, key by key, and posts nothing. A large month takes up to a minute."
        />
        {make.error !== null && !isStopped && <Trouble error={make.error} doing />}
        <div className="asking-place">
          <AskingBar
            state={isStopped ? 'stopped' : seconds === undefined ? 'nothing' : 'asking'}
            what="Comparing every key of the month with its statements"
            after="Nothing was posted."
            seconds={seconds}
            onStop={() => leaving.current?.abort()}
            onAgain={() => make.mutate()}
          />
        </div>
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            Close
          </button>
          <button type="submit" className="btn primary" disabled={make.isPending || !MONTH.test(month)}>
            Reconcile
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface ApplyDialogProps {
  readonly data: Reconciliation;
  readonly onClose: () => void;
}

export function ApplyDialog({ data, onClose }: ApplyDialogProps) {
  const queries = useQueryClient();
  const proposed = useQuery({
    queryKey: ['invoices', 'corrections', data.id],
    queryFn: ({ signal }) => asking(signal).invoices.corrections(data.id),
  });
  const [final, setFinal] = useState(false);
  const isLate = proposed.data?.corrections.some(({ cause }) => cause === 'late-data') ?? false;
  const apply = useMutation({
    mutationFn: () => api.invoices.apply(data.id, { final }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['invoices'] }),
  });
  const error = proposed.error ?? apply.error;
  const done = apply.data;
  return (
    <Dialog title="Apply corrections" note={monthText(data.month)} onClose={onClose}>
      <div className="part">
        {error !== null && <Trouble error={error} doing />}
        {done === undefined ? (
          <p>
            <b>{countText(data.corrections.count)}</b> correction lines of together{' '}
            <b>{signedMoney(data.corrections.sum)}</b> are added to {monthText(data.month)}. No line is
            edited; applying twice adds nothing.
          </p>
        ) : (
          <p role="status">
            <b>{countText(done.lines)}</b> lines are posted
            {done.bookAt !== null && `, booked in ${monthText(done.bookAt.slice(0, 7))} for the closed month`}
            . The ledger now equals the invoice, what is unexplained included.
          </p>
        )}
        {proposed.data !== undefined && <ByCause proposed={proposed.data} />}
        {done === undefined && isLate && (
          <label className="check">
            <input type="checkbox" checked={final} onChange={(event) => setFinal(event.target.checked)} />
            As final: also what is only late, which the provider may still bill
          </label>
        )}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            {done === undefined ? 'Cancel' : 'Done'}
          </button>
          {done === undefined && (
            <button
              type="button"
              className="btn primary"
              disabled={apply.isPending || proposed.data === undefined || (isLate && !final)}
              onClick={() => apply.mutate()}
            >
              Post {countText(data.corrections.count)} lines
            </button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

/** What will be posted, by cause and owner. */
function ByCause({ proposed }: { readonly proposed: Corrections }) {
  const groups = new Map<string, { cause: string; owner: string; amounts: string[] }>();
  for (const { cause, workflow, team, amount } of proposed.corrections) {
    const owner = [workflow || 'no workflow', team].filter((name) => name !== '').join(' · ');
    const key = `${cause} ${owner}`;
    const group = groups.get(key) ?? { cause, owner, amounts: [] };
    group.amounts.push(amount);
    groups.set(key, group);
  }
  const rows = [...groups.values()].map((group) => ({ ...group, amount: sumMoney(group.amounts) }));
  const decimals = columnDecimals(rows.map(({ amount }) => amount));
  return (
    <div className="scroll" role="region" tabIndex={0} aria-label="What will be posted">
      <table className="receipt">
        <caption className="sr">Corrections by cause and owner</caption>
        <Heads texts={['Cause', 'Owner']} figures={['Lines', 'Amount, $']} />
        <tbody>
          {rows.map(({ cause, owner, amounts, amount }) => (
            <tr key={`${cause} ${owner}`}>
              <td>{causeText(cause)}</td>
              <td>{owner}</td>
              <td className="num">{countText(amounts.length)}</td>
              <td className="num" title={`$${amount}`}>
                {moneyCell(amount, decimals)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CloseDialogProps {
  readonly month: string;
  readonly applied: boolean;
  readonly onClose: () => void;
}

export function CloseDialog({ month, applied, onClose }: CloseDialogProps) {
  const [typed, setTyped] = useState('');
  const queries = useQueryClient();
  const close = useMutation({
    mutationFn: () => api.invoices.close(month),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['invoices'] }),
  });
  return (
    <Dialog title={`Close ${monthText(month)}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === month && close.data === undefined) close.mutate();
        }}
      >
        {close.data === undefined ? (
          <>
            <p>
              The month is frozen: what comes later is booked in an open month, for this one. There is{' '}
              <b>no reopening</b>.
              {!applied &&
                ' The corrections of this reconciliation are not applied; applied later, they are booked in an open month.'}
            </p>
            <Field
              label={`Write ${month} to close it`}
              value={typed}
              required
              placeholder={month}
              onChange={setTyped}
            />
          </>
        ) : (
          <p role="status">
            {monthText(month)} is closed with <b>{countText(close.data.lines)}</b> lines at{' '}
            <b>{moneyText(close.data.cost)}</b>.
          </p>
        )}
        {close.error !== null && <Trouble error={close.error} doing />}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            {close.data === undefined ? 'Cancel' : 'Done'}
          </button>
          {close.data === undefined && (
            <button type="submit" className="btn primary" disabled={typed !== month || close.isPending}>
              Close for good
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
