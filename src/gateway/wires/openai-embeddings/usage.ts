/**
 * Usage by the rules of the embeddings wire: `prompt_tokens`, all of it input. Compatibles that report the total only
 * (Voyage) mean the same; multimodal ones count images beside the text in the total.
 */
import { countAt, Flags, put, restOf } from '../counts.ts';
import type { UsageDraft } from '../counts.ts';
import type { JsonObject, MeteredPart } from '../wire.ts';

/** @returns the one part of an embedding's usage, or undefined when the report has no counts. */
export function readUsage(report: JsonObject): MeteredPart | undefined {
  const flags = new Flags();
  const prompt = countAt(report, 'prompt_tokens', flags);
  const total = countAt(report, 'total_tokens', flags);
  const input = prompt ?? total;
  if (input === undefined) return undefined;
  const image = countAt(report, 'image_tokens', flags) ?? 0;
  const usage: UsageDraft = {};
  put(usage, 'freshIn', restOf(input, image, 'image_tokens exceed prompt_tokens', flags));
  put(usage, 'imageIn', image);
  if (total !== undefined && total !== input)
    flags.add(`total_tokens ${total} is not prompt_tokens ${input}`);
  return { part: 'call', model: '', usage, flag: flags.text };
}
