import { describe, expect, it } from 'vitest';

import { createIdSource } from './ids.ts';

describe('ids', () => {
  it('are UUIDs of version 7 and variant 10', () => {
    const next = createIdSource(() => 1_790_000_000_000);
    expect(next()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('stay unique and in order within a millisecond, and when the clock jumps back', () => {
    let nowMs = 1_790_000_000_000;
    const next = createIdSource(() => nowMs);
    const ids: string[] = [];
    for (let index = 0; index < 20_000; index += 1) {
      if (index === 10_000) nowMs -= 60_000;
      ids.push(next());
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(ids);
  });

  it('carry their time', () => {
    const id = createIdSource(() => 1_790_000_000_123)();
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(1_790_000_000_123);
  });
});
