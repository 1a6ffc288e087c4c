/**
 * Usage by Anthropic's rules.
 *
 * - `input_tokens` excludes cache: the whole input is input + cache creation + cache read. `output_tokens` includes
 *   thinking (`output_tokens_details.thinking_tokens`).
 * - The split of cache creation by lifetime comes with `message_start` only. The total may grow after it; what the
 *   split does not cover has an unknown lifetime.
 * - Web searches are billed each; web fetches are free; code execution is billed by container time, which no response shows.
 * - One response may be many samplings. Where `iterations` lists them, they are the charges: `message` iterations are
 *   the call; `compaction` and others, which the top level leaves out, are parts of their own; `advisor_message` is
 *   billed at the advisor's model. Each part stays apart, because size thresholds of prices go by the sampling.
 * - `fallback_message`: another model answered, and the top level is its answer, so it is the call, at its model. The
 *   attempt that was declined shows input and no output. Whether it is billed is not documented, so it is no charge;
 *   the call's flag names it, and an invoice that differs will show it.
 */
import { countAt, Flags, put, putAll, restOf } from '../counts.ts';
import type { UsageDraft } from '../counts.ts';
import { isList, isObject, objectAt, wordAt } from '../json.ts';
import type { JsonObject, JsonValue, MeteredPart } from '../wire.ts';
import { sideTotal } from '../../../units/tokens.ts';
import type { Usage } from '../../../units/tokens.ts';

/** More iterations than this in one response are merged by kind and model, so that a response stays a few lines. */
const PARTS_APART = 64;

/** One sampling inside a response. */
interface Iteration {
  readonly type: string;
  readonly model: string;
  readonly usage: Usage;
  readonly flags: Flags;
}

/** @returns the parts that a response is charged for, the call's own first; none when the report has no counts. */
export function readParts(report: JsonObject): MeteredPart[] {
  const flags = new Flags();
  const top = readBuckets(report, flags);
  if (top === undefined) return [];
  const iterations = readIterations(report['iterations']);
  if (iterations.length === 0) return [callPart('', withFees(top, report, flags), flags)];
  const fallback = iterations.findLast((one) => one.type === 'fallback_message');
  const own = iterations.filter((one) =>
    fallback === undefined ? one.type === 'message' : isServing(one, fallback),
  );
  const usage: UsageDraft = {};
  if (own.length > 0) for (const one of own) takeOver(usage, one, flags);
  else if (!isSumOf(top, iterations)) putAll(usage, top);
  const others: MeteredPart[] = [];
  for (const one of iterations) {
    if (own.includes(one)) continue;
    if (fallback !== undefined && isDeclined(one)) flagDeclined(one, flags);
    else addPart(others, one);
  }
  compareTop(top, usage, iterations, flags);
  moveThinking(usage, top);
  return [callPart(fallback?.model ?? '', withFees(usage, report, flags), flags), ...others];
}

function callPart(model: string, usage: Usage, flags: Flags): MeteredPart {
  return { part: 'call', model, usage, flag: flags.text };
}

/** The buckets of a report or an iteration, fees apart; undefined when it counts nothing. */
function readBuckets(report: JsonObject, flags: Flags): UsageDraft | undefined {
  const input = countAt(report, 'input_tokens', flags);
  const output = countAt(report, 'output_tokens', flags);
  if (input === undefined && output === undefined) return undefined;
  if (input === undefined) flags.add('input_tokens not reported');
  if (output === undefined) flags.add('output_tokens not reported');
  const usage: UsageDraft = {};
  put(usage, 'freshIn', input ?? 0);
  put(usage, 'cacheRead', countAt(report, 'cache_read_input_tokens', flags) ?? 0);
  putCacheWrites(usage, report, flags);
  const thinking = countAt(objectAt(report, 'output_tokens_details'), 'thinking_tokens', flags) ?? 0;
  put(usage, 'textOut', restOf(output ?? 0, thinking, 'thinking_tokens exceed output_tokens', flags));
  put(usage, 'reasoningOut', thinking);
  return usage;
}

function putCacheWrites(usage: UsageDraft, report: JsonObject, flags: Flags): void {
  const split = objectAt(report, 'cache_creation');
  const short = countAt(split, 'ephemeral_5m_input_tokens', flags) ?? 0;
  const long = countAt(split, 'ephemeral_1h_input_tokens', flags) ?? 0;
  const total = countAt(report, 'cache_creation_input_tokens', flags) ?? short + long;
  if (short + long > total) {
    // The total is the later report; which of the split's tokens it still covers nobody says.
    flags.add(`cache write split ${short + long} exceeds its total ${total}`);
    put(usage, 'cacheWriteUnknown', total);
    return;
  }
  put(usage, 'cacheWrite5m', short);
  put(usage, 'cacheWrite1h', long);
  put(usage, 'cacheWriteUnknown', total - short - long);
}

function withFees(usage: UsageDraft, report: JsonObject, flags: Flags): Usage {
  put(usage, 'webSearch', countAt(objectAt(report, 'server_tool_use'), 'web_search_requests', flags) ?? 0);
  return usage;
}

function readIterations(value: JsonValue | undefined): Iteration[] {
  const iterations: Iteration[] = [];
  if (!isList(value)) return iterations;
  for (const item of value) {
    if (!isObject(item)) continue;
    const flags = new Flags();
    const usage = readBuckets(item, flags);
    if (usage !== undefined)
      iterations.push({
        type: wordAt(item, 'type') || 'message',
        model: wordAt(item, 'model'),
        usage,
        flags,
      });
  }
  return iterations;
}

function isServing(one: Iteration, fallback: Iteration): boolean {
  return one.type === 'fallback_message' && one.model === fallback.model;
}

/** An attempt whose model declined: it read the input and wrote nothing. */
function isDeclined({ type, usage }: Iteration): boolean {
  return (type === 'message' || type === 'fallback_message') && sideTotal(usage, 'output') === 0;
}

function flagDeclined({ model, usage }: Iteration, flags: Flags): void {
  flags.add(
    `declined attempt of ${model === '' ? 'the first model' : model} not charged: ${sideTotal(usage, 'input')} input`,
  );
}

function takeOver(usage: UsageDraft, { usage: more, flags: reasons }: Iteration, flags: Flags): void {
  putAll(usage, more);
  if (reasons.text !== '') flags.add(reasons.text);
}

function addPart(parts: MeteredPart[], { type, model, usage, flags }: Iteration): void {
  const known =
    parts.length < PARTS_APART ? -1 : parts.findIndex((part) => part.part === type && part.model === model);
  const part = parts[known];
  if (part === undefined) {
    parts.push({ part: type, model, usage, flag: flags.text });
    return;
  }
  const sum: UsageDraft = { ...part.usage };
  putAll(sum, usage);
  parts[known] = { ...part, usage: sum };
}

function isSumOf(top: Usage, iterations: readonly Iteration[]): boolean {
  return (['input', 'output'] as const).every((side) => sideTotal(top, side) === sumOf(iterations, side));
}

function sumOf(iterations: readonly Iteration[], side: 'input' | 'output'): number {
  return iterations.reduce((sum, one) => sum + sideTotal(one.usage, side), 0);
}

/** The top level is the call's own, or by the documentation's other reading the sum of all but advisors. */
function compareTop(top: Usage, usage: Usage, iterations: readonly Iteration[], flags: Flags): void {
  const all = iterations.filter((one) => one.type !== 'advisor_message');
  for (const side of ['input', 'output'] as const) {
    const stated = sideTotal(top, side);
    if (stated === sideTotal(usage, side) || stated === sumOf(all, side)) continue;
    flags.add(`iterations give ${sideTotal(usage, side)} ${side} tokens but the total is ${stated}`);
  }
}

/** Thinking is stated at the top level only; it is part of the call's own output. */
function moveThinking(usage: UsageDraft, top: Usage): void {
  const thinking = top.reasoningOut ?? 0;
  const text = usage.textOut ?? 0;
  if ((usage.reasoningOut ?? 0) > 0 || thinking === 0 || thinking > text) return;
  usage.reasoningOut = thinking;
  if (text === thinking) delete usage.textOut;
  else usage.textOut = text - thinking;
}
