/** Reading a request for embeddings. */
import { badField, checkModel, metadataOf } from '../field-checks.ts';
import { isList } from '../json.ts';
import type { JsonObject, Refusal, RequestFacts } from '../wire.ts';

/** @returns the facts, or the refusal of a request that no provider of this wire would take. */
export function readRequest(body: JsonObject): RequestFacts | Refusal {
  const problem = checkModel(body) ?? checkInput(body);
  if (problem !== undefined) return problem;
  const { model, user } = body;
  return {
    model: model as string,
    stream: false,
    maxOutputTokens: 0, // vectors are no tokens
    answers: 1,
    usageAsked: true,
    user: typeof user === 'string' ? user : '',
    metadata: metadataOf(body),
  };
}

function checkInput({ input }: JsonObject): Refusal | undefined {
  return typeof input === 'string' || isList(input) ? undefined : badField('input', 'text or a list');
}
