/** One plan: its months, what it was made of, and who decided what and why. */
import type { PlanRecord } from '../../../api/contract/plans.ts';
import { columnDecimals, moneyCell } from '../../../units/figures.ts';
import { monthText, shortInstant } from '../../parts/instants.ts';
import { ChangeList } from './change-list.tsx';

const LOOK = { proposed: 'line', locked: 'accent', withdrawn: '' } as const;

export function PlanCard({
  plan,
  onDo,
}: {
  readonly plan: PlanRecord;
  readonly onDo: (what: 'lock' | 'withdraw') => void;
}) {
  const { name, state, scope, scenario, madeFrom, timeZone } = plan;
  return (
    <section className="card" aria-label={`Plan ${name}`}>
      <header>
        <h2>{name}</h2>
        <span className={`chip ${LOOK[state]}`}>{state}</span>
        <p>
          {scopeText(scope)}; {scenario.name === '' ? 'the forecast as it went' : scenario.name}, as of{' '}
          {shortInstant(madeFrom, timeZone)}
        </p>
        <div className="push">
          {state === 'proposed' && (
            <button type="button" className="btn" aria-label={`Lock ${name}`} onClick={() => onDo('lock')}>
              Lock
            </button>
          )}
          {state === 'proposed' && (
            <button
              type="button"
              className="btn plain"
              aria-label={`Withdraw ${name}`}
              onClick={() => onDo('withdraw')}
            >
              Withdraw
            </button>
          )}
        </div>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label={`Months of ${name}`}>
        <PlanMonths plan={plan} />
      </div>
      {scenario.changes.length > 0 && (
        <div className="body">
          <ChangeList changes={scenario.changes} />
        </div>
      )}
      <footer className="wrap">
        <Decided plan={plan} />
      </footer>
    </section>
  );
}

function PlanMonths({ plan: { name, months, basis } }: { readonly plan: PlanRecord }) {
  const decimals = columnDecimals(months.map(({ amount }) => amount));
  return (
    <table>
      <caption className="sr">Months of {name}</caption>
      <thead>
        <tr>
          <th scope="col">Month</th>
          <th scope="col" className="num">
            Plan, USD
          </th>
          <th scope="col" className="num">
            Interval
          </th>
          <th scope="col">Basis</th>
        </tr>
      </thead>
      <tbody>
        {months.map(({ month, amount, low, high, workflows }) => (
          <tr key={month}>
            <td>{monthText(month)}</td>
            <td
              className="num"
              title={workflows.map((one) => `${one.workflow || 'unattributed'} $${one.amount}`).join('\n')}
            >
              {moneyCell(amount, decimals)}
            </td>
            <td className="num soft">
              [{moneyCell(low, decimals)}, {moneyCell(high, decimals)}]
            </td>
            <td>
              <span className={`chip ${basis === 'measured' ? 'hatched' : 'line'}`}>
                {basis === 'measured' ? 'estimated' : basis}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Decided({ plan: { proposed, locked, withdrawn, digest, timeZone } }: { readonly plan: PlanRecord }) {
  const all = [
    ['proposed', proposed],
    ['locked', locked],
    ['withdrawn', withdrawn],
  ] as const;
  return (
    <span>
      {all.map(([what, one]) =>
        one === null ? null : (
          <span key={what}>
            {what} by {one.author}, {shortInstant(one.decidedAt, timeZone)}
            {one.reason === '' ? '' : `: ${one.reason}`}.{' '}
          </span>
        ),
      )}
      {locked !== null && (
        <span title={digest}>
          Digest <span className="mono">{digest.slice(0, 12)}</span>
        </span>
      )}
    </span>
  );
}

export function scopeText({ kind, name }: PlanRecord['scope']): string {
  if (kind === 'organisation') return 'Organisation';
  return kind === 'team' ? `Team ${name}` : name === '' ? 'Unattributed' : name;
}
