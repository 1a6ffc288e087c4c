/**
 * CSV (RFC 4180) as a table: one pass over the bytes, one batch of rows in memory.
 *
 * An empty field is null, quoted or not: that is how the tools which load FOCUS files read them. The scanner is our own
 * because a million rows of fifty columns are fifty million cells, and because a ragged row must be named, not repaired.
 */
import { StringDecoder } from 'node:string_decoder';

import { TableUnreadable } from './table.ts';
import type { Cell, Column, Row, Table } from './table.ts';

const ROWS_PER_BATCH = 2_000;
const MOST_COLUMNS = 1_000;
const MOST_FIELD_CHARACTERS = 1_048_576;
const QUOTE = 34;
const COMMA = 44;
const LF = 10;
const CR = 13;

/** Reads the header at once, the rows as they are asked for. @throws TableUnreadable */
export async function readCsv(bytes: AsyncIterable<Uint8Array>): Promise<Table> {
  const records = recordsOf(bytes);
  const first = await records.next();
  if (first.done === true) throw new TableUnreadable('The file is empty: it has not even a header.');
  const [header = [], ...rest] = first.value;
  const columns = header.map((name): Column => ({ name: name ?? '', kind: 'text' }));
  if (columns.length > MOST_COLUMNS)
    throw new TableUnreadable(`The header names ${columns.length} columns; ${MOST_COLUMNS} are the most.`);
  const twice = columns.find(({ name }, at) => columns.findIndex((one) => one.name === name) !== at);
  if (twice !== undefined) throw new TableUnreadable(`The header names the column "${twice.name}" twice.`);
  return { columns, batches: checkedRows(rest, records, columns.length) };
}

async function* checkedRows(
  first: readonly Row[],
  records: AsyncIterable<readonly Row[]>,
  width: number,
): AsyncGenerator<readonly Row[]> {
  let row = 0;
  const check = (rows: readonly Row[]): readonly Row[] => {
    for (const cells of rows) {
      row += 1;
      if (cells.length !== width)
        throw new TableUnreadable(
          `Row ${row} has ${cells.length} fields and the header ${width}: a comma or a quote is missing. Nothing below it can be trusted.`,
        );
    }
    return rows;
  };
  if (first.length > 0) yield check(first);
  for await (const rows of records) yield check(rows);
}

async function* recordsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Row[]> {
  const scanner = new Scanner();
  const decoder = new StringDecoder('utf8');
  for await (const chunk of bytes) {
    scanner.feed(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)), false);
    if (scanner.rows.length >= ROWS_PER_BATCH) yield scanner.take();
  }
  scanner.feed(decoder.end(), true);
  if (scanner.rows.length > 0) yield scanner.take();
}

/** Cuts text into records. What is not yet a whole record waits for the next piece. */
class Scanner {
  rows: Row[] = [];
  #rest = '';
  #started = false;

  take(): readonly Row[] {
    const { rows } = this;
    this.rows = [];
    return rows;
  }

  feed(piece: string, last: boolean): void {
    let text = this.#rest + piece;
    if (!this.#started && text !== '') {
      this.#started = true;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    let start = 0;
    while (start < text.length) {
      const end = this.#record(text, start, last);
      if (end === -1) break;
      start = end;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > MOST_FIELD_CHARACTERS * 4)
      throw new TableUnreadable('A record does not end within 4 MiB: a closing quote is missing.');
  }

  /** Reads one record; returns where the next begins, or -1 when this one is not all there. */
  #record(text: string, start: number, last: boolean): number {
    const cells: Cell[] = [];
    let at = start;
    for (;;) {
      const quoted = text.charCodeAt(at) === QUOTE;
      const end = quoted ? endOfQuoted(text, at) : endOfPlain(text, at);
      if (end === text.length || end === -1 || (end === text.length - 1 && text.charCodeAt(end) === CR)) {
        if (!last) return -1;
        if (end === -1) throw new TableUnreadable('The last record ends inside quotes: the file is cut off.');
      }
      const field = quoted ? unquote(text.slice(at + 1, end - 1)) : text.slice(at, end);
      if (field.length > MOST_FIELD_CHARACTERS)
        throw new TableUnreadable('A field is longer than 1 MiB: a closing quote is missing.');
      cells.push(field === '' ? null : field);
      const next = text.charCodeAt(end);
      if (next === COMMA) {
        at = end + 1;
        continue;
      }
      if (quoted && end < text.length && next !== LF && next !== CR)
        throw new TableUnreadable(`Text follows a closing quote: ${text.slice(at, at + 60)}`);
      if (cells.length > 1 || cells[0] !== null) this.rows.push(cells); // a blank line is no record
      if (next === CR) return text.charCodeAt(end + 1) === LF ? end + 2 : end + 1;
      return end + 1;
    }
  }
}

function endOfPlain(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === LF || code === CR) return at;
  }
  return text.length;
}

/** The place behind the closing quote, or -1. */
function endOfQuoted(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return -1;
    if (text.charCodeAt(quote + 1) !== QUOTE) return quote + 1;
    at = quote + 2;
  }
}

function unquote(text: string): string {
  return text.includes('"') ? text.replaceAll('""', '"') : text;
}
