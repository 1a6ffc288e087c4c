import { describe, expect, it } from 'vitest';

import type { LedgerAnswer } from '../../api/contract.ts';
import { ledgerCsv } from './ledger-csv.ts';

const figures = {
  calls: 2,
  averageInputTokens: 10.5,
  costPerCall: '0.000000000001',
  share: 1,
  cost: '0.000000000002',
};
const ANSWER: LedgerAnswer = {
  rows: [{ group: ['=SUM(A1), "x"', 'CX'], figures: { ...figures, unpricedCalls: 0 } }],
  other: null,
  total: { ...figures, costPerCall: null, unpricedCalls: 0 },
  of: [],
  by: ['workflow', 'team'],
  during: { text: '2026-10', from: '2026-10-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' },
  simulated: 'exclude',
  currency: 'USD',
  timeZone: 'Europe/Zurich',
  priceBookVersion: 'b2',
  priceVersions: ['b2', 'b1'],
  asOf: '2026-11-02T09:40:00.000Z',
  asOfMs: 0,
  completeUntil: '2026-11-02T09:40:00.000Z',
  completeUntilMs: 0,
  unpriced: 0,
  unpricedCalls: 0,
  unattributed: 0,
  unattributedCalls: 0,
  unattributedCost: '0',
  simulatedCalls: 0,
};

describe('the table as CSV', () => {
  const lines = ledgerCsv(ANSWER, ['team!=CX'], ['workflow=']).split('\r\n');
  it('says what it is of', () => {
    expect(lines).toContain('time zone,Europe/Zurich');
    expect(lines).toContain('price books,b2,b1');
    expect(lines).toContain('filters,team!=CX');
    expect(lines).toContain('lines shown,workflow=');
  });
  it('has every digit, absent is empty, and runs as no formula', () => {
    expect(lines).toContain(`group,"'=SUM(A1), ""x""",CX,2,10.5,0.000000000001,1,0.000000000002,0`);
    expect(lines).toContain('total,,,2,10.5,,1,0.000000000002,0');
  });

  it('has what each row is compared with beside it; empty where there was nothing', () => {
    const during = { text: 'previous', from: '2026-09-01T00:00:00.000Z', to: '2026-10-01T00:00:00.000Z' };
    const compared = {
      during,
      rows: [null],
      other: null,
      total: { calls: 3, cost: '7.5' },
      unpricedCalls: 0,
    };
    const beside = ledgerCsv({ ...ANSWER, compared }, []).split('\r\n');
    expect(beside).toContain('compared with,2026-09-01T00:00:00.000Z,2026-10-01T00:00:00.000Z');
    expect(beside).toContain(`group,"'=SUM(A1), ""x""",CX,2,10.5,0.000000000001,1,0.000000000002,0,,`);
    expect(beside).toContain('total,,,2,10.5,,1,0.000000000002,0,3,7.5');
  });
});
