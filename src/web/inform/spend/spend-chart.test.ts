import { expect, it } from 'vitest';

import { bucketsOf } from './buckets.ts';
import { ghostOf } from './spend-chart.tsx';

const NOVEMBER = { from: '2026-11-01T00:00:00Z', to: '2026-11-08T00:00:00Z' };
const LATE = Date.parse('2027-01-01T00:00:00Z');
const row = (day: string, cost: string) => ({ group: [day], figures: { cost } });

it('draws a day behind the nearest day of the same weekday', () => {
  const days = bucketsOf('day', NOVEMBER, 'UTC', LATE); // a Sunday is its first
  const october = Array.from({ length: 14 }, (_, at) => {
    const day = new Date(Date.UTC(2026, 8, 27 + at)).toISOString().slice(0, 10);
    return row(day, String(Number(day.slice(8))));
  });
  const ghost = ghostOf(days, october, 'day', '2026-10-01'); // a Thursday: three days on is Sunday
  expect(ghost.map((cost) => Number(cost) / 1e12)).toEqual([4, 5, 6, 7, 8, 9, 10]);
});

it('has nothing behind a day without a counterpart', () => {
  const days = bucketsOf('day', NOVEMBER, 'UTC', LATE);
  expect(
    ghostOf(days, [row('2026-10-04', '1')], 'day', '2026-10-01').filter((one) => one !== undefined),
  ).toHaveLength(1);
});

it('draws other steps by their place', () => {
  const hours = bucketsOf('hour', { from: '2026-11-02T00:00:00Z', to: '2026-11-02T03:00:00Z' }, 'UTC', LATE);
  const before = [row('2026-11-01T01:00+00:00', '2'), row('2026-11-01T00:00+00:00', '1')];
  expect(ghostOf(hours, before, 'hour', '2026-11-01')).toEqual([10n ** 12n, 2n * 10n ** 12n, undefined]);
});
