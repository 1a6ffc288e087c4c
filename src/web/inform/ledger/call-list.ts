/**
 * The lines that were paged through, newest first: a chain of pages, each reached by the cursor of the one before. Pages far
 * from the reader give their rows back and keep their cursor, so that memory stays bounded however far one scrolls. Pure.
 */
import type { CallRow } from './call-row.ts';

export interface CallPage {
  /** What the page was asked with; empty for the newest. */
  readonly cursor: string;
  readonly count: number;
  /** Null: given back, to be asked for again by the same cursor. */
  readonly rows: readonly CallRow[] | null;
  readonly next: string | null;
}

export interface CallList {
  readonly pages: readonly CallPage[];
  /** Of each page, the place of its first row in the whole. */
  readonly starts: readonly number[];
  readonly count: number;
  /** Whether there is more than was paged through. Unknown until the first page is there: then true. */
  readonly hasMore: boolean;
}

/** The places that are in sight, the last one included. */
export interface Sight {
  readonly first: number;
  readonly last: number;
}

export const NOTHING_YET: CallList = { pages: [], starts: [], count: 0, hasMore: true };

export function listOf(pages: readonly CallPage[]): CallList {
  const starts: number[] = [];
  let count = 0;
  for (const page of pages) {
    starts.push(count);
    count += page.count;
  }
  return { pages, starts, count, hasMore: pages.length === 0 || pages.at(-1)?.next !== null };
}

/** The row at a place; undefined where its page is not there (yet, or any more). */
export function rowAt(list: CallList, place: number): CallRow | undefined {
  if (place < 0 || place >= list.count) return undefined;
  const at = pageOf(list, place);
  return list.pages[at]?.rows?.[place - (list.starts[at] ?? 0)];
}

/** The place of a call's first line among the rows that are there; -1 where none is. */
export function placeOf(list: CallList, call: string): number {
  for (const [at, page] of list.pages.entries()) {
    const within = page.rows?.findIndex((row) => row.call === call) ?? -1;
    if (within >= 0) return (list.starts[at] ?? 0) + within;
  }
  return -1;
}

/**
 * Which page to ask for next: what is in sight and not there, then what is near it, then the next of the chain while the
 * reader is within `ahead` rows of its end. Undefined: nothing is missing.
 */
export function missingPage(list: CallList, { first, last }: Sight, ahead: number): number | undefined {
  if (list.pages.length === 0) return 0;
  const gone = (from: number, to: number): number | undefined => {
    const near = pagesBetween(list, from, to).find((at) => list.pages[at]?.rows === null);
    return near;
  };
  const missing = gone(first, last) ?? gone(last, last + ahead) ?? gone(first - ahead, first);
  if (missing !== undefined) return missing;
  return list.hasMore && list.count - 1 - last <= ahead ? list.pages.length : undefined;
}

/** Puts an answer in its place. When it ends elsewhere than before, lines came in between: what follows is asked for anew. */
export function withPage(
  list: CallList,
  at: number,
  rows: readonly CallRow[],
  next: string | null,
): CallList {
  const before = list.pages[at];
  const cursor = before?.cursor ?? (at === 0 ? '' : (list.pages[at - 1]?.next ?? ''));
  const page: CallPage = { cursor, count: rows.length, rows, next };
  const stays = before !== undefined && before.next === next;
  return listOf([...list.pages.slice(0, at), page, ...(stays ? list.pages.slice(at + 1) : [])]);
}

/** Gives back the rows of pages further than `keep` rows from what is in sight. The first page stays: new lines join it. */
export function withoutFar(list: CallList, { first, last }: Sight, keep: number): CallList {
  const near = new Set(pagesBetween(list, first - keep, last + keep));
  if (list.pages.every(({ rows }, at) => at === 0 || near.has(at) || rows === null)) return list;
  return {
    ...list,
    pages: list.pages.map((page, at) => (at === 0 || near.has(at) ? page : { ...page, rows: null })),
  };
}

export interface Joined {
  readonly list: CallList;
  /** Lines older than the first page reaches: they belong among pages that are read already. */
  readonly late: number;
}

/** Lets new lines join the first page in their order, each once. */
export function withNew(list: CallList, rows: readonly CallRow[]): Joined {
  const [head, ...rest] = list.pages;
  if (head?.rows === null || head?.rows === undefined) return { list, late: 0 };
  const known = new Set(head.rows.map(({ id }) => id));
  const unknown = rows.filter(({ id }) => !known.has(id));
  const oldest = head.next === null ? '' : (head.rows.at(-1)?.startedAt ?? '');
  const fresh = unknown.filter(({ startedAt }) => startedAt >= oldest);
  const late = unknown.length - fresh.length;
  if (fresh.length === 0) return { list, late };
  // The one that arrived last stands first among those of one instant, as in an answer of the server.
  const joined = [...fresh.toReversed(), ...head.rows].toSorted((a, b) =>
    a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0,
  );
  return { list: listOf([{ ...head, rows: joined, count: joined.length }, ...rest]), late };
}

/** Rows that are held in memory. */
export function rowsHeld(list: CallList): number {
  return list.pages.reduce((sum, { rows }) => sum + (rows?.length ?? 0), 0);
}

function pagesBetween(list: CallList, from: number, to: number): number[] {
  if (list.count === 0 || to < 0 || from >= list.count) return [];
  const first = pageOf(list, Math.max(from, 0));
  const last = pageOf(list, Math.min(to, list.count - 1));
  return Array.from({ length: last - first + 1 }, (_, step) => first + step);
}

/** The last page that starts at or before a place. */
function pageOf(list: CallList, place: number): number {
  let [low, high] = [0, list.starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((list.starts[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}
