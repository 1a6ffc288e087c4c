/**
 * Settlements that the disk did not take when they came. They are kept in memory and written as soon as it does, so
 * that an attempt whose end is known is not presumed because of a disk that failed for a moment. What dies with the
 * process before that is presumed by recovery.
 */
import type { Settlement } from '../../gateway/call.ts';

export interface Debt {
  /** Undefined: the frame has its sequence and lies in the appender's memory; only the disk is waited for. */
  readonly settlement: Settlement | undefined;
  /** Called when the line stands. */
  readonly recorded: () => void;
}

/** `paid`, `taken` (it has its sequence now and waits for the disk), or `refused`: the disk still takes nothing. */
export type Payment = 'paid' | 'taken' | 'refused';

const TRY_EVERY_MS = 1_100;
/** Each holds a settlement in memory; a worker that cannot write takes no new calls, so there are never many. */
const MOST_DEBTS = 100_000;

export class Owed {
  readonly #pay: (settlement: Settlement | undefined) => Payment;
  #debts: Debt[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param pay writes a settlement, or (undefined) makes sure that the disk takes frames again; never throws. */
  constructor(pay: (settlement: Settlement | undefined) => Payment) {
    this.#pay = pay;
  }

  get any(): boolean {
    return this.#debts.length > 0;
  }

  add(debt: Debt): void {
    if (this.#debts.length >= MOST_DEBTS) return;
    this.#debts.push(debt);
    this.#timer ??= setTimeout(() => this.payAll(), TRY_EVERY_MS).unref();
  }

  /** In the order in which they came, as far as the disk goes along. */
  payAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#debts.length > 0) {
      const [debt] = this.#debts as [Debt];
      const payment = this.#pay(debt.settlement);
      if (payment === 'taken') this.#debts[0] = { ...debt, settlement: undefined };
      if (payment !== 'paid') {
        this.#timer = setTimeout(() => this.payAll(), TRY_EVERY_MS).unref();
        return;
      }
      this.#debts.shift();
      debt.recorded();
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
