/** The table of promises says the truth: what it names exists, and the page shows it. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

import { PROMISES, promisesTable } from './promises.ts';
import type { Kept, Proof } from './promises.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Tests that are named and do not exist. */
function missing(promises: readonly Kept[]): string[] {
  return promises
    .flatMap(({ short, long, controls }) => [...short, ...long, ...controls])
    .filter((proof) => !exists(proof))
    .map(({ file, title }) => `${file} › ${title}`);
}

function exists({ file, title }: Proof): boolean {
  const path = join(PROJECT, file);
  return existsSync(path) && readFileSync(path, 'utf8').includes(title);
}

it('every test that a promise names exists', () => expect(missing(PROMISES)).toEqual([]));

it('control: a title that no test has is found', () => {
  const [first] = PROMISES;
  const proof = { file: first!.short[0]!.file, title: 'no such test' };
  expect(missing([{ ...first!, short: [proof] }])).toEqual([`${proof.file} › no such test`]);
});

it('every promise is there, once, with a test and a control or with what is open', () => {
  expect(PROMISES.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  for (const { number, short, controls, open } of PROMISES)
    if (open === '') expect([short.length > 0, controls.length > 0], `P${number}`).toEqual([true, true]);
});

it('docs/promises.md shows the table', () => {
  const page = readFileSync(join(PROJECT, 'docs/promises.md'), 'utf8');
  expect(squeezed(page)).toContain(squeezed(promisesTable()));
});

/** Columns are aligned by the formatter, which moves spaces and dashes only. */
function squeezed(text: string): string {
  return text.replace(/-+/g, '-').replace(/[ ]+/g, ' ');
}
