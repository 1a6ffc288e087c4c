/** Plans: what was said before a month began, and how far off it was when the month was over. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import type { PlanAccuracyAnswer, PlanRecord } from '../../../api/contract/plans.ts';
import { columnDecimals, moneyCell, shareText } from '../../../units/figures.ts';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { useAddress } from '../../parts/address.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { monthText } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { onLink } from '../../parts/path.ts';
import { Shell } from '../../parts/shell.tsx';
import { PlanCard, scopeText } from './plan-card.tsx';
import { DecideDialog } from './plan-dialogs.tsx';
import { FORECAST_DEFAULTS } from './scope.ts';
import { errorText } from './words.ts';
import '../../forecast.css';

type Doing = { readonly what: 'lock' | 'withdraw'; readonly plan: PlanRecord };

export function PlansPage() {
  const [{ zone }] = useAddress(FORECAST_DEFAULTS);
  const [doing, setDoing] = useState<Doing>();
  const ask = zone === '' ? {} : { timeZone: zone };
  const plans = useQuery({
    queryKey: ['plans', 'list'],
    queryFn: ({ signal }) => asking(signal).forecast.plans(),
  });
  const accuracy = useQuery({
    queryKey: ['plans', 'accuracy', zone],
    queryFn: ({ signal }) => asking(signal).forecast.planAccuracy(ask),
  });
  useEffect(() => {
    document.title = 'Plans · Setpoint';
  }, []);
  const error = plans.error ?? accuracy.error;
  const toForecast = (
    <a className="btn" href="/forecast" onClick={onLink('forecast')}>
      Forecast
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
        {accuracy.data !== undefined && (
          <>
            <p className="sentence">{accuracy.data.sentence}</p>
            <AccuracyTable data={accuracy.data} />
          </>
        )}
        {plans.data !== undefined && plans.data.plans.length > 0 && (
          <p className="soft">{plans.data.sentence}</p>
        )}
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
        <table>
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
