/** The ledger's store: tables opened and upgraded, rows inserted exactly once, the roll-up kept equal to the lines. */
import { noFailpoints } from '../failpoints.ts';
import type { Failpoints } from '../failpoints.ts';
import type { DrainedJournal, LedgerVerification } from '../care.ts';
import type { LedgerPoster } from '../posting.ts';
import type { LedgerReader } from '../question.ts';
import { answerQuestion } from './ask.ts';
import { openCondensed } from './condensed.ts';
import type { Condensed } from './condensed.ts';
import { freezeLedger } from './freeze.ts';
import type { Frozen } from './freeze.ts';
import { insertBatch } from './insert.ts';
import type { DrainProgress, LineBatch } from './insert.ts';
import { openEngine } from './engine.ts';
import type { Engine, StorePlace } from './engine.ts';
import { readPage, readReceipt, readTail } from './lines.ts';
import { openPoster } from './poster.ts';
import { migrate } from './schema.ts';
import { readSpend } from './spend.ts';
import { existingSequences, openUpkeep } from './upkeep.ts';
import type { Upkeep } from './upkeep.ts';
import { verifyLines } from './verify.ts';

export interface StoreOptions {
  readonly place: StorePlace;
  readonly nowMs: () => number;
  readonly progress: () => DrainProgress;
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
    const { rollupIsNew } = await migrate(engine, options.nowMs());
    const upkeep = await openUpkeep(engine, options.nowMs);
    if (rollupIsNew) await upkeep.rebuild();
    else await upkeep.mend();
    return overEngine(engine, upkeep, await openCondensed(engine, options.nowMs), options);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

function overEngine(
  engine: Engine,
  upkeep: Upkeep,
  condensed: Condensed,
  { nowMs, progress, failpoints = noFailpoints }: StoreOptions,
): Store {
  const { alone, settleDoubt, writing, writingAnywhere } = createWriting(upkeep, condensed);
  async function condense(which: 'all' | 'rested'): Promise<void> {
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
    ...openLookingAfter(engine, upkeep, condensed, { alone, settleDoubt }),
    ask: async (question) => {
      const { completeUntilMs } = progress(); // read before the lines are, so that it promises no more than they hold
      return answerQuestion(engine, question, { nowMs: nowMs(), completeUntilMs }, condensed.covered());
    },
    page: (ask) => readPage(engine, ask),
    receipt: (call) => readReceipt(engine, call),
    spend: (ask) => readSpend(engine, ask),
    tail: (position, limit) => readTail(engine, position, limit, nowMs()),
    async health() {
      const { backlogFrames, completeUntilMs, trouble, openJournals, step } = progress();
      const counted = await engine.select(`SELECT count() FROM ${engine.database}.lines`);
      return {
        lines: Number(counted[0]?.[0] ?? 0),
        backlogFrames,
        completeUntilMs,
        trouble,
        ...(openJournals !== undefined && step !== undefined && { openJournals, drainStep: step }),
      };
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

/** Everything that writes, one at a time, with roll-ups that are mended first if the one before failed. */
function createWriting(upkeep: Upkeep, condensed: Condensed) {
  const alone = createQueue();
  let inDoubt = false; // an insert failed: its lines may be there and their sums not
  async function settleDoubt(): Promise<void> {
    if (inDoubt) await upkeep.mend();
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
