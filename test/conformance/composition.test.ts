/** What spend was made of, over the demo company in a real ledger: parts and groups meet the ledger's own total. */
import { afterAll, beforeAll, expect, it } from 'vitest';

import { composeSpend } from '../../src/inform/composition/composition.ts';
import { parseDollars } from '../../src/units/money.ts';
import { NOW_MS, openCompany } from './demo-company.ts';
import type { Company } from './demo-company.ts';

let company: Company;
beforeAll(async () => {
  company = await openCompany();
}, 300_000);
afterAll(() => company.close());

it.each([{ by: ['workflow'] }, { by: ['workflow', 'week'] }, { by: ['model'] }, { by: [] }] as const)(
  'sums to the ledger’s own total by $by',
  async ({ by }) => {
    const during = { fromMs: NOW_MS - 30 * 86_400_000, toMs: NOW_MS };
    const { groups, total, answer } = await composeSpend(company.ledger, {
      during,
      by,
      where: [],
      timeZone: 'Europe/Zurich',
    });
    for (const { cost, parts } of [...groups, total])
      expect(Object.values(parts).reduce((sum, part) => sum + part, 0n)).toBe(cost);
    expect(total.cost).toBe(parseDollars(answer.total.cost ?? ''));
    expect(total.cost).toBeGreaterThan(0n);
    expect(total.unpricedCalls).toBe(answer.unpricedCalls);
    expect(total.parts.system).toBeGreaterThan(0n);
    expect(total.parts.text).toBeGreaterThan(0n);
  },
);
