/** Budgets in words: amounts, windows, what a mode promises, and the one sentence that a page of budgets begins with. Pure. */
import type { Amount } from '../../budgets/budgets.ts';
import type { Span } from '../../ledger/question.ts';
import type { BudgetRule, BudgetUnit, BudgetWindow } from '../../rulebook/rulebook.ts';
import { dateFormat } from '../../units/date-format.ts';
import { countText, exactMoney, moneyText } from '../../units/figures.ts';
import { formatDollars } from '../../units/money.ts';
import { EACH } from './spending.ts';
import type { AccountStanding, BudgetStanding } from './standing.ts';

/** Decimal dollars, or whole units. */
export function amountText(amount: Amount, unit: BudgetUnit): string {
  return unit === 'money' ? formatDollars(amount) : String(amount);
}

/** As people read it: `$1,200`, `3,000 tokens`. */
export function readable(amount: Amount, unit: BudgetUnit): string {
  if (unit === 'money') return moneyText(formatDollars(amount));
  return `${countText(amount)} ${amount === 1n ? unit.slice(0, -1) : unit}`;
}

/** With every digit: what decides whether a call goes must not be rounded away. */
export function exact(amount: Amount, unit: BudgetUnit): string {
  return unit === 'money' ? exactMoney(formatDollars(amount), 2, '$') : readable(amount, unit);
}

/** `November`, `fourth quarter of 2026`, `week of 23 November`, `25 November`, `last 24 hours`. */
export function windowText(window: BudgetWindow, { fromMs }: Span): string {
  if (window.kind === 'rolling') return `last ${lengthText(window.hours)}`;
  const { timeZone, unit } = window;
  const format = (options: Intl.DateTimeFormatOptions): string =>
    dateFormat('en-GB', { timeZone, ...options }).format(fromMs);
  const day = (): string => format({ day: 'numeric', month: 'long' });
  switch (unit) {
    case 'hour':
      return `${day()}, ${format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })}`;
    case 'day':
      return day();
    case 'week':
      return `week of ${day()}`;
    case 'month':
      return format({ month: 'long' });
    case 'quarter': {
      const quarter = Math.floor((Number(format({ month: 'numeric' })) - 1) / 3);
      return `${QUARTERS[quarter]} quarter of ${format({ year: 'numeric' })}`;
    }
    case 'year':
      return format({ year: 'numeric' });
  }
}

const QUARTERS = ['first', 'second', 'third', 'fourth'];

function lengthText(hours: number): string {
  if (hours % 24 === 0 && hours > 24) return `${hours / 24} days`;
  return hours === 1 ? 'hour' : `${hours} hours`;
}

/** How far spend can pass the cap, by the mode and what is under way now. */
export function boundText(rule: BudgetRule, accounts: readonly AccountStanding[]): string {
  const away = AWAY[rule.onAuthorityLoss];
  switch (rule.mode) {
    case 'hard':
      return `Overrun 0: a call goes only when the most that it can cost is reserved. ${away}`;
    case 'expected': {
      const real = accounts.filter(({ simulated }) => !simulated);
      const known = real.every(({ exposed }) => exposed !== undefined);
      const most = real.reduce((sum, { exposed }) => sum + (exposed ?? 0n), 0n);
      const now = known
        ? `Overrun now at most ${readable(most, rule.unit)}`
        : 'Its overrun is bounded, by how much is not known now';
      return `${now}: what the calls under way can exceed their reservations by. ${away}`;
    }
    case 'observe':
      return 'No bound: nothing is reserved and nothing is refused; its thresholds are told.';
  }
}

const AWAY = {
  closed: 'While the budget authority is away, no call goes.',
  local: 'While the budget authority is away, gateways spend what was given to them and no more.',
  open: 'While the budget authority is away, calls go and are booked afterwards: then there is no bound.',
} as const;

/** One true sentence about the budget that needs a person most. */
export function budgetsSentence(standings: readonly BudgetStanding[], atMs: number): string {
  if (standings.length === 0) return 'No budget is set: nothing limits what is spent.';
  const all = standings.flatMap(({ rule, accounts }) =>
    accounts.filter(({ simulated }) => !simulated).map((account) => ({ rule, account })),
  );
  const unknown = all.filter(({ account }) => account.spent === undefined);
  if (all.length > 0 && unknown.length === all.length)
    return 'What was spent is not known now: neither the budget authority nor the ledger answers.';
  const used = all.filter(({ rule, account }) => rule.mode !== 'observe' && account.burn.why === 'used-up');
  const worst = used[0] ?? all.find(({ account }) => account.burn.why === 'used-up');
  if (worst !== undefined) return usedSentence(worst.rule, worst.account, used.length);
  const [next] = all
    .filter(({ account }) => account.burn.breachAtMs !== undefined)
    .toSorted((a, b) => a.account.burn.breachAtMs! - b.account.burn.breachAtMs!);
  if (next !== undefined) return breachSentence(next.rule, next.account, atMs);
  const [nearest] = all.toSorted((a, b) => (b.account.percent ?? -1) - (a.account.percent ?? -1));
  if (nearest === undefined) return `${budgetsText(standings.length)} set; nothing was spent under them yet.`;
  return calmSentence(nearest.rule, nearest.account, atMs, standings.length);
}

function budgetsText(count: number): string {
  return count === 1 ? 'One budget is' : `${countText(count)} budgets are`;
}

/** The budget's name, and whose where each has one of its own. */
export function subjectOf(rule: BudgetRule, value: string): string {
  return rule.scope.value === EACH ? `${rule.name}: ${value}` : rule.name;
}

function usedSentence(rule: BudgetRule, account: AccountStanding, count: number): string {
  const { cap, spent = 0n, span, burn } = account;
  const over = spent - cap;
  const since =
    burn.crossed === undefined ? '' : ` on ${dateText(burn.crossed.fromMs, rule, burn.crossed.step)}`;
  const what = `${subjectOf(rule, account.value)} used up its ${windowText(rule.window, span)} budget of ${readable(cap, rule.unit)}${since}`;
  const beyond = over > 0n ? `; ${readable(over, rule.unit)} was spent beyond it` : '';
  const others = count > 1 ? ` ${countText(count - 1)} more ${count === 2 ? 'is' : 'are'} used up.` : '';
  return `${what}${beyond}.${others}`;
}

function breachSentence(rule: BudgetRule, account: AccountStanding, atMs: number): string {
  const { span, burn } = account;
  const step = span.toMs - span.fromMs > 8 * 86_400_000 ? 'day' : 'hour';
  const spentText = `${subjectOf(rule, account.value)} has spent ${percentText(account.spentPercent)} of its ${windowText(rule.window, span)} budget`;
  return `${spentText} with ${leftText(span, atMs)} left; at the pace of the ${paceText(burn.paceMs)} it is used up on ${dateText(burn.breachAtMs!, rule, step)}.`;
}

function calmSentence(rule: BudgetRule, account: AccountStanding, atMs: number, count: number): string {
  const { span, burn } = account;
  const subject = count === 1 ? 'The budget' : `None of ${countText(count)} budgets`;
  const judged = burn.why === 'fits' || burn.why === 'nothing-spent';
  const left = rule.window.kind === 'rolling' ? '' : ` with ${leftText(span, atMs)} left`;
  const where = `${percentText(account.spentPercent)} of its ${windowText(rule.window, span)} budget${left}`;
  if (count > 1)
    return `${subject} is used up${judged ? ', nor will be at the present pace' : ''}; the nearest is ${subjectOf(rule, account.value)} at ${where}.`;
  const pace = judged ? '; at the present pace it lasts' : '';
  return `${subjectOf(rule, account.value)} has spent ${where}${pace}.`;
}

function leftText({ fromMs, toMs }: Span, atMs: number): string {
  const percent = Math.round(((toMs - atMs) / (toMs - fromMs)) * 100);
  return `${Math.min(100, Math.max(0, percent))}% of the time`;
}

function percentText(percent: number | undefined): string {
  if (percent === undefined) return 'an unknown part';
  return percent > 0 && percent < 1 ? '<1%' : `${Math.floor(percent)}%`;
}

/** `last 7 days`, `last 24 hours`, `last hour`. */
export function paceText(paceMs: number | undefined): string {
  return `last ${lengthText((paceMs ?? 0) / 3_600_000)}`;
}

/** `28 November`, or with the hour where the window is short; in the budget's own time zone. */
export function dateText(atMs: number, { window }: BudgetRule, step: 'day' | 'hour'): string {
  const timeZone = window.kind === 'calendar' ? window.timeZone : 'UTC';
  return dateFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'long',
    ...(step === 'hour' && { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  })
    .format(atMs)
    .replace(',', ' at')
    .replace(' at at', ' at');
}
