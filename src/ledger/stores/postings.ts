/**
 * The book of what was posted. A posting is written down as begun before its first line and as whole behind its last, so
 * that a second try knows whether there is nothing to do, or which lines are missing, and that an id stands for one
 * posting only.
 */
import { createHash } from 'node:crypto';

import type { Failpoints } from '../failpoints.ts';
import { encodePosting } from '../line.ts';
import type { Posted, Posting, PostingBatch } from '../posting.ts';
import type { Engine } from './engine.ts';
import { monthOf } from './months.ts';
import { existingSequences } from './upkeep.ts';

const MOST_POSTINGS = 5_000;
const ID = /^[A-Za-z0-9._-]{1,100}$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

export interface Book {
  /**
   * Does the work of a posting unless it is done. `check` refuses before anything is written down; `resumed`: an earlier
   * try may have left some of the lines.
   * @throws RangeError when the journal stands for another posting already.
   */
  once(
    posting: { readonly journal: string; readonly sha256: string; readonly check?: () => Promise<void> },
    write: (resumed: boolean) => Promise<number>,
  ): Promise<Posted>;
}

export function openBook(engine: Engine, nowMs: () => number, failpoints: Failpoints): Book {
  const table = `${engine.database}.postings`;
  const note = (journal: string, sha256: string, lines: number, whole: boolean): Promise<void> =>
    engine.run(
      `INSERT INTO ${table} SETTINGS async_insert = 0 ` +
        `SELECT '${journal}', '${sha256}', ${lines}, ${whole}, fromUnixTimestamp64Milli(${nowMs()}, 'UTC')`,
    );
  return {
    async once({ journal, sha256, check }, write) {
      const found = await engine.select(
        `SELECT sha256, max(whole) FROM ${table} WHERE journal = {journal:String} GROUP BY sha256`,
        { journal },
      );
      if (found.some(([known]) => known !== sha256)) {
        throw new RangeError(
          `"${journal}" was posted before with other contents, and an id stands for one posting. Nothing was changed. ` +
            'Post it under an id of its own.',
        );
      }
      if (found.some(([, whole]) => Boolean(whole)))
        return { lines: await countLines(engine, journal), repeated: true };
      await check?.();
      const resumed = found.length > 0;
      if (!resumed) await note(journal, sha256, 0, false);
      failpoints.hit('post.after-begin');
      const lines = await write(resumed);
      failpoints.hit('post.after-lines');
      await note(journal, sha256, lines, true);
      return { lines, repeated: false };
    },
  };
}

/** Also of a batch that was finished by a second try, which added only what was missing. */
async function countLines(engine: Engine, journal: string): Promise<number> {
  const found = await engine.select(
    `SELECT count() FROM ${engine.database}.lines WHERE journal = {journal:String}`,
    { journal },
  );
  return Number(found[0]?.[0] ?? 0);
}

/** @throws RangeError when the id is none. */
export function checkId(id: string): void {
  if (!ID.test(id))
    throw new RangeError(`"${id}" is not an id of a posting (letters, digits, . _ -, at most 100)`);
}

/**
 * The rows of a batch, one element per posting.
 * @throws RangeError when one cannot be a line, or lies in a locked month.
 */
export function encodeBatch(
  { id, postings }: PostingBatch,
  locked: ReadonlySet<string>,
): { readonly journal: string; readonly sha256: string; readonly rows: readonly Buffer[] } {
  checkId(id);
  if (postings.length > MOST_POSTINGS)
    throw new RangeError(`a batch holds at most ${MOST_POSTINGS} postings; "${id}" has ${postings.length}`);
  const journal = `post:${id}`;
  const rows = postings.map((posting, sequence) => {
    const wrong = problemOf(posting, locked);
    if (wrong !== undefined)
      throw new RangeError(`posting ${sequence} of "${id}" ${wrong} Nothing of the batch was posted.`);
    return Buffer.from(encodePosting(posting, { journal, sequence }));
  });
  return { journal, sha256: hashOf(rows), rows };
}

function problemOf({ settlement, forMonth = '' }: Posting, locked: ReadonlySet<string>): string | undefined {
  const { call, attempt, startedAtMs } = settlement.intent;
  if (!UUID.test(call) || !UUID.test(attempt)) return 'has a call or an attempt whose id is no UUID.';
  if (!Number.isFinite(startedAtMs) || startedAtMs < 0) return 'has no time of start.';
  if (forMonth !== '' && !MONTH.test(forMonth)) return `is for the month "${forMonth}"; write it as 2026-09.`;
  const month = monthOf(startedAtMs);
  if (!locked.has(month)) return undefined;
  return `lies in ${month}, which is locked: its sums were given out and do not move. Book it in an open month, with forMonth ${month}.`;
}

/** Of rows whose sequences count from 0, those that are not in the ledger. */
export async function missingRows(
  engine: Engine,
  journal: string,
  rows: readonly Buffer[],
): Promise<readonly Buffer[]> {
  const existing = await existingSequences(engine, journal, 0, Math.max(0, rows.length - 1));
  return rows.filter((_, sequence) => !existing.has(sequence));
}

export function hashOf(parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
