/** Reads a message, whole or as a stream of events. */
import {
  emptyFields,
  fillFields,
  isList,
  isObject,
  objectAt,
  parseJson,
  replaceFields,
  wordAt,
} from '../json.ts';
import { Transcript } from '../transcript.ts';
import type { JsonObject, JsonValue, Meter, Reading } from '../wire.ts';
import { readParts } from './usage.ts';

export function createMeter(): Meter {
  return new MessageMeter();
}

class MessageMeter implements Meter {
  readonly #transcript = new Transcript();
  /**
   * The report so far. `message_delta` is cumulative: each of its fields that is not null replaces, none is added.
   * Compatibles that report input and cache only there are read by the same rule.
   */
  readonly #report = emptyFields();
  #sawDelta = false;
  #model = '';
  #responseId = '';
  #finishReason = '';
  #complete = false;
  #failed = false;

  get ended(): boolean {
    return this.#complete || this.#failed;
  }

  body(json: JsonValue): void {
    if (!isObject(json)) return;
    this.#complete = true;
    if (json['type'] === 'error' || isObject(json['error'])) {
      this.#failed = true;
      return;
    }
    this.#readMessage(json);
    const { content } = json;
    if (isList(content)) for (const block of content) this.#readBlock(block);
  }

  /** Nothing in this wire exists because the gateway asked, so every event is the client's. */
  event(data: string): true {
    const event = data === '' || this.#complete ? undefined : parseJson(data);
    if (!isObject(event)) return true;
    switch (event['type']) {
      case 'content_block_delta':
        this.#readDelta(event['delta']);
        break;
      case 'content_block_start':
        this.#readBlock(event['content_block']);
        break;
      case 'message_start':
        if (isObject(event['message'])) this.#readMessage(event['message']);
        break;
      case 'message_delta':
        this.#readMessageDelta(event);
        break;
      case 'message_stop':
        this.#complete = true;
        break;
      case 'error':
        this.#failed = true;
        break;
      default: // pings, and events that are not invented yet
    }
    return true;
  }

  reading(): Reading {
    const parts = readParts(this.#report);
    const speed = wordAt(this.#report, 'speed');
    const reading: Reading = {
      parts,
      modelReturned: parts[0]?.model || this.#model, // a stream names the model that began, its report the one that answered
      responseId: this.#responseId,
      finishReason: this.#finishReason,
      serviceTier: wordAt(this.#report, 'service_tier'),
      geo: wordAt(this.#report, 'inference_geo'),
      providerCost: undefined,
      complete: this.#complete,
      failed: this.#failed,
      output: this.#transcript.output,
    };
    return speed === '' ? reading : { ...reading, speed };
  }

  /** A start that is repeated, or spliced in by a proxy that began again, is the same call: it counts once. */
  #readMessage(message: JsonObject): void {
    this.#model = wordAt(message, 'model') || this.#model;
    this.#responseId = wordAt(message, 'id') || this.#responseId;
    this.#finishReason = wordAt(message, 'stop_reason') || this.#finishReason;
    const usage = objectAt(message, 'usage');
    if (usage === undefined) return;
    if (this.#sawDelta) fillFields(this.#report, usage);
    else replaceFields(this.#report, usage);
  }

  #readMessageDelta(event: JsonObject): void {
    const delta = objectAt(event, 'delta');
    if (delta !== undefined) this.#finishReason = wordAt(delta, 'stop_reason') || this.#finishReason;
    const usage = objectAt(event, 'usage');
    if (usage === undefined) return;
    this.#sawDelta = true;
    replaceFields(this.#report, usage);
  }

  #readDelta(delta: JsonValue | undefined): void {
    if (!isObject(delta)) return;
    switch (delta['type']) {
      case 'text_delta':
        this.#transcript.text(delta['text']);
        break;
      case 'input_json_delta':
        this.#transcript.toolCall(delta['partial_json']);
        break;
      case 'thinking_delta':
        this.#transcript.reasoning(delta['thinking']);
        break;
      case 'compaction_delta':
        this.#transcript.text(delta['content']);
        break;
      default: // signatures and citations are not generated tokens
    }
  }

  /** Results of server tools are input of the next iteration, not output; only what the model wrote is kept. */
  #readBlock(block: JsonValue | undefined): void {
    if (!isObject(block)) return;
    switch (block['type']) {
      case 'text':
        this.#transcript.text(block['text']);
        break;
      case 'thinking':
        this.#transcript.reasoning(block['thinking']);
        break;
      case 'compaction':
        this.#transcript.text(block['content']);
        break;
      case 'tool_use':
      case 'server_tool_use':
      case 'mcp_tool_use':
        this.#transcript.toolCall(block['name']);
        if (isObject(block['input']) && hasFields(block['input']))
          this.#transcript.toolCall(JSON.stringify(block['input']));
        break;
      default:
    }
  }
}

function hasFields(object: JsonObject): boolean {
  for (const _ in object) return true;
  return false;
}
