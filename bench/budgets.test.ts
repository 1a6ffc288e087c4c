/** The short form of `npm run bench -- budgets`: fewer workers and calls, the same promises. */
import { describe, expect, it } from 'vitest';

import { findRedis, startRedis } from '../test/servers.ts';
import { Bank, capFor, runTraffic } from './budget-traffic.ts';
import type { Outcome, Place, Traffic } from './budget-traffic.ts';

const RUSH: Traffic = {
  workers: 3,
  mode: 'reserve',
  callsEach: 60,
  atOnceEach: 60,
  providerMs: [100, 300],
  endsAtRefusal: false,
  waitMs: 1_000,
  killAtOpen: 2,
};

async function measure(place: Place, unit: 'money' | 'tokens', traffic: Traffic): Promise<[Outcome, bigint]> {
  const bank = new Bank(place, unit, capFor(20, unit));
  try {
    await bank.open();
    return [await runTraffic(bank, traffic), bank.cap];
  } finally {
    await bank.close();
  }
}

function expectHeld([outcome, cap]: [Outcome, bigint]): void {
  expect(outcome.overrun).toBe(0n);
  expect(outcome.presumed).toBeGreaterThan(0n); // the killed worker held something at that moment
  expect(outcome.refused).toBe(true);
  expect(outcome.reservedAtRest).toBe(0n);
  expect(outcome.counterAtRest).toBe(outcome.spent);
  expect(outcome.spent * 2n).toBeGreaterThan(cap); // the calls that came through were many
}

describe('many processes and one budget', () => {
  it('is not overrun, though a worker is killed while it holds some of it', async () => {
    expectHeld(await measure({ kind: 'embedded' }, 'money', RUSH));
  });

  it('is overrun by workers that look first and add afterwards', async () => {
    const [outcome] = await measure({ kind: 'embedded' }, 'money', {
      ...RUSH,
      mode: 'check first',
      killAtOpen: 0,
    });
    expect(outcome.overrun).toBeGreaterThan(0n);
  });

  const found = findRedis();
  it.skipIf(found.kind === 'missing')(
    `is not overrun in Redis either, of tokens${found.kind === 'missing' ? ` (${found.reason})` : ''}`,
    async () => {
      const server = await startRedis();
      try {
        expectHeld(await measure({ kind: 'redis', url: server.url }, 'tokens', RUSH));
      } finally {
        await server.stop();
      }
    },
  );
});
