/** What writes beside the drain: postings, moves, imports and locks, one at a time, each exactly once by its id. */
import type { Failpoints } from '../failpoints.ts';
import type { LedgerPoster, Posted } from '../posting.ts';
import type { LedgerReader } from '../question.ts';
import type { Engine } from './engine.ts';
import { GROUPED } from './insert.ts';
import type { DrainProgress, LineBatch } from './insert.ts';
import { allPlaces, checkImport, encodeImport, someLines } from './importing.ts';
import { lock, lockedNames, readLockedMonths } from './months.ts';
import { checkMove, checkOpen, journalOf, writeLate, writeMove } from './moves.ts';
import { checkId, encodeBatch, hashOf, missingRows, openBook } from './postings.ts';
import { existingSequences } from './upkeep.ts';

export interface PosterParts {
  readonly engine: Engine;
  readonly nowMs: () => number;
  readonly progress: () => DrainProgress;
  readonly failpoints: Failpoints;
  /** Runs work that adds lines: alone, with roll-ups that are mended first if an earlier insert failed. */
  readonly writing: <Result>(work: () => Promise<Result>) => Promise<Result>;
  readonly insert: (batch: LineBatch) => Promise<void>;
}

export function openPoster(parts: PosterParts): LedgerPoster & Pick<LedgerReader, 'lockedMonths'> {
  const { engine, nowMs, progress, failpoints, writing, insert } = parts;
  const book = openBook(engine, nowMs, failpoints);
  return {
    post: (batch) =>
      writing(async () => {
        const { journal, sha256, rows } = encodeBatch(batch, await lockedNames(engine));
        return book.once({ journal, sha256 }, async (resumed) => {
          const missing = resumed ? await missingRows(engine, journal, rows) : rows;
          const whole = missing.length === rows.length;
          const token = `${journal}:${whole ? 'all' : 'rest'}:${hashOf(missing).slice(0, 16)}`;
          await insert({ token, rows: missing, count: missing.length });
          return countLines(missing);
        });
      }),
    move: (move) =>
      writing(async () => {
        checkId(move.id);
        const locked = await lockedNames(engine);
        const posting = {
          journal: journalOf(move),
          sha256: hashOf([JSON.stringify(move)]),
          check: () => checkMove(engine, move, locked),
        };
        return book.once(posting, () => writeMove(engine, move, locked));
      }),
    importLines: (block) =>
      writing(async () => {
        checkId(block.id);
        checkImport(block, await lockedNames(engine));
        const journal = `import:${block.id}`;
        const encoded = encodeImport(block, journal, allPlaces(block.lines));
        return book.once({ journal, sha256: hashOf(encoded.parts) }, async (resumed) => {
          const existing = resumed ? await existingSequences(engine, journal, 0, block.lines) : new Set();
          const places = allPlaces(block.lines).filter((place) => !existing.has(place));
          if (places.length === 0) return 0;
          const { names, parts: bytes } =
            existing.size === 0 ? encoded : encodeImport(someLines(block, places), journal, places);
          await engine.insertNative(
            `INSERT INTO ${engine.database}.lines (${names.map((name) => `\`${name}\``).join(', ')}) ` +
              'SETTINGS async_insert = 0, insert_deduplicate = 0, max_partitions_per_insert_block = 0, ' +
              `input_format_parallel_parsing = 0, input_format_native_allow_types_conversion = 1, ${GROUPED}, parallel_view_processing = 1`,
            bytes,
          );
          return places.length;
        });
      }),
    lockMonth: (month) => writing(() => lock(engine, month, { nowMs: nowMs(), ...progress() })),
    rebookLate: (month, bookAtMs) =>
      writing(async (): Promise<Posted> => {
        const locked = await lockedNames(engine);
        if (!locked.has(month)) throw new RangeError(`${month} is not locked, so that no line of it is late`);
        checkOpen(bookAtMs, locked);
        const lines = await writeLate(engine, month, bookAtMs);
        return { lines, repeated: lines === 0 };
      }),
    lockedMonths: () => readLockedMonths(engine),
  };
}

const NEWLINE = 10;

function countLines(rows: readonly Buffer[]): number {
  return rows.reduce((sum, row) => sum + row.filter((byte) => byte === NEWLINE).length, 0);
}
