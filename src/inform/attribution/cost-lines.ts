/** Ledger lines that move money and nothing else: no call was made, no token was used. */
import { createHash } from 'node:crypto';

import type { Intent, Settlement } from '../../gateway/gateway.ts';
import type { LineSource, Posting } from '../../ledger/posting.ts';
import type { PricedBucket } from '../../prices/prices.ts';
import { BUCKET_NAMES } from '../../units/tokens.ts';
import type { Bucket } from '../../units/tokens.ts';
import type { Picodollars } from '../../units/money.ts';
import type { SplitTarget } from './split.ts';

/** Whose bill a cost is on: what a split must not change. */
export interface CostOrigin {
  readonly provider: string;
  readonly account: string;
  readonly region: string;
  readonly model: string;
  readonly serviceTier: string;
}

export interface CostLine {
  /** With the batch's id and the line's place, the seed of its ids: the same batch is the same lines. */
  readonly seed: string;
  readonly atMs: number;
  readonly origin: CostOrigin;
  readonly target: SplitTarget;
  readonly by: string;
  /** Cost by bucket; `''` is cost that no bucket explains (a fee). */
  readonly costs: ReadonlyArray<{ readonly bucket: string; readonly cost: Picodollars }>;
  readonly part: string;
  readonly leg: Posting['leg'];
  readonly source: LineSource;
  readonly cause: string;
  readonly correction: string;
  readonly forMonth?: string;
}

export function toPosting(line: CostLine): Posting {
  const { leg, source, cause, correction, forMonth } = line;
  return {
    settlement: toSettlement(line),
    leg,
    source,
    cause,
    correction,
    ...(forMonth !== undefined && { forMonth }),
    counts: { calls: 0, attempts: 0, unpriced: 0 },
  };
}

function toSettlement(line: CostLine): Settlement {
  const { origin, part, costs } = line;
  const priced = costs.flatMap(({ bucket, cost }): PricedBucket[] =>
    isBucket(bucket) && cost !== 0n ? [{ bucket, units: 0, rate: 0n, cost }] : [],
  );
  const total = costs.reduce((sum, { cost }) => sum + cost, 0n);
  return {
    intent: toIntent(line),
    status: 'ok',
    httpStatus: 0,
    finishReason: '',
    modelReturned: '',
    responseId: '',
    serviceTier: origin.serviceTier,
    geo: '',
    durationMs: 0,
    firstByteMs: 0,
    overheadMicros: 0,
    composition: { basis: 'unknown', input: {}, output: {} },
    charges: [
      {
        part,
        model: origin.model,
        usage: {},
        basis: 'reported',
        flag: '',
        cost: { kind: 'priced', total, buckets: priced },
      },
    ],
  };
}

function toIntent({ seed, atMs, origin, target, by }: CostLine): Intent {
  const id = idOf(seed, atMs);
  return {
    call: id,
    attempt: id,
    attemptNumber: 1,
    kind: 'primary',
    startedAtMs: atMs,
    attribution: { ...target, request: id, session: '', tags: {}, by },
    key: '',
    provider: origin.provider,
    priceProvider: origin.provider,
    wire: 'openai-chat',
    endpoint: 'models', // no inference: nobody called a model for this money
    ...(origin.account !== '' && { account: origin.account }),
    ...(origin.region !== '' && { region: origin.region }),
    modelRequested: origin.model,
    model: origin.model,
    stream: false,
    simulated: false,
    rulebookVersion: 0,
    priceVersion: '',
    presumed: { usage: {}, cost: { kind: 'priced', total: 0n, buckets: [] } },
  };
}

function isBucket(name: string): name is Bucket {
  return (BUCKET_NAMES as readonly string[]).includes(name);
}

/** A UUIDv7 whose random bits are a hash of the seed. */
function idOf(seed: string, atMs: number): string {
  const time = Math.max(0, atMs).toString(16).padStart(12, '0');
  const digest = createHash('sha256').update(seed).digest('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digest.slice(0, 3)}-8${digest.slice(3, 6)}-${digest.slice(6, 18)}`;
}
