import { describe, expect, it } from 'vitest';

import { isUnseen } from './events.ts';

const SEASON = 10;

/** Five seasons; hours 2 to 4 of each cost what is given, all others nothing. */
function seasons(...costs: readonly number[]): number[] {
  return costs.flatMap((cost) =>
    Array.from({ length: SEASON }, (_, at) => (at === 2 || at === 3 ? cost : 0)),
  );
}

function unseen(direction: 'above' | 'below', ...costs: readonly number[]): boolean {
  const from = (costs.length - 1) * SEASON + 2;
  const actual = 2 * (costs.at(-1) ?? 0);
  return isUnseen({ from, to: from + 2, direction, actual }, seasons(...costs), SEASON);
}

describe('a run of strange hours', () => {
  it.each([
    ['above', [1, 1, 1, 1, 5], true],
    ['above', [1, 1, 9, 1, 5], true], // one earlier incident does not hide the next
    ['above', [1, 9, 9, 1, 5], false],
    ['above', [9, 8, 7, 6, 5], false], // a level that fell for weeks
    ['below', [5, 5, 5, 5, 1], true],
    ['below', [5, 0, 5, 5, 1], true],
    ['below', [0, 1, 5, 5, 1], false],
  ] as const)('%s, after %j, is unseen: %s', (direction, costs, expected) => {
    expect(unseen(direction, ...costs)).toBe(expected);
  });

  it('is unseen where there is no earlier season to compare with', () => {
    expect(unseen('above', 5)).toBe(true);
    expect(unseen('above', 9, 5)).toBe(true);
  });
});
