/**
 * Keeps `QUARTERS` equal to the lines: notices by the month where it is not, and makes those months anew.
 *
 * A rebuild forgets which batches a roll-up has seen. A batch that was tried before it and is tried again after it
 * would be left out of the lines and yet counted twice in the roll-up. So each rebuild first writes down how far the
 * lines of every journal went, and of batches that begin before that mark only the missing lines are inserted.
 */
import { setTimeout as pause } from 'node:timers/promises';

import type { Engine } from './engine.ts';
import { QUARTERS, columnsOfRollup, rollupSelect } from './rollups.ts';

export interface Upkeep {
  agrees(): Promise<boolean>;
  /** Makes the months anew that do not agree. */
  mend(): Promise<void>;
  /** Makes everything anew. */
  rebuild(): Promise<void>;
  /** Of rows about to be inserted, those whose lines a rebuild has not counted already. */
  withoutRebuilt(rows: readonly Buffer[]): Promise<readonly Buffer[]>;
}

export async function openUpkeep(engine: Engine, nowMs: () => number): Promise<Upkeep> {
  const { database } = engine;
  const marks = new Map<string, number>();
  async function readMarks(): Promise<void> {
    const found = await engine.select(
      `SELECT journal, max(through) FROM ${database}.rebuilds GROUP BY journal`,
    );
    for (const [journal, through] of found) marks.set(String(journal), Number(through));
  }
  await readMarks();
  async function remake(months: readonly number[]): Promise<void> {
    if (months.length === 0) return;
    await engine.run(
      `INSERT INTO ${database}.rebuilds SETTINGS async_insert = 0 ` +
        `SELECT journal, max(sequence), fromUnixTimestamp64Milli(${nowMs()}, 'UTC') FROM ${database}.lines GROUP BY journal`,
    );
    await readMarks();
    for (const month of months) await remakeMonth(engine, month);
  }
  return {
    agrees: async () => (await astray(engine)).length === 0,
    async mend() {
      for (let tries = 0; tries < MENDINGS; tries += 1) {
        const months = await surelyAstray(engine);
        if (months.length === 0) return;
        await remake(months);
        if (!engine.isShared) return;
      }
    },
    async rebuild() {
      const months = await monthsOf(engine);
      await engine.run(`TRUNCATE TABLE ${engine.physical(QUARTERS.table)}`);
      await remake(months);
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

async function monthsOf(engine: Engine): Promise<number[]> {
  const found = await engine.select(
    `SELECT DISTINCT toYYYYMM(started_at) AS month FROM ${engine.database}.lines ORDER BY month`,
  );
  return found.map(([month]) => Number(month));
}

/** Another's insert that is under way while a month is made anew may be counted twice in it; then it is made once more. */
const MENDINGS = 5;
/** Where others insert, lines are there a moment before their sums: a month is astray if it is so every time. */
const LOOKS = 5;
const LOOK_EVERY_MS = 500;

async function surelyAstray(engine: Engine): Promise<number[]> {
  let months = await astray(engine);
  for (let looks = 1; engine.isShared && months.length > 0 && looks < LOOKS; looks += 1) {
    await pause(LOOK_EVERY_MS);
    const still = new Set(await astray(engine));
    months = months.filter((month) => still.has(month));
  }
  return months;
}

/** The months that `QUARTERS` does not account for every line of. */
async function astray(engine: Engine): Promise<number[]> {
  const { database } = engine;
  const found = await engine.select(
    'SELECT month FROM (' +
      `SELECT _partition_id AS month, toInt64(count()) AS counted FROM ${database}.lines GROUP BY month UNION ALL ` +
      `SELECT toString(toYYYYMM(quarter)) AS month, -sum(${QUARTERS.linesBy}) AS counted FROM ${database}.${QUARTERS.table} GROUP BY month` +
      ') GROUP BY month HAVING sum(counted) != 0 ORDER BY month',
  );
  return found.map(([month]) => Number(month));
}

/** Month by month, so that a ledger of years needs no more memory than one of a month. */
async function remakeMonth(engine: Engine, month: number): Promise<void> {
  const table = `${engine.database}.${QUARTERS.table}`;
  await engine.run(`ALTER TABLE ${engine.physical(QUARTERS.table)} DROP PARTITION ${month}`);
  await engine.run(
    `INSERT INTO ${table} (${columnsOfRollup(QUARTERS).join(', ')}) ` +
      `SETTINGS async_insert = 0, insert_deduplicate = 0, optimize_on_insert = 0 ${rollupSelect(engine.database, QUARTERS, `toYYYYMM(started_at) = ${month}`)}`,
  );
}

/** Which sequences of a journal, of those from first to last inclusive, are in the ledger. */
export async function existingSequences(
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

/** A row begins with its journal and sequence; nothing else of it is read. */
function positionOf(row: string): { readonly journal: string; readonly sequence: number } {
  const match = /^\[("(?:[^"\\]|\\.)*"),(\d+),/.exec(row);
  if (!match) throw new RangeError('a row does not begin with its journal and sequence');
  return { journal: JSON.parse(match[1] as string) as string, sequence: Number(match[2]) };
}
