import { describe, expect, it } from 'vitest';

import { isClosed } from './annotations.ts';

const ZURICH = 'Europe/Zurich';
const OCTOBER = { from: '2026-09-30T22:00:00Z', to: '2026-10-31T23:00:00Z' };

describe('isClosed', () => {
  it('takes the months of the zone, not those that the span touches in UTC', () => {
    expect(isClosed(OCTOBER, ZURICH, ['2026-10'])).toBe(true);
    expect(isClosed(OCTOBER, 'UTC', ['2026-10'])).toBe(false);
  });

  it('is only where every month is closed', () => {
    const both = { ...OCTOBER, to: '2026-11-30T23:00:00Z' };
    expect(isClosed(both, ZURICH, ['2026-10'])).toBe(false);
    expect(isClosed(both, ZURICH, ['2026-10', '2026-11'])).toBe(true);
    expect(isClosed({ from: OCTOBER.to, to: OCTOBER.to }, ZURICH, ['2026-10'])).toBe(false);
  });
});
