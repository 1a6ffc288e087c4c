/**
 * Split allocation in FOCUS: which part of a shared cost a charge is. The cells stand on charges that were given a part;
 * the ratios of one method and month sum to 1.
 */
import type { Cell } from '../../tables/tables.ts';

/** The part of a shared cost that one target was given. */
export interface AllocatedShare {
  /** The decision behind the ledger's lines: which split, which version, which month. */
  readonly correction: string;
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  readonly methodId: string;
  /** Decimal, 0 to 1. */
  readonly ratio: string;
  /** What it was divided by, where that is something used. */
  readonly usage?: { readonly unit: string; readonly quantity: string };
}

export type AllocationOf = (group: {
  readonly cause: string;
  readonly correction: string;
  readonly tags: Readonly<Record<string, string>>;
}) => AllocatedShare | undefined;

const SHARED_COST = 'shared-cost';

export function allocationsBy(shares: readonly AllocatedShare[]): AllocationOf {
  const known = new Map(
    shares.map((share) => [keyOf(share.correction, share.workflow, share.team, share.customer), share]),
  );
  return ({ cause, correction, tags: { workflow = '', team = '', customer = '' } }) =>
    cause === SHARED_COST ? known.get(keyOf(correction, workflow, team, customer)) : undefined;
}

function keyOf(...texts: readonly string[]): string {
  return JSON.stringify(texts);
}

/** Numbers are written digit by digit: a ratio is a decimal, and no float. */
export function allocationCells(share: AllocatedShare | undefined): Readonly<Record<string, Cell>> {
  if (share === undefined)
    return {
      AllocatedMethodDetails: null,
      AllocatedMethodId: null,
      AllocatedResourceId: null,
      AllocatedResourceName: null,
      AllocatedTags: null,
    };
  const { methodId, ratio, usage, workflow, team, customer } = share;
  const used =
    usage === undefined ? '' : `,"UsageUnit":${JSON.stringify(usage.unit)},"UsageQuantity":${usage.quantity}`;
  const tags = Object.entries({ workflow, team, customer }).filter(([, value]) => value !== '');
  return {
    AllocatedMethodDetails: `{"Elements":[{"AllocatedRatio":${ratio}${used}}]}`,
    AllocatedMethodId: methodId,
    AllocatedResourceId: workflow || 'unattributed',
    AllocatedResourceName: workflow || 'unattributed',
    AllocatedTags: JSON.stringify(Object.fromEntries(tags)),
  };
}
