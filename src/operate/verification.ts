/** Whether everything that was recorded is there, once, and is what it was: ledger and decisions in one verdict. */
import type { Check, LedgerCare, MonthTotal } from '../ledger/ledger.ts';
import type { Anchor, Registry } from '../registry/registry.ts';

export interface Verification {
  readonly at: string;
  /** Nothing is off. Warnings and what could not be looked at leave it true. */
  readonly ok: boolean;
  readonly lines: number;
  readonly months: readonly MonthTotal[];
  readonly audit: { readonly seq: number; readonly hash: string } | null;
  readonly checks: readonly Check[];
}

/** @param parts.anchor a head of the audit chain that was noted elsewhere, which shows that its end was not cut off. */
export async function verifySystem(parts: {
  readonly care: Pick<LedgerCare, 'verify'>;
  readonly registry: Pick<Registry, 'verifyAudit'>;
  readonly anchor?: Anchor;
  readonly nowMs: () => number;
}): Promise<Verification> {
  const ledger = await parts.care.verify();
  const verdict = await parts.registry.verifyAudit(parts.anchor);
  const audit: Check =
    verdict.kind === 'intact'
      ? {
          name: 'audit',
          state: 'ok',
          detail: `${verdict.entries} decisions are as they were taken, and every table says the same`,
        }
      : {
          name: 'audit',
          state: 'off',
          detail: `The record of decisions does not hold at ${verdict.seq}: ${verdict.reason}. Someone changed the registry beside Setpoint: compare with a backup before relying on keys, prices or closed months.`,
        };
  const checks = [...ledger.checks, audit];
  return {
    at: new Date(parts.nowMs()).toISOString(),
    ok: checks.every(({ state }) => state !== 'off'),
    lines: ledger.lines,
    months: ledger.months,
    audit: verdict.kind === 'intact' ? verdict.head : null,
    checks,
  };
}
