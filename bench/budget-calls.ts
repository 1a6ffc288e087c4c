/** The calls that budgets are measured with: sizes of real ones, their upper bound, and what they come to. */
import { existsSync, readFileSync } from 'node:fs';

import type { Intent, Settlement } from '../src/gateway/call.ts';
import type { BudgetRule } from '../src/rulebook/rulebook.ts';
import type { Usage } from '../src/units/tokens.ts';

/** Sizes of 8,818 calls of a coding assistant: a public trace. Where it is not there, made-up ones of the same kind. */
export const SIZES_FILE = new URL('../../shared/fixtures/traces/llm-code-sizes.csv', import.meta.url);

export type Unit = 'money' | 'tokens';

export interface Call {
  readonly usage: Usage;
  readonly most: Usage;
}

/** Dollars 3 and 15 per million tokens, as picodollars per token. */
const INPUT_RATE = 3_000_000n;
const OUTPUT_RATE = 15_000_000n;
/** Callers state a limit on output that is several times what they get. */
const LIMIT_OVER_OUTPUT = 4;
const LEAST_LIMIT = 256;

export function readCalls(): readonly Call[] {
  const sizes = existsSync(SIZES_FILE)
    ? readFileSync(SIZES_FILE, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').slice(1).map(Number))
    : Array.from({ length: 1_000 }, (_, at) => [100 + ((at * 7_919) % 7_000), 8 + ((at * 104_729) % 500)]);
  return sizes.map(([input = 0, output = 0]) => ({
    usage: { freshIn: input, textOut: output },
    most: { freshIn: input, textOut: Math.max(LEAST_LIMIT, LIMIT_OVER_OUTPUT * output) },
  }));
}

export function amountOf({ freshIn = 0, textOut = 0 }: Usage, unit: Unit): bigint {
  if (unit === 'tokens') return BigInt(freshIn + textOut);
  return BigInt(freshIn) * INPUT_RATE + BigInt(textOut) * OUTPUT_RATE;
}

export function budgetOf(unit: Unit, amount: bigint, mode: BudgetRule['mode']): BudgetRule {
  return {
    id: 'bench',
    name: 'Bench',
    scope: { kind: 'organisation', value: '', tag: '' },
    unit,
    amount: String(amount),
    window: { kind: 'calendar', unit: 'year', timeZone: 'UTC' },
    mode,
    thresholds: [],
    onAuthorityLoss: 'local',
    unboundedCall: '',
  };
}

function costOf(usage: Usage): Intent['presumed']['cost'] {
  const part = (bucket: 'freshIn' | 'textOut', rate: bigint) => {
    const units = usage[bucket] ?? 0;
    return { bucket, units, rate: rate * 1_000_000n, cost: BigInt(units) * rate };
  };
  return {
    kind: 'priced',
    total: amountOf(usage, 'money'),
    buckets: [part('freshIn', INPUT_RATE), part('textOut', OUTPUT_RATE)],
  };
}

/** As the gateway tells it: a crash is charged what was reserved. */
export function intentOf(id: string, call: Call, nowMs: number): Intent {
  return {
    call: id,
    attempt: id,
    attemptNumber: 1,
    kind: 'primary',
    startedAtMs: nowMs,
    attribution: { workflow: 'coding', team: 'bench', customer: '', request: id, session: '', tags: {} },
    key: 'unkeyed',
    provider: 'bench',
    priceProvider: 'bench',
    wire: 'openai-chat',
    endpoint: 'inference',
    modelRequested: 'bench-1',
    model: 'bench-1',
    stream: false,
    simulated: false,
    rulebookVersion: 1,
    priceVersion: 'bench',
    presumed: { usage: call.most, cost: costOf(call.most) },
  };
}

export function settlementOf(intent: Intent, call: Call): Settlement {
  return {
    intent,
    status: 'ok',
    httpStatus: 200,
    finishReason: 'stop',
    modelReturned: 'bench-1',
    responseId: '',
    serviceTier: '',
    geo: '',
    durationMs: 1,
    firstByteMs: 1,
    overheadMicros: 1,
    composition: { basis: 'none', input: {}, output: {} } as unknown as Settlement['composition'],
    charges: [
      {
        part: 'call',
        model: 'bench-1',
        usage: call.usage,
        basis: 'reported',
        flag: '',
        cost: costOf(call.usage),
      },
    ],
  };
}
