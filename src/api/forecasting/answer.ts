/** The whole answer of a forecast, and its sentences. */
import { costSeries, dateText, linesWithin, spreadOf } from '../../operate/forecast/forecast.ts';
import type { CompanyForecast, LineForecast, Scope } from '../../operate/forecast/forecast.ts';
import { moneyText } from '../../units/figures.ts';
import { parseDollars } from '../../units/money.ts';
import { setBudgets } from '../budgeting.ts';
import type { SetBudget } from '../budgeting.ts';
import type { BacktestOfForecast, ForecastAnswer, MonthOfForecast } from '../contract/forecast.ts';
import type { ApiParts } from '../parts.ts';
import { percentText, shareOf } from './amounts.ts';
import { forecasterOf, scopeName, scopeOf } from './asks.ts';
import type { ReadAsk } from './asks.ts';
import { presentBacktest, presentDrivers } from './drivers.ts';
import { presentBase, presentDays, presentGroups, presentMonths, readDays, readSpent } from './months.ts';
import { lockedMonths, planOfMonths } from './planned.ts';
import { formatDollars } from '../../units/money.ts';

export async function answerForecast(
  parts: ApiParts,
  ask: ReadAsk,
  forecast: CompanyForecast,
): Promise<ForecastAnswer> {
  const { scope, level, timeZone } = ask;
  const spent = await readSpent(parts, ask, forecast);
  const [history, budget, locked] = [
    await readDays(parts, ask, forecast),
    await monthlyBudget(parts, ask),
    await lockedMonths(parts),
  ];
  const base = presentBase(forecast, scope, forecasterOf(parts).book());
  const plans = planOfMonths(locked, scope);
  const months = presentMonths({ forecast, scope, spent, budget, plans, base });
  const lines = linesWithin(forecast, scope);
  const backtest = backtestOf(forecast, lines);
  const { dates } = forecast.history;
  return {
    sentence: lines.length === 0 ? NOTHING_YET : sentenceOf(ask, months),
    scope: scopeOf(scope),
    level,
    history,
    days: presentDays(forecast, scope),
    months,
    groups: presentGroups(forecast, scope, spent),
    drivers: presentDrivers(forecast, scope),
    backtest,
    skill: skillOf(backtest),
    notes: notesOf(forecast, lines, backtest),
    base: [...base],
    spread: spreadOf(forecast, lines),
    currency: 'USD',
    timeZone,
    priceVersions: [...forecast.history.priceVersions],
    unpriced: forecast.history.unpricedCalls,
    asOf: new Date(ask.atMs).toISOString(),
    completeUntil: new Date(forecast.history.completeUntilMs).toISOString(),
    madeFrom: {
      from: `${dates[0] ?? forecast.history.today.date}T00:00:00.000Z`,
      to: new Date(ask.atMs).toISOString(),
    },
  };
}

/** Of a budget in money by calendar month on this very scope; the smallest where there are several. */
export async function monthlyBudget(
  parts: ApiParts,
  { scope }: Pick<ReadAsk, 'scope'>,
): Promise<string | null> {
  return budgetOf(setBudgets(parts, await parts.registry.budgets.decisions()), scope);
}

export function budgetOf(sets: readonly SetBudget[], scope: Scope): string | null {
  const fits = sets.flatMap(({ budget }) => {
    const { kind, value } = budget.scope;
    const mine =
      scope.workflow !== undefined
        ? kind === 'workflow' && (value === scope.workflow || value === '*')
        : scope.team !== undefined
          ? kind === 'team' && (value === scope.team || value === '*')
          : kind === 'organisation';
    const monthly = budget.window.kind === 'calendar' && budget.window.unit === 'month';
    return mine && monthly && budget.unit === 'money' ? [BigInt(budget.amount)] : [];
  });
  const [least] = fits.toSorted((a, b) => (a < b ? -1 : 1));
  return least === undefined ? null : formatDollars(least);
}

/** Days ahead that the whole is judged over: a month, whatever was asked for. */
const JUDGED_DAYS = 28;

/** Of the scope's cost as one series, where folds of a month are many; what was delivered is judged by `/forecasts/accuracy`. */
function backtestOf(
  { history, level, dates }: CompanyForecast,
  lines: readonly LineForecast[],
): BacktestOfForecast {
  return presentBacktest(costSeries(lines, { history, dates: dates.slice(0, JUDGED_DAYS), level }));
}

function skillOf({ wape, naiveWape }: BacktestOfForecast): ForecastAnswer['skill'] {
  if (wape === null || naiveWape === null) return 'unknown';
  return wape < naiveWape ? 'better' : 'none';
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

export function monthName(month: string): string {
  return `${MONTHS[Number(month.slice(5)) - 1] ?? month} ${month.slice(0, 4)}`;
}

const NOTHING_YET =
  'There is no whole day of calls to forecast from yet; the amounts below are empty, not expectations.';

function sentenceOf({ scope, level }: ReadAsk, months: readonly MonthOfForecast[]): string {
  const [current, next] = months;
  if (current === undefined) return 'There is no history to forecast from.';
  const percent = Math.round(level * 100);
  const range = ({ low, high }: MonthOfForecast): string =>
    `${percent} % between ${moneyText(low)} and ${moneyText(high)}`;
  const budget = current.budget;
  const over =
    budget === null
      ? ''
      : parseDollars(current.total) > parseDollars(budget)
        ? `, above its budget of ${moneyText(budget)}`
        : `, within its budget of ${moneyText(budget)}`;
  const first = `${scopeName(scope)} is expected to end ${monthName(current.month)} at ${moneyText(current.total)} (${range(current)})${over}.`;
  if (next === undefined) return first;
  const change = shareOf(parseDollars(next.total) - parseDollars(current.total), parseDollars(current.total));
  return `${first} ${monthName(next.month)}: ${moneyText(next.total)}, ${percentText(change)}.`;
}

function notesOf(
  { history }: CompanyForecast,
  lines: readonly LineForecast[],
  backtest: BacktestOfForecast,
): string[] {
  const names = (some: readonly LineForecast[]): string =>
    some.map((one) => one.history.workflow || 'unattributed').join(', ');
  const naive = lines.filter(({ drivers }) => drivers?.calls.skill === 'none');
  const short = lines.filter((one) => one.drivers?.calls.skill === 'unknown');
  const quiet = lines.filter(({ drivers }) => drivers === undefined);
  const steps = lines.flatMap((line) =>
    line.steps.map(({ atMs, factor, name }) => {
      const change = `${factor < 1 ? '−' : '+'}${Math.abs((factor - 1) * 100).toFixed(1)} %`;
      const date = dateText(history.calendar.dateAt(atMs), 0);
      return `${line.history.workflow || 'Unattributed'}: ${name} on ${date} moves its rate by ${change}; it is taken in.`;
    }),
  );
  return [
    ...(skillOf(backtest) === 'none'
      ? ['No skill over seasonal naive was found for this cost as a whole.']
      : []),
    ...(naive.length > 0 ? [`Calls of ${names(naive)}: no skill over seasonal naive, which is used.`] : []),
    ...(short.length > 0
      ? [`Too short a history to judge: ${names(short)}; related workflows lend theirs.`]
      : []),
    ...(quiet.length > 0 ? [`No call in four weeks, so nothing is expected: ${names(quiet)}.`] : []),
    ...new Set(steps),
    ...(history.unpricedCalls > 0
      ? [
          `${history.unpricedCalls.toLocaleString('en-US')} calls have no price: what they cost is in neither history nor forecast.`,
        ]
      : []),
  ];
}
