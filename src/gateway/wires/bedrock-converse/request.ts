/** Reading a Converse request. The path names the model and whether the answer streams. */
import { checkMessages, isRefusal, wholeNumber } from '../field-checks.ts';
import { isObject, objectAt } from '../json.ts';
import type { JsonObject, Refusal, RequestFacts, Target } from '../wire.ts';

/** More entries than Bedrock takes are not read; the provider still gets them all. */
const MOST_ENTRIES = 64;

/** @returns the facts, or the refusal of a request that no provider of this wire would take. */
export function readRequest(body: JsonObject, target: Target): RequestFacts | Refusal {
  // A prompt that Bedrock keeps (prompt management) may bring the messages itself.
  const problem = body['messages'] === undefined ? undefined : checkMessages(body);
  if (problem !== undefined) return problem;
  const maximum = wholeNumber(objectAt(body, 'inferenceConfig') ?? {}, 'maxTokens', 0);
  if (isRefusal(maximum)) return maximum;
  return {
    model: target.model,
    stream: target.action === 'converse-stream',
    maxOutputTokens: maximum,
    answers: 1,
    usageAsked: true, // every stream of this wire reports its usage
    user: '',
    metadata: requestMetadata(body),
    ...(body['messages'] === undefined && { promptHidden: true }),
  };
}

/** `requestMetadata`, which Bedrock writes to its own invocation log too. */
function requestMetadata({ requestMetadata: metadata }: JsonObject): Readonly<Record<string, string>> {
  const entries = Object.create(null) as Record<string, string>;
  if (!isObject(metadata)) return entries;
  for (const [name, value] of Object.entries(metadata).slice(0, MOST_ENTRIES))
    if (typeof value === 'string') entries[name] = value;
  return entries;
}
