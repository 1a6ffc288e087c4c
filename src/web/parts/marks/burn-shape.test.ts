import fc from 'fast-check';
import { expect, it } from 'vitest';

import { burnParts, burnPlace, burnReach } from './burn-shape.ts';

const size = fc.integer({ min: 0, max: 1_000_000 });
const amounts = fc.record({
  cap: fc.integer({ min: 1, max: 1_000_000 }),
  spent: size,
  presumed: size,
  reserved: size,
  projected: fc.option(size, { nil: undefined }),
});

it('lays its parts end to end from nothing to all that is taken or projected', () => {
  fc.assert(
    fc.property(amounts, (given) => {
      const parts = burnParts(given);
      for (const [at, part] of parts.entries()) expect(part.from).toBe(at === 0 ? 0 : parts[at - 1]?.to);
      const taken = given.spent + given.presumed + given.reserved;
      expect(parts.at(-1)?.to ?? 0).toBe(Math.max(taken, given.projected ?? 0));
    }),
  );
});

it('is long enough for the cap and every part', () => {
  fc.assert(
    fc.property(amounts, (given) => {
      const reach = burnReach(given);
      expect(reach).toBeGreaterThanOrEqual(given.cap);
      for (const { to } of burnParts(given)) expect(reach).toBeGreaterThanOrEqual(to);
    }),
  );
});

it('shows what passed the cap as a part of its own', () => {
  const kinds = burnParts({ cap: 100, spent: 130, presumed: 0, reserved: 5 }).map(({ kind }) => kind);
  expect(kinds).toEqual(['spent', 'over', 'reserved']);
});

it('keeps the cap in sight however far it is passed, and never draws beyond the end', () => {
  expect(burnPlace(100, 500, 100)).toBe(50);
  expect(burnPlace(500, 500, 100)).toBe(100);
  expect(burnPlace(80, 100, 100)).toBe(80);
});
