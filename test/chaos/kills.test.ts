/** Forty kills of a running system: nothing that a client saw end is lost, nothing is there twice, nothing was sent unrecorded. */
import { describe, expect, it } from 'vitest';

import type { BookEntry } from './booked-provider.ts';
import { usageOf } from './booked-provider.ts';
import { expectKeptBudgets, KEPT_BUDGETS } from './kept-budgets.ts';
import { compare, runKills } from './kills.ts';
import type { ClientCall, Line } from './kills.ts';

const NOTHING = { lost: [], doubled: [], unrecorded: [], different: [] };

describe('forty kills', () => {
  // Controls: the comparison below, and the journal that acknowledges before it records (journal-kill.test.ts).
  it('of gateways, ledger and control under load lose and double nothing', async () => {
    const seed = Date.now() % 1_000_000;
    const report = await runKills({
      kills: 40,
      seed,
      weights: { gateway: 88, ledger: 8, control: 4 }, // a supervisor's end: test/e2e/stopping.test.ts, and the long form
      clients: 4,
      pauseMs: 150,
      system: { settings: { budgets: KEPT_BUDGETS } },
      inspect: expectKeptBudgets, // nothing reserved any more, and the counters are the ledger's sums
    });
    process.stdout.write(`kills: ${JSON.stringify(report)}\n`);
    expect(report, `seed ${seed}`).toMatchObject(NOTHING);
    expect(report.landed).toBeGreaterThan(30); // a kill that hits nobody proves nothing
    expect(report.presumed).toBeGreaterThan(0); // and some fell between an intent and its settlement
    expect(report.acknowledged).toBeGreaterThan(100);
  }, 540_000);
});

describe('the comparison', () => {
  const book: BookEntry[] = ['n0', 'n1'].map((name) => ({
    name,
    responseId: `resp-${name}-1`,
    ...usageOf(name),
    isStream: false,
    ending: 'whole',
    isReported: true,
  }));
  const calls: ClientCall[] = book.map(({ name, responseId }) => ({
    name,
    call: `c-${name}`,
    status: 200,
    isAcknowledged: true,
    responseId,
  }));
  const lines: Line[] = book.map(({ name, responseId }, index) => ({
    id: `j:${index}:call`,
    call: `c-${name}`,
    attempt: `a-${name}`,
    leg: 'settle',
    part: 'call',
    request: name,
    status: 'ok',
    basis: 'reported',
    responseId,
    ...usageOf(name),
    cost: '0.1',
  }));
  const [first, second] = lines as [Line, Line];

  it('finds nothing where there is nothing', () => expect(compare(calls, book, lines)).toEqual(NOTHING));

  it.each<[string, Line[], Partial<Record<keyof typeof NOTHING, string[]>>]>([
    ['a call without a line', [first], { lost: ['n1'], unrecorded: ['n1'] }],
    ['one that is only presumed', [first, { ...second, leg: 'presume' }], { lost: ['n1'] }],
    ['a line that is there twice', [first, second, second], { doubled: ['a-n1'] }],
    ['an attempt with two ends', [first, second, { ...second, leg: 'presume' }], { doubled: ['a-n1'] }],
    [
      'a usage that is not the provider’s',
      [first, { ...second, outputTokens: 1 }],
      { different: ['j:1:call'] },
    ],
  ])('finds %s', (_what, there, found) => {
    expect(compare(calls, book, there)).toEqual({ ...NOTHING, ...found });
  });
});
