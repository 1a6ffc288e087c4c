/**
 * `/v1/embeddings`: vectors of words, so that texts with words in common are near each other. Deterministic; they mean
 * nothing beyond that.
 */
import { countTokens, tokensOf } from './counting.ts';
import type { Problem } from './dialect.ts';
import { splitModelName } from './faults.ts';
import { asNumber, asText } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { createRandomness } from './randomness.ts';

const USUAL_DIMENSIONS = 256;
const MOST_DIMENSIONS = 3_072;
const MOST_INPUTS = 2_048;

export interface EmbeddingAsk {
  readonly model: string;
  readonly texts: readonly string[];
  readonly dimensions: number;
  readonly base64: boolean;
  readonly tokens: number;
}

export function readEmbeddings(body: JsonObject): EmbeddingAsk | Problem {
  const { model, faults } = splitModelName(asText(body['model']));
  if (model === '') return problem(400, 'you must provide a model parameter', 'model');
  if (faults.errorStatus !== undefined)
    return problem(faults.errorStatus, `Simulated error ${faults.errorStatus}, as asked.`);
  const texts = inputsOf(body['input']);
  if (texts === undefined || texts.length === 0 || texts.length > MOST_INPUTS)
    return problem(400, `'input' must be text, tokens, or 1 to ${MOST_INPUTS} of them.`, 'input');
  const dimensions = asNumber(body['dimensions']) ?? USUAL_DIMENSIONS;
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MOST_DIMENSIONS)
    return problem(400, `'dimensions' must be 1 to ${MOST_DIMENSIONS}.`, 'dimensions');
  return {
    model,
    texts: texts.map(({ text }) => text),
    dimensions,
    base64: body['encoding_format'] === 'base64',
    tokens: texts.reduce((sum, { tokens }) => sum + tokens, 0),
  };
}

export function embeddingsBody({ model, texts, dimensions, base64, tokens }: EmbeddingAsk): JsonObject {
  return {
    object: 'list',
    data: texts.map((text, index) => {
      const vector = vectorOf(text, dimensions);
      return { object: 'embedding', index, embedding: base64 ? asBase64(vector) : vector };
    }),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function problem(status: number, message: string, parameter?: string): Problem {
  return { kind: 'problem', status, message, ...(parameter !== undefined && { parameter }) };
}

interface Input {
  readonly text: string;
  readonly tokens: number;
}

function inputsOf(input: Json | undefined): Input[] | undefined {
  if (typeof input === 'string') return input === '' ? undefined : [ofText(input)];
  if (!Array.isArray(input)) return undefined;
  const items: readonly Json[] = input;
  if (items.length > 0 && items.every((item) => typeof item === 'number')) return [ofTokens(items)];
  const inputs: Input[] = [];
  for (const item of items) {
    if (typeof item === 'string' && item !== '') inputs.push(ofText(item));
    else if (Array.isArray(item)) inputs.push(ofTokens(item));
    else return undefined;
  }
  return inputs;
}

function ofText(text: string): Input {
  return { text, tokens: countTokens(text) };
}

function ofTokens(tokens: readonly Json[]): Input {
  return { text: tokens.join(' '), tokens: tokens.length };
}

/** The sum of a fixed vector per token, of length 1. */
function vectorOf(text: string, dimensions: number): number[] {
  const sum = Array.from({ length: dimensions }, () => 0);
  for (const token of new Set(tokensOf(text.toLowerCase()))) {
    const { uniform } = createRandomness('embedding', String(token));
    for (let at = 0; at < dimensions; at += 1) sum[at] = (sum[at] ?? 0) + uniform() - 0.5;
  }
  const length = Math.hypot(...sum) || 1;
  return sum.map((value) => Math.fround(value / length));
}

function asBase64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString('base64');
}
