/** Meters of the files of results that batches leave: each line tells of a call of its own. */
import { isObject } from './json.ts';
import { JsonLines } from './json-lines.ts';
import type { CarriedResult, JsonObject, JsonValue, Meter, Reading } from './wire.ts';

const LINE_BYTES = 8 * 1024 * 1024;

export function createLinesMeter(setting: {
  /** Words that every line of results has. */
  readonly words: readonly string[];
  readonly readLine: (line: JsonObject) => CarriedResult | undefined;
}): Meter {
  return new LinesMeter(setting.words, setting.readLine);
}

class LinesMeter implements Meter {
  readonly #lines: JsonLines;
  readonly #readLine: (line: JsonObject) => CarriedResult | undefined;
  #results: CarriedResult[] = [];
  #failed = false;

  constructor(words: readonly string[], readLine: (line: JsonObject) => CarriedResult | undefined) {
    this.#lines = new JsonLines({ words, maximumBytes: LINE_BYTES });
    this.#readLine = readLine;
  }

  get ended(): boolean {
    return false;
  }

  /** Errors are JSON; so is a file of a single line whose provider calls it so. */
  body(json: JsonValue): void {
    if (!isObject(json)) return;
    if (isObject(json['error']) && json['custom_id'] === undefined) this.#failed = true;
    else this.#read([json]);
  }

  event(): true {
    return true;
  }

  bytes(chunk: Buffer | undefined): void {
    this.#read(chunk === undefined ? this.#lines.rest() : this.#lines.push(chunk));
  }

  carried(): CarriedResult[] {
    const results = this.#results;
    this.#results = [];
    return results;
  }

  reading(): Reading {
    return {
      parts: [],
      modelReturned: '',
      responseId: '',
      finishReason: '',
      serviceTier: '',
      geo: '',
      providerCost: undefined,
      complete: !this.#failed,
      failed: this.#failed,
      output: { text: '', reasoning: '', toolCalls: '' },
    };
  }

  #read(lines: readonly JsonObject[]): void {
    for (const line of lines) {
      const result = this.#readLine(line);
      if (result !== undefined) this.#results.push(result);
    }
  }
}
