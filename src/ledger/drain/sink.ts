/** What the drain needs of the ledger's store, and of a test that wants to see it fail. */

/** Where lines go. Implemented by the ledger's store. */
export interface LineSink {
  /**
   * Inserts all rows or none, and drops the batch silently when its token was seen before. The rows of one element of
   * `rows` (one frame) must never be separated. An error says that the rows may or may not be there.
   */
  insert(batch: {
    readonly token: string;
    /** Newline-terminated JSONCompactEachRow, one element per frame. */
    readonly rows: readonly Buffer[];
    /** Frames, not rows. */
    readonly count: number;
  }): Promise<void>;
  /** Which sequences of a journal have rows in the ledger, among first to last inclusive. Must see every insert that returned. */
  existing(journal: string, firstSequence: number, lastSequence: number): Promise<ReadonlySet<number>>;
}

/** Each can be switched off by a test, to show that the test would notice. */
export interface Protections {
  readonly freezeBatch: boolean;
  readonly deduplicate: boolean;
  readonly reconcile: boolean;
}

/** A journal that has ended: its writer is gone or closed it, and its seal was read. */
export interface FinishedJournal {
  /** Who wrote it: stable over restarts, while the epoch counts them. */
  readonly slot: string;
  readonly epoch: number;
  /** Frames that a damaged disk took: where there are some, lines may be missing that nobody can bring back. */
  readonly missingFrames: number;
}

export type OnFinished = (journal: string, about: FinishedJournal) => void | Promise<void>;
