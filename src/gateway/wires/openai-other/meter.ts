/** Reads answers of the rest of `/v1/*`: usage wherever it is, and nothing where there is none. */
import { createMeter as createChatMeter } from '../openai-chat/meter.ts';
import { createLinesMeter } from '../lines-meter.ts';
import { isObject, objectAt, parseJson, wordAt } from '../json.ts';
import { readStatedCost } from '../stated-cost.ts';
import type { Endpoint } from '../../call.ts';
import type { JsonObject, JsonValue, Meter, Reading, RequestFacts, Target } from '../wire.ts';
import { readResult, RESULT_WORDS } from './batch.ts';
import { readUsage } from './usage.ts';

export function createMeter(facts: RequestFacts, { endpoint, action }: Target): Meter {
  if (action === 'completions') return createChatMeter(facts);
  if (action === 'file-content') return createLinesMeter({ words: RESULT_WORDS, readLine: readResult });
  return new OtherMeter(endpoint);
}

class OtherMeter implements Meter {
  readonly #endpoint: Endpoint;
  #answer: JsonObject | undefined;
  #model = '';
  #responseId = '';
  #failed = false;
  #complete = false;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  get ended(): boolean {
    return false; // these streams have no closing word in common
  }

  body(json: JsonValue): void {
    this.#complete = true;
    if (isObject(json)) this.#read(json);
  }

  event(data: string): true {
    const event = parseJson(data);
    if (isObject(event)) this.#read(event);
    return true;
  }

  bytes(chunk: Buffer | undefined): void {
    if (chunk === undefined) this.#complete = true;
  }

  reading(): Reading {
    const part = this.#answer && readUsage(this.#answer, this.#endpoint);
    const report = this.#answer && objectAt(this.#answer, 'usage');
    return {
      parts: part === undefined ? [] : [part],
      modelReturned: this.#model,
      responseId: this.#responseId,
      finishReason: part === undefined ? '' : 'stop',
      serviceTier: (this.#answer && wordAt(this.#answer, 'service_tier')) ?? '',
      geo: '',
      providerCost: report && readStatedCost(report),
      complete: this.#complete,
      failed: this.#failed,
      output: { text: '', reasoning: '', toolCalls: '' },
    };
  }

  /** Usage is in the answer, or in the last event that has any. */
  #read(json: JsonObject): void {
    this.#model = wordAt(json, 'model') || this.#model;
    this.#responseId = wordAt(json, 'id') || this.#responseId;
    if (isObject(json['error'])) this.#failed = true;
    const reports = isObject(json['usage']) || (this.#endpoint === 'images' && json['data'] !== undefined);
    if (reports) this.#answer = json;
  }
}
