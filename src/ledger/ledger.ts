/**
 * The front door of the ledger: what every call cost, exactly once, and the one question about it.
 * Importing this file loads no database; opening a ledger does.
 */
import type { LedgerPoster } from './posting.ts';
import type { LedgerReader } from './question.ts';
import type { HostProgress } from './stores/hosts.ts';
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
export { createDrain } from './drain/drain.ts';
export type { Drain, DrainStep, FinishedJournal } from './drain/drain.ts';
export { createFailpoints, noFailpoints } from './failpoints.ts';
export type { Failpoints } from './failpoints.ts';
export { openJournal } from './journal/writer.ts';
export type { Journal } from './journal/writer.ts';
export { recoverJournals } from './journal/recover.ts';
export { createRemoteLedger, LedgerAway, serveLedger } from './remote.ts';
export type { MessagePort, RemoteLedger } from './remote.ts';

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
  close(): Promise<void>;
}

/** Opens a ledger, making or upgrading its tables. @throws Error that says what to do, when it cannot be opened. */
export async function openLedger(options: StoreOptions): Promise<Ledger> {
  const { openStore } = await import('./stores/store.ts');
  return openStore(options);
}
