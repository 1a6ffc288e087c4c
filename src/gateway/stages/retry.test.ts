import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Breakers, isPassing, RetryBudget, retryAfterMs, retryDelayMs } from './retry.ts';

describe('the delay', () => {
  it('has full jitter, doubles, is bounded, and comes behind what was asked for', () => {
    expect(retryDelayMs(1, 0, 0)).toBe(0);
    expect(retryDelayMs(1, 0, 0.999)).toBe(249);
    expect(retryDelayMs(3, 0, 0.999)).toBe(999);
    expect(retryDelayMs(40, 0, 0.999)).toBeLessThan(8_000);
    expect(retryDelayMs(1, 2_000, 0.5)).toBe(2_125);
  });

  it.each([
    [{}, 0],
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after-ms': '350', 'retry-after': '2' }, 350],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:09 GMT' }, 4_000],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:01 GMT' }, 0],
    [{ 'retry-after': 'soon' }, 0],
    [{ 'retry-after': '-3' }, 0],
  ])('asked for by %j is %d ms', (headers, ms) => {
    expect(retryAfterMs(headers, 5_000)).toBe(ms);
  });
});

it('only answers that say "not now" pass', () => {
  expect([429, 500, 502, 503, 529].every(isPassing)).toBe(true);
  expect([200, 400, 401, 402, 403, 404, 408, 413, 422, 501, 504].some(isPassing)).toBe(false);
});

describe('the budget', () => {
  it('is three, or a fifth of first attempts under way', () => {
    for (const [underWay, places] of [
      [1, 3],
      [18, 3],
      [120, 20],
      [1_200, 200],
    ] as const) {
      const budget = new RetryBudget(() => underWay);
      let taken = 0;
      while (budget.take()) taken += 1;
      expect(taken).toBe(places);
      expect(taken).toBeLessThanOrEqual(Math.max(3, 0.2 * underWay));
    }
  });

  it('takes a place again once one is given back', () => {
    const budget = new RetryBudget(() => 1);
    for (let place = 0; place < 3; place += 1) budget.take();
    expect(budget.take()).toBe(false);
    budget.giveBack();
    expect(budget.take()).toBe(true);
  });
});

describe('a breaker', () => {
  const RULE = { failures: 3, pauseMs: 1_000 };

  function opened(): Breakers {
    const breakers = new Breakers();
    for (let failure = 0; failure < 3; failure += 1) breakers.failed('a', RULE, 0);
    return breakers;
  }

  it('opens after so many failures in a row, for its own id only', () => {
    const breakers = new Breakers();
    breakers.failed('a', RULE, 0);
    breakers.failed('a', RULE, 0);
    expect(breakers.allows('a', 0)).toBe(true);
    breakers.failed('a', RULE, 0);
    expect([breakers.allows('a', 999), breakers.allows('b', 0), breakers.open]).toEqual([false, true, 1]);
    expect(breakers.pauseMs('a', 400)).toBe(600);
  });

  it('a success between them begins the count anew', () => {
    const breakers = new Breakers();
    breakers.failed('a', RULE, 0);
    breakers.failed('a', RULE, 0);
    breakers.succeeded('a');
    breakers.failed('a', RULE, 0);
    expect(breakers.allows('a', 0)).toBe(true);
  });

  it('half-opens for one probe, whose success closes it', () => {
    const breakers = opened();
    expect([breakers.allows('a', 1_000), breakers.allows('a', 1_000)]).toEqual([true, false]);
    breakers.succeeded('a');
    expect([breakers.allows('a', 1_001), breakers.quiet]).toEqual([true, true]);
  });

  it('doubles its pause with each failed probe, up to a minute', () => {
    const breakers = opened();
    const pauses: number[] = [];
    let nowMs = 0;
    for (let probe = 0; probe < 8; probe += 1) {
      nowMs += breakers.pauseMs('a', nowMs);
      expect(breakers.allows('a', nowMs)).toBe(true);
      breakers.failed('a', RULE, nowMs);
      pauses.push(breakers.pauseMs('a', nowMs));
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('a probe that says nothing leaves its place to the next', () => {
    const breakers = opened();
    breakers.allows('a', 1_000);
    breakers.unknown('a');
    expect(breakers.allows('a', 1_000)).toBe(true);
  });

  it('a probe that never tells loses its place in the end', () => {
    const breakers = opened();
    expect(breakers.allows('a', 1_000)).toBe(true);
    expect([breakers.allows('a', 100_000), breakers.allows('a', 121_001)]).toEqual([false, true]);
  });

  it('failures that come in late while it is open do not make its pause longer', () => {
    const breakers = opened();
    for (let late = 0; late < 50; late += 1) breakers.failed('a', RULE, 500);
    expect(breakers.pauseMs('a', 500)).toBe(500);
  });

  it('with no failures allowed for, it never opens', () => {
    const breakers = new Breakers();
    for (let failure = 0; failure < 100; failure += 1) breakers.failed('a', { ...RULE, failures: 0 }, 0);
    expect([breakers.allows('a', 0), breakers.quiet]).toEqual([true, true]);
  });

  it('never lets two probes go at once, for any order of events', () => {
    const event = fc.constantFrom('ask', 'failed', 'unknown', 'succeeded', 'wait');
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const breakers = opened();
        let nowMs = 0;
        let probes = 0;
        for (const next of events) {
          if (next === 'wait') nowMs += 1_500;
          else if (next === 'ask') {
            if (breakers.open > 0 && breakers.allows('a', nowMs)) probes += 1;
          } else if (probes > 0) {
            probes -= 1;
            if (next === 'failed') breakers.failed('a', RULE, nowMs);
            else breakers[next]('a');
          }
          expect(probes).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
