/**
 * Tables held against the chain: what people decided exists if and only if its audit line does, and says the same. Each
 * table says which lines must be there because of its rows; a line of its actions beside those tells of a row that is gone.
 */
import { createHash } from 'node:crypto';

import type { AuditTable } from './tables.ts';

/** What a row of a table must have as its line. */
export interface Said {
  readonly action: string;
  readonly subject: string;
  readonly at: string;
  /** Undefined: the table does not keep who it was. */
  readonly actor?: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** SHA-256 of texts in their order: what a line says of content that is too long for it. */
export function digestOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:`).update(text);
  return hash.digest('hex');
}

/**
 * @param actions tells the lines that belong to these rows
 * @returns what disagrees first, in words; undefined when nothing does
 */
export function disagreement(
  name: string,
  rows: readonly Said[],
  lines: readonly AuditTable[],
  actions: (action: string) => boolean,
): string | undefined {
  const left = new Map<string, AuditTable[]>();
  for (const line of lines.filter(({ action }) => actions(action))) {
    const same = left.get(placeOf(line));
    if (same === undefined) left.set(placeOf(line), [line]);
    else same.push(line);
  }
  for (const row of rows) {
    const candidates = left.get(placeOf(row)) ?? [];
    if (candidates.length === 0) return `${name} ${row.subject} exists and no line says who made it`;
    const at = candidates.findIndex((line) => saysSame(line, row));
    if (at === -1) return `${name} ${row.subject} is not what its line says was decided`;
    candidates.splice(at, 1);
  }
  const gone = [...left.values()].flat()[0];
  return gone && `${name} ${gone.subject} was made and is gone`;
}

function placeOf({ action, subject }: Pick<Said, 'action' | 'subject'>): string {
  return JSON.stringify([action, subject]);
}

function saysSame(line: AuditTable, { at, actor, detail }: Said): boolean {
  return (
    line.at === at && (actor === undefined || line.actor === actor) && line.detail === JSON.stringify(detail)
  );
}
