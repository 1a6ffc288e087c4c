/** Reads a Converse answer, whole or as a stream of its events. */
import { emptyFields, isList, isObject, objectAt, parseJson, replaceFields, wordAt } from '../json.ts';
import { Transcript } from '../transcript.ts';
import type { JsonObject, JsonValue, Meter, Reading } from '../wire.ts';
import { readParts } from './usage.ts';

export function createMeter(): Meter {
  return new ConverseMeter();
}

class ConverseMeter implements Meter {
  readonly #transcript = new Transcript();
  readonly #report = emptyFields();
  #requestId = '';
  #finishReason = '';
  #tier = '';
  #latency = '';
  #complete = false;
  #failed = false;
  /** A frame was damaged: what comes after it is not believed. */
  #corrupt = '';

  /** `metadata` with the usage comes after `messageStop`: both have been read. */
  get ended(): boolean {
    return this.#failed || (this.#complete && this.#finishReason !== '');
  }

  headers(headers: Readonly<Record<string, string | string[] | undefined>>): void {
    const id = headers['x-amzn-requestid'];
    if (typeof id === 'string') this.#requestId = id.slice(0, 256);
  }

  body(json: JsonValue): void {
    if (!isObject(json)) return;
    this.#complete = true;
    const message = objectAt(json, 'output')?.['message'];
    if (!isObject(message)) {
      this.#failed = objectAt(json, 'usage') === undefined;
      if (this.#failed) return;
    }
    this.#finishReason = wordAt(json, 'stopReason');
    this.#readReport(json);
    const content = isObject(message) ? message['content'] : undefined;
    if (isList(content)) for (const block of content) this.#readBlock(block);
  }

  /** Nothing in this wire exists because the gateway asked, so every event is the client's. */
  event(data: string): true {
    const event = data === '' || this.#corrupt !== '' ? undefined : parseJson(data);
    if (!isObject(event)) return true;
    this.#corrupt = wordAt(event, 'corrupt');
    if (event['exception'] !== undefined) this.#failed = true;
    const start = objectAt(event, 'contentBlockStart');
    if (start !== undefined) this.#readBlock(start['start']);
    const delta = objectAt(event, 'contentBlockDelta');
    if (delta !== undefined) this.#readDelta(delta['delta']);
    const stop = objectAt(event, 'messageStop');
    if (stop !== undefined) this.#finishReason = wordAt(stop, 'stopReason') || this.#finishReason;
    const metadata = objectAt(event, 'metadata');
    if (metadata !== undefined) this.#readReport(metadata);
    return true;
  }

  reading(): Reading {
    const parts = readParts(this.#report);
    const reading: Reading = {
      parts:
        this.#corrupt === ''
          ? parts
          : parts.map((part) => ({ ...part, flag: joined(part.flag, this.#corrupt) })),
      modelReturned: '',
      responseId: this.#requestId,
      finishReason: this.#finishReason,
      serviceTier: this.#tier,
      geo: '',
      providerCost: undefined,
      complete: this.#complete,
      failed: this.#failed,
      output: this.#transcript.output,
    };
    return this.#latency === '' ? reading : { ...reading, speed: this.#latency };
  }

  /** Usage, tier and latency stand together, in a body and in `metadata`. */
  #readReport(holder: JsonObject): void {
    const usage = objectAt(holder, 'usage');
    if (usage !== undefined) {
      replaceFields(this.#report, usage);
      this.#complete = true;
    }
    const tier = objectAt(holder, 'serviceTier');
    if (tier !== undefined) this.#tier = wordAt(tier, 'type') || this.#tier;
    const performance = objectAt(holder, 'performanceConfig');
    if (performance !== undefined) this.#latency = wordAt(performance, 'latency') || this.#latency;
  }

  #readDelta(delta: JsonValue | undefined): void {
    if (!isObject(delta)) return;
    this.#transcript.text(delta['text']);
    const reasoning = objectAt(delta, 'reasoningContent');
    if (reasoning !== undefined) this.#transcript.reasoning(reasoning['text']);
    const tool = objectAt(delta, 'toolUse');
    if (tool !== undefined) this.#transcript.toolCall(tool['input']);
  }

  #readBlock(block: JsonValue | undefined): void {
    if (!isObject(block)) return;
    this.#transcript.text(block['text']);
    const reasoning = objectAt(block, 'reasoningContent');
    const reasoningText = reasoning && objectAt(reasoning, 'reasoningText');
    if (reasoningText !== undefined) this.#transcript.reasoning(reasoningText['text']);
    const tool = objectAt(block, 'toolUse');
    if (tool === undefined) return;
    this.#transcript.toolCall(tool['name']);
    if (isObject(tool['input'])) this.#transcript.toolCall(JSON.stringify(tool['input']));
  }
}

function joined(flag: string, reason: string): string {
  return flag === '' ? reason : `${flag}; ${reason}`;
}
