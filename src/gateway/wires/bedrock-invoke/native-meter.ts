/** Reads the bodies that no other wire has: Titan, Llama, older Mistral, Cohere. The same fields stream and stand whole. */
import { countAt, Flags } from '../counts.ts';
import { emptyFields, isList, isObject, objectAt, parseJson, replaceFields, wordAt } from '../json.ts';
import { Transcript } from '../transcript.ts';
import type { JsonObject, JsonValue, Meter, Reading } from '../wire.ts';
import { partsOfNative } from './usage.ts';

const TEXTS = ['outputText', 'generation', 'text', 'completion'] as const;
const REASONS = ['completionReason', 'stop_reason', 'finish_reason'] as const;

export class NativeMeter implements Meter {
  readonly #transcript = new Transcript();
  readonly #report = emptyFields();
  #finishReason = '';
  #complete = false;

  /** Bedrock's own metrics end such a stream, and those are read outside. */
  get ended(): boolean {
    return false;
  }

  body(json: JsonValue): void {
    this.#complete = isObject(json);
    this.#read(json, 0);
    if (isObject(json)) this.#sumResults(json);
  }

  event(data: string): true {
    this.#read(parseJson(data), 0);
    return true;
  }

  reading(): Reading {
    return {
      parts: partsOfNative(this.#report),
      modelReturned: '',
      responseId: '',
      finishReason: this.#finishReason,
      serviceTier: '',
      geo: '',
      providerCost: undefined,
      complete: this.#complete,
      failed: false,
      output: this.#transcript.output,
    };
  }

  /** A body, a piece of a stream, or an answer among several (`results`, `outputs`, `generations`). */
  #read(json: JsonValue | undefined, depth: number): void {
    if (!isObject(json) || depth > 1) return;
    for (const name of TEXTS) this.#transcript.text(json[name]);
    for (const name of REASONS) this.#finishReason = wordAt(json, name) || this.#finishReason;
    if (depth === 0) {
      const billed = objectAt(objectAt(json, 'meta') ?? {}, 'billed_units');
      replaceFields(this.#report, counts(billed ?? json));
    }
    for (const name of ['results', 'outputs', 'generations', 'choices']) {
      const answers = json[name];
      if (isList(answers)) for (const answer of answers) this.#read(answer, depth + 1);
    }
  }

  /** Titan counts the output of each answer apart. */
  #sumResults(json: JsonObject): void {
    const { results } = json;
    if (!isList(results)) return;
    const flags = new Flags();
    let total = 0;
    for (const one of results) if (isObject(one)) total += countAt(one, 'tokenCount', flags) ?? 0;
    if (total > 0) replaceFields(this.#report, { totalOutputTextTokenCount: total });
  }
}

const COUNTS = [
  'inputTextTokenCount',
  'totalOutputTextTokenCount',
  'prompt_token_count',
  'generation_token_count',
  'input_tokens',
  'output_tokens',
] as const;

/** Only counts are kept of what came. */
function counts(holder: JsonObject): JsonObject {
  return Object.fromEntries(COUNTS.map((name) => [name, holder[name]]));
}
