/** Plans: what was said before a month began, and how far off it was when the month was over. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import type { PlanAccuracyAnswer, PlanRecord } from '../../../api/contract/forecast.ts';
import { columnDecimals, moneyCell, shareText } from '../../../units/figures.ts';
import { api } from '../../inform/ledger-api.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { useAddress } from '../../parts/address.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { monthText, shortInstant } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { onLink } from '../../parts/path.ts';
import { Shell } from '../../parts/shell.tsx';
import { ChangeList } from './change-list.tsx';
import { DecideDialog } from './plan-dialogs.tsx';
import { FORECAST_DEFAULTS } from './scope.ts';
import { errorText } from './words.ts';
import '../../forecast.css';

type Doing = { readonly what: 'lock' | 'withdraw'; readonly plan: PlanRecord };

export function PlansPage() {
  const [{ zone }] = useAddress(FORECAST_DEFAULTS);
  const [doing, setDoing] = useState<Doing>();
  const ask = zone === '' ? {} : { timeZone: zone };
  const plans = useQuery({ queryKey: ['plans', 'list'], queryFn: () => api.forecast.plans() });
  const accuracy = useQuery({
    queryKey: ['plans', 'accuracy', zone],
    queryFn: () => api.forecast.planAccuracy(ask),
  });
  useEffect(() => {
    document.title = 'Plans · Setpoint';
  }, []);
  const error = plans.error ?? accuracy.error;
  const toForecast = (
    <a className="btn" href="/forecast" onClick={onLink('forecast')}>
      Propose one from the forecast
    </a>
  );
  return (
    <Shell title="Plans" acts={toForecast}>
      <FilterBar
        show={[]}
        facts={accuracy.data && { timeZone: accuracy.data.timeZone, asOf: accuracy.data.asOf }}
        away={error !== null}
      />
      <div className="content" aria-busy={accuracy.isPlaceholderData}>
        {error !== null && <Trouble error={error} />}
        {plans.data !== undefined && <p className="sentence">{plans.data.sentence}</p>}
        {accuracy.data !== undefined && <AccuracyTable data={accuracy.data} />}
        {plans.data?.plans.length === 0 && <NoPlan />}
        {plans.data?.plans.map((plan) => (
          <PlanCard key={plan.id} plan={plan} onDo={(what) => setDoing({ what, plan })} />
        ))}
      </div>
      {doing !== undefined && <DecideDialog {...doing} onClose={() => setDoing(undefined)} />}
    </Shell>
  );
}

function NoPlan() {
  return (
    <section className="card empty">
      <h2>No plan was proposed yet</h2>
      <p>
        A plan is a forecast or a scenario that somebody answers for. Locked before a month begins, it is what
        that month is held against, and never a forecast that was made afterwards.
      </p>
      <pre className="snippet" tabIndex={0} aria-label="A plan from the command line">
        setpoint plan propose "First quarter" --months 3 --reason "agreed"
      </pre>
    </section>
  );
}

const WHY: Readonly<Record<PlanAccuracyAnswer['months'][number]['why'], string>> = {
  '': '',
  'no-plan': 'no plan was locked before it began',
  'under-way': 'under way: not judged yet',
  'no-spend': 'nothing was spent: not judged',
};

function AccuracyTable({ data }: { readonly data: PlanAccuracyAnswer }) {
  const { months, accuracyTarget, varianceTarget } = data;
  const decimals = columnDecimals(months.map(({ actual }) => actual));
  return (
    <section className="card">
      <header>
        <h2>Plan against actual</h2>
        <p>
          within {shareText(accuracyTarget)} of actual, and budgets within {shareText(varianceTarget)}, USD
        </p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="Plan against actual by month">
        <table className="ends">
          <caption className="sr">Months against the plan that was locked before each began</caption>
          <thead>
            <tr>
              <th scope="col">Month</th>
              <th scope="col">Of</th>
              {['Plan', 'Actual', 'Error', 'Of plan', 'Budget', 'Variance'].map((head) => (
                <th key={head} scope="col" className="num">
                  {head}
                </th>
              ))}
              <th scope="col">Judged</th>
            </tr>
          </thead>
          <tbody>
            {months.map((one) => (
              <AccuracyRow
                key={`${one.month} ${one.scope.kind} ${one.scope.name}`}
                one={one}
                decimals={decimals}
              />
            ))}
          </tbody>
        </table>
      </div>
      <footer className="wrap">{data.sentence}</footer>
    </section>
  );
}

function AccuracyRow({
  one,
  decimals,
}: {
  readonly one: PlanAccuracyAnswer['months'][number];
  readonly decimals: number;
}) {
  const { month, scope, plan, actual, error, errorOfForecast, within, budget, variance, withinBudget, why } =
    one;
  const only = scope.kind === 'organisation' ? [] : [`${scope.kind}=${scope.name}`];
  const look = (is: boolean | null): string => (is === null ? '' : is ? 'good' : 'bad');
  return (
    <tr>
      <td>{monthText(month)}</td>
      <td>{scopeText(scope)}</td>
      <td className="num" title={plan === null ? undefined : `${plan.name}: $${plan.amount}`}>
        {plan === null ? '–' : moneyCell(plan.amount, decimals)}
      </td>
      <td className="num">
        <a className="proof" title={`$${actual}`} {...ledgerLink({ during: month, only })}>
          {moneyCell(actual, decimals)}
        </a>
      </td>
      <td className={`num ${look(within)}`}>{errorText(error)}</td>
      <td className="num soft">{errorText(errorOfForecast)}</td>
      <td className="num">{budget === null ? '–' : moneyCell(budget, decimals)}</td>
      <td className={`num ${look(withinBudget)}`}>{errorText(variance)}</td>
      <td className={why === '' ? look(within) : 'quiet'}>
        {why === '' ? (within === true ? 'within' : within === false ? 'off' : '–') : WHY[why]}
      </td>
    </tr>
  );
}

const LOOK = { proposed: 'line', locked: 'accent', withdrawn: '' } as const;

function PlanCard({
  plan,
  onDo,
}: {
  readonly plan: PlanRecord;
  readonly onDo: (what: Doing['what']) => void;
}) {
  const { name, state, scope, scenario, months, basis, madeFrom, timeZone } = plan;
  const decimals = columnDecimals(months.map(({ amount }) => amount));
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
          {state !== 'withdrawn' && (
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
                  title={workflows
                    .map((one) => `${one.workflow || 'unattributed'} $${one.amount}`)
                    .join('\n')}
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

function scopeText({ kind, name }: PlanRecord['scope']): string {
  if (kind === 'organisation') return 'Organisation';
  return kind === 'team' ? `Team ${name}` : name === '' ? 'Unattributed' : name;
}
