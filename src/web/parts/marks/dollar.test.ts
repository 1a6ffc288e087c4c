import fc from 'fast-check';
import { expect, it } from 'vitest';

import { centsText, cutDollar, DOLLAR_PARTS, dollarSentence, givenBack } from './dollar.ts';

const amounts = fc.dictionary(
  fc.constantFrom(...DOLLAR_PARTS.map(({ name }) => name)),
  fc.bigInt({ min: 0n, max: 10n ** 18n }),
);
const WIDTH = 400;

it('has cents that add up to a dollar, whatever was spent', () => {
  fc.assert(
    fc.property(amounts, (given) => {
      const cuts = cutDollar(given, WIDTH);
      if (cuts.length > 0) expect(cuts.reduce((sum, { cents }) => sum + cents, 0n)).toBe(100n);
      expect(cuts).toHaveLength(Object.values(given).filter((one) => one > 0n).length);
    }),
  );
});

it('fills its width without overlap, in the fixed order', () => {
  fc.assert(
    fc.property(amounts, (given) => {
      const cuts = cutDollar(given, WIDTH);
      const last = cuts.at(-1);
      if (last !== undefined) expect(last.x + last.width).toBeCloseTo(WIDTH, 6);
      const order = cuts.map(({ name }) => DOLLAR_PARTS.findIndex((part) => part.name === name));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      for (const [at, cut] of cuts.entries()) {
        const before = cuts[at - 1];
        if (before !== undefined) expect(cut.x).toBeGreaterThanOrEqual(before.x + before.width);
      }
    }),
  );
});

it('says that a part is there even where it is less than a cent', () => {
  const cuts = cutDollar({ history: 10n ** 15n, user: 1n }, WIDTH);
  expect(cuts.map(({ cents }) => centsText(cents))).toEqual(['100¢', '<1¢']);
  expect(dollarSentence(cuts)).toBe(
    'Of one dollar, 100¢ were input and 0¢ output; most went to history, 100¢.',
  );
});

it('has nothing to cut where nothing was spent', () => {
  expect(cutDollar({}, WIDTH)).toEqual([]);
  expect(dollarSentence([])).toBe('Nothing was spent.');
});

it('counts fees and what was not seen as neither input nor output', () => {
  const cuts = cutDollar({ system: 50n, text: 30n, fees: 15n, unknown: 5n }, WIDTH);
  expect(cuts.map(({ name }) => name)).toEqual(['system', 'text', 'fees', 'unknown']);
  expect(dollarSentence(cuts)).toBe(
    'Of one dollar, 50¢ were input, 30¢ output, 15¢ fees and 5¢ unknown; most went to system, 50¢.',
  );
});

it('names what was given back instead of drawing it', () => {
  const given = { system: 50n, text: -30n };
  expect(cutDollar(given, WIDTH).map(({ name }) => name)).toEqual(['system']);
  expect(givenBack(given).map(({ name, amount }) => [name, amount])).toEqual([['text', -30n]]);
  expect(givenBack({ system: 50n, fees: 0n })).toEqual([]);
});

it('rounds a side once, not part by part', () => {
  // 36.6 % input in six equal parts: rounded apart they would come to 36 or 42.
  const parts = ['system', 'tools', 'history', 'retrieval', 'user', 'media'].map((name) => [name, 61n]);
  const cuts = cutDollar({ ...Object.fromEntries(parts), text: 634n }, WIDTH);
  expect(dollarSentence(cuts)).toContain('37¢ were input and 63¢ output');
});
