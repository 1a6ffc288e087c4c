/** Seeded settlements for the tests of the ledger: every field in play, prices odd enough that a float would show. */
import { createHash } from 'node:crypto';

import type { Charge, Intent, Settlement } from '../../src/gateway/call.ts';
import type { Cost, PricedBucket } from '../../src/prices/prices.ts';
import { divideRounded } from '../../src/units/money.ts';
import { sideTotal } from '../../src/units/tokens.ts';
import type { Bucket, Usage } from '../../src/units/tokens.ts';

export interface Dice {
  /** A whole number from 0 to `below` - 1. */
  number(below: number): number;
  one<Value>(values: readonly Value[]): Value;
  chance(share: number): boolean;
}

/** mulberry32: small, seeded, good enough to scatter test data. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const number = (below: number): number => Math.floor(next() * below);
  return {
    number,
    one: (values) => values[number(values.length)] as (typeof values)[number],
    chance: (share) => next() < share,
  };
}

/** Names that would break a statement, a row or a page that did not treat them as data. */
export const HOSTILE = [
  "'; DROP TABLE lines; --",
  "x' OR '1'='1",
  '{by_0:String}',
  '${1+1}',
  '\\',
  'a\tb\nc\u0000d',
  '"]\n["',
  '数据 😀',
  '\u2028',
];

const WORKFLOWS = [
  'support-copilot',
  'contract-extraction',
  'sales-research',
  'knowledge-bot',
  '',
  ...HOSTILE.slice(0, 3),
];
const RATES: Readonly<Partial<Record<Bucket, bigint>>> = {
  freshIn: 3_000_000_000_001n,
  cacheRead: 300_000_000_007n,
  cacheWrite5m: 3_750_000_000_000n,
  cacheWrite1h: 6_000_000_000_000n,
  textOut: 15_000_000_000_003n,
  reasoningOut: 15_000_000_000_003n,
  webSearch: 10_000_000_000_000_000n,
};

export function price(usage: Usage): Cost {
  const buckets: PricedBucket[] = [];
  for (const [bucket, units = 0] of Object.entries(usage) as Array<[Bucket, number | undefined]>) {
    const rate = RATES[bucket] ?? 0n;
    if (units !== 0)
      buckets.push({
        bucket,
        units,
        rate,
        cost: divideRounded(BigInt(units) * rate, 1_000_000n),
        ...(units % 3 === 0 && { listRate: rate + 7n }),
      });
  }
  return { kind: 'priced', total: buckets.reduce((sum, { cost }) => sum + cost, 0n), buckets };
}

function sampleUsage(dice: Dice): Usage {
  return {
    freshIn: dice.number(dice.one([20_000, 20_000, 300_000])),
    ...(dice.chance(0.4) && { cacheRead: dice.number(50_000) }),
    ...(dice.chance(0.2) && { cacheWrite5m: dice.number(9_000) }),
    ...(dice.chance(0.1) && { cacheWrite1h: dice.number(9_000) }),
    textOut: dice.number(4_000),
    ...(dice.chance(0.3) && { reasoningOut: dice.number(3_000) }),
    ...(dice.chance(0.1) && { webSearch: dice.number(4) }),
  };
}

function sampleCharge(dice: Dice, part: string, model: string): Charge {
  const usage = sampleUsage(dice);
  const unpriced = dice.chance(0.08);
  return {
    part,
    model,
    usage,
    basis: dice.one(['reported', 'reported', 'counted'] as const),
    flag: dice.chance(0.05) ? 'buckets do not sum to the total' : '',
    cost: unpriced ? { kind: 'unpriced', missing: [] } : price(usage),
    ...(dice.chance(0.1) && { providerCost: BigInt(dice.number(1_000_000_000)) }),
  };
}

export interface SampleSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export function sampleIntent(dice: Dice, span: SampleSpan, call: string, attemptNumber: number): Intent {
  const usage = { freshIn: dice.number(5_000), textOut: 1_000 };
  const model = dice.one(['claude-sonnet', 'gpt-large', 'gpt-small']);
  return {
    call,
    attempt: uuid7(dice, span.fromMs),
    attemptNumber,
    kind: attemptNumber === 1 ? 'primary' : dice.one(['retry', 'fallback', 'hedge'] as const),
    startedAtMs: span.fromMs + dice.number(span.toMs - span.fromMs),
    attribution: {
      workflow: dice.one(WORKFLOWS),
      team: dice.one(['CX', 'Legal Ops', 'Revenue', '']),
      customer: dice.one(['acme', 'globex', 'initech', '', ...HOSTILE]),
      request: dice.chance(0.5) ? `request-${dice.number(40)}` : call,
      session: dice.chance(0.3) ? `session-${dice.number(10)}` : '',
      tags: dice.chance(0.5)
        ? { environment: dice.one(['production', 'staging']), [dice.one(HOSTILE)]: dice.one(HOSTILE) }
        : {},
      ...(dice.chance(0.5) && { by: dice.one(['said', 'key', 'rule:7@2']) }),
    },
    ...(dice.chance(0.7) && {
      account: dice.one(['proj_a', 'proj_b']),
      region: dice.one(['', 'eu-west-1']),
      path: dice.one(['/v1/messages', HOSTILE[2] as string]),
      fingerprint: dice.one(['f1', 'f2', 'f3']),
    }),
    key: dice.one(['key-a', 'key-b', 'unkeyed']),
    provider: dice.one(['anthropic', 'openai', 'azure']),
    priceProvider: 'anthropic',
    wire: dice.one(['openai-chat', 'anthropic-messages'] as const),
    endpoint: dice.chance(0.9) ? 'inference' : dice.one(['count-tokens', 'models'] as const),
    modelRequested: model,
    model,
    stream: dice.chance(0.5),
    simulated: dice.chance(0.1),
    rulebookVersion: dice.number(9),
    priceVersion: dice.one(['2026-09-01', '2026-10-01', '2026-10-15']),
    presumed: { usage, cost: price(usage) },
  };
}

export function sampleSettlement(dice: Dice, intent: Intent): Settlement {
  const charges = [sampleCharge(dice, 'call', intent.model)];
  if (dice.chance(0.15)) charges.push(sampleCharge(dice, 'compaction', 'gpt-small'));
  const own = charges[0]?.usage ?? {};
  const system = Math.floor(sideTotal(own, 'input') / 3);
  return {
    intent,
    status: dice.one(['ok', 'ok', 'ok', 'upstream_error', 'client_aborted'] as const),
    httpStatus: dice.one([200, 200, 429, 500, 0]),
    finishReason: dice.one(['stop', 'length', '']),
    modelReturned: `${intent.model}-2026-08`,
    responseId: `msg_${dice.number(1e9)}`,
    serviceTier: dice.one(['', 'priority']),
    geo: dice.one(['', 'eu']),
    durationMs: dice.number(30_000),
    firstByteMs: dice.number(900),
    overheadMicros: dice.number(900),
    composition: {
      basis: dice.one(['exact', 'estimated'] as const),
      input: { system, user: sideTotal(own, 'input') - system },
      output: { text: own.textOut ?? 0, reasoning: own.reasoningOut ?? 0 },
    },
    charges,
  };
}

/** `count` attempts in a span of time; some calls have two. */
export function sampleSettlements(seed: number, count: number, span: SampleSpan): Settlement[] {
  const dice = createDice(seed);
  const settlements: Settlement[] = [];
  while (settlements.length < count) {
    const call = uuid7(dice, span.fromMs);
    settlements.push(sampleSettlement(dice, sampleIntent(dice, span, call, 1)));
    if (dice.chance(0.1)) settlements.push(sampleSettlement(dice, sampleIntent(dice, span, call, 2)));
  }
  return settlements.slice(0, count);
}

export function uuid7(dice: Dice, ms: number): string {
  const time = ms.toString(16).padStart(12, '0');
  const random = createHash('sha256')
    .update(`${dice.number(2 ** 32)} ${dice.number(2 ** 32)}`)
    .digest('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}
