/**
 * Corrections: lines that make the ledger equal to the invoice. Each belongs to one key and one cause; what calls can carry
 * is attributed where those calls are, what no call accounts for stays unattributed with source `invoice`.
 */
import { createHash } from 'node:crypto';

import type { Posting, PostingBatch } from '../../ledger/posting.ts';
import { parseDollars, splitByWeights } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import type { Cause } from './causes.ts';
import { absolute } from './explain.ts';
import type { LedgerFact } from './facts.ts';
import { keyId, ledgerKey } from './match.ts';
import type { Key } from './match.ts';
import { bucketOfClass, providerName } from './names.ts';
import type { ProviderReport } from './reconcile.ts';

/** Who the lines of a key are attributed to. */
export interface Share extends Pick<
  LedgerFact,
  'provider' | 'atMs' | 'account' | 'model' | 'bucket' | 'tier' | 'region' | 'cost' | 'units'
> {
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  /** Counted or presumed, not reported. */
  readonly doubtful: boolean;
}

export interface Correction {
  readonly provider: string;
  /** Empty: of the whole month. */
  readonly day: string;
  readonly account: string;
  readonly model: string;
  /** A bucket of the ledger; empty: money alone. */
  readonly bucket: string;
  readonly tier: string;
  readonly region: string;
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  readonly cause: Cause;
  readonly units: bigint;
  readonly amount: Picodollars;
}

/** What no call of the ledger is behind. */
const OF_NO_CALL: ReadonlySet<Cause> = new Set(['off-gateway', 'credits', 'tax', 'minimum', 'adjustment']);

/** Sums to invoice minus ledger of the report, to the picodollar. */
export function proposeCorrections(report: ProviderReport, shares: readonly Share[]): Correction[] {
  const own = shares.filter(({ provider }) => providerName(provider) === report.provider);
  const byKey = Map.groupBy(own, (share) => keyId(report.provider, ledgerKey(share, report.grain)));
  const keyed = report.keys.flatMap(({ cell, claims }) =>
    claims.flatMap((claim) => spread(claim, cell.key, report.provider, byKey.get(cell.id) ?? [])),
  );
  const beside = report.beside.map(({ line, claim }) =>
    correctionOf(
      claim,
      {
        day: line === undefined || line.monthly ? '' : line.day,
        account: line?.account ?? '',
        model: '',
        bucket: '',
        tier: '',
        region: line?.region ?? '',
      },
      report.provider,
    ),
  );
  return [...keyed, ...beside].filter(({ amount, units }) => amount !== 0n || units !== 0n);
}

interface Amount {
  readonly cause: Cause;
  readonly amount: Picodollars;
  readonly units: bigint;
}

function spread(claim: Amount, key: Key, provider: string, shares: readonly Share[]): Correction[] {
  const carrying = claim.cause === 'unbilled-aborts' ? shares.filter(({ doubtful }) => doubtful) : shares;
  if (OF_NO_CALL.has(claim.cause) || carrying.length === 0) return [correctionOf(claim, key, provider)];
  const weights = carrying.map(({ cost, units }) => absolute(cost) + absolute(units));
  const amounts = splitByWeights(claim.amount, weights);
  const units = splitByWeights(
    claim.units,
    carrying.map((share) => absolute(share.units)),
  );
  return carrying.map((share, at) => ({
    provider: share.provider,
    day: key.day,
    account: share.account,
    model: share.model,
    bucket: share.bucket,
    tier: share.tier,
    region: share.region,
    workflow: share.workflow,
    team: share.team,
    customer: share.customer,
    cause: claim.cause,
    units: units[at] ?? 0n,
    amount: amounts[at] ?? 0n,
  }));
}

function correctionOf({ cause, amount, units }: Amount, key: Key, provider: string): Correction {
  const bucket = bucketOfClass(key.bucket) ?? '';
  const tier = key.tier === 'standard' ? '' : key.tier;
  return {
    ...key,
    tier,
    bucket,
    provider,
    workflow: '',
    team: '',
    customer: '',
    cause,
    units: bucket === '' ? 0n : units,
    amount,
  };
}

export interface Booking {
  /** The reconciliation: identity of the lines. */
  readonly id: string;
  /** `2026-10` */
  readonly month: string;
  /** The month is locked: the lines are booked at this instant, for the month. Undefined: on their own days. */
  readonly bookAtMs: number | undefined;
}

const MOST_POSTINGS = 5_000;
const NOON_MS = 43_200_000;
/** The tag under which a correction that is booked later keeps its day. */
export const DAY_TAG = 'invoice_day';

/** The same corrections give the same batches, so that applying them twice is applying them once. */
export function correctionBatches(corrections: readonly Correction[], booking: Booking): PostingBatch[] {
  const postings = corrections.map((correction, at) => postingOf(correction, at, booking));
  const batches: PostingBatch[] = [];
  for (let from = 0; from < postings.length; from += MOST_POSTINGS)
    batches.push({
      id: `${booking.id}-${batches.length}`,
      postings: postings.slice(from, from + MOST_POSTINGS),
    });
  return batches;
}

function postingOf(correction: Correction, at: number, { id, month, bookAtMs }: Booking): Posting {
  const { cause, amount, bucket } = correction;
  const units = Number(correction.units);
  if (!Number.isSafeInteger(units))
    throw new RangeError(`a correction of ${correction.units} units is beyond what a line can hold`);
  const usage = bucket === '' || units === 0 ? {} : { [bucket]: units };
  const buckets = bucket === '' ? [] : [{ bucket, units, rate: 0n, cost: amount }];
  return {
    settlement: {
      ...ENDING,
      serviceTier: correction.tier,
      intent: intentOf(correction, `${id}:${at}`, bookAtMs ?? instantOf(correction, month)),
      charges: [
        {
          part: 'call',
          model: correction.model,
          usage,
          basis: 'reported',
          flag: '',
          cost: { kind: 'priced', total: amount, buckets } as Charged,
        },
      ],
    },
    leg: 'adjust',
    source: 'invoice',
    cause,
    correction: id,
    ...(bookAtMs !== undefined && { forMonth: month }),
  };
}

type Charged = Posting['settlement']['charges'][number]['cost'];

const ENDING = {
  status: 'ok',
  httpStatus: 0,
  finishReason: '',
  modelReturned: '',
  responseId: '',
  geo: '',
  durationMs: 0,
  firstByteMs: 0,
  overheadMicros: 0,
  composition: { basis: 'unknown', input: {}, output: {} },
} as const;

function intentOf(
  correction: Correction,
  seed: string,
  startedAtMs: number,
): Posting['settlement']['intent'] {
  const { provider, account, region, model, workflow, team, customer, day } = correction;
  const call = uuidOf(seed);
  return {
    call,
    attempt: call,
    attemptNumber: 1,
    kind: 'result',
    startedAtMs,
    attribution: {
      workflow,
      team,
      customer,
      request: call,
      session: '',
      tags: day === '' ? {} : { [DAY_TAG]: day },
    },
    key: '',
    provider,
    priceProvider: provider,
    wire: 'openai-other',
    endpoint: 'retrieve',
    account,
    region,
    modelRequested: model,
    model,
    stream: false,
    simulated: false,
    rulebookVersion: 0,
    priceVersion: '',
    presumed: { usage: {}, cost: { kind: 'priced', total: 0n, buckets: [] } },
  };
}

function instantOf({ day }: Correction, month: string): number {
  return Date.parse(`${day === '' ? `${month}-01` : day}T00:00:00Z`) + NOON_MS;
}

function uuidOf(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Corrections as they are kept and shown. */
export type CorrectionText = Omit<Correction, 'units' | 'amount'> & {
  readonly units: string;
  readonly amount: string;
};

export function correctionFrom({ units, amount, ...rest }: CorrectionText): Correction {
  return { ...rest, units: BigInt(units), amount: parseDollars(amount) };
}
