import { describe, expect, it } from 'vitest';

import { backtestDomain, everyNth } from './backtest-shape.ts';

describe('the axis of a back-test', () => {
  it('shows misses, with room, and need not begin at zero', () => {
    const [from, to] = backtestDomain([{ low: 90, high: 110, actual: 130 }]);
    expect(from).toBeCloseTo(85.2);
    expect(to).toBeCloseTo(134.8);
  });
  it('does not fall below zero for what cannot', () => {
    expect(backtestDomain([{ low: 0, high: 10, actual: 1 }])[0]).toBe(0);
  });
  it('has a length where all is one value, and where there is nothing', () => {
    for (const points of [[], [{ low: 5, high: 5, actual: 5 }], [{ low: 0, high: 0, actual: 0 }]]) {
      const [from, to] = backtestDomain(points);
      expect(to).toBeGreaterThan(from);
    }
  });
});

it('leaves out labels that have no room', () => {
  expect(everyNth(8, 60, 46)).toBe(1);
  expect(everyNth(8, 30, 46)).toBe(2);
  expect(everyNth(0, 0, 46)).toBe(1);
});
