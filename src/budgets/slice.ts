/** One worker's part of one account: what it was given, what of that is reserved, settled, given back. */
import type { Account, Amount } from './account.ts';
import type { AccountLevel, GrantLine, HolderTotals } from './protocol.ts';
import { stepOf } from './window.ts';

/** What lies unused for so long goes back. */
const IDLE_MS = 1_000;
/** A slice is asked for that lasts so long at the recent pace. */
const LASTS_MS = 2_000;
/** From this share of the cap on, nothing is kept in store: single reservations leave the least unused. */
const SCARCE_PERCENT = 90n;
const FORGET_MS = 60_000;

export class Slice {
  #account: Account;
  #granted = 0n;
  #returned = 0n;
  #overdrawn = 0n;
  #settled = 0n;
  #reserved = 0n;
  #exposed = 0n;
  readonly #steps = new Map<number, Amount>();
  #usedAtMs = 0;
  #changed = false;
  /** As the authority told last; with what this worker held and settled then, so that its own changes count at once. */
  #level: { readonly committed: Amount; readonly own: Amount } | undefined;
  /** Reserved per second of late, for the size of the next slice. */
  #paceFromMs = 0;
  #paceAmount = 0n;

  constructor(account: Account) {
    this.#account = account;
  }

  /** Takes the account as the rulebook has it now: an amount that was changed holds from the next ask on. */
  follow(account: Account): void {
    this.#account = account;
  }

  /** What a call can be given without asking. */
  get free(): Amount {
    return this.#granted + this.#overdrawn - this.#returned - this.#settled - this.#reserved;
  }

  get holds(): boolean {
    return this.#reserved > 0n || this.free > 0n;
  }

  get told(): boolean {
    return this.#level !== undefined;
  }

  /** Everything that was spent or is held in the account, by everybody. */
  committed(): Amount {
    const own = this.#own();
    return this.#level === undefined ? own : this.#level.committed + own - this.#level.own;
  }

  #own(): Amount {
    return this.#granted + this.#overdrawn - this.#returned;
  }

  /** @returns what is now reserved: what was asked for, or all that there is where a budget may be overdrawn. */
  reserve(amount: Amount, most: Amount, nowMs: number): Amount {
    const taken = amount <= this.free ? amount : this.free > 0n ? this.free : 0n;
    this.#reserved += taken;
    this.expose(most - amount);
    this.#usedAtMs = nowMs;
    if (nowMs - this.#paceFromMs > LASTS_MS) {
      this.#paceFromMs = nowMs;
      this.#paceAmount = 0n;
    }
    this.#paceAmount += amount;
    return taken;
  }

  /** What a call under way can come to beyond its reservation; negative when that is over. */
  expose(more: Amount): void {
    this.#exposed += more;
    if (more !== 0n) this.#changed = true;
  }

  settle(reserved: Amount, actual: Amount, atMs: number): void {
    this.#reserved -= reserved;
    this.#settled += actual;
    const step = stepOf(this.#account.window, atMs);
    this.#steps.set(step, (this.#steps.get(step) ?? 0n) + actual);
    if (this.free < 0n) this.#overdrawn -= this.free; // beyond what was granted: spent all the same
    this.#changed = true;
  }

  take(amount: Amount): void {
    this.#granted += amount;
  }

  tell(level: AccountLevel | undefined): void {
    if (level !== undefined) this.#level = { committed: level.spent + level.held, own: this.#own() };
  }

  ask(amount: Amount, nowMs: number): GrantLine {
    const need = amount - (this.free > 0n ? this.free : 0n);
    const recent = nowMs - this.#paceFromMs <= LASTS_MS * 2 ? this.#paceAmount : 0n;
    const want = this.#isScarce() || recent < need ? need : recent;
    return { ...this.#named(), need, want };
  }

  #isScarce(): boolean {
    return this.committed() * 100n >= this.#account.cap * SCARCE_PERCENT;
  }

  giveBackIdle(nowMs: number): void {
    if (nowMs - this.#usedAtMs >= IDLE_MS || this.#isScarce()) this.giveBackAll();
    if (this.#account.window.stepMs === 0) return;
    const { stepMs, lengthMs } = this.#account.window;
    const newest = Math.max(...this.#steps.keys());
    for (const step of this.#steps.keys()) if (step + stepMs < newest - lengthMs) this.#steps.delete(step);
  }

  giveBackAll(): void {
    const { free } = this;
    if (free <= 0n) return;
    this.#returned += free;
    this.#changed = true;
  }

  totals(): HolderTotals {
    return {
      ...this.#named(),
      granted: this.#granted,
      returned: this.#returned,
      overdrawn: this.#overdrawn,
      settled: this.#settled,
      exposed: this.#exposed,
      steps: [...this.#steps],
    };
  }

  /** @returns the totals if they changed since they were last taken. */
  takeChanges(): HolderTotals | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    return this.totals();
  }

  tellAgain(): void {
    this.#changed = true;
  }

  /**
   * Whether it can be forgotten. What it settled must stay told as long as this worker lives and the window is open,
   * since the authority counts it beside the ledger.
   */
  isOver(nowMs: number, wallMs: number): boolean {
    if (this.holds || nowMs - this.#usedAtMs <= FORGET_MS) return false;
    return this.#settled === 0n || wallMs > this.#account.window.toMs + FORGET_MS;
  }

  #named(): Pick<HolderTotals, 'account' | 'cap' | 'lengthMs' | 'stepMs'> {
    const { id, cap, window } = this.#account;
    return { account: id, cap, lengthMs: window.lengthMs, stepMs: window.stepMs };
  }
}
