/** Reads a response, whole, as a stream of events, or as it is found when somebody retrieves it later. */
import { isList, isObject, objectAt, parseJson, wordAt } from '../json.ts';
import { readStatedCost } from '../stated-cost.ts';
import { Transcript } from '../transcript.ts';
import type { CarriedResult, JsonObject, JsonValue, Meter, MeteredPart, Reading } from '../wire.ts';
import { readUsage, ToolFees } from './usage.ts';

/** Words of the state of a response after which it does not change. */
const FINAL: ReadonlySet<string> = new Set(['completed', 'incomplete', 'failed', 'cancelled']);

export function createMeter(): Meter {
  return new ResponseMeter();
}

/** For answers that only show a response: they cost nothing, and may tell what one in the background has come to. */
export function createRetrievalMeter(): Meter {
  return new RetrievalMeter();
}

class ResponseMeter implements Meter {
  readonly #transcript = new Transcript();
  #fees = new ToolFees();
  #report: JsonObject | undefined;
  #background = false;
  #status = '';
  #reason = '';
  #model = '';
  #responseId = '';
  #serviceTier = '';
  #complete = false;
  #failed = false;

  get ended(): boolean {
    return this.#complete;
  }

  body(json: JsonValue): void {
    if (!isObject(json)) return;
    if (isObject(json['error'])) this.#failed = true;
    this.#readResponse(json);
    // Compaction and errors have no status: their body is all there is.
    if (this.#status === '' || FINAL.has(this.#status)) this.#complete = true;
    const { output } = json;
    if (isList(output)) for (const item of output) this.#readItem(item);
  }

  /** Nothing in this wire exists because the gateway asked, so every event is the client's. */
  event(data: string): true {
    const event = data === '' || this.#complete ? undefined : parseJson(data);
    if (!isObject(event)) return true;
    const type = wordAt(event, 'type');
    if (type.endsWith('.delta')) this.#readDelta(type, event['delta']);
    else if (type === 'response.output_item.added') this.#readAdded(event['item']);
    else if (type === 'response.output_item.done') this.#readDone(event['item']);
    else if (type === 'error') this.#failed = true; // the response's own end follows
    else if (isObject(event['response'])) {
      this.#readResponse(event['response']);
      this.#complete = FINAL.has(type.slice('response.'.length));
    }
    return true;
  }

  reading(): Reading {
    const part = this.#report === undefined ? this.#feesSoFar() : readUsage(this.#report, this.#fees);
    const reading: Reading = {
      parts: part === undefined ? [] : [part],
      modelReturned: this.#model,
      responseId: this.#responseId,
      finishReason: this.#complete ? this.#reason || this.#status : '',
      serviceTier: this.#serviceTier,
      geo: '',
      providerCost: this.#report && readStatedCost(this.#report),
      complete: this.#complete,
      failed: this.#failed,
      output: this.#transcript.output,
    };
    return this.#background && !this.#complete ? { ...reading, pending: true } : reading;
  }

  /** A stream that was cut has no report; the tools that it had used by then are charged all the same. */
  #feesSoFar(): MeteredPart | undefined {
    return this.#complete ? undefined : this.#fees.part();
  }

  /** Usage comes with whatever end there is: completed, incomplete, failed, cancelled; it may be null. */
  #readResponse(response: JsonObject): void {
    this.#model = wordAt(response, 'model') || this.#model;
    this.#responseId = wordAt(response, 'id') || this.#responseId;
    this.#serviceTier = wordAt(response, 'service_tier') || this.#serviceTier;
    this.#status = wordAt(response, 'status') || this.#status;
    this.#background ||= response['background'] === true;
    this.#reason = wordAt(objectAt(response, 'incomplete_details') ?? {}, 'reason') || this.#reason;
    if (this.#status === 'failed') this.#failed = true;
    this.#report = objectAt(response, 'usage') ?? this.#report;
    const { output } = response;
    if (!isList(output) || output.length === 0) return;
    // The whole output replaces what came item by item: ids may change between the two, so they prove nothing.
    this.#fees = new ToolFees();
    for (const item of output) this.#fees.item(item);
  }

  #readDelta(type: string, delta: JsonValue | undefined): void {
    if (type === 'response.output_text.delta' || type === 'response.refusal.delta')
      this.#transcript.text(delta);
    else if (type.startsWith('response.reasoning')) this.#transcript.reasoning(delta);
    else if (type !== 'response.audio.delta') this.#transcript.toolCall(delta); // arguments, inputs, code
  }

  #readAdded(item: JsonValue | undefined): void {
    if (isObject(item)) this.#transcript.toolCall(item['name']);
  }

  /** Fees are read as they come, so that a stream that is cut has those that were made. */
  #readDone(item: JsonValue | undefined): void {
    if (item !== undefined) this.#fees.item(item);
  }

  #readItem(item: JsonValue): void {
    if (!isObject(item)) return;
    const { type, content, summary } = item;
    if (isList(content)) {
      for (const piece of content) {
        if (!isObject(piece)) continue;
        if (type === 'reasoning') this.#transcript.reasoning(piece['text']);
        else this.#transcript.text(piece['text'] ?? piece['refusal']);
      }
    }
    if (isList(summary))
      for (const piece of summary) if (isObject(piece)) this.#transcript.reasoning(piece['text']);
    this.#transcript.toolCall(item['name']);
    this.#transcript.toolCall(item['arguments'] ?? item['input'] ?? item['code']);
  }
}

class RetrievalMeter implements Meter {
  readonly #response = new ResponseMeter();
  #carried = false;

  get ended(): boolean {
    return this.#response.ended;
  }

  body(json: JsonValue): void {
    if (isObject(json) && wordAt(json, 'object') === 'response') this.#response.body(json);
  }

  event(data: string): boolean {
    return this.#response.event(data);
  }

  carried(): CarriedResult[] {
    const reading = this.#response.reading();
    if (this.#carried || !reading.complete || reading.responseId === '') return [];
    this.#carried = true;
    return [
      {
        once: reading.responseId,
        wire: 'openai-responses',
        model: reading.modelReturned,
        reading,
        of: 'background',
        label: reading.responseId,
      },
    ];
  }

  /** Of the answer to this request alone: it has no usage of its own. */
  reading(): Reading {
    return { ...this.#response.reading(), parts: [], providerCost: undefined, pending: false, failed: false };
  }
}
