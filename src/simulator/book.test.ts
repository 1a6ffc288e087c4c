import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { openBook } from './book.ts';
import type { BookEntry } from './book.ts';

function freshDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'setpoint-book-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const entry = (id: string): BookEntry => ({
  id,
  at: '2026-01-01T00:00:00.000Z',
  dialect: 'openai',
  model: 'sim-small',
  stream: false,
  ending: 'whole',
  reported: true,
  usage: { prompt_tokens: 1 },
  invoiced: { freshInput: 1, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, reasoning: 0 },
});

test('a book in a file outlives the process, less a torn last line', () => {
  const file = join(freshDirectory(), 'book.jsonl');
  const first = openBook(file);
  first.add(entry('a'));
  first.add(entry('b'));
  appendFileSync(file, '{"id":"torn');
  const second = openBook(file);
  expect(second.entries()).toEqual([entry('a'), entry('b')]);
  second.add(entry('c'));
  expect(
    openBook(file)
      .entries()
      .map(({ id }) => id),
  ).toEqual(['a', 'b', 'c']);
  second.clear();
  expect(readFileSync(file, 'utf8')).toBe('');
  expect(openBook(file).entries()).toEqual([]);
});

test('the list that is handed out is the reader’s own', () => {
  const book = openBook(undefined);
  book.add(entry('a'));
  book.entries().pop();
  expect(book.entries()).toHaveLength(1);
});

test('a full book lets the oldest half go, in memory and on disk, and says how many', () => {
  const file = join(freshDirectory(), 'new', 'book.jsonl');
  const book = openBook(file);
  for (let at = 0; at <= 50_000; at += 1) book.add(entry(String(at)));
  expect(book.dropped()).toBe(25_001);
  expect(book.entries()).toHaveLength(25_000);
  expect(book.entries().at(-1)?.id).toBe('50000');
  expect(openBook(file).entries()).toEqual(book.entries());
});
