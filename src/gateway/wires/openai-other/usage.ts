/**
 * Usage in the answers of the rest of `/v1/*`, by whichever rules they are written.
 *
 * - `input_tokens`: images and transcriptions. An image's whole output is image tokens.
 * - `prompt_tokens`: completions, and what compatibles add (rerank, fill in the middle).
 * - `{type: "duration", seconds}`: transcriptions that are billed by the second. No bucket counts seconds and no list
 *   prices them here, so they are said in the flag and unpriced.
 * - Images without usage are billed each, by size and quality: said in the flag and unpriced.
 */
import { readUsage as readChatUsage } from '../openai-chat/usage.ts';
import { readUsage as readResponseUsage } from '../openai-responses/usage.ts';
import { isList, objectAt, wordAt } from '../json.ts';
import type { Endpoint } from '../../call.ts';
import type { JsonObject, MeteredPart } from '../wire.ts';

/** @returns the part that an answer is charged for; undefined when it does not show what it is billed by. */
export function readUsage(answer: JsonObject, endpoint: Endpoint): MeteredPart | undefined {
  const report = objectAt(answer, 'usage');
  const part = report === undefined ? undefined : (readTokens(report, endpoint) ?? readDuration(report));
  return part ?? (endpoint === 'images' ? readImages(answer) : undefined);
}

function readTokens(report: JsonObject, endpoint: Endpoint): MeteredPart | undefined {
  const part = 'input_tokens' in report ? readResponseUsage(report) : readChatUsage(report);
  if (part === undefined || endpoint !== 'images') return part;
  const { textOut, ...usage } = part.usage;
  return textOut === undefined ? part : { ...part, usage: { ...usage, imageOut: textOut } };
}

function readDuration(report: JsonObject): MeteredPart | undefined {
  const { seconds } = report;
  if (typeof seconds !== 'number' || !(seconds >= 0)) return undefined;
  return unpricedPart(`billed by time: ${seconds} seconds of audio`);
}

function readImages(answer: JsonObject): MeteredPart | undefined {
  const { data } = answer;
  if (!isList(data) || data.length === 0) return undefined;
  const form = [wordAt(answer, 'size'), wordAt(answer, 'quality')].filter((word) => word !== '').join(' ');
  return unpricedPart(`billed by image: ${data.length}${form === '' ? '' : ` of ${form}`}`);
}

function unpricedPart(flag: string): MeteredPart {
  return { part: 'call', model: '', usage: {}, flag, unpriced: true };
}
