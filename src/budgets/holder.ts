/**
 * A worker's side of the budgets: slices of accounts, out of which calls are reserved without asking anybody; the
 * authority is asked only for what a slice lacks. Reserve is all-or-nothing over the accounts of a call, settle
 * happens once, and what a settlement leaves over is free again at once.
 */
import type { Account, Amount } from './account.ts';
import type { AuthorityLink, GrantAnswer, GrantLine, HolderTotals } from './protocol.ts';
import { Slice } from './slice.ts';

/** What a call needs in one account. */
export interface Need {
  readonly account: Account;
  /** The upper bound (hard) or the expectation (expected) of what the call takes; 0 where nothing is reserved. */
  readonly amount: Amount;
  /** What it can take at most where that is more than `amount` (`expected` budgets); absent: `amount`. */
  readonly most?: Amount;
}

export interface Reservation {
  readonly needs: readonly Need[];
  /**
   * Books what the call came to, in the order of the needs; at `atMs`, the instant that decides the window's step.
   * A second settlement changes nothing.
   */
  settle(actual: readonly Amount[]): void;
  /** Asks for more, for a stream that outgrows what it reserved. @returns whether all of it was given. */
  extend(more: readonly Amount[]): Promise<boolean>;
}

export type Admission =
  | { readonly kind: 'reserved'; readonly reservation: Reservation }
  /** It does not fit, now or (after waiting) at all. */
  | {
      readonly kind: 'full';
      readonly account: Account;
      readonly need: Amount;
      readonly spent: Amount;
      readonly held: Amount;
    }
  /** The authority cannot be asked, and the budget says that calls then do not go. */
  | { readonly kind: 'unreachable'; readonly account: Account };

export interface HolderOptions {
  /** Names this worker's life: the id of its journal. */
  readonly holder: string;
  readonly link: AuthorityLink;
  readonly nowMs: () => number;
  /** Milliseconds that never jump, with fractions. */
  readonly monotonicMs: () => number;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** The longest that a call waits for others to end where it could then fit. */
  readonly longestWaitMs: number;
  /** A broken invariant or a transport that fails. */
  readonly onTrouble: (trouble: unknown) => void;
}

interface Waiting {
  readonly needs: readonly Need[];
  readonly atMs: number;
  readonly untilMs: number;
  readonly resolve: (admission: Admission) => void;
}

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;
const LEAST_PATIENCE_MS = 3_000;
const QUIET_MS = 1_000;

export class SliceHolder {
  readonly #options: HolderOptions;
  readonly #slices = new Map<string, Slice>();
  #session = 0;
  #grants = 0;
  #attached = false;
  #spokeAtMs = Number.NEGATIVE_INFINITY;
  #attaching: Promise<void> | undefined;
  #reachable = true;
  #queue: Waiting[] = [];
  #pumping = false;
  #pauseMs = FIRST_PAUSE_MS;
  /** Raised when something was given back, so that who waits looks again at once. */
  #freed = 0;

  constructor(options: HolderOptions) {
    this.#options = options;
  }

  /** False from a failed message to the next that gets through. */
  get reachable(): boolean {
    return this.#reachable;
  }

  /** Spent and held of an account in percent of its cap, as far as this worker knows; rounded down. */
  percentOf(account: Account): number {
    const slice = this.#slices.get(account.id);
    return slice === undefined || account.cap <= 0n ? 0 : Number((slice.committed() * 100n) / account.cap);
  }

  /** What is left of an account, as far as this worker knows; undefined before the authority has told. */
  leftOf(account: Account): Amount | undefined {
    const slice = this.#slices.get(account.id);
    if (slice === undefined || !slice.told) return undefined;
    const left = account.cap - slice.committed() + slice.free;
    return left > 0n ? left : 0n;
  }

  /**
   * Reserves in all accounts at once. Answers at once where slices suffice (no promise, so that the hot path does not
   * wait for a turn of the event loop); else asks, and waits up to the longest wait where the call could fit later.
   * @param atMs when the call began; decides the step that its spend is booked under.
   */
  admit(needs: readonly Need[], atMs: number): Admission | Promise<Admission> {
    const now = this.#tryTake(needs, atMs);
    if (now !== undefined) return now;
    return new Promise((resolve) => {
      const untilMs = this.#options.monotonicMs() + this.#options.longestWaitMs;
      this.#queue.push({ needs, atMs, untilMs, resolve });
      void this.#pump();
    });
  }

  /**
   * To be called a few times a second, from the beginning on: introduces this worker, tells the authority where it
   * stands, and gives back what lies idle.
   */
  async flush(): Promise<void> {
    const nowMs = this.#options.monotonicMs();
    const wallMs = this.#options.nowMs();
    const changed: HolderTotals[] = [];
    for (const [id, slice] of this.#slices) {
      slice.giveBackIdle(nowMs);
      const totals = slice.takeChanges();
      if (totals !== undefined) changed.push(totals);
      else if (slice.isOver(nowMs, wallMs)) this.#slices.delete(id);
    }
    // A quiet holder speaks up too: an authority that began anew takes one that it does not know for a journal that
    // somebody left behind, and gives nothing before it is drained.
    const isQuiet = changed.length === 0 && this.#attached && !this.#holdsAnything();
    if (isQuiet && nowMs - this.#spokeAtMs < QUIET_MS) return;
    this.#spokeAtMs = nowMs;
    const told = await this.#told(changed);
    if (!told) for (const { account } of changed) this.#slices.get(account)?.tellAgain();
  }

  /** Gives everything back that is not reserved; for the end of a worker. */
  async close(): Promise<void> {
    for (const slice of this.#slices.values()) slice.giveBackAll();
    await this.flush();
  }

  // --- taking ------------------------------------------------------------------------------------------------

  #tryTake(needs: readonly Need[], atMs: number): Admission | undefined {
    if (!this.#reachable) {
      const closed = needs.find(
        ({ account: { rule } }) => rule.mode !== 'observe' && rule.onAuthorityLoss === 'closed',
      );
      if (closed !== undefined) return { kind: 'unreachable', account: closed.account };
    }
    for (const { account, amount } of needs) {
      if (amount > this.#slice(account).free && !this.#mayOverdraw(account)) return undefined;
    }
    return { kind: 'reserved', reservation: this.#take(needs, atMs) };
  }

  /** Where nothing is reserved, and where a budget is open while nobody can be asked. */
  #mayOverdraw({ rule }: Account): boolean {
    return rule.mode === 'observe' || (!this.#reachable && rule.onAuthorityLoss === 'open');
  }

  #take(needs: readonly Need[], atMs: number): Reservation {
    const nowMs = this.#options.monotonicMs();
    const reserved = needs.map(({ account, amount, most = amount }) => {
      const slice = this.#slice(account);
      return { slice, amount: slice.reserve(amount, most, nowMs), exposed: most - amount };
    });
    let settled = false;
    return {
      needs,
      settle: (actual) => {
        if (settled) return;
        settled = true;
        for (const [index, { slice, amount, exposed }] of reserved.entries()) {
          slice.settle(amount, actual[index] ?? 0n, atMs);
          slice.expose(-exposed);
        }
        this.#freed += 1;
        if (this.#queue.length > 0) void this.#pump();
      },
      extend: async (more) => {
        if (settled) return false;
        const extra = needs.map(({ account }, index) => ({ account, amount: more[index] ?? 0n }));
        const admission = this.#tryTake(extra, atMs) ?? (await this.#askFor(extra, atMs));
        if (admission.kind !== 'reserved') return false;
        if (settled) {
          admission.reservation.settle([]);
          return false;
        }
        for (const [index, one] of reserved.entries()) one.amount += more[index] ?? 0n;
        return true;
      },
    };
  }

  /** A stream does not wait for others: it is told at once. */
  async #askFor(needs: readonly Need[], atMs: number): Promise<Admission> {
    const answer = await this.#askGrant({ needs, atMs, untilMs: 0, resolve: () => undefined });
    return this.#afterAnswer(needs, atMs, answer) ?? full(needs[0]!, answer);
  }

  #slice(account: Account): Slice {
    let slice = this.#slices.get(account.id);
    if (slice === undefined) {
      slice = new Slice(account);
      this.#slices.set(account.id, slice);
    } else {
      slice.follow(account);
    }
    return slice;
  }

  // --- asking ------------------------------------------------------------------------------------------------

  /** One at a time: those who wait are served in the order in which they came, as far as they fit. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#queue.length > 0) {
        const before = this.#freed;
        const progress = await this.#round();
        if (this.#queue.length === 0) break;
        if (progress) this.#pauseMs = FIRST_PAUSE_MS;
        else if (this.#freed === before) await this.#rest();
      }
    } catch (trouble) {
      this.#options.onTrouble(trouble);
      this.#refuseAll();
    } finally {
      this.#pumping = false;
    }
  }

  async #rest(): Promise<void> {
    await this.#options.pause(this.#pauseMs);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
  }

  /** Looks once at everybody who waits. @returns whether anybody was answered. */
  async #round(): Promise<boolean> {
    const waiting = this.#queue;
    this.#queue = [];
    /** Needs that did not fit a moment ago: larger ones need not be asked for again in this round. */
    const tooMuch = new Map<string, Amount>();
    const still: Waiting[] = [];
    for (const one of waiting) {
      const admission = this.#tryTake(one.needs, one.atMs) ?? (await this.#ask(one, tooMuch));
      if (admission === undefined) still.push(one);
      else one.resolve(admission);
    }
    this.#queue = [...still, ...this.#queue];
    return still.length < waiting.length;
  }

  async #ask(one: Waiting, tooMuch: Map<string, Amount>): Promise<Admission | undefined> {
    const nowMs = this.#options.monotonicMs();
    const over = nowMs >= one.untilMs;
    const hopeless = one.needs.some(
      ({ account, amount }) => amount >= (tooMuch.get(account.id) ?? amount + 1n),
    );
    if (hopeless && !over) return undefined;
    const answer = await this.#askGrant(one);
    const admission = this.#afterAnswer(one.needs, one.atMs, answer);
    if (admission !== undefined) return admission;
    if (answer.kind === 'full') {
      const { account, amount } = one.needs.find(({ account: { id } }) => id === answer.account)!;
      tooMuch.set(account.id, amount);
    }
    // An authority that has just begun asks the ledger first; that is worth a moment however short the wait may be.
    const patient = answer.kind === 'later' && nowMs < one.untilMs + LEAST_PATIENCE_MS;
    return over && !patient ? full(one.needs[0]!, answer, one.needs) : undefined;
  }

  /** @returns the admission that an answer settles; undefined: ask again later. */
  #afterAnswer(needs: readonly Need[], atMs: number, answer: Asked): Admission | undefined {
    if (answer.kind === 'full' && !answer.couldFit) return full(needs[0]!, answer, needs);
    if (answer.kind === 'lost') {
      const taken = this.#tryTake(needs, atMs);
      const lacking = needs.find(({ account, amount }) => amount > this.#slice(account).free) ?? needs[0]!;
      return taken ?? { kind: 'unreachable', account: lacking.account };
    }
    return answer.kind === 'granted' ? this.#tryTake(needs, atMs) : undefined;
  }

  async #askGrant({ needs }: Waiting): Promise<Asked> {
    const nowMs = this.#options.monotonicMs();
    const lacking = needs.filter(
      ({ account, amount }) => amount > this.#slice(account).free && !this.#mayOverdraw(account),
    );
    if (lacking.length === 0) return { kind: 'granted' };
    const lines = lacking.map((need): GrantLine => this.#slice(need.account).ask(need.amount, nowMs));
    try {
      if (!this.#attached) await this.#attach();
      const { holder, link } = this.#options;
      this.#grants += 1;
      const session = this.#session;
      const answer = await link.grant({ holder, session, number: this.#grants, lines });
      // Meanwhile this worker introduced itself anew, without what this answer gives: it is worth nothing any more.
      if (session !== this.#session) return { kind: 'later' };
      this.#reachable = true;
      return this.#heard(answer, lacking);
    } catch (trouble) {
      this.#lost(trouble);
      return { kind: 'lost' };
    }
  }

  #heard(answer: GrantAnswer, lacking: readonly Need[]): Asked {
    if (answer.kind === 'granted') {
      for (const [index, { account }] of lacking.entries()) {
        const slice = this.#slice(account);
        slice.take(answer.amounts[index] ?? 0n);
        slice.tell(answer.levels[index]);
      }
      return { kind: 'granted' };
    }
    if (answer.kind === 'detached') this.#attached = false;
    if (answer.kind !== 'full') return { kind: 'later' };
    const account = lacking[answer.line]!.account;
    this.#slice(account).tell({ account: account.id, spent: answer.spent, held: answer.held });
    return { ...answer, account: account.id };
  }

  /** One introduction at a time: two at once would each make the other's session an old one. */
  #attach(): Promise<void> {
    this.#attaching ??= this.#introduce().finally(() => {
      this.#attaching = undefined;
    });
    return this.#attaching;
  }

  async #introduce(): Promise<void> {
    this.#session += 1;
    this.#grants = 0;
    const totals = [...this.#slices.values()].map((slice) => slice.totals());
    await this.#options.link.attach({ holder: this.#options.holder, session: this.#session, totals });
    this.#attached = true;
    this.#reachable = true;
  }

  async #told(totals: readonly HolderTotals[]): Promise<boolean> {
    try {
      if (!this.#attached) await this.#attach();
      const { holder, link } = this.#options;
      const answer = await link.report({ holder, session: this.#session, totals });
      this.#reachable = true;
      if (answer.kind === 'detached') {
        this.#attached = false;
        return false;
      }
      for (const level of answer.levels) this.#slices.get(level.account)?.tell(level);
      for (const account of answer.recall) this.#slices.get(account)?.giveBackAll();
      return true;
    } catch (trouble) {
      this.#lost(trouble);
      return false;
    }
  }

  /** Whoever answers next may be another authority, which must first be told where this worker stands. */
  #lost(trouble: unknown): void {
    if (this.#reachable) this.#options.onTrouble(trouble);
    this.#reachable = false;
    this.#attached = false;
  }

  #refuseAll(): void {
    for (const { needs, resolve } of this.#queue.splice(0))
      resolve({ kind: 'unreachable', account: needs[0]!.account });
  }

  #holdsAnything(): boolean {
    for (const slice of this.#slices.values()) if (slice.holds) return true;
    return false;
  }
}

type Asked =
  | { readonly kind: 'granted' | 'later' | 'lost' }
  | {
      readonly kind: 'full';
      readonly account: string;
      readonly spent: Amount;
      readonly held: Amount;
      readonly couldFit: boolean;
    };

function full(first: Need, answer: Asked, needs: readonly Need[] = [first]): Admission {
  if (answer.kind !== 'full') return { kind: 'unreachable', account: first.account };
  const need = needs.find(({ account }) => account.id === answer.account) ?? first;
  return {
    kind: 'full',
    account: need.account,
    need: need.amount,
    spent: answer.spent,
    held: answer.held,
  };
}
