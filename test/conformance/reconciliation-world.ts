/**
 * A seeded month of calls at three providers, seen twice: by a gateway that prices every call, and by the providers' own
 * books, which bill with planted faults. The books are written as statement files of the providers' own shapes.
 */
import type { LedgerFact, MonthFacts, Share, StatementKind } from '../../src/inform/invoices/invoices.ts';
import { readStatement } from '../../src/inform/invoices/invoices.ts';
import type { Cause, SourcedLine } from '../../src/inform/invoices/invoices.ts';
import { formatDollars, parseDollars } from '../../src/units/money.ts';
import type { Bucket } from '../../src/units/tokens.ts';

export const MONTH = '2026-10';
const START_MS = Date.parse('2026-10-01T00:00:00Z');
const HOUR_MS = 3_600_000;
const DAYS = 31;
const CENT = 10_000_000_000n;

export const FAULTS = ['unbilled-aborts', 'price-drift', 'off-gateway', 'rounding'] as const;
export type Fault = (typeof FAULTS)[number];

export interface WorldCall {
  readonly provider: 'openai' | 'anthropic' | 'bedrock';
  readonly atMs: number;
  readonly account: string;
  readonly model: string;
  readonly tier: string;
  readonly region: string;
  readonly workflow: string;
  readonly usage: Readonly<Partial<Record<Bucket, number>>>;
  /** The client left; the provider reported nothing, and the gateway counted. */
  readonly aborted: boolean;
  readonly offGateway: boolean;
}

export const RATES: Readonly<Record<string, Readonly<Partial<Record<Bucket, string>>>>> = {
  'gpt-4o-2024-08-06': { freshIn: '2.5', cacheRead: '1.25', textOut: '10' },
  'gpt-4o-mini-2024-07-18': { freshIn: '0.15', cacheRead: '0.075', textOut: '0.6' },
  'claude-sonnet-4-5-20250929': { freshIn: '3', cacheRead: '0.3', cacheWrite5m: '3.75', textOut: '15' },
  'claude-haiku-4-5-20251001': { freshIn: '1', cacheRead: '0.1', cacheWrite5m: '1.25', textOut: '5' },
  'us.anthropic.claude-sonnet-4-6-v1:0': {
    freshIn: '3',
    cacheRead: '0.3',
    cacheWrite5m: '3.75',
    textOut: '15',
  },
};
const BATCH_RATES: Readonly<Record<string, bigint>> = { batch: 2n };
const CUT_DAY = 18;
const CUT: Readonly<Record<string, string>> = { 'claude-sonnet-4-5-20250929/textOut': '12' };

/** Small, seeded, good enough: mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const PLACES = [
  {
    provider: 'openai',
    accounts: ['proj_a', 'proj_b'],
    models: ['gpt-4o-2024-08-06', 'gpt-4o-mini-2024-07-18'],
    tiers: ['default', 'batch'],
    regions: [''],
  },
  {
    provider: 'anthropic',
    accounts: ['wrkspc_1', 'wrkspc_2'],
    models: ['claude-sonnet-4-5-20250929', 'claude-haiku-4-5-20251001'],
    tiers: ['standard', 'batch'],
    regions: [''],
  },
  {
    provider: 'bedrock',
    accounts: ['111122223333'],
    models: ['us.anthropic.claude-sonnet-4-6-v1:0'],
    tiers: [''],
    regions: ['us-east-1', 'eu-central-1'],
  },
] as const;

export function callsOf(seed: number, count: number, faults: ReadonlySet<Fault>): WorldCall[] {
  const random = randomOf(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  return Array.from({ length: count }, (): WorldCall => {
    const place = pick(PLACES);
    const model = pick(place.models);
    const written = RATES[model]?.cacheWrite5m === undefined ? 0 : Math.floor(random() * 3) * 400;
    const offGateway = random() < 0.03 && faults.has('off-gateway') && place.provider === 'openai';
    const aborted = random() < 0.04 && !offGateway && place.provider === 'openai';
    return {
      provider: place.provider,
      atMs: START_MS + Math.floor(random() * DAYS * 24 * HOUR_MS),
      account: offGateway && random() < 0.5 ? 'proj_shadow' : pick(place.accounts),
      model,
      tier: random() < 0.15 ? (place.tiers[place.tiers.length - 1] ?? '') : place.tiers[0],
      region: pick(place.regions),
      workflow: pick(['support', 'search', 'drafting']),
      usage: {
        freshIn: 200 + Math.floor(random() * 8_000),
        cacheRead: Math.floor(random() * 4) * 1_024,
        textOut: 20 + Math.floor(random() * 900),
        ...(written > 0 && { cacheWrite5m: written }),
      },
      aborted,
      offGateway,
    };
  });
}

export function rateOf({ model, tier }: WorldCall, bucket: string): bigint {
  return parseDollars(RATES[model]?.[bucket as Bucket] ?? '0') / (BATCH_RATES[tier] ?? 1n);
}

function billedRateOf(call: WorldCall, bucket: string, faults: ReadonlySet<Fault>): bigint {
  const cut = CUT[`${call.model}/${bucket}`];
  const since = START_MS + (CUT_DAY - 1) * 24 * HOUR_MS;
  if (cut === undefined || !faults.has('price-drift') || call.atMs < since) return rateOf(call, bucket);
  return parseDollars(cut) / (BATCH_RATES[call.tier] ?? 1n);
}

/** Exact: rates are whole picodollars a unit here. */
function costOf(units: number, rate: bigint): bigint {
  return (BigInt(units) * rate) / 1_000_000n;
}

/** The ledger's hours of the calls that went through the gateway. */
export function factsOf(calls: readonly WorldCall[]): MonthFacts {
  const groups = new Map<string, LedgerFact>();
  for (const call of calls.filter(({ offGateway }) => !offGateway)) {
    const { provider, account, model, tier, region } = call;
    for (const [bucket, units] of uses(call)) {
      const rate = rateOf(call, bucket);
      const fact: LedgerFact = {
        provider,
        account,
        model,
        bucket,
        tier,
        region,
        rate: formatDollars(rate),
        basis: call.aborted ? 'counted' : 'reported',
        atMs: call.atMs - (call.atMs % HOUR_MS),
        units: BigInt(units),
        cost: costOf(units, rate),
      };
      const id = JSON.stringify([
        provider,
        account,
        model,
        bucket,
        tier,
        region,
        fact.rate,
        fact.basis,
        fact.atMs,
      ]);
      const before = groups.get(id);
      groups.set(
        id,
        before === undefined
          ? fact
          : { ...fact, units: before.units + fact.units, cost: before.cost + fact.cost },
      );
    }
  }
  return { month: MONTH, lines: [...groups.values()], bands: [], failed: [] };
}

export function sharesOf(calls: readonly WorldCall[]): Share[] {
  return calls
    .filter(({ offGateway }) => !offGateway)
    .flatMap((call) =>
      uses(call).map(([bucket, units]) => ({
        provider: call.provider,
        atMs: call.atMs,
        account: call.account,
        model: call.model,
        bucket,
        tier: call.tier,
        region: call.region,
        workflow: call.workflow,
        team: '',
        customer: '',
        doubtful: call.aborted,
        units: BigInt(units),
        cost: costOf(units, rateOf(call, bucket)),
      })),
    );
}

function uses({ usage }: WorldCall): ReadonlyArray<readonly [Bucket, number]> {
  return (Object.entries(usage) as [Bucket, number][]).filter(([, units]) => units !== 0);
}

interface BookRow {
  readonly provider: WorldCall['provider'];
  readonly day: string;
  readonly call: WorldCall;
  readonly bucket: Bucket;
  units: number;
  cost: bigint;
}

export interface World {
  readonly calls: readonly WorldCall[];
  readonly files: ReadonlyArray<{
    readonly kind: StatementKind;
    readonly name: string;
    readonly text: string;
  }>;
  /** What was planted, invoice minus ledger, by cause. */
  readonly planted: ReadonlyMap<Cause, bigint>;
  readonly invoice: bigint;
  readonly ledger: bigint;
}

export function buildWorld(seed: number, count: number, faults: ReadonlySet<Fault> = new Set(FAULTS)): World {
  const calls = callsOf(seed, count, faults);
  const planted = new Map<Cause, bigint>();
  const plant = (cause: Cause, amount: bigint): void =>
    void (amount !== 0n && planted.set(cause, (planted.get(cause) ?? 0n) + amount));
  const rows = new Map<string, BookRow>();
  let ledger = 0n;
  for (const call of calls)
    for (const [bucket, units] of uses(call)) {
      const listed = costOf(units, rateOf(call, bucket));
      const billed = costOf(units, billedRateOf(call, bucket, faults));
      if (!call.offGateway) ledger += listed;
      if (call.aborted && faults.has('unbilled-aborts')) {
        plant('unbilled-aborts', -listed);
        continue;
      }
      plant(call.offGateway ? 'off-gateway' : 'price-drift', call.offGateway ? billed : billed - listed);
      const day = new Date(call.atMs).toISOString().slice(0, 10);
      const id = JSON.stringify([
        call.provider,
        day,
        call.account,
        call.model,
        bucket,
        call.tier,
        call.region,
      ]);
      const row = rows.get(id) ?? { provider: call.provider, day, call, bucket, units: 0, cost: 0n };
      row.units += units;
      row.cost += billed;
      rows.set(id, row);
    }
  const book = [...rows.values()].toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
  if (faults.has('rounding'))
    for (const row of book.filter(({ provider }) => provider === 'bedrock')) {
      const up = ((row.cost + CENT - 1n) / CENT) * CENT;
      plant('rounding', up - row.cost);
      row.cost = up;
    }
  const invoice = book.reduce((sum, { cost }) => sum + cost, 0n);
  return { calls, files: filesOf(book), planted, invoice, ledger };
}

function filesOf(book: readonly BookRow[]): World['files'] {
  const of = (name: string): BookRow[] => book.filter(({ provider }) => provider === name);
  return [
    { kind: 'openai-costs', name: 'costs.json', text: openaiCosts(of('openai')) },
    { kind: 'anthropic-cost', name: 'cost_report.json', text: anthropicCost(of('anthropic')) },
    { kind: 'anthropic-usage', name: 'usage_report.json', text: anthropicUsage(of('anthropic')) },
    { kind: 'aws-cur', name: 'cur.csv', text: awsCur(of('bedrock')) },
  ];
}

const OPENAI_WORDS: Readonly<Partial<Record<Bucket, string>>> = {
  freshIn: 'input',
  cacheRead: 'cached input',
  textOut: 'output',
};

function openaiCosts(rows: readonly BookRow[]): string {
  const results = (day: string): string =>
    rows
      .filter((row) => row.day === day)
      .map(({ call, bucket, units, cost }) => {
        const item = `${call.model}${call.tier === 'batch' ? ' batch' : ''}, ${OPENAI_WORDS[bucket]}`;
        // Written by hand: the amount must be a JSON number with all its digits.
        return `{"object":"organization.costs.result","amount":{"value":${formatDollars(cost)},"currency":"usd"},"line_item":${JSON.stringify(item)},"project_id":"${call.account}","quantity":${units},"quantity_unit":"tokens"}`;
      })
      .join(',');
  const data = daysOf(rows).map(
    (day) =>
      `{"object":"bucket","start_time":${Date.parse(`${day}T00:00:00Z`) / 1_000},"results":[${results(day)}]}`,
  );
  return `{"object":"page","data":[${data.join(',')}],"has_more":false,"next_page":null}`;
}

const ANTHROPIC_TYPES: Readonly<Partial<Record<Bucket, string>>> = {
  freshIn: 'uncached_input_tokens',
  cacheRead: 'cache_read_input_tokens',
  cacheWrite5m: 'cache_creation.ephemeral_5m_input_tokens',
  textOut: 'output_tokens',
};

function anthropicCost(rows: readonly BookRow[]): string {
  const data = daysOf(rows).map((day) => ({
    starting_at: `${day}T00:00:00Z`,
    results: rows
      .filter((row) => row.day === day)
      .map(({ call, bucket, cost }) => ({
        amount: formatDollars(cost * 100n),
        currency: 'USD',
        cost_type: 'tokens',
        description: `Claude usage ${ANTHROPIC_TYPES[bucket]}`,
        model: call.model,
        service_tier: call.tier,
        token_type: ANTHROPIC_TYPES[bucket],
        workspace_id: call.account,
      })),
  }));
  return JSON.stringify({ data, has_more: false, next_page: null });
}

function anthropicUsage(rows: readonly BookRow[]): string {
  const data = daysOf(rows).map((day) => {
    const groups = Map.groupBy(
      rows.filter((row) => row.day === day),
      ({ call }) => JSON.stringify([call.model, call.account, call.tier]),
    );
    return {
      starting_at: `${day}T00:00:00Z`,
      results: [...groups.values()].map((group) => {
        const units = (bucket: Bucket): number =>
          group.filter((row) => row.bucket === bucket).reduce((sum, row) => sum + row.units, 0);
        const call = group[0]?.call;
        return {
          uncached_input_tokens: units('freshIn'),
          output_tokens: units('textOut'),
          cache_creation: { ephemeral_5m_input_tokens: units('cacheWrite5m'), ephemeral_1h_input_tokens: 0 },
          cache_read_input_tokens: units('cacheRead'),
          model: call?.model,
          service_tier: call?.tier,
          workspace_id: call?.account,
        };
      }),
    };
  });
  return JSON.stringify({ data, has_more: false, next_page: null });
}

const AWS_TYPES: Readonly<Partial<Record<Bucket, string>>> = {
  freshIn: 'input-tokens',
  cacheRead: 'cache-read-input-token-count',
  cacheWrite5m: 'cache-write-5m-input-token-count',
  textOut: 'output-tokens',
};

function awsCur(rows: readonly BookRow[]): string {
  const head =
    'bill_billing_period_start_date,line_item_usage_start_date,line_item_usage_account_id,line_item_line_item_type,line_item_product_code,line_item_usage_type,line_item_usage_amount,pricing_unit,line_item_unblended_cost,line_item_currency_code,product_region_code';
  const lines = rows.map(({ day, call, bucket, units, cost }) => {
    const thousands = `${Math.floor(units / 1_000)}.${String(units % 1_000).padStart(3, '0')}`;
    const code = call.region === 'us-east-1' ? 'USE1' : 'EUC1';
    return `2026-10-01 00:00:00,${day}T00:00:00Z,${call.account},Usage,AmazonBedrock,${code}-Claude4.6Sonnet-${AWS_TYPES[bucket]},${thousands},1K tokens,${formatDollars(cost)},USD,${call.region}`;
  });
  return [head, ...lines].join('\n');
}

function daysOf(rows: readonly BookRow[]): string[] {
  return [...new Set(rows.map(({ day }) => day))].toSorted();
}

/** The files as an import would keep them. @throws when one cannot be read. */
export async function linesOf(files: World['files']): Promise<SourcedLine[]> {
  const lines: SourcedLine[] = [];
  for (const { kind, name, text } of files) {
    const read = await readStatement(new TextEncoder().encode(text), kind);
    if (read.kind === 'problems') throw new Error(`${name}: ${JSON.stringify(read.problems)}`);
    lines.push(...read.lines.map((line) => ({ ...line, importId: name })));
  }
  return lines;
}
