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
  AccountOf,
  AccountView,
  Ask,
  Attach,
  BookedAccount,
  GrantAnswer,
  GrantAsk,
  GrantLine,
  HolderReport,
  HolderTotals,
  Rebase,
  ReportAnswer,
} from './protocol.ts';

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
  /** Rises with every rebase, over all accounts. */
  revision: number;
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

const RECALL_MS = 2_000;
/** A slice is at most this part of what is left, divided by the holders there are. */
const SLICE_SHARE = 4n;

export class BudgetAuthority {
  readonly #accounts = new Map<string, AccountState>();
  readonly #holders = new Map<string, HolderState>();
  /** Accounts that somebody asked about and whose base is unknown. */
  readonly #wanted = new Set<string>();
  #revisions = 0;

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
   * Sets what the ledger knows: everything but the lines of the account's holders that are not in `ended`. A SET, so
   * that setting it again, or by several at once, changes nothing. Holders in `ended` are in the base with all they
   * spent (their journals have ended and are drained), so nothing is held by them any more.
   *
   * A base is worked out from who counted when the ledger was asked. If somebody else has rebased the account since
   * (and perhaps ended a holder, whose lines this base leaves out), it would lose spend: then nothing is set.
   * A holder that came since is in the base and in its own totals: counted twice, the safe side, until the next rebase.
   * @returns whether it was set.
   */
  rebase({ account, revision, base, ended }: Rebase): boolean {
    const state = this.#accounts.get(account);
    if (state === undefined || String(state.revision) !== revision) return false;
    state.base = new Map(base);
    this.#revisions += 1;
    state.revision = this.#revisions;
    for (const holder of ended) state.holdings.delete(holder);
    this.#wanted.delete(account);
    return true;
  }

  /** Makes sure that an account is known of, so that it can be based before anybody asks. */
  expect(line: AccountOf): void {
    this.#state(line);
  }

  /** Forgets a holder that has no part of any account any more. @returns whether it is forgotten. */
  forget(holder: string): boolean {
    for (const { holdings } of this.#accounts.values()) if (holdings.has(holder)) return false;
    this.#holders.delete(holder);
    return true;
  }

  /** Forgets an account in which nothing is held by anybody but who has ended. @returns whether it is forgotten. */
  close(account: string, ended: readonly string[] = []): boolean {
    const state = this.#accounts.get(account);
    if (state === undefined) return false;
    for (const holder of ended) state.holdings.delete(holder);
    if (heldOf(state) !== 0n) return false;
    this.#wanted.delete(account);
    return this.#accounts.delete(account);
  }

  get accounts(): readonly string[] {
    return [...this.#accounts.keys()];
  }

  get wanted(): readonly string[] {
    return [...this.#wanted];
  }

  booked(): BookedAccount[] {
    return [...this.#accounts].map(([account, { base, revision, holdings }]) => ({
      account,
      known: base !== undefined,
      revision: String(revision),
      holders: [...holdings.keys()],
    }));
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

  #state({ account, cap, lengthMs, stepMs }: AccountOf): AccountState {
    let state = this.#accounts.get(account);
    if (state === undefined) {
      this.#revisions += 1;
      state = {
        cap,
        lengthMs,
        stepMs,
        base: undefined,
        revision: this.#revisions,
        holdings: new Map(),
        wantedUntilMs: 0,
      };
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
