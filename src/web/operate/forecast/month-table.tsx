/** Month by month: what is spent, what is ahead, how sure that is, and what was planned. The table that is the fan's accessible form. */
import type { ForecastAnswer, MonthOfForecast } from '../../../api/contract/forecast.ts';
import { columnDecimals, moneyCell } from '../../../units/figures.ts';
import { monthText } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { BASE } from './outlook.ts';
import type { MonthSpread, Projected } from './outlook.ts';
import type { PageScope } from './scope.ts';
import { dollarsText, hundreds } from './words.ts';

interface MonthTableProps {
  readonly answer: ForecastAnswer;
  readonly picked: Projected;
  readonly spread: readonly MonthSpread[];
  readonly scope: PageScope;
}

export function MonthTable({ answer, picked, spread, scope }: MonthTableProps) {
  const level = Math.round(answer.level * 100);
  const isBase = picked.key === BASE;
  const decimals = columnDecimals(answer.months.map(({ total }) => total));
  return (
    <section className="card">
      <header>
        <h2>By month</h2>
        <p>
          {isBase ? 'the forecast as it goes' : `${picked.name}, rounded to $100`}, USD; ahead is estimated
        </p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="Months">
        <table>
          <caption className="sr">Months of {picked.name}</caption>
          <thead>
            <tr>
              <th scope="col">Month</th>
              {['Spent', 'Ahead', 'Total', `${level}% interval`, 'Plan', 'Budget'].map((head) => (
                <th key={head} scope="col" className="num">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {answer.months.map((month) => (
              <MonthRow
                key={month.month}
                {...{ month, scope, decimals, isBase }}
                cost={picked.months.find((one) => one.month === month.month)?.cost}
                spread={spread.find((one) => one.month === month.month)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface MonthRowProps {
  readonly month: MonthOfForecast;
  readonly cost: number | undefined;
  readonly spread: MonthSpread | undefined;
  readonly scope: PageScope;
  readonly decimals: number;
  readonly isBase: boolean;
}

function MonthRow({ month: one, cost, spread, scope, decimals, isBase }: MonthRowProps) {
  const { month, state, spent, plan, budget } = one;
  const { workflow, team } = scope;
  const only = workflow !== undefined ? [`workflow=${workflow}`] : team === undefined ? [] : [`team=${team}`];
  const total = isBase ? one.total : dollarsText(cost ?? 0);
  const ahead = isBase ? one.ahead : dollarsText((cost ?? 0) - Number(spent));
  const text = (amount: string): string =>
    isBase ? moneyCell(amount, decimals) : hundreds(Number(amount), '');
  return (
    <tr>
      <td>
        {monthText(month)}
        {state === 'under-way' && <span className="quiet"> under way</span>}
      </td>
      <td className="num">
        {state === 'ahead' ? (
          '–'
        ) : (
          <a className="proof" title={`$${spent}`} {...ledgerLink({ during: month, only })}>
            {moneyCell(spent, decimals)}
          </a>
        )}
      </td>
      <td className="num" title={`$${ahead}`}>
        {text(ahead)}
      </td>
      <td className="num" title={`$${total}`}>
        <b>{text(total)}</b>
      </td>
      <td className="num soft">
        {spread === undefined ? '–' : `[${text(dollarsText(spread.low))}, ${text(dollarsText(spread.high))}]`}
      </td>
      <td className="num">{plan === null ? '–' : moneyCell(plan, decimals)}</td>
      <td className="num">{budget === null ? '–' : moneyCell(budget, decimals)}</td>
    </tr>
  );
}
