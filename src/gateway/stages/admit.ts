/**
 * Admit: may this call spend? Its upper bound (or what its kind usually costs) is reserved in every budget that counts
 * it, at once, or it is refused in its own dialect with what is left and what to do. Thresholds act before the cap.
 */
import { openBudgets, SliceHolder } from '../../budgets/budgets.ts';
import type { Account, Admission, Amount, BudgetBook, Need } from '../../budgets/budgets.ts';
import type { BudgetRule, BudgetThreshold } from '../../rulebook/rulebook.ts';
import { formatDollars } from '../../units/money.ts';
import type { Intent } from '../call.ts';
import type { Refusal } from '../wires/wire.ts';
import { boundsOf } from './bound.ts';
import type { Bound, BoundAsk } from './bound.ts';
import { Expectations } from './expectations.ts';
import { presumedTier } from './billing.ts';
import type { IntendedCall } from './intend.ts';
import { callsOf, canTake, Ticket } from './ticket.ts';
import type { Running } from './ticket.ts';
import { Throttle } from './throttle.ts';

/** What a call is when it may go. */
export interface Admitted {
  readonly kind: 'admitted';
  /** Absent: no budget counts it. */
  readonly ticket: Ticket | undefined;
  /** With the bound as what a crash would be charged, where a hard budget counts it. */
  readonly intent: Intent;
  /** With a limit on output where it stated none. */
  readonly bytes: Buffer;
}

export type Desk =
  | Admitted
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** A threshold asks for a cheaper model; the call is to be routed anew, once. */
  | { readonly kind: 'downgrade'; readonly model: string };

export interface AdmitCall extends IntendedCall {
  readonly json: BoundAsk['json'];
}

/** A threshold that an account has passed. */
interface Passed {
  readonly account: Account;
  readonly threshold: BudgetThreshold;
}

/** A limit below this makes answers useless, so the call is refused instead. */
const LEAST_OUTPUT_TOKENS = 256n;
const TOKENS_OF_RATE = 1_000n;

/** Where no authority is joined: budgets do what they say of one that cannot be reached. */
export function unlinkedHolder(clock: {
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
}): SliceHolder {
  const nobody = (): Promise<never> =>
    Promise.reject(new Error('no budget authority is joined to this gateway'));
  return new SliceHolder({
    ...clock,
    holder: 'unlinked',
    link: { attach: nobody, grant: nobody, report: nobody },
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    longestWaitMs: 0,
    onTrouble: () => undefined,
  });
}

export class BudgetDesk {
  readonly #holder: SliceHolder;
  readonly #monotonicMs: () => number;
  readonly #expectations = new Expectations();
  readonly #throttles = new Map<string, Throttle>();
  #book: BudgetBook = openBudgets([]);

  constructor(holder: SliceHolder, monotonicMs: () => number) {
    this.#holder = holder;
    this.#monotonicMs = monotonicMs;
  }

  /** A promise only where somebody must be asked or waited for. */
  admit(call: AdmitCall, intent: Intent, mayDowngrade: boolean): Desk | Promise<Desk> {
    const accounts = this.#accountsOf(call, intent);
    if (accounts.length === 0) return { kind: 'admitted', ticket: undefined, intent, bytes: call.bytes };
    const thresholds = accounts.flatMap((account) => this.#passed(account));
    const blocked = thresholds.find(({ threshold }) => threshold.action.kind === 'block');
    if (blocked !== undefined)
      return { kind: 'refused', refusal: blockedAt(blocked.account, blocked.threshold) };
    const cheaper = thresholds.findLast(({ threshold }) => threshold.action.kind === 'downgrade')?.threshold;
    if (mayDowngrade && cheaper?.action.kind === 'downgrade' && cheaper.action.model !== call.facts.model)
      return { kind: 'downgrade', model: cheaper.action.model };
    const waitMs = this.#throttled(thresholds);
    if (waitMs === undefined) {
      const slowed = thresholds.find(({ threshold }) => threshold.action.kind === 'throttle');
      return { kind: 'refused', refusal: throttled(slowed?.account ?? accounts[0]!) };
    }
    if (waitMs > 0)
      return new Promise((resolve) => setTimeout(resolve, waitMs)).then(() =>
        this.#reserve(call, intent, accounts),
      );
    return this.#reserve(call, intent, accounts);
  }

  #accountsOf({ rulebook, route }: AdmitCall, intent: Intent): Account[] {
    if (rulebook.budgets !== this.#book.rules) this.#book = openBudgets(rulebook.budgets);
    if (!canTake(intent)) return [];
    const owner = { ...intent.attribution, key: intent.key };
    return this.#book.accountsOf(owner, route.provider.simulated, intent.startedAtMs);
  }

  #passed(account: Account): Passed[] {
    const { thresholds } = account.rule;
    if (thresholds.length === 0) return [];
    const percent = this.#holder.percentOf(account);
    return thresholds
      .filter((threshold) => percent >= threshold.percent)
      .map((threshold) => ({ account, threshold }));
  }

  /** @returns how long to wait, or undefined when that would be too long. */
  #throttled(passed: readonly Passed[]): number | undefined {
    let waitMs = 0;
    for (const { account, threshold } of passed) {
      if (threshold.action.kind !== 'throttle') continue;
      let throttle = this.#throttles.get(account.id);
      if (throttle === undefined) this.#throttles.set(account.id, (throttle = new Throttle()));
      const wait = throttle.take(threshold.action.callsPerSecond, this.#monotonicMs());
      if (wait === undefined) return undefined;
      waitMs = Math.max(waitMs, wait);
    }
    return waitMs;
  }

  #reserve(call: AdmitCall, intent: Intent, accounts: readonly Account[]): Desk | Promise<Desk> {
    const { bytes, bound } = this.#bounded(call, intent, accounts);
    const needs: Need[] = [];
    for (const account of accounts) {
      const need = this.#needOf(account, bound, intent);
      if ('refusal' in need) return { kind: 'refused', refusal: need.refusal };
      needs.push(need);
    }
    const admission = this.#holder.admit(needs, intent.startedAtMs);
    const go = (one: Admission): Desk => this.#decided(one, { call, intent, bytes, bound });
    return admission instanceof Promise ? admission.then(go) : go(admission);
  }

  /** The bound, with a limit written into the body where a hard budget needs one and the caller states none. */
  #bounded(
    call: AdmitCall,
    intent: Intent,
    accounts: readonly Account[],
  ): { readonly bytes: Buffer; readonly bound: Bound } {
    const { facts, wire, route, rulebook, json, bytes } = call;
    const boundFor = boundsOf(boundAsk(call, intent));
    const stated = facts.maxOutputTokens;
    const most = rulebook.limits.unstatedOutputTokens;
    const isHard = accounts.some(({ rule }) => rule.mode === 'hard' && rule.unit !== 'calls');
    if (stated !== undefined || !isHard) return { bytes, bound: boundFor(stated ?? most) };
    if (wire.limitOutput === undefined)
      return { bytes, bound: { kind: 'unbounded', why: 'it states no limit on output tokens' } };
    const limit = this.#fitting(boundFor, most, accounts);
    const bound = boundFor(limit);
    if (bound.kind === 'unbounded') return { bytes, bound };
    return { bytes: wire.limitOutput(bytes, json, limit, route.provider), bound };
  }

  /** The largest limit that what is left can pay for, as far as this worker knows what is left. */
  #fitting(boundFor: (limit: number) => Bound, most: number, accounts: readonly Account[]): number {
    const none = boundFor(0);
    const some = boundFor(Number(TOKENS_OF_RATE));
    if (none.kind !== 'bounded' || some.kind !== 'bounded') return most;
    let limit = BigInt(most);
    for (const account of accounts) {
      const { mode, unit } = account.rule;
      const left = this.#holder.leftOf(account);
      if (mode !== 'hard' || left === undefined || unit === 'calls') continue;
      const base = unit === 'money' ? none.cost.total : BigInt(none.tokens);
      const thousand = (unit === 'money' ? some.cost.total : BigInt(some.tokens)) - base;
      if (thousand <= 0n) continue;
      const fits = ((left - base) * TOKENS_OF_RATE) / thousand;
      if (fits < limit) limit = fits;
    }
    return Number(limit < LEAST_OUTPUT_TOKENS ? LEAST_OUTPUT_TOKENS : limit);
  }

  #needOf(account: Account, bound: Bound, intent: Intent): Need | { readonly refusal: Refusal } {
    const { rule } = account;
    if (rule.mode === 'observe') return { account, amount: 0n };
    if (rule.unit === 'calls') return { account, amount: callsOf(intent) };
    const most = amountOf(bound, rule);
    if (most === undefined) {
      if (rule.mode === 'hard') return { refusal: unbounded(account, bound) };
      return { account, amount: presumedAmount(intent, rule) };
    }
    if (rule.mode === 'hard') return { account, amount: most };
    return { account, amount: this.#expectations.of(intent, rule.unit, most), most };
  }

  #decided(
    admission: Admission,
    { call, intent, bytes, bound }: { call: AdmitCall; intent: Intent; bytes: Buffer; bound: Bound },
  ): Desk {
    if (admission.kind === 'unreachable') return { kind: 'refused', refusal: unreachable(admission.account) };
    if (admission.kind === 'full') return { kind: 'refused', refusal: exceeded(admission) };
    const { reservation } = admission;
    const isHard = reservation.needs.some(
      ({ account: { rule } }) => rule.mode === 'hard' && rule.unit !== 'calls',
    );
    const presumed =
      isHard && bound.kind === 'bounded' ? { usage: bound.usage, cost: bound.cost } : intent.presumed;
    const isBound = reservation.needs.every((need) => isBoundOf(need, bound));
    const limited = bytes === call.bytes ? {} : { 'x-setpoint-output-limit': limitHeader(bound) };
    return {
      kind: 'admitted',
      intent: { ...intent, presumed },
      bytes,
      ticket: new Ticket({
        reservation,
        headers: { ...this.#headersOf(reservation.needs), ...limited },
        comesTo: isBound || !call.facts.stream ? undefined : (tokens) => runningOf(call, intent, tokens),
        onSettled: (settlement) => this.#expectations.learn(settlement, bound),
      }),
    };
  }

  /** What is left of the tightest budget, and which thresholds are passed. */
  #headersOf(needs: readonly Need[]): Record<string, string> {
    let tightest: Account | undefined;
    let most = -1;
    const warned: string[] = [];
    for (const { account } of needs) {
      const percent = this.#holder.percentOf(account);
      if (account.rule.thresholds.some((threshold) => percent >= threshold.percent))
        warned.push(account.rule.name);
      if (percent > most) [tightest, most] = [account, percent];
    }
    const left = tightest === undefined ? undefined : this.#holder.leftOf(tightest);
    return {
      ...(left !== undefined &&
        tightest !== undefined && { 'x-setpoint-budget-remaining': amountText(left, tightest.rule) }),
      ...(warned.length > 0 && { 'x-setpoint-budget-warning': encodeURI(warned.join(', ').toWellFormed()) }),
    };
  }
}

function boundAsk(call: AdmitCall, intent: Intent): BoundAsk {
  const { target, method, json, bytes, facts, billing, rulebook } = call;
  const serviceTier = presumedTier(billing);
  const geo = billing.geo ?? '';
  return {
    intent,
    target,
    method,
    json,
    bytes: bytes.length,
    facts,
    serviceTier,
    geo,
    prices: rulebook.prices,
  };
}

/** @returns the most that a call takes of a budget; undefined where nothing can be said and the budget names nothing. */
function amountOf(bound: Bound, { unit, unboundedCall }: BudgetRule): Amount | undefined {
  if (bound.kind === 'bounded') return unit === 'money' ? bound.cost.total : BigInt(bound.tokens);
  if (bound.kind === 'unpriced' && unit === 'tokens') return BigInt(bound.tokens);
  return unboundedCall === '' ? undefined : BigInt(unboundedCall);
}

/** Whether what was reserved surely covers the call, so that its stream need not be watched. */
function isBoundOf({ account: { rule } }: Need, bound: Bound): boolean {
  if (rule.mode === 'observe' || rule.unit === 'calls') return true;
  return (
    rule.mode === 'hard' &&
    (bound.kind === 'bounded' || (bound.kind === 'unpriced' && rule.unit === 'tokens'))
  );
}

function presumedAmount({ presumed: { usage, cost } }: Intent, { unit }: BudgetRule): Amount {
  if (unit === 'money') return cost.kind === 'priced' ? cost.total : 0n;
  let tokens = 0;
  for (const units of Object.values(usage)) tokens += units;
  return BigInt(tokens);
}

/** What a stream has come to with so many tokens of output; the input as it was presumed. */
function runningOf({ rulebook, billing }: AdmitCall, intent: Intent, outputTokens: number): Running {
  const usage = { ...intent.presumed.usage, textOut: outputTokens };
  const cost = rulebook.prices.price({
    provider: intent.priceProvider,
    model: intent.priceModel ?? intent.model,
    usage,
    atMs: intent.startedAtMs,
    serviceTier: presumedTier(billing),
    geo: billing.geo ?? '',
    team: intent.attribution.team,
    account: intent.account ?? '',
    region: intent.region ?? '',
  });
  return {
    money: cost.kind === 'priced' ? cost.total : 0n,
    tokens: BigInt((usage.freshIn ?? 0) + outputTokens),
  };
}

function limitHeader(bound: Bound): string {
  if (bound.kind !== 'bounded') return '';
  const { textOut = 0, reasoningOut = 0, audioOut = 0 } = bound.usage;
  return String(textOut + reasoningOut + audioOut);
}

// --- in words ------------------------------------------------------------------------------------------------

export function amountText(amount: Amount, { unit }: Pick<BudgetRule, 'unit'>): string {
  return unit === 'money' ? formatDollars(amount) : `${amount} ${unit}`;
}

function said(amount: Amount, { unit }: BudgetRule): string {
  return unit === 'money' ? `$${formatDollars(amount)}` : `${amount} ${unit}`;
}

const BUDGET_EXCEEDED = { code: 'setpoint_budget_exceeded', status: 429 } as const;

function exceeded({ account, need, spent, held }: Extract<Admission, { kind: 'full' }>): Refusal {
  const { rule, cap } = account;
  const left = cap - spent - held;
  return {
    ...BUDGET_EXCEEDED,
    message:
      `The budget "${rule.name}" does not cover this call: it may cost up to ${said(need, rule)}, and of ${said(cap, rule)} ` +
      `${said(left > 0n ? left : 0n, rule)} is left (${said(spent, rule)} spent, ${said(held, rule)} reserved by calls under way). ` +
      `Nothing was sent to a provider and nothing was charged. State a smaller limit on output tokens, wait for ${nextWindow(account)}, ` +
      `or ask the budget's owner to raise it.`,
  };
}

function nextWindow({ window, rule }: Account): string {
  if (rule.window.kind === 'rolling') return `spend to leave the last ${rule.window.hours} hours`;
  return `the next ${rule.window.unit}, which begins at ${new Date(window.toMs).toISOString()}`;
}

function unbounded({ rule }: Account, bound: Bound): Refusal {
  return {
    ...BUDGET_EXCEEDED,
    message:
      `The budget "${rule.name}" is hard, and no upper bound can be computed for this call: ${bound.kind === 'bounded' ? '' : bound.why}. ` +
      `Nothing was sent to a provider and nothing was charged. State what such a call may cost at most in the budget (unbounded call), ` +
      `or send it without that part.`,
  };
}

function blockedAt({ rule }: Account, { percent }: BudgetThreshold): Refusal {
  return {
    ...BUDGET_EXCEEDED,
    message:
      `The budget "${rule.name}" blocks calls from ${percent} % of ${said(BigInt(rule.amount), rule)} on, and that is reached. ` +
      `Nothing was sent to a provider and nothing was charged. Ask the budget's owner.`,
  };
}

function throttled({ rule }: Account): Refusal {
  return {
    ...BUDGET_EXCEEDED,
    retryAfterSeconds: 2,
    message:
      `The budget "${rule.name}" is nearly used up and lets few calls a second through. ` +
      `Nothing was sent to a provider and nothing was charged. Try again more slowly.`,
  };
}

function unreachable({ rule }: Account): Refusal {
  return {
    code: 'setpoint_budget_exceeded',
    status: 503,
    retryAfterSeconds: 2,
    message:
      `The budget "${rule.name}" cannot be asked at the moment (its authority is away or still reading the ledger), and this worker ` +
      `holds nothing of it in reserve. Nothing was sent to a provider and nothing was charged. Try again in a few seconds.`,
  };
}
