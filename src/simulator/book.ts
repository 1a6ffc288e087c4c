/**
 * The simulator's own account of what it would invoice: one entry per served request, written before the
 * last byte leaves. It is kept apart from everything the gateway knows, so that the two can be compared.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import type { DialectName, Tally } from './dialect.ts';
import type { JsonObject } from './json.ts';

/**
 * How the answer ended.
 * - `whole`: the client was sent all of it.
 * - `client-left`: the client closed the connection first; what had been generated is invoiced.
 * - `cut`: the simulator broke the connection, as asked.
 * - `error`: the simulator sent an error inside the stream, as asked.
 */
export type Ending = 'whole' | 'client-left' | 'cut' | 'error';

export interface BookEntry {
  /** The id that the response carried. */
  readonly id: string;
  readonly at: string;
  readonly dialect: DialectName;
  readonly model: string;
  readonly stream: boolean;
  readonly ending: Ending;
  /** Whether the client was sent the usage below. */
  readonly reported: boolean;
  /** What is invoiced, in the dialect's own shape. */
  readonly usage: JsonObject;
  /** The same as disjoint counts. */
  readonly invoiced: Tally;
}

export interface Book {
  add(entry: BookEntry): void;
  entries(): BookEntry[];
  clear(): void;
  /** Entries that were let go because the book was full. */
  dropped(): number;
}

const ENTRIES_KEPT = 50_000;

/** @param file where entries are kept as JSON lines, so that the account outlives the process; undefined: memory only. */
export function openBook(file: string | undefined): Book {
  let kept = file !== undefined && existsSync(file) ? readEntries(file).slice(-ENTRIES_KEPT) : [];
  let dropped = 0;
  if (file !== undefined) mkdirSync(dirname(file), { recursive: true });
  return {
    add(entry) {
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(entry)}\n`);
      kept.push(entry);
      if (kept.length <= ENTRIES_KEPT) return;
      const half = ENTRIES_KEPT / 2; // dropped by halves: dropping one at a time would move the whole list each time
      dropped += kept.length - half;
      kept = kept.slice(-half);
      if (file !== undefined) writeFileSync(file, kept.map((one) => `${JSON.stringify(one)}\n`).join(''));
    },
    entries: () => [...kept],
    clear() {
      if (file !== undefined) writeFileSync(file, '');
      kept = [];
      dropped = 0;
    },
    dropped: () => dropped,
  };
}

function readEntries(file: string): BookEntry[] {
  const whole = readFileSync(file, 'utf8');
  // A process killed inside a write leaves a torn last line: it was never acknowledged, so it is cut off.
  const end = whole.lastIndexOf('\n') + 1;
  if (end < whole.length) writeFileSync(file, whole.slice(0, end));
  const lines = whole
    .slice(0, end)
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line): BookEntry => JSON.parse(line));
}
