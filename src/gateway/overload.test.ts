import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DEFAULT_OVERLOAD } from '../rulebook/rulebook.ts';
import { Ladder } from './overload.ts';
import type { Pressure } from './overload.ts';

const IDLE: Pressure = { busy: 0.3, loopDelayMs: 5, memory: 0.2, syncLagMs: 4, spool: 0.01 };

function ladderAfter(...samples: ReadonlyArray<Partial<Pressure>>): Ladder {
  const ladder = new Ladder();
  for (const sample of samples) ladder.observe({ ...IDLE, ...sample }, DEFAULT_OVERLOAD);
  return ladder;
}

/** How many of so many new calls are refused. */
function refusedOf(ladder: Ladder, calls: number): number {
  return Array.from({ length: calls }, () => ladder.refuses()).filter(Boolean).length;
}

describe('the ladder', () => {
  it('gives up nothing while there is room', () => {
    const ladder = ladderAfter({}, {}, {});
    expect([ladder.step, refusedOf(ladder, 100)]).toEqual(['normal', 0]);
  });

  it.each([{ busy: 0.93 }, { memory: 0.86 }])('closes connections at %j and refuses nothing', (sample) => {
    const ladder = ladderAfter(sample);
    expect([ladder.step, refusedOf(ladder, 100)]).toEqual(['closing', 0]);
  });

  it.each([
    [{ memory: 0.93 }, 'memory'],
    [{ syncLagMs: 600 }, 'disk'],
    [{ spool: 0.81 }, 'ledger'],
  ])('refuses every new call at %j, at once, and says why', (sample, reason) => {
    const ladder = ladderAfter(sample);
    expect([ladder.step, refusedOf(ladder, 100)]).toEqual(['shedding', 100]);
    expect(ladder.refusal()).toMatchObject({ status: 503, code: 'setpoint_overloaded' });
    expect(ladder.refusal().message).toContain(reason);
  });

  it('leaves a hard limit only when it is well below it', () => {
    expect(ladderAfter({ memory: 0.93 }, { memory: 0.9 }).step).toBe('shedding');
    expect(ladderAfter({ memory: 0.93 }, { memory: 0.8 }).step).toBe('normal');
  });

  it('is not moved by a busy moment, and refuses a growing share after a second', () => {
    const busy = Array.from({ length: 4 }, () => ({ busy: 1 }));
    expect(refusedOf(ladderAfter(...busy.slice(1)), 100)).toBe(0);
    expect(ladderAfter(...busy).share).toBeCloseTo(0.03);
    expect(refusedOf(ladderAfter(...busy), 100)).toBe(3);
    expect(refusedOf(ladderAfter(...Array.from({ length: 60 }, () => ({ busy: 1 }))), 100)).toBe(95); // some always get through
  });

  it('comes down step by step when the loop has time again', () => {
    const ladder = ladderAfter(...Array.from({ length: 4 }, () => ({ loopDelayMs: 400 })), {});
    expect(ladder.share).toBeCloseTo(0.02);
    for (let sample = 0; sample < 8; sample += 1) ladder.observe(IDLE, DEFAULT_OVERLOAD);
    expect([ladder.step, refusedOf(ladder, 100)]).toEqual(['normal', 0]);
  });

  it('holds the load of a worker at its limit, whatever is offered (three times as much: two of three are refused)', () => {
    const ladder = new Ladder();
    const offered = 300;
    const capacity = 100;
    let served = 0;
    for (let sample = 0; sample < 240; sample += 1) {
      const taken = offered - refusedOf(ladder, offered);
      if (sample >= 40) served += Math.min(taken, capacity);
      ladder.observe({ ...IDLE, busy: Math.min(1, taken / capacity) }, DEFAULT_OVERLOAD);
    }
    expect(served / (200 * capacity)).toBeGreaterThan(0.9);
  });

  it('control: switched off it refuses nothing', () => {
    const ladder = new Ladder();
    for (let sample = 0; sample < 10; sample += 1)
      ladder.observe({ ...IDLE, busy: 1, memory: 1 }, { ...DEFAULT_OVERLOAD, enabled: false });
    expect([ladder.step, refusedOf(ladder, 100)]).toEqual(['normal', 0]);
  });

  it('refuses the share that it says, for any samples', () => {
    const sample = fc.record({
      busy: fc.double({ min: 0, max: 1, noNaN: true }),
      loopDelayMs: fc.double({ min: 0, max: 1_000, noNaN: true }),
      memory: fc.double({ min: 0, max: 1, noNaN: true }),
      syncLagMs: fc.double({ min: 0, max: 1_000, noNaN: true }),
      spool: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 40 }), (samples) => {
        const ladder = ladderAfter(...samples);
        expect(ladder.step === 'shedding').toBe(ladder.share > 0);
        expect(Math.abs(refusedOf(ladder, 400) - 400 * ladder.share)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
