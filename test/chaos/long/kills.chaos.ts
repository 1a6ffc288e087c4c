/** Five hundred kills of a running system, its supervisor among the victims; and every failpoint inside the whole system. */
import { expect, it } from 'vitest';

import { FAILPOINTS } from '../../../src/ledger/failpoints.ts';
import { expectKeptBudgets, KEPT_BUDGETS } from '../kept-budgets.ts';
import { runKills } from '../kills.ts';

const NOTHING = { lost: [], doubled: [], unrecorded: [], different: [] };
const ROUNDS = 10;
const KILLS_A_ROUND = 50;

it.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))('round %d: fifty kills', async (round) => {
  const seed = round * 7_919;
  const report = await runKills({
    kills: KILLS_A_ROUND,
    seed,
    weights: { gateway: 70, ledger: 14, control: 10, supervisor: 6 },
    clients: 6,
    pauseMs: 400,
    system: {
      settings: { budgets: KEPT_BUDGETS },
      environment: round % 2 === 0 ? { SETPOINT_DURABILITY: 'strict' } : {},
    },
    inspect: expectKeptBudgets,
  });
  process.stdout.write(`kills: ${JSON.stringify(report)}\n`);
  expect(report, `seed ${seed}`).toMatchObject(NOTHING);
  expect(report.landed).toBeGreaterThan(KILLS_A_ROUND / 2);
});

/** What no running call passes through: a posting, and the seal of a journal that is closed in peace. */
const ELSEWHERE = /^post\.|before-seal/;

it.each(FAILPOINTS.filter((name) => !ELSEWHERE.test(name)))(
  'processes that die at %s again and again, twenty times and more',
  async (failpoint) => {
    const hit = failpoint.startsWith('journal.') ? 25 : 2;
    const report = await runKills({
      kills: 4,
      seed: 1,
      weights: { gateway: 1 },
      clients: 4,
      pauseMs: 500,
      system: { environment: { SETPOINT_FAILPOINTS: `${failpoint}=kill@${hit}` } },
    });
    process.stdout.write(`${failpoint}: ${JSON.stringify(report)}\n`);
    expect(report).toMatchObject(NOTHING);
  },
);
