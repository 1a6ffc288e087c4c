/** Reading an InvokeModel request: the body is the model maker's own, so only what is common is looked at. */
import { metadataOf } from '../field-checks.ts';
import { objectAt } from '../json.ts';
import type { JsonObject, JsonValue, Refusal, RequestFacts, Target } from '../wire.ts';

/** Never refuses: what a maker's body must hold, only that maker knows. */
export function readRequest(body: JsonObject, target: Target): RequestFacts | Refusal {
  return {
    model: target.model,
    stream: target.action === 'invoke-with-response-stream',
    maxOutputTokens: maximumOf(body),
    answers: 1,
    usageAsked: true, // Bedrock adds its own counts to every stream
    user: '',
    metadata: metadataOf(body),
  };
}

/** The limit under each maker's name for it. */
function maximumOf(body: JsonObject): number | undefined {
  const places: readonly (JsonValue | undefined)[] = [
    body['max_tokens'], // Anthropic, Mistral, Cohere, OpenAI's shape
    body['max_gen_len'], // Llama
    body['max_completion_tokens'],
    body['max_tokens_to_sample'],
    objectAt(body, 'textGenerationConfig')?.['maxTokenCount'], // Titan
    objectAt(body, 'inferenceConfig')?.['max_new_tokens'], // Nova
    objectAt(body, 'inferenceConfig')?.['maxTokens'],
  ];
  return places.find((value): value is number => Number.isSafeInteger(value) && (value as number) >= 0);
}
