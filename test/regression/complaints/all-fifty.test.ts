/** The list of complaints has fifty; each has one test that bears its number. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

test('each of the fifty complaints has one test', () => {
  const texts = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'));
  const numbers = texts.flatMap((text) =>
    [...text.matchAll(/\bit\('(\d+) [^']+: [^']+'/g)].map((match) => Number(match[1])),
  );
  expect(numbers.toSorted((left, right) => left - right)).toEqual(
    Array.from({ length: 50 }, (_, at) => at + 1),
  );
});
