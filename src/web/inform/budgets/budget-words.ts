/** Budgets as people read them. Every figure is the server's; nothing is worked out here. */
import type { Budget, BudgetAccount } from '../../../api/contract/budgets.ts';
import { dateFormat } from '../../../units/date-format.ts';
import { countText, exactMoney, moneyText, NONE } from '../../../units/figures.ts';

/** What nobody can tell now. It is not zero. */
export const UNKNOWN = 'unknown';

export function amountText(amount: string | null, unit: Budget['unit']): string {
  if (amount === null) return UNKNOWN;
  return unit === 'money' ? moneyText(amount) : countText(BigInt(amount));
}

/** With every digit, for whoever points at it. */
export function amountTitle(amount: string | null, unit: Budget['unit']): string {
  if (amount === null) return 'Nobody can tell now';
  return unit === 'money' ? exactMoney(amount, 2, '$') : `${countText(BigInt(amount))} ${unit}`;
}

export function scopeText({ kind, value, tag }: Budget['scope']): string {
  if (kind === 'organisation') return 'every call';
  const what = kind === 'tag' ? `tag ${tag}` : kind;
  return value === '*' ? `each ${what}` : `${what} ${value}`;
}

export function windowText(window: Budget['window']): string {
  if (window.kind === 'calendar') return `per ${window.unit}`;
  return window.hours % 24 === 0 && window.hours > 24
    ? `in any ${window.hours / 24} days`
    : `in any ${countText(window.hours)} hours`;
}

/** How far spend can pass the cap of an account now. */
export function boundText(
  mode: Budget['mode'],
  { exposed, state }: Pick<BudgetAccount, 'exposed' | 'state'>,
  unit: Budget['unit'],
): string {
  if (mode === 'hard') return 'overrun 0';
  if (mode === 'observe') return 'no bound';
  if (state === 'past') return 'a bound at each moment';
  return exposed === null ? 'bound unknown now' : `overrun now ≤ ${amountText(exposed, unit)}`;
}

const WHY: Readonly<Record<BudgetAccount['burn']['why'], string>> = {
  '': NONE,
  'used-up': 'is used up',
  fits: 'not in this window',
  rolling: 'spend leaves it again',
  'nothing-spent': 'nothing spent of late',
  'too-young': 'unknown: too little history',
  'ledger-away': 'unknown: the ledger is away',
  simulated: NONE,
};

/** When it is used up: a day that was, a day that comes at the present pace, or why there is none. */
export function usedUpText({ burn }: BudgetAccount, window: Budget['window']): string {
  if (burn.crossed !== null) return `on ${dayIn(burn.crossed.from, window)}`;
  return burn.breachAt === null ? WHY[burn.why] : dayIn(burn.breachAt, window);
}

/** A day in the budget's own time zone; with the hour where its window is short. */
export function dayIn(instant: string, window: Budget['window']): string {
  const timeZone = window.kind === 'calendar' ? (window.timeZone ?? 'UTC') : 'UTC';
  const short = window.kind === 'rolling' || window.unit === 'hour' || window.unit === 'day';
  return dateFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    ...(short && { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  }).format(Date.parse(instant));
}

/** `last 7 days`: the span that a pace is taken over. */
export function paceText(pace: string | null): string {
  if (pace === null) return '';
  if (pace === '1h') return 'last hour';
  return `last ${pace.slice(0, -1)} ${pace.endsWith('d') ? 'days' : 'hours'}`;
}

const STATES: Readonly<Record<BudgetAccount['state'], string>> = {
  known: 'counted by the budget authority',
  idle: 'no gateway has asked for it yet; spend is the ledger’s',
  unready: 'the budget authority is still reading the ledger',
  unreachable: 'the budget authority cannot be asked; spend is the ledger’s',
  past: 'as it stood then, by the ledger',
};

export function stateText({ state }: BudgetAccount): string {
  return STATES[state];
}
