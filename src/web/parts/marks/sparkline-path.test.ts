import fc from 'fast-check';
import { expect, it } from 'vitest';

import { sparkPoints } from './sparkline-path.ts';

const BOX = { width: 72, height: 20, edge: 2 };
const amounts = fc.array(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 17n }), { maxLength: 60 });

it('stays inside its box and goes to the right', () => {
  fc.assert(
    fc.property(amounts, (given) => {
      const points = sparkPoints(given, BOX);
      expect(points).toHaveLength(given.length);
      for (const [at, { x, y }] of points.entries()) {
        expect(x >= BOX.edge && x <= BOX.width - BOX.edge + 1e-9).toBe(true);
        expect(y >= BOX.edge - 1e-9 && y <= BOX.height - BOX.edge + 1e-9).toBe(true);
        if (at > 0) expect(x).toBeGreaterThan(points[at - 1]?.x ?? 0);
      }
    }),
  );
});

it('is higher for more', () => {
  const [low, high] = sparkPoints([1n, 3n], BOX);
  expect(low?.y).toBeGreaterThan(high?.y ?? 0);
});

it('lies on its base line where nothing was spent', () => {
  expect(sparkPoints([0n, 0n], BOX).every(({ y }) => y === BOX.height - BOX.edge)).toBe(true);
});
