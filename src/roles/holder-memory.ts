/**
 * Who held parts of budgets before the state that hosts share lost everything: a flush, a restart, a replica that took
 * over. A worker of another host that is cut off, or that died and whose journal is not drained yet, spends or has spent
 * what nobody else knows of; a base that is set without it lets others spend the same money again.
 *
 * So after a loss nothing is given before each holder that was there is heard again, or its journal has ended; and not
 * before everybody had the time to introduce himself, since who came in the moment before the loss was not seen yet.
 */
import type { AuthorityBooks } from '../budgets/budgets.ts';
import { LEASE_MS } from './budget-lua.ts';

export type BooksLook = Awaited<ReturnType<AuthorityBooks['look']>>;

/** Journals that this host's drain has at the moment, and those that it has had. */
export interface DrainedHere {
  readonly open: ReadonlySet<string>;
  readonly seenOpen: ReadonlySet<string>;
}

export class HolderMemory {
  readonly #holders = new Set<string>();
  #anewSinceMs: number | undefined;

  /** State of which no account has a base has just begun: it was lost, or there never was any. */
  see({ accounts, holders, drained = [] }: BooksLook, here: DrainedHere, monotonicMs: number): void {
    const isAnew = accounts.every(({ known }) => !known);
    this.#anewSinceMs = isAnew ? (this.#anewSinceMs ?? monotonicMs) : undefined;
    if (!isAnew) this.#holders.clear();
    for (const { holder } of holders) this.#holders.add(holder);
    for (const holder of drained) this.#holders.delete(holder);
    for (const holder of here.seenOpen)
      if (!here.open.has(holder) && !holders.some((one) => one.holder === holder))
        this.#holders.delete(holder);
  }

  /** It has ended, and its lines are in the ledger. */
  forget(holder: string): void {
    this.#holders.delete(holder);
  }

  /** Holders that were there before the loss and are neither heard nor ended. */
  missing({ holders }: BooksLook): string[] {
    const heard = new Set(holders.map(({ holder }) => holder));
    return [...this.#holders].filter((holder) => !heard.has(holder));
  }

  /** Within its lease everybody who lives introduces himself. */
  hadTime(monotonicMs: number): boolean {
    return this.#anewSinceMs === undefined || monotonicMs - this.#anewSinceMs >= LEASE_MS;
  }
}
