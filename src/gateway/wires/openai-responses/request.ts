/** Reading a request for a response, or one that only counts or compacts its input. */
import {
  badField,
  checkModel,
  checkShape,
  flag,
  isRefusal,
  metadataOf,
  wholeNumber,
} from '../field-checks.ts';
import { isList, isObject } from '../json.ts';
import type { JsonObject, JsonValue, Refusal, RequestFacts, Target } from '../wire.ts';

/**
 * The model may be left to a stored prompt, and the input to the conversation before.
 * @returns the facts, or the refusal of a request that no provider of this wire would take.
 */
export function readRequest(body: JsonObject, { action }: Pick<Target, 'action'>): RequestFacts | Refusal {
  if (action === 'retrieve') return { ...NOTHING_ASKED };
  const problem =
    (said(body['model']) ? checkModel(body) : undefined) ??
    checkInput(body['input']) ??
    checkShape(body, 'tools', 'list');
  if (problem !== undefined) return problem;
  const stream = flag(body, 'stream');
  if (isRefusal(stream)) return stream;
  const maximum = wholeNumber(body, 'max_output_tokens', 0);
  if (isRefusal(maximum)) return maximum;
  const { model, user } = body;
  const facts: RequestFacts = {
    ...NOTHING_ASKED,
    model: typeof model === 'string' ? model : '',
    stream: stream && action === 'create',
    maxOutputTokens: maximum,
    user: typeof user === 'string' ? user : '',
    metadata: metadataOf(body),
  };
  return hidesPrompt(body) ? { ...facts, promptHidden: true } : facts;
}

const NOTHING_ASKED: RequestFacts = {
  model: '',
  stream: false,
  maxOutputTokens: undefined,
  answers: 1,
  usageAsked: true, // every stream of this wire reports its usage
  user: '',
  metadata: {},
};

/** History, prompts and items that are kept by the provider are billed as input that nobody here can see. */
function hidesPrompt(body: JsonObject): boolean {
  if (said(body['previous_response_id']) || said(body['conversation']) || said(body['prompt'])) return true;
  const { input } = body;
  return isList(input) && input.some((item) => isObject(item) && item['type'] === 'item_reference');
}

function said(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== '';
}

function checkInput(input: JsonValue | undefined): Refusal | undefined {
  if (input === undefined || input === null || typeof input === 'string') return undefined;
  return isList(input) && input.every(isObject) ? undefined : badField('input', 'text or a list of items');
}
