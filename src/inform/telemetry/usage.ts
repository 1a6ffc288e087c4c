/**
 * Usage of a span as disjoint buckets. Every convention of spans counts cache inside the input and reasoning inside the
 * output (GenAI: "input_tokens … SHOULD include cached"); a sender that does otherwise is seen by its parts exceeding
 * their whole, taken at its word beside it, and flagged.
 */
import type { Bucket, Usage } from '../../units/tokens.ts';
import { NAMES } from './names.ts';
import type { Meaning } from './names.ts';
import type { Attributes, AttributeValue } from './otlp.ts';

export interface SpanUsage {
  /** Undefined: the span reports none. */
  readonly usage: Usage | undefined;
  /** Why it is doubtful; empty when it is not. */
  readonly flag: string;
}

/** The first attribute of a meaning that is there. */
export function attributeOf(attributes: Attributes, meaning: Meaning): AttributeValue | undefined {
  for (const name of NAMES[meaning]) {
    const value = attributes.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Text of a meaning, empty where there is none; of a list the first. */
export function textOf(attributes: Attributes, meaning: Meaning): string {
  const value = attributeOf(attributes, meaning);
  const one = typeof value === 'object' ? value[0] : value;
  return one === undefined ? '' : String(one);
}

export function readUsage(attributes: Attributes): SpanUsage {
  const flags: string[] = [];
  const count = (meaning: Meaning): number | undefined => {
    const value = attributeOf(attributes, meaning);
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (number === undefined) return undefined;
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
    flags.push(`${meaning} is not a whole number`);
    return undefined;
  };
  const [input, output] = [count('input'), count('output')];
  if (input === undefined && output === undefined) return { usage: undefined, flag: flags.join('; ') };
  if (input === undefined) flags.push('input tokens not reported');
  if (output === undefined && !isEmbedding(attributes)) flags.push('output tokens not reported');
  const usage: { [bucket in Bucket]?: number } = {};
  const put = (bucket: Bucket, units: number): void => {
    if (units > 0) usage[bucket] = units;
  };
  const [read, written, audio] = [count('cacheRead') ?? 0, count('cacheWrite') ?? 0, count('audioIn') ?? 0];
  put(
    'freshIn',
    rest(input ?? 0, read + written + audio, 'cache and audio exceed the input they are part of', flags),
  );
  put('cacheRead', read);
  put('cacheWriteUnknown', written);
  put('audioIn', audio);
  const [reasoning, spoken] = [count('reasoning') ?? 0, count('audioOut') ?? 0];
  put(
    'textOut',
    rest(output ?? 0, reasoning + spoken, 'reasoning and audio exceed the output they are part of', flags),
  );
  put('reasoningOut', reasoning);
  put('audioOut', spoken);
  return { usage, flag: flags.join('; ') };
}

/** What is left of a whole beside its parts; the whole itself where they exceed it, since then they stood beside it. */
function rest(whole: number, parts: number, wording: string, flags: string[]): number {
  if (parts <= whole) return whole - parts;
  flags.push(`${wording}: ${parts} of ${whole}, counted beside it`);
  return whole;
}

function isEmbedding(attributes: Attributes): boolean {
  return /embed/i.test(textOf(attributes, 'operation')) || textOf(attributes, 'kind') === 'EMBEDDING';
}
