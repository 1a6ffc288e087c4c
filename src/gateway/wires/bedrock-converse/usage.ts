/**
 * Usage by Bedrock's rules (`TokenUsage`).
 *
 * - `inputTokens` excludes cache: the whole input is input + cache read + cache write. `outputTokens` includes
 *   reasoning, which is not told apart.
 * - Each cache count has two names (`…InputTokens`, `…InputTokenCount`) for one value; they are never added.
 * - `cacheDetails` splits writes by lifetime; what it does not cover has an unknown lifetime.
 */
import { countAt, Flags, oneCount, put } from '../counts.ts';
import type { UsageDraft } from '../counts.ts';
import { isList, isObject, wordAt } from '../json.ts';
import type { JsonObject, JsonValue, MeteredPart } from '../wire.ts';

/** @returns the call's own part, or none when the report has no counts. */
export function readParts(report: JsonObject): MeteredPart[] {
  const flags = new Flags();
  const input = countAt(report, 'inputTokens', flags);
  const output = countAt(report, 'outputTokens', flags);
  if (input === undefined && output === undefined) return [];
  if (input === undefined) flags.add('inputTokens not reported');
  const usage: UsageDraft = {};
  const cacheRead = cacheCount(report, 'cacheReadInputToken', flags);
  const cacheWrite = cacheCount(report, 'cacheWriteInputToken', flags);
  put(usage, 'freshIn', input ?? 0);
  put(usage, 'cacheRead', cacheRead);
  putWrites(usage, report['cacheDetails'], cacheWrite, flags);
  put(usage, 'textOut', output ?? 0);
  compareTotal(report, (input ?? 0) + (output ?? 0), cacheRead + cacheWrite, flags);
  return [{ part: 'call', model: '', usage, flag: flags.text }];
}

function cacheCount(report: JsonObject, stem: string, flags: Flags): number {
  return oneCount(
    [
      [report, `${stem}s`],
      [report, `${stem}Count`],
    ],
    flags,
  );
}

function putWrites(usage: UsageDraft, details: JsonValue | undefined, total: number, flags: Flags): void {
  let short = 0;
  let long = 0;
  for (const detail of isList(details) ? details : []) {
    if (!isObject(detail)) continue;
    const count = countAt(detail, 'inputTokens', flags) ?? 0;
    const lifetime = wordAt(detail, 'ttl');
    if (lifetime === '5m') short += count;
    else if (lifetime === '1h') long += count;
  }
  if (short + long > total) {
    flags.add(`cache write split ${short + long} exceeds its total ${total}`);
    put(usage, 'cacheWriteUnknown', total);
    return;
  }
  put(usage, 'cacheWrite5m', short);
  put(usage, 'cacheWrite1h', long);
  put(usage, 'cacheWriteUnknown', total - short - long);
}

function compareTotal(report: JsonObject, plain: number, cached: number, flags: Flags): void {
  const total = countAt(report, 'totalTokens', flags);
  // Models that do not cache leave cache out of their total.
  if (total !== undefined && total !== plain + cached && total !== plain)
    flags.add(`totalTokens ${total} but its parts make ${plain + cached}`);
}
