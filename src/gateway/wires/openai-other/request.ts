/** Reading the requests of the rest of `/v1/*`: whatever they say of model and stream, and nothing is demanded. */
import { flag, isRefusal, metadataOf, wholeNumber } from '../field-checks.ts';
import { isObject, wordAt } from '../json.ts';
import type { JsonObject, Refusal, RequestFacts, Target } from '../wire.ts';

/** @returns the facts, or the refusal of a request that no provider of this wire would take. */
export function readRequest(body: JsonObject, { action }: Pick<Target, 'action'>): RequestFacts | Refusal {
  const stream = flag(body, 'stream');
  if (isRefusal(stream)) return stream;
  const maximum = wholeNumber(body, 'max_tokens', 0);
  if (isRefusal(maximum)) return maximum;
  const answers = wholeNumber(body, 'n', 1);
  if (isRefusal(answers)) return answers;
  const options = body['stream_options'];
  return {
    model: wordAt(body, 'model'),
    stream,
    maxOutputTokens: maximum,
    answers: answers ?? 1,
    // Only completions know the question for usage; elsewhere the field would be refused.
    usageAsked:
      action !== 'completions' || !stream || (isObject(options) && options['include_usage'] === true),
    user: wordAt(body, 'user'),
    metadata: metadataOf(body),
  };
}
