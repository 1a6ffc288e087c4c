/** Reads a `GenerateContentResponse`, whole, as a stream, or as an embedding. */
import { emptyFields, isList, isObject, objectAt, parseJson, replaceFields, wordAt } from '../json.ts';
import { Transcript } from '../transcript.ts';
import type { JsonObject, JsonValue, Meter, Reading } from '../wire.ts';
import { readParts, tierOf } from './usage.ts';

/** More queries than this in one answer are no answer of Google's. */
const MOST_QUERIES = 1_000;

export function createMeter(): Meter {
  return new GenerateMeter();
}

class GenerateMeter implements Meter {
  readonly #transcript = new Transcript();
  /** Cumulative: the last word of each field counts. */
  readonly #report = emptyFields();
  readonly #webQueries = new Set<string>();
  #maps = false;
  #model = '';
  #responseId = '';
  #finishReason = '';
  #tierHeader = '';
  #complete = false;
  #failed = false;

  /** A stream of this wire has no last event: it ends when it ends. */
  get ended(): boolean {
    return this.#failed;
  }

  headers(headers: Readonly<Record<string, string | string[] | undefined>>): void {
    const tier = headers['x-gemini-service-tier'];
    if (typeof tier === 'string') this.#tierHeader = tier.toLowerCase().slice(0, 64);
  }

  body(json: JsonValue): void {
    if (isList(json)) for (const element of json) this.#read(element);
    else this.#read(json);
    this.#complete = isObject(json) || isList(json);
  }

  /** Nothing in this wire exists because the gateway asked, so every event is the client's. */
  event(data: string): true {
    if (data !== '') this.#read(parseJson(data));
    return true;
  }

  reading(): Reading {
    return {
      parts: readParts(this.#report, { webQueries: this.#webQueries, maps: this.#maps }, this.#model),
      modelReturned: this.#model,
      responseId: this.#responseId,
      finishReason: this.#finishReason,
      serviceTier: tierOf(this.#report) || this.#tierHeader,
      geo: '',
      providerCost: undefined,
      complete: this.#complete,
      failed: this.#failed,
      output: this.#transcript.output,
    };
  }

  #read(response: JsonValue | undefined): void {
    if (!isObject(response)) return;
    if (isObject(response['error'])) {
      this.#failed = true;
      return;
    }
    this.#model = wordAt(response, 'modelVersion').replace(/^.*models\//, '') || this.#model;
    this.#responseId = wordAt(response, 'responseId') || this.#responseId;
    const usage = objectAt(response, 'usageMetadata');
    if (usage !== undefined) replaceFields(this.#report, usage);
    const feedback = objectAt(response, 'promptFeedback');
    if (feedback !== undefined) this.#finishReason = wordAt(feedback, 'blockReason') || this.#finishReason;
    const { candidates } = response;
    if (isList(candidates)) for (const candidate of candidates) this.#readCandidate(candidate);
  }

  #readCandidate(candidate: JsonValue): void {
    if (!isObject(candidate)) return;
    this.#finishReason = wordAt(candidate, 'finishReason') || this.#finishReason;
    const parts = objectAt(candidate, 'content')?.['parts'];
    if (isList(parts)) for (const part of parts) if (isObject(part)) this.#readPart(part);
    const grounding = objectAt(candidate, 'groundingMetadata');
    if (grounding !== undefined) this.#readGrounding(grounding);
  }

  #readPart(part: JsonObject): void {
    if (part['thought'] === true) this.#transcript.reasoning(part['text']);
    else this.#transcript.text(part['text']);
    const call = objectAt(part, 'functionCall');
    if (call !== undefined) this.#readCall(call);
    const code = objectAt(part, 'executableCode');
    if (code !== undefined) this.#transcript.toolCall(code['code']);
  }

  #readCall(call: JsonObject): void {
    this.#transcript.toolCall(call['name']);
    if (isObject(call['args'])) this.#transcript.toolCall(JSON.stringify(call['args']));
    const pieces = call['partialArgs'];
    if (!isList(pieces)) return;
    for (const piece of pieces) if (isObject(piece)) this.#transcript.toolCall(pieceText(piece));
  }

  #readGrounding(grounding: JsonObject): void {
    const { webSearchQueries: queries, groundingChunks: chunks } = grounding;
    if (isList(queries))
      for (const query of queries)
        if (typeof query === 'string' && query.trim() !== '' && this.#webQueries.size < MOST_QUERIES)
          this.#webQueries.add(query);
    if (isList(chunks) && chunks.some((chunk) => isObject(chunk) && isObject(chunk['maps'])))
      this.#maps = true;
  }
}

/** A streamed argument: the model wrote its value, and the name of its field once. */
function pieceText(piece: JsonObject): string {
  for (const name of ['stringValue', 'numberValue', 'boolValue']) {
    const value = piece[name];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return String(value);
  }
  return '';
}
