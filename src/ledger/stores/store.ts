/** The ledger's store: tables opened and upgraded, rows inserted exactly once, the roll-up kept equal to the lines. */
import { noFailpoints } from '../failpoints.ts';
import type { Failpoints } from '../failpoints.ts';
import type { DrainedJournal, LedgerVerification } from '../care.ts';
import type { LedgerPoster } from '../posting.ts';
import type { LedgerHealth, LedgerReader } from '../question.ts';
import { answerQuestion } from './ask.ts';
import { NONE_CONDENSED, openCondensed } from './condensed.ts';
import type { Condensed } from './condensed.ts';
import { readHosts, tellHost } from './hosts.ts';
import type { HostProgress } from './hosts.ts';
import { freezeLedger } from './freeze.ts';
import type { Frozen } from './freeze.ts';
import { insertBatch } from './insert.ts';
import type { DrainProgress, LineBatch } from './insert.ts';
import { openEngine } from './engine.ts';
import type { Engine, StorePlace } from './engine.ts';
import { readPage, readReceipt, readTail } from './lines.ts';
import { openPoster } from './poster.ts';
import { checkTables, migrate } from './schema.ts';
import { readSpend } from './spend.ts';
import { existingSequences, openUpkeep } from './upkeep.ts';
import type { Upkeep } from './upkeep.ts';
import { verifyLines } from './verify.ts';

export interface StoreOptions {
  readonly place: StorePlace;
  readonly nowMs: () => number;
  readonly progress: () => DrainProgress;
  /**
   * Whether this process keeps the roll-ups right, which one process must and no two may: that of control. One that only
   * drains does not. A function is asked at each turn: of several controls the one that leads does.
   */
  readonly keepsRollups?: boolean | (() => boolean);
  readonly failpoints?: Failpoints;
}

export interface Store extends LedgerReader, LedgerPoster {
  /** @throws when the engine refuses the rows or cannot be reached; the same batch may then be tried again for ever. */
  insert(batch: LineBatch): Promise<void>;
  /** Which sequences of a journal, of those from first to last inclusive, are in the ledger. */
  existing(journal: string, firstSequence: number, lastSequence: number): Promise<ReadonlySet<number>>;
  /** Makes the roll-up anew from the lines. Inserts wait meanwhile; questions may see it half made. */
  rebuildRollups(): Promise<void>;
  /** Condenses the months that are due: all, or those that have rested. Inserts wait for a month at most. */
  condense(which: 'all' | 'rested'): Promise<void>;
  /** Tells other processes how far this host's drain has come. */
  tellHost(host: string, progress: DrainProgress): Promise<void>;
  hosts(): Promise<readonly HostProgress[]>;
  /** Whether every roll-up accounts for every line that it is asked about. */
  rollupsAgree(): Promise<boolean>;
  /** Whether the lines are what was recorded. Writing waits meanwhile. */
  verify(drained: readonly DrainedJournal[]): Promise<LedgerVerification>;
  /** Holds the ledger of this moment, to be copied while writing goes on. */
  freeze(): Promise<Frozen>;
  close(): Promise<void>;
}

/** @throws Error when the place is in use, out of reach, or written by a newer version. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const engine = await openEngine(options.place);
  try {
    const { rollupIsNew } = await openTables(engine, options);
    const upkeep = await openUpkeep(engine, options.nowMs);
    if (rollupIsNew) await upkeep.rebuild();
    else if (keeping(options)()) await upkeep.mend();
    const condensed =
      engine.cluster === '' && options.keepsRollups !== false
        ? await openCondensed(engine, options.nowMs)
        : NONE_CONDENSED;
    return overEngine(engine, upkeep, condensed, options);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

function keeping({ keepsRollups = true }: StoreOptions): () => boolean {
  return typeof keepsRollups === 'function' ? keepsRollups : () => keepsRollups;
}

/** Of several processes one makes and changes tables; the others, and all on a cluster, find them made or refuse. */
function openTables(engine: Engine, options: StoreOptions): Promise<{ readonly rollupIsNew: boolean }> {
  const makes = engine.cluster === '' && keeping(options)();
  return makes ? migrate(engine, options.nowMs()) : checkTables(engine);
}

function overEngine(engine: Engine, upkeep: Upkeep, condensed: Condensed, options: StoreOptions): Store {
  const { nowMs, progress, failpoints = noFailpoints } = options;
  const keeps = keeping(options);
  const mend = (): Promise<void> => (keeps() ? upkeep.mend() : Promise.resolve());
  const { alone, settleDoubt, writing, writingAnywhere } = createWriting(mend, condensed);
  let hasMended = keeps(); // by opening
  async function condense(which: 'all' | 'rested'): Promise<void> {
    if (!keeps()) {
      hasMended = false;
      return;
    }
    if (!hasMended) await alone(() => upkeep.mend()); // whoever kept them before may have died at it
    hasMended = true;
    for (const month of condensed.due(which))
      await alone(async () => {
        await settleDoubt();
        await condensed.condense(month);
      });
  }
  return {
    insert: (batch) =>
      writing(async () => {
        condensed.expect(batch.rows);
        await insertBatch(engine, upkeep, batch);
      }),
    existing: (journal, first, last) =>
      alone(async () => {
        await settleDoubt(); // who is told that lines are there will not insert them again
        return existingSequences(engine, journal, first, last);
      }),
    async rebuildRollups() {
      await alone(async () => {
        await upkeep.rebuild();
        condensed.forget();
      });
      await condense('all');
    },
    condense,
    tellHost: (host, told) => tellHost(engine, host, told, nowMs()),
    hosts: () => readHosts(engine),
    ...openLookingAfter(engine, upkeep, condensed, { alone, settleDoubt }),
    ask: async (question, signal) => {
      const { completeUntilMs } = progress(); // read before the lines are, so that it promises no more than they hold
      if (engine.isShared) await condensed.recount(); // others add lines too
      const fresh = { nowMs: nowMs(), completeUntilMs };
      return answerQuestion(selectingUntil(engine, signal), question, fresh, condensed.covered());
    },
    page: (ask, signal) => readPage(selectingUntil(engine, signal), ask),
    receipt: (call) => readReceipt(engine, call),
    spend: (ask, signal) => readSpend(selectingUntil(engine, signal), ask),
    tail: (position, limit) => readTail(engine, position, limit, nowMs()),
    async health() {
      const counted = await engine.select(`SELECT count() FROM ${engine.database}.lines`);
      return healthOf(Number(counted[0]?.[0] ?? 0), progress());
    },
    ...openPoster({
      engine,
      nowMs,
      progress,
      failpoints,
      writing: writingAnywhere,
      insert: (batch) => insertBatch(engine, upkeep, batch),
    }),
    close: () => alone(() => engine.close()),
  };
}

/** The engine for one question, whose asker may leave. */
function selectingUntil(engine: Engine, signal: AbortSignal | undefined): Engine {
  if (signal === undefined) return engine;
  return { ...engine, select: (statement, bindings) => engine.select(statement, bindings, signal) };
}

/** What looks at the whole ledger while nothing is written. */
function openLookingAfter(
  engine: Engine,
  upkeep: Upkeep,
  condensed: Condensed,
  { alone, settleDoubt }: Pick<ReturnType<typeof createWriting>, 'alone' | 'settleDoubt'>,
): Pick<Store, 'rollupsAgree' | 'verify' | 'freeze'> {
  const agree = async (): Promise<boolean> => (await upkeep.agrees()) && (await condensed.agrees());
  return {
    rollupsAgree: () => alone(agree),
    verify: (drained) => alone(() => verifyLines(engine, drained, agree)),
    freeze: () =>
      alone(async () => {
        await settleDoubt();
        return freezeLedger(engine);
      }),
  };
}

function healthOf(lines: number, progress: DrainProgress): LedgerHealth {
  const { backlogFrames, completeUntilMs, trouble, openJournals, step } = progress;
  const drained = openJournals !== undefined && step !== undefined && { openJournals, drainStep: step };
  return { lines, backlogFrames, completeUntilMs, trouble, ...drained };
}

/** Everything that writes, one at a time, with roll-ups that are mended first if the one before failed. */
function createWriting(mend: () => Promise<void>, condensed: Condensed) {
  const alone = createQueue();
  let inDoubt = false; // an insert failed: its lines may be there and their sums not
  async function settleDoubt(): Promise<void> {
    if (inDoubt) await mend();
    inDoubt = false;
  }
  const writing = <Result>(work: () => Promise<Result>): Promise<Result> =>
    alone(async () => {
      await settleDoubt();
      inDoubt = true;
      const result = await work();
      inDoubt = false;
      return result;
    });
  /** Who writes otherwise than batch by batch does not say where; the lines are counted behind it, whatever came of it. */
  const writingAnywhere = <Result>(work: () => Promise<Result>): Promise<Result> =>
    writing(async () => {
      try {
        return await work();
      } finally {
        await condensed.recount().catch(() => condensed.forget());
      }
    });
  return { alone, settleDoubt, writing, writingAnywhere };
}

/** One at a time, in order; a failure is its caller's and does not stop the next. */
function createQueue(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
