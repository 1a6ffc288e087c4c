/**
 * Bound: what a call can cost at most, before it is sent. A hard budget reserves this, so it must never be too small:
 * of everything that decides a price and is only known afterwards, the dearest is taken.
 *
 * Tokens of text are at most its bytes, for every tokenizer that falls back to bytes (byte-level BPE and
 * SentencePiece with byte fallback); what a body holds beside its texts pays for what a chat template adds.
 */
import { ENDPOINTS } from '../call.ts';
import type { Intent } from '../call.ts';
import type { Cost, PriceAsk, PriceBook } from '../../prices/prices.ts';
import type { Bucket, Usage } from '../../units/tokens.ts';
import { isList, isObject } from '../wires/json.ts';
import type { JsonObject, JsonValue, RequestFacts, Target } from '../wires/wire.ts';

/** What a call can come to at most. `why` says what has no bound; then amounts are undefined. */
export type Bound =
  | {
      readonly kind: 'bounded';
      readonly tokens: number;
      readonly usage: Usage;
      readonly cost: Extract<Cost, { kind: 'priced' }>;
    }
  /** Tokens are bounded and no price is known for them. */
  | { readonly kind: 'unpriced'; readonly tokens: number; readonly why: string }
  | { readonly kind: 'unbounded'; readonly why: string };

export interface BoundAsk {
  readonly intent: Intent;
  readonly target: Target;
  readonly method: string;
  readonly json: JsonObject;
  readonly bytes: number;
  readonly facts: RequestFacts;
  readonly serviceTier: string;
  readonly geo: string;
  readonly prices: PriceBook;
}

/** Tokens that providers add to a prompt with tools of the client's own (Anthropic documents up to 530). */
const TOOLS_OVERHEAD_TOKENS = 1_024;
const PROMPT_OVERHEAD_TOKENS = 64;
/** No provider charges more for one image, by the provider's name in the price book; generous where none is documented. */
const IMAGE_TOKENS: Readonly<Record<string, number>> = { anthropic: 5_000, google: 10_000 };
const OTHER_IMAGE_TOKENS = 50_000;
/** No model writes more in one answer; a limit beyond it is nonsense and would only reserve for nothing. */
const MOST_OUTPUT_TOKENS = 128_000;
const MOST_ANSWERS = 128;
const MOST_DEPTH = 64;

const FREE: Bound = {
  kind: 'bounded',
  tokens: 0,
  usage: {},
  cost: { kind: 'priced', total: 0n, buckets: [] },
};

/** @param outputTokens the limit that the body states (or will). */
export function boundOf(ask: BoundAsk, outputTokens: number): Bound {
  return boundsOf(ask)(outputTokens);
}

/** Looks at the body once. @returns the bound for any limit on output tokens. */
export function boundsOf(ask: BoundAsk): (outputTokens: number) => Bound {
  const { intent, target, method, json, facts } = ask;
  // A batch costs nothing when it is made and everything when its results come.
  if (target.endpoint === 'batches' && method === 'POST')
    return unboundedBy('what a batch will cost is known only when its results are fetched');
  if (ENDPOINTS[target.endpoint] === 'free') return () => FREE;
  if (ENDPOINTS[target.endpoint] === 'reported')
    return unboundedBy('this endpoint is not billed by tokens that could be counted beforehand');
  const seen = look(json);
  const why = facts.promptHidden === true ? 'part of the prompt is kept by the provider' : seen.unbounded;
  if (why !== '') return unboundedBy(why);
  const images = seen.images * (IMAGE_TOKENS[intent.priceProvider] ?? OTHER_IMAGE_TOKENS);
  const overhead = PROMPT_OVERHEAD_TOKENS + (json['tools'] === undefined ? 0 : TOOLS_OVERHEAD_TOKENS);
  const input = ask.bytes + images + overhead;
  const answers = Math.min(facts.answers, MOST_ANSWERS);
  return (outputTokens) =>
    dearest(ask, input, Math.min(outputTokens, MOST_OUTPUT_TOKENS) * answers, seen.audio);
}

function unboundedBy(why: string): () => Bound {
  return () => ({ kind: 'unbounded', why });
}

/** The dearest of all ways in which so many tokens may be billed. */
function dearest(ask: BoundAsk, input: number, output: number, audio: boolean): Bound {
  const inputs: readonly Bucket[] = audio
    ? ['freshIn', 'cacheWrite5m', 'cacheWrite1h', 'audioIn']
    : ['freshIn', 'cacheWrite5m', 'cacheWrite1h'];
  const outputs: readonly Bucket[] = asksAudio(ask.json)
    ? ['textOut', 'reasoningOut', 'audioOut']
    : ['textOut', 'reasoningOut'];
  let most: Extract<Bound, { kind: 'bounded' }> | undefined;
  for (const [serviceTier, geo] of waysOf(ask)) {
    for (const inBucket of inputs) {
      for (const outBucket of output === 0 ? (['textOut'] as const) : outputs) {
        const usage: Usage = { [inBucket]: input, ...(output > 0 && { [outBucket]: output }) };
        const cost = ask.prices.price({ ...priceAsk(ask), usage, serviceTier, geo });
        if (cost.kind === 'unpriced') continue; // a bucket that has no price of its own is not billed by it
        if (most === undefined || cost.total > most.cost.total)
          most = { kind: 'bounded', tokens: input + output, usage, cost };
      }
    }
  }
  return (
    most ?? {
      kind: 'unpriced',
      tokens: input + output,
      why: `no price is known for ${ask.intent.provider}/${ask.intent.model}`,
    }
  );
}

/** Tier and place that the answer may name: those asked for, the standard ones, and the dearer ones that may be chosen for us. */
function* waysOf({ json, serviceTier, geo }: BoundAsk): Generator<readonly [tier: string, geo: string]> {
  if (serviceTier === 'provisioned') return yield [serviceTier, geo];
  const asked = json['service_tier'];
  const tiers = new Set([serviceTier, '', ...(typeof asked === 'string' ? [asked] : []), 'priority']);
  for (const tier of tiers) {
    if (tier === 'priority' && (asked === 'default' || asked === 'flex' || asked === 'standard_only'))
      continue;
    yield [tier, geo];
    if (geo !== 'us') yield [tier, 'us']; // the one geography that providers charge more for
  }
}

function priceAsk({ intent, json }: BoundAsk): Omit<PriceAsk, 'usage' | 'serviceTier' | 'geo'> {
  const speed = json['speed'];
  return {
    provider: intent.priceProvider,
    model: intent.priceModel ?? intent.model,
    atMs: intent.startedAtMs,
    team: intent.attribution.team,
    account: intent.account ?? '',
    region: intent.region ?? '',
    ...(typeof speed === 'string' && { speed }),
  };
}

function asksAudio({ modalities }: JsonObject): boolean {
  return isList(modalities) && modalities.includes('audio');
}

// --- what a body asks for ------------------------------------------------------------------------------------

interface Seen {
  images: number;
  audio: boolean;
  /** What makes the cost unbounded; empty: nothing. */
  unbounded: string;
}

const FILES: ReadonlySet<string> = new Set([
  'file',
  'input_file',
  'document',
  'container_upload',
  'video',
  'video_url',
  'input_video',
]);
const IMAGES: ReadonlySet<string> = new Set(['image', 'image_url', 'input_image']);
const AUDIO: ReadonlySet<string> = new Set(['audio', 'input_audio']);
/** Members of a request by which the provider does more than one answer's work, or keeps part of the prompt. */
const MORE_WORK: Readonly<Record<string, string>> = {
  web_search_options: 'the provider searches the web for it',
  mcp_servers: 'the provider calls tools on its own',
  plugins: 'a plugin of the provider works on it',
  context_management: 'the provider may compact the prompt with calls of its own',
  container: 'the provider runs code for it',
};
/** Anthropic's tools that its own servers run, by the beginning of their dated types. */
const SERVER_TOOL = /^(web_search|web_fetch|code_execution|tool_search|advisor|memory_server)/;
/** Kinds of tools that the client runs, so that each use is a call of its own. */
const CLIENT_TOOLS: ReadonlySet<string> = new Set(['function', 'custom', 'local_shell', 'apply_patch']);

function look(json: JsonObject): Seen {
  const seen: Seen = { images: 0, audio: false, unbounded: '' };
  for (const name in MORE_WORK) {
    if (json[name] !== undefined && json[name] !== null) seen.unbounded = MORE_WORK[name] ?? '';
  }
  const tools = json['tools'];
  if (isList(tools))
    for (const tool of tools) if (isServerTool(tool)) seen.unbounded = 'a tool of it is run by the provider';
  walk(json, seen, 0);
  return seen;
}

/** Tools that the provider runs have no bound: each use is billed, and its result is input again. */
function isServerTool(tool: JsonValue): boolean {
  if (!isObject(tool)) return false;
  const { type } = tool;
  if (typeof type !== 'string')
    return (
      tool['name'] === undefined &&
      tool['functionDeclarations'] === undefined &&
      tool['function_declarations'] === undefined
    );
  if (CLIENT_TOOLS.has(type)) return false;
  // Anthropic's own kinds carry a date; those it does not run itself are named by the client (`bash_…`, `text_editor_…`).
  return SERVER_TOOL.test(type) || !/_\d{8}$/.test(type);
}

function walk(value: JsonValue | undefined, seen: Seen, depth: number): void {
  if (depth > MOST_DEPTH || typeof value !== 'object') return;
  if (isList(value)) {
    for (const one of value) walk(one, seen, depth + 1);
    return;
  }
  if (!isObject(value)) return;
  if (depth > 1) lookAtPart(value, seen);
  for (const name in value) if (name !== 'tools') walk(value[name], seen, depth + 1);
}

/** One content part, in the words of any dialect. */
function lookAtPart(part: JsonObject, seen: Seen): void {
  const { type } = part;
  const kind = typeof type === 'string' ? type : '';
  const inline = part['inlineData'] ?? part['inline_data'];
  const mime = isObject(inline) ? String(inline['mimeType'] ?? inline['mime_type'] ?? '') : '';
  if (IMAGES.has(kind) || mime.startsWith('image/') || isObject(part['image'])) seen.images += 1;
  else if (AUDIO.has(kind) || mime.startsWith('audio/')) seen.audio = true;
  else if (
    part['fileData'] !== undefined ||
    part['file_data'] !== undefined ||
    mime !== '' ||
    isFile(kind, part)
  )
    seen.unbounded = 'it holds a file whose pages cannot be counted here';
}

function isFile(kind: string, part: JsonObject): boolean {
  if (FILES.has(kind)) {
    const source = part['source'];
    return !(isObject(source) && source['type'] === 'text'); // text in a document is text
  }
  return kind === '' && (isObject(part['document']) || isObject(part['video']));
}
