import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Reconciliation } from '../../../api/contract/invoices.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';
import { causeText, sumMoney, totalsOf } from './sums.ts';

function provider(name: string, ledger: bigint, causes: Readonly<Record<string, bigint>>, stated = true) {
  const invoice = Object.values(causes).reduce((sum, amount) => sum + amount, ledger);
  return {
    provider: name,
    grain: { parts: [], coarsened: [] },
    costStated: stated,
    ledger: formatDollars(ledger),
    causes: Object.entries(causes).map(([cause, amount]) => ({ cause, amount: formatDollars(amount) })),
    invoice: stated ? formatDollars(invoice) : null,
    coverage: [],
    objectives: [],
    unknownTexts: [],
    beside: [],
    keys: [],
  };
}

function reconciliation(providers: Reconciliation['providers']): Reconciliation {
  return {
    id: 'rec',
    month: '2026-10',
    provider: '',
    actor: 'local',
    at: '2026-11-01T00:00:00.000Z',
    appliedAt: null,
    bookAt: null,
    lines: null,
    currency: 'USD',
    corrections: { count: 0, sum: '0' },
    providers,
  };
}

describe('sums over providers', () => {
  it('steps from ledger to invoice add up exactly, unexplained last', () => {
    const amount = fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(amount, amount, amount, amount), { minLength: 1, maxLength: 4 }),
        (all) => {
          const totals = totalsOf(
            reconciliation(
              all.map(([ledger, off, drift, left], at) =>
                provider(`p${at}`, ledger, { 'off-gateway': off, unexplained: left, 'price-drift': drift }),
              ),
            ),
          );
          const steps = totals.causes.reduce((sum, one) => sum + parseDollars(one.amount), 0n);
          expect(parseDollars(totals.ledger) + steps).toBe(parseDollars(totals.invoice));
          expect(totals.causes.slice(0, -1).map(({ cause }) => cause)).not.toContain('unexplained');
        },
      ),
    );
  });
  it('leave out a provider whose statement says no cost', () => {
    const totals = totalsOf(
      reconciliation([provider('a', 10n, {}), provider('b', 99n, { rounding: 1n }, false)]),
    );
    expect(totals).toMatchObject({ ledger: formatDollars(10n), invoice: formatDollars(10n), causes: [] });
  });
  it('have words', () => {
    expect(sumMoney(['0.1', '0.2'])).toBe('0.3');
    expect(['off-gateway', 'rounding', 'day-shift'].map(causeText)).toEqual([
      'Off the gateway',
      'Rounding',
      'Day shift',
    ]);
  });
});
