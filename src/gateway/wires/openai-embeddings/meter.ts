/** Reads an answer with embeddings. */
import { isObject, objectAt, wordAt } from '../json.ts';
import { readStatedCost } from '../stated-cost.ts';
import type { JsonObject, JsonValue, Meter, Reading } from '../wire.ts';
import { readUsage } from './usage.ts';

export function createMeter(): Meter {
  return new EmbeddingMeter();
}

class EmbeddingMeter implements Meter {
  #answer: JsonObject | undefined;

  get ended(): boolean {
    return this.#answer !== undefined;
  }

  body(json: JsonValue): void {
    if (isObject(json)) this.#answer = json;
  }

  /** This wire has no streams; what a compatible might send is the client's. */
  event(): true {
    return true;
  }

  reading(): Reading {
    const answer = this.#answer ?? {};
    const report = objectAt(answer, 'usage');
    const part = report && readUsage(report);
    return {
      parts: part === undefined ? [] : [part],
      modelReturned: wordAt(answer, 'model'),
      responseId: wordAt(answer, 'id'),
      finishReason: '',
      serviceTier: '',
      geo: '',
      providerCost: report && readStatedCost(report),
      complete: this.#answer !== undefined,
      failed: isObject(answer['error']),
      output: { text: '', reasoning: '', toolCalls: '' },
    };
  }
}
