/** The ledger's store: tables opened and upgraded, rows inserted exactly once, the roll-up kept equal to the lines. */
import type { LedgerPoster } from '../posting.ts';
import type { LedgerReader } from '../question.ts';
import { answerQuestion } from './ask.ts';
import { LINE_COLUMNS } from './columns.ts';
import { openEngine } from './engine.ts';
import type { Engine, StorePlace } from './engine.ts';
import { readPage, readReceipt, readTail } from './lines.ts';
import { rollupSelect } from './rollups.ts';
import { migrate } from './schema.ts';

/** Rows of one journal, in the order of their sequences, that are inserted whole or not at all. */
export interface LineBatch {
  /** The same for every try of the same rows: a second insert of it changes nothing. */
  readonly token: string;
  readonly rows: readonly Buffer[];
  readonly count: number;
}

/** How far the drain has come; only it knows. */
export interface DrainProgress {
  /** Frames in journals that are not yet in the ledger. */
  readonly backlogFrames: number;
  readonly completeUntilMs: number;
  /** Empty when all is well. */
  readonly trouble: string;
}

export interface StoreOptions {
  readonly place: StorePlace;
  readonly nowMs: () => number;
  readonly progress: () => DrainProgress;
}

export interface Store extends LedgerReader, LedgerPoster {
  /** @throws when the engine refuses the rows or cannot be reached; the same batch may then be tried again for ever. */
  insert(batch: LineBatch): Promise<void>;
  /** Which sequences of a journal, of those from first to last inclusive, are in the ledger. */
  existing(journal: string, firstSequence: number, lastSequence: number): Promise<ReadonlySet<number>>;
  /** Makes the roll-up anew from the lines. Inserts wait meanwhile; questions may see it half made. */
  rebuildRollups(): Promise<void>;
  /** Whether the roll-up accounts for every line. */
  rollupsAgree(): Promise<boolean>;
  close(): Promise<void>;
}

/** @throws Error when the place is in use, out of reach, or written by a newer version. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const engine = await openEngine(options.place);
  try {
    const { rollupIsNew } = await migrate(engine, options.nowMs());
    const rollup = await openRollup(engine, options.nowMs);
    if (rollupIsNew || !(await rollup.agrees())) await rollup.rebuild();
    return overEngine(engine, rollup, options);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

function overEngine(engine: Engine, rollup: Rollup, { nowMs, progress }: StoreOptions): Store {
  const alone = createQueue();
  let inDoubt = false; // an insert failed: its lines may be there and their sums not
  async function settleDoubt(): Promise<void> {
    if (inDoubt && !(await rollup.agrees())) await rollup.rebuild();
    inDoubt = false;
  }
  return {
    insert: (batch) =>
      alone(async () => {
        await settleDoubt();
        inDoubt = true;
        await insertBatch(engine, rollup, batch);
        inDoubt = false;
      }),
    existing: (journal, first, last) =>
      alone(async () => {
        await settleDoubt(); // who is told that lines are there will not insert them again
        return existingSequences(engine, journal, first, last);
      }),
    rebuildRollups: () => alone(() => rollup.rebuild()),
    rollupsAgree: () => alone(() => rollup.agrees()),
    ask: async (question) => {
      const { completeUntilMs } = progress(); // read before the lines are, so that it promises no more than they hold
      return answerQuestion(engine, question, { nowMs: nowMs(), completeUntilMs });
    },
    page: (ask) => readPage(engine, ask),
    receipt: (call) => readReceipt(engine, call),
    tail: (position, limit) => readTail(engine, position, limit, nowMs()),
    async health() {
      const { backlogFrames, completeUntilMs, trouble } = progress();
      const counted = await engine.select(`SELECT count() FROM ${engine.database}.lines`);
      return { lines: Number(counted[0]?.[0] ?? 0), backlogFrames, completeUntilMs, trouble };
    },
    lockedMonths: async () => [],
    post: notYet,
    move: notYet,
    importLines: notYet,
    lockMonth: notYet,
    rebookLate: notYet,
    close: () => alone(() => engine.close()),
  };
}

function notYet(): Promise<never> {
  return Promise.reject(new Error('not there yet'));
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

const NAMES = LINE_COLUMNS.map(({ name }) => `\`${name}\``).join(', ');

/**
 * One statement is one block: parsing in parallel would cut it, and a cut block is no longer recognised as a repeat.
 * The roll-up recognises repeats by itself, so a crash between lines and roll-up is mended by the next try.
 */
async function insertBatch(engine: Engine, rollup: Rollup, { token, rows }: LineBatch): Promise<void> {
  if (!/^[\w:.-]{1,200}$/.test(token))
    throw new RangeError(`"${token}" is not a batch token (letters, digits, : . _ -)`);
  if (rows.length === 0) return;
  const missing = await rollup.withoutRebuilt(rows);
  if (missing.length === 0) return;
  await engine.insert(
    `INSERT INTO ${engine.database}.lines (${NAMES}) SETTINGS async_insert = 0, insert_deduplicate = 1, ` +
      `insert_deduplication_token = '${token}', deduplicate_blocks_in_dependent_materialized_views = 1, ` +
      'input_format_parallel_parsing = 0, input_format_json_compact_allow_variable_number_of_columns = 1, ' +
      'input_format_json_throw_on_bad_escape_sequence = 0 FORMAT JSONCompactEachRow',
    missing,
  );
}

async function existingSequences(
  engine: Engine,
  journal: string,
  first: number,
  last: number,
): Promise<ReadonlySet<number>> {
  const found = await engine.select(
    `SELECT DISTINCT sequence FROM ${engine.database}.lines ` +
      'WHERE journal = {journal:String} AND sequence BETWEEN {first:UInt64} AND {last:UInt64}',
    { journal, first, last },
  );
  return new Set(found.map(([sequence]) => Number(sequence)));
}

interface Rollup {
  agrees(): Promise<boolean>;
  rebuild(): Promise<void>;
  /** Of rows about to be inserted, those whose lines a rebuild has not counted already. */
  withoutRebuilt(rows: readonly Buffer[]): Promise<readonly Buffer[]>;
}

/**
 * A rebuild forgets which batches the roll-up has seen. A batch that was tried before it and is tried again after it
 * would be left out of the lines and yet counted twice in the roll-up. So each rebuild first writes down how far the
 * lines of every journal went, and of batches that begin before that mark only the missing lines are inserted.
 */
async function openRollup(engine: Engine, nowMs: () => number): Promise<Rollup> {
  const { database } = engine;
  const marks = new Map<string, number>();
  async function readMarks(): Promise<void> {
    const found = await engine.select(
      `SELECT journal, max(through) FROM ${database}.rebuilds GROUP BY journal`,
    );
    for (const [journal, through] of found) marks.set(String(journal), Number(through));
  }
  await readMarks();
  return {
    async agrees() {
      const found = await engine.select(
        `SELECT (SELECT count() FROM ${database}.lines) AS lines, (SELECT sum(lines) FROM ${database}.rollup) AS rolled_up`,
      );
      const [lines, rolledUp] = found[0] ?? [];
      return BigInt(String(lines ?? 0)) === BigInt(String(rolledUp ?? 0));
    },
    async rebuild() {
      await engine.run(
        `INSERT INTO ${database}.rebuilds SETTINGS async_insert = 0 ` +
          `SELECT journal, max(sequence), fromUnixTimestamp64Milli(${nowMs()}, 'UTC') FROM ${database}.lines GROUP BY journal`,
      );
      await readMarks();
      await engine.run(`TRUNCATE TABLE ${database}.rollup`);
      await engine.run(
        `INSERT INTO ${database}.rollup SETTINGS async_insert = 0, max_partitions_per_insert_block = 0 ${rollupSelect(database)}`,
      );
    },
    async withoutRebuilt(rows) {
      const first = positionOf(String(rows[0]?.subarray(0, 1_000)));
      if (first.sequence > (marks.get(first.journal) ?? -1)) return rows;
      const lines = Buffer.concat(rows).toString().split('\n').slice(0, -1); // a newline inside a value is escaped
      const sequences = lines.map((line) => positionOf(line).sequence);
      const existing = await existingSequences(engine, first.journal, first.sequence, Math.max(...sequences));
      return lines
        .filter((_, at) => !existing.has(sequences[at] ?? -1))
        .map((line) => Buffer.from(`${line}\n`));
    },
  };
}

/** A row begins with its journal and sequence; nothing else of it is read. */
function positionOf(row: string): { readonly journal: string; readonly sequence: number } {
  const match = /^\[("(?:[^"\\]|\\.)*"),(\d+),/.exec(row);
  if (!match) throw new RangeError('a row does not begin with its journal and sequence');
  return { journal: JSON.parse(match[1] as string) as string, sequence: Number(match[2]) };
}
