/**
 * The front door of the ledger: what every call cost, exactly once, and the one question about it.
 * Importing this file loads no database; opening a ledger does.
 */
import type { LedgerPoster } from './posting.ts';
import type { LedgerReader } from './question.ts';
import type { HostProgress } from './stores/hosts.ts';
import type { DrainedJournal, LedgerVerification } from './care.ts';
import type { Frozen } from './stores/freeze.ts';
import type { DrainProgress, LineBatch } from './stores/insert.ts';
import type { StoreOptions } from './stores/store.ts';

export type { ServerPlace, StorePlace } from './stores/engine.ts';
export { ENDED_MS } from './stores/hosts.ts';
export type { HostProgress } from './stores/hosts.ts';
export type { DrainProgress, LineBatch } from './stores/insert.ts';
export type { StoreOptions } from './stores/store.ts';
export { clusterFiles, clusterSql } from './stores/cluster.ts';
export type { LinePosition } from './line.ts';
export { encodeLines, encodePresumed } from './line.ts';
export { DIMENSIONS, MEASURES } from './question.ts';
export type * from './question.ts';
export type * from './posting.ts';
export type * from './care.ts';
export { careFor } from './copy.ts';
export { inspectJournals } from './inspect.ts';
export type { InspectedJournal, InspectedLock } from './inspect.ts';
export { createDrain } from './drain/drain.ts';
export type { Drain, DrainStep, FinishedJournal, OnFinished } from './drain/drain.ts';
export { createFailpoints, noFailpoints } from './failpoints.ts';
export type { Failpoints } from './failpoints.ts';
export { openJournal } from './journal/writer.ts';
export type { Journal } from './journal/writer.ts';
export { recoverJournals } from './journal/recover.ts';
export { JournalError, ownerIsAlive, thisOwner } from './journal/owner.ts';
export type { Owner } from './journal/owner.ts';
export { keepAnswers } from './kept-answers.ts';
export { createRemoteLedger, LedgerAway, serveLedger } from './remote.ts';
export type { MessagePort, RemoteLedger } from './remote.ts';
export { readingFor, whileWanted } from './wanted.ts';

/** Where the drain puts lines. */
export interface LineSink {
  insert(batch: LineBatch): Promise<void>;
  existing(journal: string, firstSequence: number, lastSequence: number): Promise<ReadonlySet<number>>;
}

/**
 * An open ledger, reading and writing. Only the process that drains holds one; control is given a `LedgerReader` and a
 * `LedgerPoster` over process messages, all others a `LedgerReader`.
 */
export interface Ledger extends LedgerReader, LineSink, LedgerPoster {
  /** Makes the derived sums anew from the lines. */
  rebuildRollups(): Promise<void>;
  /** Makes the short roll-ups of months whose lines changed: all, or those that have rested since. Questions do not wait. */
  condense(which: 'all' | 'rested'): Promise<void>;
  /** Tells the process that answers how far this host's drain has come; where several hosts share a store. */
  tellHost(host: string, progress: DrainProgress): Promise<void>;
  /** What the others told. */
  hosts(): Promise<readonly HostProgress[]>;
  /** Whether the derived sums account for every line. */
  rollupsAgree(): Promise<boolean>;
  /** Whether the lines are what was recorded; `careFor` gives what the drain knows of it. */
  verify(drained: readonly DrainedJournal[]): Promise<LedgerVerification>;
  /** Holds the ledger of this moment, to be copied while writing goes on. */
  freeze(): Promise<Frozen>;
  close(): Promise<void>;
}

/** Opens a ledger, making or upgrading its tables. @throws Error that says what to do, when it cannot be opened. */
export async function openLedger(options: StoreOptions): Promise<Ledger> {
  const { openStore } = await import('./stores/store.ts');
  return openStore(options);
}

/**
 * Makes a ledger out of a copy (`LedgerCare.copyTo`), in a directory that holds none; opening it upgrades it and makes its
 * roll-ups. @throws Error when it is no copy of a ledger, or a part of it cannot be taken in.
 */
export async function restoreLedger(copy: string, path: string): Promise<void> {
  const freeze = await import('./stores/freeze.ts');
  await freeze.restoreLedger(copy, path);
}
