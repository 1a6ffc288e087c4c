import fc from 'fast-check';
import { expect, it } from 'vitest';

import { centsText, cutDollar, DOLLAR_PARTS, dollarSentence } from './dollar.ts';

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
