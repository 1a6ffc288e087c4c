import { describe, expect, it } from 'vitest';

import type { AnnotationAnswer } from '../../../api/contract/annotations.ts';
import { bucketsOf } from './buckets.ts';
import { happenedLink, notesOf } from './happened.ts';

const ZURICH = 'Europe/Zurich';
const NOW = Date.parse('2026-10-20T12:00:00Z');
const OCTOBER = { from: '2026-09-30T22:00:00Z', to: '2026-10-31T23:00:00Z' };

function mark(at: string, short = 'x'): AnnotationAnswer {
  return { at, kind: 'price', short, text: 'a line', link: '/prices', scope: {} };
}

describe('marks on a time axis', () => {
  it('stand in the day of the zone', () => {
    const buckets = bucketsOf('day', OCTOBER, ZURICH, NOW);
    const at = (instant: string) =>
      notesOf([mark(instant)], buckets, { grain: 'day', timeZone: ZURICH }, NOW).map((one) => one.at);
    expect(at('2026-10-02T21:59:00Z')).toEqual([1]);
    expect(at('2026-10-02T22:00:00Z')).toEqual([2]);
    expect(at('2026-10-25T00:00:00Z')).toEqual([]); // announced: no bucket has begun
    expect(at('2026-09-01T00:00:00Z')).toEqual([]);
  });

  it('stand in their week, month and hour', () => {
    const at = (grain: 'week' | 'month' | 'hour') => {
      const buckets = bucketsOf(grain, OCTOBER, ZURICH, NOW);
      const [note] = notesOf([mark('2026-10-07T10:30:00Z')], buckets, { grain, timeZone: ZURICH }, NOW);
      return buckets[note?.at ?? -1]?.startsAt;
    };
    expect(at('week')).toBe('2026-10-05');
    expect(at('month')).toBe('2026-10-01');
    expect(at('hour')).toBe('2026-10-07T12:00');
  });

  it('leads to its page, with the period that the link names', () => {
    expect(happenedLink('/anomalies?during=a..b').href).toBe('/anomalies?during=a..b');
  });
});
