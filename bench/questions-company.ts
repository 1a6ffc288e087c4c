/** A synthetic company's calls as import blocks: seeded, with the cardinalities of a real one, at any length. */
import type { ImportBlock, ImportBucket } from '../src/ledger/ledger.ts';
import type { Bucket } from '../src/units/tokens.ts';

export const MONTHS = 15;
export const FROM_MS = Date.UTC(2025, 7, 1);
export const TO_MS = Date.UTC(2025, 7 + MONTHS, 1);
const BLOCK_LINES = 500_000;

interface Workflow {
  readonly name: string;
  readonly team: string;
  readonly weight: number;
  /** Serves customers; else it is the company's own. */
  readonly customers: boolean;
  /** Places in `MODELS`, the first most. */
  readonly models: readonly number[];
  /** Calls per request. */
  readonly fanOut: number;
  readonly input: number;
  readonly output: number;
}

const WORKFLOWS: readonly Workflow[] = [
  {
    name: 'support-copilot',
    team: 'CX',
    weight: 43,
    customers: true,
    models: [0, 1],
    fanOut: 1,
    input: 6_800,
    output: 300,
  },
  {
    name: 'knowledge-bot',
    team: 'IT',
    weight: 30,
    customers: false,
    models: [2, 3],
    fanOut: 1,
    input: 3_200,
    output: 250,
  },
  {
    name: 'contract-extraction',
    team: 'Legal Ops',
    weight: 7,
    customers: true,
    models: [4, 5],
    fanOut: 3,
    input: 12_400,
    output: 900,
  },
  {
    name: 'marketing-drafting',
    team: 'Brand',
    weight: 5,
    customers: false,
    models: [0, 6],
    fanOut: 1,
    input: 2_400,
    output: 1_200,
  },
  {
    name: 'sales-research',
    team: 'Revenue',
    weight: 4,
    customers: true,
    models: [4, 7, 8],
    fanOut: 12,
    input: 9_100,
    output: 700,
  },
  {
    name: 'code-review',
    team: 'Platform',
    weight: 4,
    customers: false,
    models: [5, 9],
    fanOut: 4,
    input: 18_000,
    output: 800,
  },
  {
    name: 'translation',
    team: 'CX',
    weight: 3,
    customers: true,
    models: [2],
    fanOut: 1,
    input: 1_100,
    output: 1_000,
  },
  {
    name: 'triage',
    team: 'CX',
    weight: 3,
    customers: true,
    models: [1, 10],
    fanOut: 1,
    input: 900,
    output: 40,
  },
  {
    name: '',
    team: '',
    weight: 1,
    customers: false,
    models: [0, 2, 3],
    fanOut: 1,
    input: 2_000,
    output: 400,
  },
];

/** Name, provider, and dollars per million units of input and output in picodollars. */
const MODELS: ReadonlyArray<readonly [string, string, bigint, bigint]> = [
  ['gpt-large', 'openai', 2_500_000_000_000n, 10_000_000_000_000n],
  ['gpt-small', 'openai', 150_000_000_000n, 600_000_000_000n],
  ['gemini-flash', 'google', 300_000_000_000n, 2_500_000_000_000n],
  ['gemini-pro', 'google', 1_250_000_000_000n, 10_000_000_000_000n],
  ['claude-sonnet', 'anthropic', 3_000_000_000_000n, 15_000_000_000_000n],
  ['claude-opus', 'anthropic', 15_000_000_000_000n, 75_000_000_000_000n],
  ['claude-haiku', 'anthropic', 800_000_000_000n, 4_000_000_000_000n],
  ['gpt-reasoning', 'azure', 2_000_000_000_000n, 8_000_000_000_000n],
  ['llama-large', 'groq', 590_000_000_000n, 790_000_000_000n],
  ['mistral-code', 'mistral', 300_000_000_000n, 900_000_000_000n],
  ['nova-micro', 'bedrock', 35_000_000_000n, 140_000_000_000n],
];
const PROVIDERS = ['openai', 'google', 'anthropic', 'azure', 'groq', 'mistral', 'bedrock'];
const CUSTOMERS = ['', ...Array.from({ length: 143 }, (_, at) => `customer-${at + 1}`)];
const KEYS = Array.from({ length: 24 }, (_, at) => `key-${at + 1}`);
const ACCOUNTS = PROVIDERS.flatMap((provider) => [`${provider}-production`, `${provider}-research`]);
const STATUSES = ['ok', 'upstream_error', 'client_aborted', 'upstream_failed'];
const FEATURES = ['chat', 'search', 'summary', 'draft', 'extract', 'rank', 'translate', 'route'];
const TAGS = ['production', 'staging'].flatMap((environment) =>
  FEATURES.map((feature) => ({ environment, feature })),
);
const PRICE_VERSIONS = Array.from({ length: 5 }, (_, at) => `book-${at + 1}`);
const FINGERPRINTS = Array.from({ length: 40 }, (_, at) => `fp-${at + 1}`);
const HOURS = [2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 11, 12, 12, 11, 9, 7, 5, 4, 4, 3, 2];

/** Blocks of a company with so many calls, oldest first. The same calls whenever it is asked. */
export function* companyBlocks(calls: number, seed: number): Generator<ImportBlock> {
  const next = mulberry32(seed);
  const blocks = Math.ceil(calls / BLOCK_LINES);
  const stepMs = (TO_MS - FROM_MS) / blocks;
  for (let block = 0; block < blocks; block += 1) {
    const lines = Math.min(BLOCK_LINES, calls - block * BLOCK_LINES);
    yield oneBlock(`company-${seed}-${calls}-${block}`, lines, FROM_MS + block * stepMs, stepMs, next);
  }
}

function oneBlock(
  id: string,
  lines: number,
  fromMs: number,
  lengthMs: number,
  next: () => number,
): ImportBlock {
  const pick = weighted(WORKFLOWS.map(({ weight }) => weight));
  const hour = weighted(HOURS);
  const at = columns(lines);
  const requests: string[] = [];
  const open: number[] = []; // per workflow, the request that its next call may belong to
  const days = Math.max(1, Math.floor(lengthMs / 86_400_000));
  for (let row = 0; row < lines; row += 1) {
    const workflow = pick(next());
    const { customers, models, fanOut, input, output } = WORKFLOWS[workflow] as Workflow;
    const dayMs = Math.floor((row / lines) * days) * 86_400_000;
    at.startedAtMs[row] = Math.floor(fromMs + dayMs + (hour(next()) + next()) * 3_600_000);
    at.workflow[row] = workflow;
    const model = models[Math.floor(next() ** 2 * models.length)] ?? 0;
    at.model[row] = model;
    at.provider[row] = PROVIDERS.indexOf(MODELS[model]?.[1] ?? '');
    const customer = customers ? 1 + Math.floor(next() ** 3 * (CUSTOMERS.length - 1)) : 0;
    at.customer[row] = customer;
    at.key[row] = (workflow * 3 + Math.floor(next() ** 2 * 3)) % KEYS.length;
    const research = next() < 0.05;
    at.account[row] = 2 * (at.provider[row] ?? 0) + (research ? 1 : 0);
    at.tags[row] =
      (research ? FEATURES.length : 0) + ((workflow + Math.floor(next() ** 2 * 2)) % FEATURES.length);
    at.status[row] = next() < 0.97 ? 0 : 1 + Math.floor(next() * 3);
    at.fingerprint[row] = (workflow * 4 + Math.floor(next() ** 2 * 4)) % FINGERPRINTS.length;
    at.stream[row] = next() < 0.6 ? 1 : 0;
    if (next() * fanOut < 1 || open[workflow] === undefined)
      open[workflow] = requests.push(`${id}-${row}`) - 1;
    at.request[row] = open[workflow] ?? 0;
    const tokens = Math.floor(input * (0.4 + 1.2 * next()));
    const cached = next() < 0.6 ? Math.floor(tokens * 0.7 * next()) : 0;
    at.cacheRead[row] = cached;
    at.freshIn[row] = tokens - cached;
    at.textOut[row] = Math.floor(output * (0.2 + 1.6 * next()));
    at.reasoningOut[row] = model === 7 || model === 5 ? Math.floor(output * 2 * next()) : 0;
    at.durationMs[row] = 300 + Math.floor(next() ** 3 * 20_000);
  }
  return blockOf(
    id,
    lines,
    at,
    requests,
    PRICE_VERSIONS[Math.floor(((fromMs - FROM_MS) / (TO_MS - FROM_MS)) * 5)] ?? '',
  );
}

type Columns = ReturnType<typeof columns>;

function columns(lines: number) {
  const bytes = (): Uint8Array => new Uint8Array(lines);
  const words = (): Uint32Array => new Uint32Array(lines);
  return {
    startedAtMs: new Float64Array(lines),
    workflow: bytes(),
    model: bytes(),
    provider: bytes(),
    customer: bytes(),
    key: bytes(),
    account: bytes(),
    tags: bytes(),
    status: bytes(),
    fingerprint: bytes(),
    stream: bytes(),
    request: words(),
    freshIn: words(),
    cacheRead: words(),
    textOut: words(),
    reasoningOut: words(),
    durationMs: words(),
  };
}

function blockOf(
  id: string,
  lines: number,
  at: Columns,
  requests: readonly string[],
  priceVersion: string,
): ImportBlock {
  const priced = (
    bucket: Bucket,
    units: Uint32Array,
    rate: (model: (typeof MODELS)[number]) => bigint,
  ): ImportBucket => ({
    bucket,
    units,
    rate: { values: MODELS.map(rate), at: at.model },
  });
  return {
    id,
    source: 'import',
    lines,
    startedAtMs: at.startedAtMs,
    workflow: { values: WORKFLOWS.map(({ name }) => name), at: at.workflow },
    team: { values: WORKFLOWS.map(({ team }) => team), at: at.workflow },
    customer: { values: CUSTOMERS, at: at.customer },
    request: { values: requests, at: at.request },
    tags: { values: TAGS, at: at.tags },
    key: { values: KEYS, at: at.key },
    account: { values: ACCOUNTS, at: at.account },
    provider: { values: PROVIDERS, at: at.provider },
    model: { values: MODELS.map(([name]) => name), at: at.model },
    status: { values: STATUSES, at: at.status },
    fingerprint: { values: FINGERPRINTS, at: at.fingerprint },
    wire: 'openai-chat',
    path: '/v1/chat/completions',
    attributedBy: 'said',
    priceVersion,
    stream: at.stream,
    durationMs: at.durationMs,
    buckets: [
      priced('freshIn', at.freshIn, ([, , input]) => input),
      priced('cacheRead', at.cacheRead, ([, , input]) => input / 10n),
      priced('textOut', at.textOut, ([, , , output]) => output),
      priced('reasoningOut', at.reasoningOut, ([, , , output]) => output),
    ],
    composition: {
      basis: 'estimated',
      input: { history: at.cacheRead, user: at.freshIn },
      output: { text: at.textOut, reasoning: at.reasoningOut },
    },
  };
}

/** The place of a share among weights. */
function weighted(weights: readonly number[]): (share: number) => number {
  const sum = weights.reduce((total, one) => total + one, 0);
  const places = weights.flatMap((weight, at) =>
    Array.from({ length: Math.round((1_000 * weight) / sum) }, () => at),
  );
  return (share) => places[Math.floor(share * places.length)] ?? 0;
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
