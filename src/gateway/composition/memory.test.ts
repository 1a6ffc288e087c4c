import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createCountMemory } from './memory.ts';

describe('the memory of counts', () => {
  it('gives back what was set', () => {
    const memory = createCountMemory(10);
    memory.set('a', 1);
    memory.set('a', 2);
    expect(memory.get('a')).toBe(2);
    expect(memory.get('b')).toBeUndefined();
  });

  it('never holds more than its limit and never answers wrongly', () => {
    const key = fc.integer({ min: 0, max: 60 }).map(String);
    const step = fc.record({ key, tokens: fc.option(fc.nat(), { nil: undefined }) });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.array(step, { maxLength: 200 }), (limit, steps) => {
        const memory = createCountMemory(limit);
        const truth = new Map<string, number>();
        for (const { key: asked, tokens } of steps) {
          if (tokens !== undefined) {
            memory.set(asked, tokens);
            truth.set(asked, tokens);
          }
          const allowed = tokens === undefined ? [undefined, truth.get(asked)] : [tokens];
          expect(allowed).toContain(memory.get(asked));
          expect(memory.size).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it('keeps what is asked for again and again, through any number of others', () => {
    const memory = createCountMemory(20);
    memory.set('system prompt', 7);
    for (let other = 0; other < 1_000; other += 1) {
      memory.set(`one-off ${other}`, other);
      const asked = other % 5 === 0 ? memory.get('system prompt') : 7;
      expect(asked).toBe(7);
    }
    expect(memory.get('one-off 0')).toBeUndefined();
  });

  it('refuses a limit that leaves no room', () => {
    expect(() => createCountMemory(1)).toThrow(RangeError);
    expect(() => createCountMemory(Number.NaN)).toThrow(RangeError);
  });
});
