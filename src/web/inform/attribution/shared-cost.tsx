/** Cost that many share: how it is divided, and commitments that are paid whether they are used or not. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import type { Commitment, PostedPeriods, Split, SplitOutcomes } from '../../../api/contract/sharing.ts';
import { columnDecimals, countText, moneyCell, moneyText } from '../../../units/figures.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { Heads } from '../../parts/heads.tsx';
import { dateText, monthText } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { api, asking } from '../../parts/server.ts';
import { useLastMonth } from '../../parts/workspace.ts';
import { Trouble } from '../trouble.tsx';
import { ownerText } from './signs.ts';

export function SharedCost() {
  const splits = useQuery({
    queryKey: ['attribution', 'splits'],
    queryFn: ({ signal }) => asking(signal).attribution.splits(),
  });
  const commitments = useQuery({
    queryKey: ['attribution', 'commitments'],
    queryFn: ({ signal }) => asking(signal).attribution.commitments(),
  });
  const error = splits.error ?? commitments.error;
  return (
    <>
      {error !== null && <Trouble error={error} />}
      {splits.data !== undefined && <Splits splits={splits.data.splits} />}
      {commitments.data !== undefined && <Commitments commitments={commitments.data.commitments} />}
    </>
  );
}

function Splits({ splits }: { readonly splits: readonly Split[] }) {
  const [picked, setPicked] = useState<Split>();
  return (
    <section className="card">
      <header>
        <h2>Splits</h2>
        <p>a shared cost divided over workflows, month by month; the shares add up exactly</p>
      </header>
      {splits.length === 0 ? (
        <div className="empty">
          <h2>No shared cost is divided</h2>
          <p>A platform workflow, an account or a monthly fee can be divided over those who use it:</p>
          <pre className="snippet" tabIndex={0} aria-label="A split from the command line">
            {
              'setpoint attribution split add platform \\\n  --of workflow=platform --by-usage cost --from 2026-11'
            }
          </pre>
        </div>
      ) : (
        <div className="scroll" role="region" tabIndex={0} aria-label="Splits">
          <table className="ends">
            <caption className="sr">Splits of shared cost</caption>
            <Heads texts={['Split', 'What is divided', 'How', 'Months']} acts />
            <tbody>
              {splits.map((split) => (
                <tr key={split.id} className="loose">
                  <td>
                    {split.name || split.id}
                    <small>
                      {split.id} · version {countText(split.version)}
                    </small>
                  </td>
                  <td>{sourceText(split.source)}</td>
                  <td className="wrap">{methodText(split.method)}</td>
                  <td>
                    {monthText(split.from)}
                    {split.until === null ? ' on' : ` to ${monthText(split.until)}`}
                  </td>
                  <td className="num">
                    <button
                      type="button"
                      className="btn"
                      aria-label={`Preview ${split.id}`}
                      onClick={() => setPicked(split)}
                    >
                      Preview…
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {picked !== undefined && <SplitDialog split={picked} onClose={() => setPicked(undefined)} />}
    </section>
  );
}

function SplitDialog({ split, onClose }: { readonly split: Split; readonly onClose: () => void }) {
  const [month, setMonth] = useLastMonth();
  const queries = useQueryClient();
  const preview = useQuery({
    queryKey: ['attribution', 'split', split.id, month],
    queryFn: ({ signal }) => asking(signal).attribution.previewSplit(split.id, month),
    enabled: /^\d{4}-\d{2}$/.test(month),
  });
  const apply = useMutation({
    mutationFn: () => api.attribution.applySplit(split.id, { during: month }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['attribution'] }),
  });
  const outcomes = apply.data ?? preview.data;
  const error = apply.error ?? preview.error;
  const amount = outcomes?.outcomes[0]?.amount ?? '0';
  const lines = preview.data?.outcomes.find(({ allocation }) => allocation !== null);
  return (
    <Dialog title="Split" note={split.name || split.id} onClose={onClose}>
      <div className="part">
        <Field label="Month" type="month" value={month} onChange={setMonth} />
        {error !== null && <Trouble error={error} doing />}
        {outcomes !== undefined && <Outcomes outcomes={outcomes} applied={apply.data !== undefined} />}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            {apply.data === undefined ? 'Cancel' : 'Done'}
          </button>
          {apply.data === undefined && lines !== undefined && (
            <button
              type="button"
              className="btn primary"
              disabled={apply.isPending}
              onClick={() => apply.mutate()}
            >
              Post {moneyText(amount)} in {countText(lines.allocation?.shares.length)} shares
            </button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

function Outcomes({ outcomes, applied }: { readonly outcomes: SplitOutcomes; readonly applied: boolean }) {
  const decimals = columnDecimals(outcomes.outcomes.map(({ amount }) => amount));
  return outcomes.outcomes.map(({ month, kind, amount, reason, allocation }) => (
    <section key={`${month} ${kind}`}>
      <p role="status">
        {reason !== '' && `${monthText(month)}: the cost stays where it is. ${reason}`}
        {reason === '' && (
          <>
            <b>{moneyText(amount)}</b> of {monthText(month)} {applied ? 'was divided' : 'would be divided'}:
            correction lines take it from where it is booked and book the shares; the total stays.
          </>
        )}
      </p>
      {allocation !== null && (
        <table className="receipt">
          <caption className="sr">Shares</caption>
          <Heads texts={['To']} figures={['Ratio', 'Cost, $']} />
          <tbody>
            {allocation.shares.map((share) => (
              <tr key={ownerText(share)}>
                <td>{ownerText(share)}</td>
                <td className="num" title={share.ratio}>
                  {Number(share.ratio).toFixed(4)}
                </td>
                <td className="num" title={`$${share.amount}`}>
                  {moneyCell(share.amount, decimals)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  ));
}

function Commitments({ commitments }: { readonly commitments: readonly Commitment[] }) {
  const [picked, setPicked] = useState<Commitment>();
  return (
    <section className="card">
      <header>
        <h2>Commitments</h2>
        <p>paid by the hour, used or not</p>
      </header>
      {commitments.length === 0 ? (
        <div className="empty">
          <h2>No commitment is known</h2>
          <p>Provisioned throughput and reserved capacity cost by the hour. To have them in the ledger:</p>
          <pre className="snippet" tabIndex={0} aria-label="A commitment from the command line">
            {
              'setpoint attribution commitment add ptu-east \\\n  --provider azure --hourly 3.60 --from 2026-11-01'
            }
          </pre>
        </div>
      ) : (
        <div className="scroll" role="region" tabIndex={0} aria-label="Commitments">
          <table className="ends">
            <caption className="sr">Commitments</caption>
            <Heads texts={['Commitment', 'For', 'Paid']} figures={['Per hour, $']} acts />
            <tbody>
              {commitments.map((one) => (
                <tr key={one.id} className="loose">
                  <td>
                    {one.id}
                    <small>version {countText(one.version)}</small>
                  </td>
                  <td>{[one.provider, one.account, one.model].filter((name) => name !== '').join(' · ')}</td>
                  <td>
                    from {dateText(one.from)}
                    {one.until !== null && ` to ${dateText(one.until)}`}
                    <small>{one.lines} lines</small>
                  </td>
                  <td className="num">{moneyCell(one.hourly, columnDecimals([one.hourly]))}</td>
                  <td className="num">
                    <button
                      type="button"
                      className="btn"
                      aria-label={`Post ${one.id}`}
                      onClick={() => setPicked(one)}
                    >
                      Post…
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {picked !== undefined && <PostDialog commitment={picked} onClose={() => setPicked(undefined)} />}
    </section>
  );
}

function PostDialog({
  commitment,
  onClose,
}: {
  readonly commitment: Commitment;
  readonly onClose: () => void;
}) {
  const [month, setMonth] = useLastMonth();
  const queries = useQueryClient();
  const post = useMutation({
    mutationFn: () => api.attribution.postCommitment(commitment.id, { during: month }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['attribution'] }),
  });
  return (
    <Dialog title="Post commitment" note={commitment.id} onClose={onClose}>
      <div className="part">
        <Field label="Month" type="month" value={month} onChange={setMonth} />
        {post.error !== null && <Trouble error={post.error} doing />}
        {post.data === undefined ? (
          <p>
            One line per {commitment.lines === 'daily' ? 'day' : 'month'} at{' '}
            <b>{moneyText(commitment.hourly)}</b> an hour is posted for the hours of the month that it was
            paid. What is posted already is not posted again.
          </p>
        ) : (
          <PostedLines posted={post.data} month={month} />
        )}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            {post.data === undefined ? 'Cancel' : 'Done'}
          </button>
          {post.data === undefined && (
            <button
              type="button"
              className="btn primary"
              disabled={post.isPending}
              onClick={() => post.mutate()}
            >
              Post {/^\d{4}-\d{2}$/.test(month) ? monthText(month) : ''}
            </button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

function PostedLines({ posted, month }: { readonly posted: PostedPeriods; readonly month: string }) {
  return (
    <p role="status">
      {posted.periods.length === 0
        ? 'Nothing was left to post.'
        : `${countText(posted.periods.length)} periods were posted. `}
      <a className="proof" {...ledgerLink({ during: month, by: 'source,workflow' })}>
        <b>Show the month</b>
      </a>
    </p>
  );
}

function sourceText(source: Split['source']): string {
  switch (source.kind) {
    case 'workflow':
      return `workflow ${source.workflow}`;
    case 'account':
      return `account ${source.account} of ${source.provider}, what no workflow is named for`;
    case 'amount':
      return `${moneyText(source.monthly)} a month of ${source.provider}`;
    case 'commitment':
      return `commitment ${source.commitment}`;
  }
}

function methodText(method: Split['method']): string {
  if (method.kind === 'usage')
    return `by ${method.measure}${method.workflows === undefined ? '' : ` among ${method.workflows.join(', ')}`}`;
  const names = method.targets.map(({ workflow, weight }) =>
    weight === undefined ? workflow : `${workflow} ${weight}`,
  );
  return `${method.kind === 'even' ? 'evenly' : 'by weight'}: ${names.join(', ')}`;
}
