/** Ledger = the provider's book over 20,000 calls of every manner, and over streams cut at every byte. */
import { expect, it } from 'vitest';

import { playCalls } from '../equality.ts';
import type { Equality, Manner } from '../equality.ts';

const EQUAL = { lost: [], doubled: [], unrecorded: [], different: [], faults: [] };
const STREAM_BYTES = 2_300;
/** None of these providers hangs, and a busy machine may stand still for long: a call that is given up on has no reported charge to compare. */
const PATIENCE_MS = 20_000;

function expectEqual(equality: Equality): void {
  process.stdout.write(
    `equality: ${JSON.stringify({ ...equality, invoiced: `${equality.invoiced}`, charged: `${equality.charged}` })}\n`,
  );
  expect(equality).toMatchObject(EQUAL);
  expect(equality.booked).toBe(equality.attempts);
  expect(equality.charged).toBe(equality.invoiced);
}

it('over 20,000 calls with aborts, retries, errors, resets and answers without usage', async () => {
  const manners: Manner[] = [
    { stream: false, words: '' },
    { stream: true, words: '' },
    { stream: true, words: 'slow', leaves: true },
    { stream: false, words: 'status-503 once' },
    { stream: true, words: 'status-529 once' },
    { stream: false, words: 'status-500' },
    { stream: false, words: 'reset' },
    { stream: true, words: 'no-usage' },
  ];
  expectEqual(await playCalls(Array.from({ length: 2_500 }, () => manners).flat(), {}, PATIENCE_MS));
});

it('over streams cut at every byte', async () => {
  expectEqual(
    await playCalls(
      Array.from({ length: STREAM_BYTES }, (_, byte) => ({ stream: true, words: `cut-${byte + 1}` })),
    ),
  );
});
