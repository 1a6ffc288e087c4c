/** The forecast as a fan: lines of every scenario, the area of the one in question, and what happened on the way. */
import type { ForecastAnswer } from '../../../api/contract/forecast.ts';
import { moneyText } from '../../../units/figures.ts';
import { compactMoney } from '../../parts/compact.ts';
import { dayText } from '../../parts/instants.ts';
import type { FanBand, FanMark, FanProps } from '../../parts/marks/fan-room.ts';
import {
  dateOf,
  dayNumber,
  daysInMonth,
  factorsAt,
  monthlyRate,
  rateAhead,
} from '../../parts/marks/fan-shape.ts';
import type { FanPoint } from '../../parts/marks/fan-shape.ts';
import { BASE } from './outlook.ts';
import type { MonthSpread, Projected, Swing } from './outlook.ts';
import { DRIVER_LABELS, dollarsText, hundreds, monthName, percentText } from './words.ts';

const LEAST_DAYS_BACK = 84;
const MOST_MARKS = 6;

interface FanAsk {
  readonly answer: ForecastAnswer;
  readonly all: readonly Projected[];
  readonly picked: Projected;
  readonly spread: readonly MonthSpread[];
  readonly budget: number | undefined;
  readonly swing: Swing | undefined;
}

export function fanOf(ask: FanAsk): FanProps {
  const { answer, all, picked, budget, swing } = ask;
  const history = wholeDays(answer);
  const back = Math.max(LEAST_DAYS_BACK, answer.days.length);
  const compared = picked.last.month;
  const actual = monthlyRate(history, compared).slice(-back);
  const now = actual.at(-1)?.day ?? dayNumber(answer.asOf);
  const base = all.find(({ key }) => key === BASE);
  const lines = all.map((one) => ({
    key: one.key,
    name: one.name,
    value: compactMoney(one.last.cost),
    change:
      one === base || base === undefined
        ? ''
        : percentText(base.last.cost, one.last.cost).replace(/^[▲▼] /, ''),
    note: one === picked ? intervalNote(ask) : '',
    picked: one === picked,
    points: rateAhead(history, daysAhead(answer, one), compared),
  }));
  const month = monthName(picked.last.month);
  return {
    actual,
    lines,
    band: bandOf(ask, lines.find(({ picked: is }) => is)?.points ?? [], now),
    plans: plansOf(answer, compared),
    budget:
      budget === undefined ? undefined : { amount: budget, text: `budget ${compactMoney(budget)} a month` },
    crossings: crossingsOf(all),
    marks: marksOf(answer, actual[0]?.day ?? now),
    swing: swing && {
      from: swing.highest.key,
      to: swing.lowest.key,
      text: `swing ${hundreds(swing.amount)} a month`,
    },
    name: `Monthly cost at the rate of each week, with ${all.length === 1 ? 'its forecast' : `${all.length} scenarios`} to ${month}.`,
    caption: captionOf(ask),
    sayAt: (day) => sayOf(day, actual, lines, ask),
  };
}

/** A day of which something is still ahead says nothing of a rate. */
function wholeDays({ history, days }: ForecastAnswer): Array<{ date: string; cost: number }> {
  const first = days[0]?.date;
  return history
    .filter(({ date }) => first === undefined || date < first)
    .map(({ date, cost }) => ({ date, cost: Number(cost) }));
}

/** What today has already is in the ledger and in no whole day, its rest is ahead: both make the day whole. */
function daysAhead(
  { history, months }: ForecastAnswer,
  { days }: Projected,
): Array<{ date: string; cost: number }> {
  const [today, ...later] = days;
  if (today === undefined) return [];
  const month = today.date.slice(0, 7);
  const spent = months.find((one) => one.month === month && one.state === 'under-way')?.spent;
  const whole = history
    .filter(({ date }) => date.startsWith(month) && date < today.date)
    .reduce((sum, { cost }) => sum + Number(cost), 0);
  const had = spent === undefined ? 0 : Math.max(Number(spent) - whole, 0);
  return [{ date: today.date, cost: today.cost + had }, ...later];
}

/** Factors of what is ahead of each month, laid on the rate. */
function bandOf({ answer, picked, spread }: FanAsk, points: readonly FanPoint[], now: number): FanBand[] {
  const spentOf = new Map(answer.months.map(({ month, spent }) => [month, Number(spent)]));
  const months = spread.map(({ month, low, midLow, midHigh, high }) => {
    const spent = spentOf.get(month) ?? 0;
    const ahead = (picked.months.find((one) => one.month === month)?.cost ?? 0) - spent;
    const factor = (end: number): number => (ahead <= 0 ? 1 : Math.max(0, (end - spent) / ahead));
    return { month, factors: [low, midLow, midHigh, high].map(factor) };
  });
  const at = factorsAt(months, now);
  return points.map(({ day, value }) => {
    const [low = 1, midLow = 1, midHigh = 1, high = 1] = at(day);
    return { day, low: value * low, midLow: value * midLow, midHigh: value * midHigh, high: value * high };
  });
}

/** At the rate of the month that all is shown as, so that an outline can be held against the line; the table has what was planned. */
function plansOf({ months }: ForecastAnswer, compared: string): FanProps['plans'] {
  return months.flatMap(({ month, plan }) => {
    if (plan === null) return [];
    const from = dayNumber(`${month}-01`);
    const days = daysInMonth(month);
    return [{ from, to: from + days - 1, amount: (Number(plan) * daysInMonth(compared)) / days }];
  });
}

function crossingsOf(all: readonly Projected[]): FanMark[] {
  const days = all.flatMap(({ crossing, name }) => (crossing === undefined ? [] : [{ crossing, name }]));
  const single = days.length === 1;
  return [...Map.groupBy(days, ({ crossing }) => crossing)].map(([date, those]) => ({
    day: dayNumber(date),
    text: single || those.length === all.length ? dayText(date) : `${dayText(date)}, ${those[0]?.name ?? ''}`,
  }));
}

/** Shifts of level, known or found, and days that were set aside; the latest ones. */
function marksOf({ drivers }: ForecastAnswer, first: number): FanMark[] {
  const marks = drivers.flatMap(({ driver, shifts, setAside }) => [
    ...shifts.map(({ date, factor, name }) => ({
      day: dayNumber(date),
      text: name === '' ? `${label(driver)} ×${factor.toFixed(2)}` : name,
    })),
    ...setAside.map(({ date }) => ({ day: dayNumber(date), text: `${label(driver)} set aside` })),
  ]);
  return marks
    .filter(({ day }) => day >= first)
    .toSorted((a, b) => b.day - a.day)
    .slice(0, MOST_MARKS)
    .toReversed();
}

function label(driver: string): string {
  return (DRIVER_LABELS[driver] ?? driver).toLowerCase();
}

function intervalNote({ answer, spread }: FanAsk): string {
  const last = spread.at(-1);
  if (last === undefined) return '';
  const tail = Math.round(((1 - answer.level) / 2) * 100);
  return `P${tail}–P${100 - tail} ${compactMoney(last.low)}–${compactMoney(last.high).replace('$', '')}`;
}

function captionOf({ answer, all, picked, budget }: FanAsk): string {
  const level = Math.round(answer.level * 100);
  const month = monthName(picked.last.month);
  const lines =
    `Solid is the mean of seven days × the ${daysInMonth(picked.last.month)} days of ${month}; dashed is ahead; figures at the ends are all of ${month}. ` +
    `The area is the ${level}% and the 50% interval of ${picked.key === BASE ? 'the forecast' : `“${picked.name}”`}.`;
  if (budget === undefined) return `${lines} No budget in money by month is set for this scope.`;
  const passed = all.filter(({ crossing }) => crossing !== undefined);
  if (passed.length === 0) return `${lines} No month passes the budget of ${moneyText(dollarsText(budget))}.`;
  const texts = passed.map(({ name, crossing }) => `“${name}” on ${dayText(crossing ?? '')}`);
  return `${lines} Spend of a month passes the budget: ${texts.join(', ')}.`;
}

function sayOf(
  day: number,
  actual: readonly FanPoint[],
  lines: FanProps['lines'],
  { answer }: FanAsk,
): string {
  const date = dayText(dateOf(day));
  const was = actual.find((one) => one.day === day);
  if (was !== undefined) return `${date}: ${compactMoney(was.value)} a month, actual`;
  const said = lines.flatMap(({ name, points }) => {
    const point = points.find((one) => one.day === day);
    return point === undefined ? [] : [`${name} ${compactMoney(point.value)}`];
  });
  return said.length === 0
    ? `${date}: not known as of ${answer.asOf}`
    : `${date}, forecast: ${said.join(', ')} a month`;
}
