/**
 * Usage by the rules of OpenAI's chat wire and its compatibles.
 *
 * - `prompt_tokens` includes cached, cache-written, audio and image tokens; `completion_tokens` includes reasoning,
 *   audio, image and prediction tokens. Rejected predictions are billed as output and stay in the text bucket, and
 *   video input has no price of its own and stays fresh.
 * - Two bodies are known to differ, and only `total_tokens` proves it: xAI counts reasoning beside
 *   `completion_tokens`; some translators of Anthropic count cache beside `prompt_tokens`.
 * - Perplexity's research models count reasoning and the text of their citations beside both sums, and say so by
 *   fields of their own (`citation_tokens`, `num_search_queries`).
 * - Whatever else does not add up is kept as reported, and flagged.
 * - Search fees are read where the report counts them (`server_tool_use.web_search_requests`, OpenRouter). A list of
 *   `url_citation` annotations counts citations and not searches, so it sets no fee.
 */
import { countAt, Flags, oneCount, put, restOf } from '../counts.ts';
import type { UsageDraft } from '../counts.ts';
import { objectAt } from '../json.ts';
import type { JsonObject, MeteredPart } from '../wire.ts';

/** What a report says, before it is cut into buckets. Tokens. */
interface Counts {
  readonly prompt: number;
  readonly completion: number;
  readonly cached: number;
  readonly written: number;
  readonly reasoning: number;
  /** By Perplexity's research models, which count reasoning beside the sums whatever the total says. */
  readonly research: boolean;
}

/** Where a report counts tokens that belong to a total by the wire's rules. */
interface Outside {
  readonly cache: boolean;
  readonly reasoning: boolean;
}

/** @returns the one part of a chat's usage, or undefined when the report has no counts. */
export function readUsage(report: JsonObject): MeteredPart | undefined {
  const flags = new Flags();
  const prompt = countAt(report, 'prompt_tokens', flags);
  const completion = countAt(report, 'completion_tokens', flags);
  if (prompt === undefined && completion === undefined) return undefined;
  const counts: Counts = {
    prompt: prompt ?? 0,
    completion: completion ?? 0,
    cached: cachedTokens(report, flags),
    written: writtenTokens(report, flags),
    reasoning: reasoningTokens(report, flags),
    research: typeof report['citation_tokens'] === 'number',
  };
  const total = countAt(report, 'total_tokens', flags);
  if (total === undefined && prompt === undefined) flags.add('prompt_tokens not reported');
  if (total === undefined && completion === undefined) flags.add('completion_tokens not reported');
  const outside = compareTotal(counts, total, flags);
  const usage: UsageDraft = {};
  putInput(usage, report, counts, outside, flags);
  putOutput(usage, report, counts, outside, flags);
  put(usage, 'webSearch', countAt(objectAt(report, 'server_tool_use'), 'web_search_requests', flags) ?? 0);
  put(usage, 'webSearch', countAt(report, 'num_search_queries', flags) ?? 0);
  put(usage, 'toolPromptIn', countAt(report, 'citation_tokens', flags) ?? 0);
  return { part: 'call', model: '', usage, flag: flags.text };
}

/** The names of one value. DeepSeek's own check, hits plus misses, is made where it reports both. */
function cachedTokens(report: JsonObject, flags: Flags): number {
  const cached = oneCount(
    [
      [objectAt(report, 'prompt_tokens_details'), 'cached_tokens'],
      [objectAt(report, 'prompt_token_details'), 'cached_tokens'], // Mistral has it in the singular too
      [report, 'cached_tokens'],
      [report, 'num_cached_tokens'],
      [report, 'prompt_cache_hit_tokens'],
      [report, 'cache_read_input_tokens'],
    ],
    flags,
  );
  const prompt = report['prompt_tokens'];
  const missed = countAt(report, 'prompt_cache_miss_tokens', flags);
  if (missed !== undefined && typeof prompt === 'number' && cached + missed !== prompt) {
    flags.add(`cache hits ${cached} and misses ${missed} are not prompt_tokens ${prompt}`);
  }
  return cached;
}

function writtenTokens(report: JsonObject, flags: Flags): number {
  const details = objectAt(report, 'prompt_tokens_details');
  return oneCount(
    [
      [details, 'cache_write_tokens'],
      [details, 'cache_creation_tokens'],
      [report, 'cache_creation_input_tokens'],
    ],
    flags,
  );
}

function reasoningTokens(report: JsonObject, flags: Flags): number {
  return oneCount(
    [
      [objectAt(report, 'completion_tokens_details'), 'reasoning_tokens'],
      [report, 'reasoning_tokens'],
    ],
    flags,
  );
}

/** Only the provider's own total can prove that a part lies beside its sum instead of inside it. */
function compareTotal(counts: Counts, total: number | undefined, flags: Flags): Outside {
  const { prompt, completion, cached, written, reasoning } = counts;
  const inside: Outside = { cache: false, reasoning: false };
  const beside = total === undefined ? 0 : total - prompt - completion;
  if (beside === 0) return counts.research ? { cache: false, reasoning: true } : inside;
  if (beside === reasoning) return { cache: false, reasoning: true };
  if (beside === cached + written) {
    flags.add(`cache tokens ${beside} are counted beside prompt_tokens ${prompt}`);
    return { cache: true, reasoning: false };
  }
  flags.add(`total_tokens ${total} is not prompt_tokens ${prompt} and completion_tokens ${completion}`);
  return inside;
}

function putInput(
  usage: UsageDraft,
  report: JsonObject,
  counts: Counts,
  outside: Outside,
  flags: Flags,
): void {
  const details = objectAt(report, 'prompt_tokens_details');
  const ofCached = details && objectAt(details, 'cached_tokens_details');
  const { prompt, cached, written } = counts;
  const cachedAudio = countAt(ofCached, 'audio_tokens', flags) ?? 0;
  const cachedImage = countAt(ofCached, 'image_tokens', flags) ?? 0;
  const audio = restOf(
    countAt(details, 'audio_tokens', flags) ?? 0,
    cachedAudio,
    'cached audio exceeds audio_tokens',
    flags,
  );
  const image = restOf(
    countAt(details, 'image_tokens', flags) ?? 0,
    cachedImage,
    'cached images exceed image_tokens',
    flags,
  );
  const inPrompt = audio + image + (outside.cache ? 0 : cached + written);
  put(usage, 'freshIn', restOf(prompt, inPrompt, 'parts exceed prompt_tokens', flags));
  put(usage, 'cacheRead', restOf(cached, cachedAudio, 'cached audio exceeds cached_tokens', flags));
  put(usage, 'cacheWriteUnknown', written);
  put(usage, 'audioIn', audio);
  put(usage, 'audioCacheRead', cachedAudio);
  put(usage, 'imageIn', image);
}

function putOutput(
  usage: UsageDraft,
  report: JsonObject,
  counts: Counts,
  outside: Outside,
  flags: Flags,
): void {
  const details = objectAt(report, 'completion_tokens_details');
  const { completion, reasoning } = counts;
  const audio = countAt(details, 'audio_tokens', flags) ?? 0;
  const image = countAt(details, 'image_tokens', flags) ?? 0;
  const inCompletion = audio + image + (outside.reasoning ? 0 : reasoning);
  put(usage, 'textOut', restOf(completion, inCompletion, 'parts exceed completion_tokens', flags));
  put(usage, 'reasoningOut', reasoning);
  put(usage, 'audioOut', audio);
  put(usage, 'imageOut', image);
}
