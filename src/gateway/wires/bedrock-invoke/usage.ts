/**
 * Usage of InvokeModel: by the model maker's own body where it reports tokens, else by Bedrock's own counts, which come
 * in headers (`X-Amzn-Bedrock-Input-Token-Count` …) or with the last piece of a stream (`amazon-bedrock-invocationMetrics`).
 * The two are never added. As in Converse, cache stands outside the input count.
 */
import { countAt, Flags, put } from '../counts.ts';
import type { UsageDraft } from '../counts.ts';
import type { JsonObject, MeteredPart } from '../wire.ts';

/** Bedrock's own counts, under the names of its metrics. */
export type BedrockCounts = JsonObject;

const HEADERS: Readonly<Record<string, string>> = {
  'x-amzn-bedrock-input-token-count': 'inputTokenCount',
  'x-amzn-bedrock-output-token-count': 'outputTokenCount',
  'x-amzn-bedrock-cache-read-input-token-count': 'cacheReadInputTokenCount',
  'x-amzn-bedrock-cache-write-input-token-count': 'cacheWriteInputTokenCount',
};

export function headerCounts(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): BedrockCounts {
  const counts: Record<string, number> = {};
  for (const [header, name] of Object.entries(HEADERS)) {
    const value = headers[header];
    if (typeof value === 'string' && /^\d{1,15}$/.test(value)) counts[name] = Number(value);
  }
  return counts;
}

/** @returns the call's own part by Bedrock's counts, or none. */
export function partsOfCounts(counts: BedrockCounts): MeteredPart[] {
  const flags = new Flags();
  const input = countAt(counts, 'inputTokenCount', flags);
  const output = countAt(counts, 'outputTokenCount', flags);
  if (input === undefined && output === undefined) return [];
  const usage: UsageDraft = {};
  put(usage, 'freshIn', input ?? 0);
  put(usage, 'cacheRead', countAt(counts, 'cacheReadInputTokenCount', flags) ?? 0);
  put(usage, 'cacheWriteUnknown', countAt(counts, 'cacheWriteInputTokenCount', flags) ?? 0);
  put(usage, 'textOut', output ?? 0);
  return [{ part: 'call', model: '', usage, flag: flags.text }];
}

/** What bodies of Titan, Llama and Cohere call their counts; the last that was said counts. */
const NATIVE: ReadonlyArray<readonly [input: string, output: string]> = [
  ['inputTextTokenCount', 'totalOutputTextTokenCount'], // Titan; an embedding has no output
  ['prompt_token_count', 'generation_token_count'], // Llama
  ['input_tokens', 'output_tokens'], // Cohere, under `meta.billed_units`
];

/** @returns the call's own part by a native report, or none when it counts nothing. */
export function partsOfNative(report: JsonObject): MeteredPart[] {
  for (const [inputName, outputName] of NATIVE) {
    const flags = new Flags();
    const input = countAt(report, inputName, flags);
    const output = countAt(report, outputName, flags);
    if (input === undefined && output === undefined) continue;
    const usage: UsageDraft = {};
    put(usage, 'freshIn', input ?? 0);
    put(usage, 'textOut', output ?? 0);
    return [{ part: 'call', model: '', usage, flag: flags.text }];
  }
  return [];
}
