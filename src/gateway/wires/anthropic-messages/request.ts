/** Reading a messages request, or one that only counts its tokens. */
import {
  checkMessages,
  checkModel,
  checkShape,
  flag,
  isRefusal,
  metadataOf,
  wholeNumber,
} from '../field-checks.ts';
import type { JsonObject, Refusal, RequestFacts, Target } from '../wire.ts';

/**
 * `max_tokens` is required by Anthropic but has a default at some compatibles, and zero is a request to warm the
 * cache: neither is refused here.
 * @returns the facts, or the refusal of a request that no provider of this wire would take.
 */
export function readRequest(
  body: JsonObject,
  { endpoint }: Pick<Target, 'endpoint'>,
): RequestFacts | Refusal {
  const problem = checkModel(body) ?? checkMessages(body) ?? checkShape(body, 'tools', 'list');
  if (problem !== undefined) return problem;
  const stream = flag(body, 'stream');
  if (isRefusal(stream)) return stream;
  const maximum = wholeNumber(body, 'max_tokens', 0);
  if (isRefusal(maximum)) return maximum;
  return {
    model: body['model'] as string,
    stream: stream && endpoint === 'inference',
    maxOutputTokens: maximum,
    answers: 1,
    usageAsked: true, // every stream of this wire reports its usage
    user: '', // `metadata.user_id` is read with the rest of the metadata
    metadata: metadataOf(body),
  };
}
