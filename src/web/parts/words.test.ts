/** How dates, distances and conditions are written. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fromAddress } from './conditions.ts';
import { dateText, dayText, monthBefore, monthText } from './instants.ts';
import { ledgerSearch } from './ledger-link.ts';
import { pointsText } from './points.ts';

describe('dates', () => {
  it.each([
    ['2027-01-01', '1 Jan 2027'],
    ['2026-02-01T00:00:00.000Z', '1 Feb 2026'],
    ['2026-02-01T16:30:00Z', '1 Feb 2026, 16:30'],
  ])('%s is %s', (instant, text) => {
    expect(dateText(instant)).toBe(text);
  });
  it('months and days', () => {
    expect(monthText('2026-10')).toBe('October 2026');
    expect(dayText('2026-10-05')).toBe('5 Oct');
  });
  it.each([
    ['2026-11-25T17:00:00Z', '2026-10'],
    ['2026-01-01T00:00:00Z', '2025-12'],
    ['2026-03-31T23:59:59Z', '2026-02'],
  ])('the month before %s is %s', (instant, month) => {
    expect(monthBefore(instant)).toBe(month);
  });
});

describe('the distance of two shares', () => {
  it.each([
    [0.0167, '1.7 points'],
    [-0.0167, '1.7 points'],
    [0.01, '1.0 point'],
    [0.0001, '<0.1 points'],
    [0, '0 points'],
  ])('%d is %s', (distance, text) => {
    expect(pointsText(distance)).toBe(text);
  });
});

describe('the way to the ledger', () => {
  it('leaves out what holds anyway', () => {
    expect(ledgerSearch({ during: 'this-month' })).toBe('');
    expect(ledgerSearch({ during: 'this-month', where: ['team=CX'], zone: 'UTC' })).toBe(
      '?where=team%3DCX&zone=UTC',
    );
    expect(ledgerSearch({ during: '2026-10', by: 'provider,model' })).toBe(
      '?during=2026-10&by=provider%2Cmodel',
    );
  });
  it('carries any condition through, whatever its value holds', () => {
    const condition = fc.tuple(fc.constantFrom('workflow', 'model', 'tag:env'), fc.string());
    fc.assert(
      fc.property(fc.array(condition, { minLength: 1, maxLength: 4 }), (pairs) => {
        const only = pairs.map(([dimension, value]) => `${dimension}=${value.toWellFormed()}`);
        const search = new URLSearchParams(ledgerSearch({ during: 'all', only }));
        expect(fromAddress(search.get('only') ?? '')).toEqual(only);
      }),
    );
  });
});
