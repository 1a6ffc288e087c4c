import { useState } from 'react';

import type { BudgetAccount, BudgetList, StandingBudget } from '../../../api/contract/budgets.ts';
import { countText } from '../../../units/figures.ts';
import { scopeSearch } from '../../operate/forecast/scope.ts';
import { onLink } from '../../parts/path.ts';
import { BurnKey, BurnStrip } from './burn-strip.tsx';
import {
  amountText,
  amountTitle,
  boundText,
  paceText,
  scopeText,
  stateText,
  UNKNOWN,
  usedUpText,
  windowText,
} from './budget-words.ts';

interface BudgetTableProps {
  readonly data: BudgetList;
  readonly onOpen: (budget: StandingBudget) => void;
  readonly onChange: (budget: StandingBudget) => void;
  readonly onEnd: (budget: StandingBudget) => void;
}

/** Every account of every budget: the strip, and the same as figures. */
export function BudgetTable({ data, onOpen, onChange, onEnd }: BudgetTableProps) {
  return (
    <section className="card">
      <header>
        <h2>Budgets in force</h2>
        <p>what is spent and reserved, what is left, and when it is used up</p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="Budgets">
        <table className="budgets">
          <caption className="sr">Budgets in force and their accounts</caption>
          <thead>
            <tr>
              <th scope="col">Budget</th>
              <th scope="col">Used</th>
              <th scope="col" className="num">
                Spent
              </th>
              <th scope="col" className="num">
                Reserved
              </th>
              <th scope="col" className="num">
                Left
              </th>
              <th scope="col" className="num">
                Cap
              </th>
              <th scope="col">Used up</th>
              <th scope="col">
                <span className="sr">What can be done</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.budgets.map((budget) => (
              <BudgetRows key={budget.id} {...{ budget, at: data.at, onOpen, onChange, onEnd }} />
            ))}
          </tbody>
        </table>
      </div>
      <footer>
        <BurnKey />
      </footer>
    </section>
  );
}

/** The accounts that are nearest to their cap; the others on request. */
const SHOWN_AT_FIRST = 5;

function BudgetRows(
  props: Omit<BudgetTableProps, 'data'> & { readonly budget: StandingBudget; readonly at: string },
) {
  const { budget, at, onOpen, onChange, onEnd } = props;
  const [all, setAll] = useState(false);
  const { accounts } = budget;
  const shown = all ? accounts : accounts.slice(0, SHOWN_AT_FIRST);
  const hidden = accounts.length - SHOWN_AT_FIRST;
  const acts = <ActsCell budget={budget} onChange={onChange} onEnd={onEnd} />;
  return (
    <>
      {accounts.length === 0 && (
        <tr className="loose">
          <NameCell budget={budget} at={at} onOpen={onOpen} />
          <td colSpan={6} className="quiet">
            Nothing was spent under it yet.
          </td>
          {acts}
        </tr>
      )}
      {shown.map((account, index) => (
        <tr key={`${account.value} ${account.simulated}`} className="loose">
          <NameCell budget={budget} account={account} at={at} onOpen={onOpen} />
          <AccountCells budget={budget} account={account} at={at} />
          {index === 0 ? acts : <td />}
        </tr>
      ))}
      {(hidden > 0 || budget.moreAccounts) && (
        <tr>
          <td colSpan={8}>
            {hidden > 0 && (
              <button type="button" className="btn plain" aria-expanded={all} onClick={() => setAll(!all)}>
                {all ? 'Show fewer' : `Show ${countText(hidden)} more of ${budget.name}`}
              </button>
            )}
            {budget.moreAccounts && <span className="quiet"> There are more, further from their cap.</span>}
          </td>
        </tr>
      )}
    </>
  );
}

interface NameCellProps {
  readonly budget: StandingBudget;
  readonly account?: BudgetAccount;
  readonly at: string;
  readonly onOpen: (budget: StandingBudget) => void;
}

function NameCell({ budget, account, at, onOpen }: NameCellProps) {
  const whose = budget.scope.value === '*' ? (account?.value ?? '') : '';
  return (
    <td>
      <button
        type="button"
        className="proof-button"
        aria-label={`History of ${budget.name}${whose === '' ? '' : `, ${whose}`}`}
        onClick={() => onOpen(budget)}
      >
        <span className="cut" title={budget.name}>
          {whose === '' ? budget.name : whose}
        </span>
      </button>
      {account?.simulated === true && <span className="chip line">simulated</span>}
      {budget.origin === 'settings' && (
        <span className="chip line" title="It stands in setpoint.yaml, and only there can it be changed">
          by file
        </span>
      )}
      <small>
        {whose === '' ? scopeText(budget.scope) : budget.name}, {windowText(budget.window)}
      </small>
      {account !== undefined && (
        <span className="narrow-burn">
          <Used budget={budget} account={account} at={at} />
        </span>
      )}
    </td>
  );
}

interface AccountCellsProps {
  readonly budget: StandingBudget;
  readonly account: BudgetAccount;
  readonly at: string;
}

function AccountCells({ budget, account, at }: AccountCellsProps) {
  const { unit, window } = budget;
  const { burn } = account;
  const breached = burn.crossed !== null || burn.why === 'used-up';
  const forecast = burn.breachAt === null ? undefined : forecastSearch(budget, account);
  return (
    <>
      <td title={stateText(account)}>
        <Used budget={budget} account={account} at={at} />
      </td>
      {([account.spent, account.reserved, account.remaining, account.cap] as const).map((amount, column) => (
        <td
          key={COLUMNS[column]}
          className={amount === null ? 'num warn' : 'num'}
          title={amountTitle(amount, unit)}
        >
          {amountText(amount, unit)}
          {column === 3 && unit !== 'money' && <small>{unit}</small>}
          {column === 1 && account.presumed !== null && account.presumed !== '0' && (
            <small>{amountText(account.presumed, unit)} presumed</small>
          )}
        </td>
      ))}
      <td className={breached ? 'bad' : burn.breachAt === null ? 'soft' : 'warn'}>
        {forecast === undefined ? (
          usedUpText(account, window)
        ) : (
          <a
            className="proof"
            title="The forecast that this pace is one guess of"
            href={`/forecast${forecast}`}
            onClick={onLink('forecast', forecast)}
          >
            {usedUpText(account, window)}
          </a>
        )}
        {burn.perDay !== null && (
          <small>
            {amountText(burn.perDay, unit)} a day, {paceText(burn.pace)}
          </small>
        )}
      </td>
    </>
  );
}

/** Whose forecast says more of when it is used up; undefined: nobody forecasts what this budget counts. */
function forecastSearch({ scope, unit }: StandingBudget, account: BudgetAccount): string | undefined {
  const { kind, value } = scope;
  if (unit !== 'money') return undefined;
  if (kind === 'organisation') return scopeSearch({}, '');
  if (kind !== 'workflow' && kind !== 'team') return undefined;
  return scopeSearch({ [kind]: value === '*' ? account.value : value }, '');
}

function Used({ budget, account, at }: AccountCellsProps) {
  const { unit, mode, thresholds } = budget;
  const { percent, window } = account;
  return (
    <>
      <BurnStrip account={account} thresholds={thresholds} at={at} />
      <small>
        {percent === null ? UNKNOWN : `${Math.floor(percent)}% of ${window.text}`} ·{' '}
        <span title={budget.bound}>
          {mode}, {boundText(mode, account, unit)}
        </span>
      </small>
    </>
  );
}

const COLUMNS = ['spent', 'reserved', 'left', 'cap'] as const;

function ActsCell({
  budget,
  onChange,
  onEnd,
}: Pick<BudgetTableProps, 'onChange' | 'onEnd'> & { budget: StandingBudget }) {
  if (budget.origin === 'settings') return <td />;
  return (
    <td className="num">
      <span className="acts">
        <button
          type="button"
          className="btn plain"
          aria-label={`Change ${budget.name}`}
          onClick={() => onChange(budget)}
        >
          Change
        </button>
        <button
          type="button"
          className="btn plain"
          aria-label={`End ${budget.name}`}
          onClick={() => onEnd(budget)}
        >
          End
        </button>
      </span>
    </td>
  );
}
