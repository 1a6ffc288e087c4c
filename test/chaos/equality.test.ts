/** Ledger = the provider's own book, whatever becomes of a call: count, usage and cost. */
import { expect, it } from 'vitest';

import { playCalls } from './equality.ts';
import type { Equality, Manner } from './equality.ts';

const EQUAL = { lost: [], doubled: [], unrecorded: [], different: [], faults: [] };

const MANNERS: readonly Manner[] = [
  { stream: false, words: '' },
  { stream: true, words: '' },
  { stream: true, words: 'slow', leaves: true },
  { stream: false, words: 'status-503 once' },
  { stream: true, words: 'status-429 once' },
  { stream: false, words: 'status-500' },
  { stream: false, words: 'reset' },
  { stream: true, words: 'no-usage' },
  { stream: true, words: 'slow' },
  { stream: false, words: 'cut-80' },
];

function repeat(manners: readonly Manner[], times: number): Manner[] {
  return Array.from({ length: times }, () => manners).flat();
}

function expectEqual(equality: Equality): void {
  expect(equality).toMatchObject(EQUAL);
  expect(equality.booked).toBe(equality.attempts);
  expect(equality.charged).toBe(equality.invoiced);
}

it('with aborts, retries, errors, resets and answers without usage', async () => {
  const equality = await playCalls(repeat(MANNERS, 30));
  expectEqual(equality);
  expect(equality.attempts).toBeGreaterThan(equality.calls); // some were tried again
  expect(equality.counted).toBeGreaterThan(0);
  expect(equality.presumed).toBeGreaterThan(0);
});

it('with streams cut at every thirteenth byte', async () => {
  const manners = Array.from({ length: 165 }, (_, index) => ({
    stream: true,
    words: `cut-${1 + 13 * index}`,
  }));
  expectEqual(await playCalls(manners));
});

it('with upstreams that hang, settled when their time is up', async () => {
  const equality = await playCalls([...repeat([{ stream: true, words: 'hang' }], 16), ...MANNERS]);
  expectEqual(equality);
  expect(equality.presumed).toBeGreaterThanOrEqual(16);
});

it('control: where an upstream is cancelled when its client leaves, its usage is not known', async () => {
  const leavers = repeat([{ stream: true, words: 'slow', leaves: true }], 10);
  const cancelled = await playCalls(leavers, { onClientGone: 'cancel' });
  expect(cancelled.counted).toBe(10);
  const drained = await playCalls(leavers);
  expectEqual(drained);
  expect(drained.counted).toBe(0);
});
