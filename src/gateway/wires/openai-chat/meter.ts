/** Reads a chat completion, whole or as a stream of chunks. */
import { emptyFields, isList, isObject, objectAt, parseJson, replaceFields, wordAt } from '../json.ts';
import { readStatedCost } from '../stated-cost.ts';
import { Transcript } from '../transcript.ts';
import type { JsonObject, JsonValue, Meter, Reading, RequestFacts } from '../wire.ts';
import { readUsage } from './usage.ts';

const DONE = '[DONE]';

export function createMeter(facts: RequestFacts): Meter {
  return new ChatMeter(facts.usageAsked);
}

class ChatMeter implements Meter {
  readonly #usageAsked: boolean;
  readonly #transcript = new Transcript();
  /** All reports so far, each field at its last value that was not null. Chunks may repeat or trim them. */
  readonly #report = emptyFields();
  #reported = false;
  #model = '';
  #responseId = '';
  #finishReason = '';
  #serviceTier = '';
  #complete = false;
  #failed = false;

  constructor(usageAsked: boolean) {
    this.#usageAsked = usageAsked;
  }

  get ended(): boolean {
    return this.#complete || this.#failed;
  }

  body(json: JsonValue): void {
    if (!isObject(json)) return;
    this.#complete = true;
    this.#read(json);
  }

  event(data: string): boolean {
    if (data.startsWith(DONE)) {
      this.#complete = true;
      return true;
    }
    const chunk = data === '' || this.#complete ? undefined : parseJson(data);
    if (!isObject(chunk)) return true;
    const reports = this.#read(chunk);
    return this.#usageAsked || !reports || !isUsageOnly(chunk);
  }

  reading(): Reading {
    const part = this.#reported ? readUsage(this.#report) : undefined;
    return {
      parts: part === undefined ? [] : [part],
      modelReturned: this.#model,
      responseId: this.#responseId,
      finishReason: this.#finishReason,
      serviceTier: this.#serviceTier,
      geo: '',
      providerCost: this.#reported ? readStatedCost(this.#report) : undefined,
      complete: this.#complete,
      failed: this.#failed,
      output: this.#transcript.output,
    };
  }

  /** @returns whether this chunk reports usage. */
  #read(json: JsonObject): boolean {
    // The first chunk of a routed Azure stream has an empty id and model, so an empty word says nothing.
    this.#model = wordAt(json, 'model') || this.#model;
    this.#responseId = wordAt(json, 'id') || this.#responseId;
    this.#serviceTier = wordAt(json, 'service_tier') || this.#serviceTier;
    if (isFailure(json['error'])) this.#failed = true;
    const { choices } = json;
    if (isList(choices)) for (const choice of choices) this.#readChoice(choice);
    return this.#readReport(json);
  }

  /** Usage counts wherever it rides: on its own chunk, on one with choices, or in Groq's `x_groq`. */
  #readReport(json: JsonObject): boolean {
    const report = objectAt(json, 'usage') ?? groqReport(json);
    if (report === undefined) return false;
    this.#reported = true;
    replaceFields(this.#report, report);
    return true;
  }

  #readChoice(choice: JsonValue): void {
    if (!isObject(choice)) return;
    const reason = wordAt(choice, 'finish_reason');
    if (reason !== '' && (this.#finishReason === '' || choice['index'] === 0)) this.#finishReason = reason;
    if (isFailure(choice['error'])) this.#failed = true;
    this.#transcript.text(choice['text']); // completions, the older chat without roles
    const said = choice['delta'] ?? choice['message'];
    if (isObject(said)) this.#readSaid(said);
  }

  #readSaid(said: JsonObject): void {
    this.#readContent(said['content']);
    this.#transcript.text(said['refusal']);
    this.#transcript.reasoning(said['reasoning_content'] ?? said['reasoning']); // two names for one text
    const { tool_calls: toolCalls, function_call: functionCall } = said;
    if (isList(toolCalls)) for (const call of toolCalls) this.#readToolCall(call);
    if (isObject(functionCall)) this.#readCalled(functionCall);
    const { audio } = said;
    if (isObject(audio)) this.#transcript.text(audio['transcript']);
  }

  /** Text, or a list of parts as Mistral sends them, thinking included. */
  #readContent(content: JsonValue | undefined): void {
    if (!isList(content)) {
      this.#transcript.text(content);
      return;
    }
    for (const part of content) {
      if (!isObject(part)) continue;
      this.#transcript.text(part['text']);
      const { thinking } = part;
      if (isList(thinking))
        for (const thought of thinking) if (isObject(thought)) this.#transcript.reasoning(thought['text']);
    }
  }

  #readToolCall(call: JsonValue): void {
    if (!isObject(call)) return;
    const called = call['function'] ?? call['custom'];
    if (isObject(called)) this.#readCalled(called);
  }

  #readCalled(called: JsonObject): void {
    this.#transcript.toolCall(called['name']);
    this.#transcript.toolCall(called['arguments'] ?? called['input']);
  }
}

function groqReport(json: JsonObject): JsonObject | undefined {
  const groq = objectAt(json, 'x_groq');
  return groq && objectAt(groq, 'usage');
}

/** The chunk that exists only because usage was asked for: it reports and brings no choice. */
function isUsageOnly(chunk: JsonObject): boolean {
  const { choices, error } = chunk;
  return (
    !isFailure(error) &&
    (choices === undefined || choices === null || (isList(choices) && choices.length === 0))
  );
}

function isFailure(error: JsonValue | undefined): boolean {
  return isObject(error) || (typeof error === 'string' && error !== '');
}
