/**
 * The budget authority: the one place that knows what was spent and what is held, and therefore the only one that may
 * give more. A pure state machine; time is an argument, messages are its transport's business (`protocol.ts`).
 *
 *   committed = base + Σ over holders (settled in the window) + Σ over holders (granted + overdrawn − returned − settled)
 *
 * `base` is what the ledger holds of everybody who is not a holder here. A grant is made only while
 * committed + grant ≤ cap, so with reservations that bound their calls, spend never passes the cap (S + R ≤ C).
 * Holders report running totals, never differences: a message lost, doubled or late changes nothing.
 */
import type { Amount } from './account.ts';
import type {
  AccountLevel,
  Ask,
  Attach,
  GrantAnswer,
  GrantAsk,
  GrantLine,
  HolderReport,
  HolderTotals,
  ReportAnswer,
} from './protocol.ts';

/** Spend by the begin of its step; a calendar window has one. */
export type Steps = ReadonlyMap<number, Amount>;

interface Holding {
  granted: Amount;
  returned: Amount;
  overdrawn: Amount;
  settled: Amount;
  exposed: Amount;
  steps: Map<number, Amount>;
}

interface AccountState {
  cap: Amount;
  lengthMs: number;
  stepMs: number;
  /** Undefined: the ledger has not been asked yet, and nothing is given. */
  base: Map<number, Amount> | undefined;
  readonly holdings: Map<string, Holding>;
  /** Somebody waits for what others hold idle. */
  wantedUntilMs: number;
}

interface HolderState {
  session: number;
  lastGrant: number;
  lastAnswer: GrantAnswer | undefined;
  seenAtMs: number;
  lost: boolean;
}

/** What one account looks like to people. */
export interface AccountView {
  readonly account: string;
  readonly cap: Amount;
  readonly spent: Amount;
  /** Given to gateways and not yet settled: reservations of calls under way and what slices have left. */
  readonly reserved: Amount;
  /** The part of `reserved` whose gateway is gone: it counts as spent until its journal says what it was. */
  readonly presumed: Amount;
  /** How far calls under way can pass their reservations (`expected` budgets): the bound of an overrun at this moment. */
  readonly exposed: Amount;
  readonly known: boolean;
}

const RECALL_MS = 2_000;
/** A slice is at most this part of what is left, divided by the holders there are. */
const SLICE_SHARE = 4n;

export class BudgetAuthority {
  readonly #accounts = new Map<string, AccountState>();
  readonly #holders = new Map<string, HolderState>();
  /** Accounts that somebody asked about and whose base is unknown. */
  readonly #wanted = new Set<string>();

  /** A holder begins, or begins again after a lost connection: what it says of itself replaces what was known. */
  attach({ holder, session, totals }: Attach, nowMs: number): void {
    const known = this.#holders.get(holder);
    if (known !== undefined && known.session >= session) return; // an old message
    this.#holders.set(holder, {
      session,
      lastGrant: 0,
      lastAnswer: undefined,
      seenAtMs: nowMs,
      lost: false,
    });
    for (const state of this.#accounts.values()) state.holdings.delete(holder);
    for (const one of totals) this.#put(holder, one);
  }

  /** All accounts of the ask or none. A repeated number gets the answer it got before. */
  grant(ask: GrantAsk, nowMs: number): GrantAnswer {
    const holder = this.#heard(ask, nowMs);
    if (holder === undefined) return { kind: 'detached' };
    if (ask.number <= holder.lastGrant) return holder.lastAnswer ?? { kind: 'detached' };
    const answer = this.#decide(ask, nowMs);
    holder.lastGrant = ask.number;
    holder.lastAnswer = answer;
    return answer;
  }

  #decide(ask: GrantAsk, nowMs: number): GrantAnswer {
    const states = ask.lines.map((line) => this.#state(line));
    const unready = states.findIndex(({ base }) => base === undefined);
    if (unready !== -1) {
      this.#wanted.add(ask.lines[unready]?.account ?? '');
      return { kind: 'unready', line: unready };
    }
    for (const [index, line] of ask.lines.entries()) {
      const state = states[index]!;
      const { spent, held } = sums(state, nowMs);
      if (spent + held + line.need <= state.cap) continue;
      const couldFit = spent + line.need <= state.cap;
      if (couldFit) state.wantedUntilMs = nowMs + RECALL_MS;
      return { kind: 'full', line: index, spent, held, cap: state.cap, couldFit };
    }
    const amounts = ask.lines.map((line, index) => this.#give(ask.holder, line, states[index]!, nowMs));
    return { kind: 'granted', amounts, levels: ask.lines.map(({ account }) => this.level(account, nowMs)) };
  }

  #give(holder: string, line: GrantLine, state: AccountState, nowMs: number): Amount {
    const { spent, held } = sums(state, nowMs);
    const left = state.cap - spent - held;
    const fair = left / (SLICE_SHARE * BigInt(Math.max(1, this.#liveHolders())));
    const slice = state.wantedUntilMs > nowMs ? 0n : smaller(line.want, fair); // near the cap: single reservations
    const amount = larger(line.need, smaller(slice, left));
    const holding = holdingOf(state, holder);
    holding.granted += amount;
    return amount;
  }

  /** Running totals of one holder. @returns where it stands, and which idle slices others wait for. */
  report(report: HolderReport, nowMs: number): ReportAnswer {
    const holder = this.#heard(report, nowMs);
    if (holder === undefined) return { kind: 'detached' };
    for (const totals of report.totals) this.#merge(report.holder, totals);
    const recall: string[] = [];
    for (const [id, state] of this.#accounts) {
      if (state.wantedUntilMs > nowMs && state.holdings.has(report.holder)) recall.push(id);
    }
    const levels = report.totals.map(({ account }) => this.level(account, nowMs));
    return { kind: 'heard', recall, levels };
  }

  /** The holder's connection is gone. What it holds stays held, hence counts as spent, until `retire`. */
  lose(holder: string): void {
    const state = this.#holders.get(holder);
    if (state !== undefined) state.lost = true;
  }

  /** Holders that were not heard for so long are taken for gone. */
  loseSilent(sinceMs: number): void {
    for (const state of this.#holders.values()) if (state.seenAtMs < sinceMs) state.lost = true;
  }

  /**
   * Sets what the ledger knows: everything but the lines of holders that are not in `ended`. A SET, so that setting it
   * again, or by several at once, changes nothing. Holders in `ended` are in the base with all they spent (their
   * journals have ended and are drained), so nothing is held by them any more.
   */
  rebase(account: string, base: Steps, ended: ReadonlySet<string>): void {
    const state = this.#accounts.get(account);
    if (state === undefined) return;
    state.base = new Map(base);
    for (const holder of ended) state.holdings.delete(holder);
    this.#wanted.delete(account);
  }

  /** Makes sure that an account is known, so that it can be based before anybody asks. */
  expect(line: Omit<GrantLine, 'need' | 'want'>): void {
    this.#state({ ...line, need: 0n, want: 0n });
  }

  /** Forgets a holder whose every account has been rebased without it. */
  forget(holder: string): void {
    this.#holders.delete(holder);
    for (const state of this.#accounts.values()) state.holdings.delete(holder);
  }

  /** Forgets accounts whose window has ended, once nothing is held in them. */
  forgetEnded(isEnded: (account: string) => boolean): void {
    for (const [id, state] of this.#accounts) {
      if (isEnded(id) && heldOf(state) === 0n) this.#accounts.delete(id);
    }
  }

  get wanted(): readonly string[] {
    return [...this.#wanted];
  }

  get accounts(): readonly string[] {
    return [...this.#accounts.keys()];
  }

  holders(): ReadonlyArray<{ readonly holder: string; readonly lost: boolean }> {
    return [...this.#holders].map(([holder, { lost }]) => ({ holder, lost }));
  }

  level(account: string, nowMs: number): AccountLevel {
    const state = this.#accounts.get(account);
    if (state === undefined) return { account, spent: 0n, held: 0n };
    const { spent, held } = sums(state, nowMs);
    return { account, spent, held };
  }

  view(nowMs: number): AccountView[] {
    return [...this.#accounts].map(([account, state]) => {
      const { spent, held } = sums(state, nowMs);
      let presumed = 0n;
      let exposed = 0n;
      for (const [holder, holding] of state.holdings) {
        exposed += holding.exposed;
        if (this.#holders.get(holder)?.lost !== false) presumed += heldBy(holding);
      }
      const known = state.base !== undefined;
      return { account, cap: state.cap, spent, reserved: held, presumed, exposed, known };
    });
  }

  #heard(ask: Ask, nowMs: number): HolderState | undefined {
    const holder = this.#holders.get(ask.holder);
    if (holder === undefined || holder.session !== ask.session) return undefined;
    holder.seenAtMs = nowMs;
    holder.lost = false;
    return holder;
  }

  #liveHolders(): number {
    let count = 0;
    for (const { lost } of this.#holders.values()) if (!lost) count += 1;
    return count;
  }

  #state({ account, cap, lengthMs, stepMs }: GrantLine | HolderTotals): AccountState {
    let state = this.#accounts.get(account);
    if (state === undefined) {
      state = { cap, lengthMs, stepMs, base: undefined, holdings: new Map(), wantedUntilMs: 0 };
      this.#accounts.set(account, state);
      this.#wanted.add(account);
    }
    state.cap = cap; // an amount that was changed holds from the next ask on
    return state;
  }

  #put(holder: string, totals: HolderTotals): void {
    const { granted, returned, overdrawn, settled, exposed, steps } = totals;
    const holding = { granted, returned, overdrawn, settled, exposed, steps: new Map(steps) };
    this.#state(totals).holdings.set(holder, holding);
  }

  #merge(holder: string, totals: HolderTotals): void {
    const holding = holdingOf(this.#state(totals), holder);
    holding.returned = larger(holding.returned, totals.returned);
    holding.overdrawn = larger(holding.overdrawn, totals.overdrawn);
    holding.settled = larger(holding.settled, totals.settled);
    holding.exposed = totals.exposed;
    for (const [step, amount] of totals.steps) {
      holding.steps.set(step, larger(holding.steps.get(step) ?? 0n, amount));
    }
  }
}

function holdingOf(state: AccountState, holder: string): Holding {
  let holding = state.holdings.get(holder);
  if (holding === undefined) {
    holding = { granted: 0n, returned: 0n, overdrawn: 0n, settled: 0n, exposed: 0n, steps: new Map() };
    state.holdings.set(holder, holding);
  }
  return holding;
}

function sums(state: AccountState, nowMs: number): { readonly spent: Amount; readonly held: Amount } {
  let spent = inWindow(state.base, state, nowMs);
  for (const { steps } of state.holdings.values()) spent += inWindow(steps, state, nowMs);
  return { spent, held: heldOf(state) };
}

/** Steps that have left a rolling window are dropped as they are met. */
function inWindow(steps: Map<number, Amount> | undefined, state: AccountState, nowMs: number): Amount {
  let sum = 0n;
  for (const [step, amount] of steps ?? []) {
    if (state.stepMs > 0 && step + state.stepMs <= nowMs - state.lengthMs) steps?.delete(step);
    else sum += amount;
  }
  return sum;
}

function heldOf(state: AccountState): Amount {
  let held = 0n;
  for (const holding of state.holdings.values()) held += heldBy(holding);
  return held;
}

function heldBy({ granted, returned, overdrawn, settled }: Holding): Amount {
  const held = granted + overdrawn - returned - settled;
  return held > 0n ? held : 0n;
}

function larger(left: Amount, right: Amount): Amount {
  return left > right ? left : right;
}

function smaller(left: Amount, right: Amount): Amount {
  return left < right ? left : right;
}
