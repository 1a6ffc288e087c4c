import type { Reconciliation } from '../../../api/contract/invoices.ts';
import { changePercent, moneyText, shareText } from '../../../units/figures.ts';
import { parseDollars } from '../../../units/money.ts';
import { signedBeside, signedMoney } from '../../parts/change.ts';
import { monthText, shortInstant } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { Waterfall } from '../../parts/waterfall.tsx';
import { KeyTable } from './key-table.tsx';
import { Matching, ProviderTable } from './provider-tables.tsx';
import { causeText, isNothing, totalsOf } from './sums.ts';

interface ReconciliationViewProps {
  readonly data: Reconciliation;
  /** Cause or state whose keys are listed. */
  readonly show: string;
  readonly onShow: (show: string) => void;
  readonly onStatement: (id: string) => void;
  readonly onApply: () => void;
  readonly onCloseMonth: () => void;
}

/** From ledger over causes to invoice: the sentence, the steps, and the tables that prove them. */
export function ReconciliationView(props: ReconciliationViewProps) {
  const { data, show, onShow, onStatement } = props;
  const totals = totalsOf(data);
  const steps = totals.causes.map(({ cause, amount }) => ({
    label: causeText(cause),
    note: '',
    judged: false,
    amount: Number(amount),
    ...(cause === 'unexplained' && { look: 'f-warn' }),
  }));
  return (
    <>
      <ReconciledSentence data={data} />
      <div className="grid wide-left">
        <section className="card">
          <header>
            <h2>Ledger to invoice</h2>
            <p>{monthText(data.month)}, by cause</p>
          </header>
          <div className="body">
            {totals.providers.length === 0 ? (
              <p className="quiet">
                No statement of this month says what it costs; import a cost report or an invoice to compare
                money.
              </p>
            ) : (
              <Waterfall
                from={{ label: 'Ledger', amount: Number(totals.ledger) }}
                to={{ label: 'Invoice', amount: Number(totals.invoice) }}
                steps={steps}
                sentence={`The ledger has ${moneyText(totals.ledger)}, the invoices ${moneyText(totals.invoice)}.`}
                caption="The steps add up exactly. What no rule explains stands apart and is never spread over the others."
              />
            )}
          </div>
          <ProviderTable data={data} onShow={onShow} />
        </section>
        <div className="stack">
          <Corrections {...props} />
          <Matching data={data} onShow={onShow} />
        </div>
      </div>
      <KeyTable key={show} data={data} show={show} onShow={onShow} onStatement={onStatement} />
    </>
  );
}

function ReconciledSentence({ data }: { readonly data: Reconciliation }) {
  const { ledger, invoice, unexplained, providers, causes } = totalsOf(data);
  if (providers.length === 0)
    return (
      <p className="sentence">
        {monthText(data.month)} can be compared in tokens only: <b>no statement says what it costs</b>.
      </p>
    );
  const [largest] = causes.toSorted((a, b) => Math.abs(Number(b.amount)) - Math.abs(Number(a.amount)));
  const proof = ledgerLink({ zone: 'UTC', during: data.month, by: 'provider,model' });
  return (
    <p className="sentence">
      For {monthText(data.month)} the providers bill <b>{moneyText(invoice)}</b> and the ledger has{' '}
      <a className="proof" {...proof}>
        <b>{moneyText(ledger)}</b>
      </a>
      {largest === undefined ? (
        <>
          : <b>not a cent of difference</b>.
        </>
      ) : (
        <>
          {moreText(ledger, invoice)}; the largest cause is <b>{causeText(largest.cause).toLowerCase()}</b>,{' '}
          <b>{signedBeside(largest.amount, invoice)}</b>, and{' '}
          <b>{isNothing(unexplained) ? 'nothing' : signedBeside(unexplained, invoice)}</b> is unexplained.
        </>
      )}
    </p>
  );
}

/** By what share of the ledger the providers bill more or less than it. */
function moreText(ledger: string, invoice: string): string {
  const [has, bills] = [parseDollars(ledger), parseDollars(invoice)];
  if (has <= 0n || bills === has) return '';
  return `, so they bill ${changePercent(has, bills - has).slice(1)} ${bills > has ? 'more' : 'less'}`;
}

/** What applying would post, or has posted; then the month can be closed. */
function Corrections({ data, onApply, onCloseMonth }: ReconciliationViewProps) {
  const { corrections, appliedAt, lines, bookAt } = data;
  const one = corrections.count === 1;
  return (
    <section className="card">
      <header>
        <h2>Corrections</h2>
        <p>{appliedAt === null ? 'proposed' : 'posted'}</p>
      </header>
      <div className="body acts-below">
        <p>
          {appliedAt === null ? (
            <>
              <b>{corrections.count.toLocaleString('en-US')}</b> {one ? 'line' : 'lines'} of together{' '}
              <b>{signedMoney(corrections.sum)}</b> would make the ledger equal the invoice. No line is
              edited.
            </>
          ) : (
            <>
              <b>{(lines ?? 0).toLocaleString('en-US')}</b> {lines === 1 ? 'line' : 'lines'} posted on{' '}
              {shortInstant(appliedAt, 'UTC')}
              {bookAt !== null && `, booked in ${monthText(bookAt.slice(0, 7))} for the closed month`}.
            </>
          )}
        </p>
        <div className="acts">
          {appliedAt === null && corrections.count > 0 && (
            <button type="button" className="btn primary" onClick={onApply}>
              Apply corrections…
            </button>
          )}
          {appliedAt !== null && (
            <a
              className="btn"
              {...ledgerLink({
                zone: 'UTC',
                during: data.month,
                by: 'cause,workflow',
                only: ['source=invoice'],
              })}
            >
              Show the lines
            </a>
          )}
          <button type="button" className="btn" onClick={onCloseMonth}>
            Close {monthText(data.month)}…
          </button>
        </div>
      </div>
      <Objectives data={data} />
    </section>
  );
}

/** The two bounds that a reconciliation is held to. */
function Objectives({ data }: { readonly data: Reconciliation }) {
  return (
    <ul className="findings objectives">
      {data.providers.flatMap(({ provider, objectives }) =>
        objectives
          .filter(({ pass }) => pass !== null)
          .map(({ name, limit, measured, inside, of, pass }) => (
            <li className="finding" key={`${provider} ${name}`}>
              <p className="small">
                {provider}: {name}, at most {shareText(limit, 1)}
                <span className="quiet">
                  {measured !== null && ` · ${shareText(measured, 1)}`}
                  {inside !== null && of !== null && ` · ${inside} of ${of} inside`}
                </span>
              </p>
              <span className={`chip ${pass === true ? 'good' : 'bad'}`}>
                {pass === true ? 'held' : 'missed'}
              </span>
            </li>
          )),
      )}
    </ul>
  );
}
