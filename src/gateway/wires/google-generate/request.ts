/** Reading a request of the Gemini API or Vertex AI. The path names the model and the action. */
import { badField, checkShape, isRefusal, wholeNumber } from '../field-checks.ts';
import { isList, isObject } from '../json.ts';
import type { JsonObject, JsonValue, Refusal, RequestFacts, Target } from '../wire.ts';

/** Google's JSON takes every field under two spellings. */
export function either(object: JsonObject, camel: string, snake: string): JsonValue | undefined {
  return object[camel] ?? object[snake];
}

/** @returns the facts, or the refusal of a request that no provider of this wire would take. */
export function readRequest(body: JsonObject, target: Target): RequestFacts | Refusal {
  const problem = checkBody(body, target.action);
  if (problem !== undefined) return problem;
  const generation = either(body, 'generationConfig', 'generation_config');
  const config = isObject(generation) ? camelConfig(generation) : {};
  const maximum = wholeNumber(config, 'maxOutputTokens', 0);
  if (isRefusal(maximum)) return maximum;
  const answers = wholeNumber(config, 'candidateCount', 1);
  if (isRefusal(answers)) return answers;
  return {
    model: target.model,
    stream: target.action === 'streamGenerateContent',
    maxOutputTokens: maximum,
    answers: answers ?? 1,
    usageAsked: true, // every stream of this wire reports its usage
    user: '',
    metadata: labelsOf(body),
    ...(typeof either(body, 'cachedContent', 'cached_content') === 'string' && { promptHidden: true }),
  };
}

function checkBody(body: JsonObject, action: string): Refusal | undefined {
  switch (action) {
    case 'generateContent':
    case 'streamGenerateContent': {
      const { contents } = body;
      return isList(contents) || isObject(contents)
        ? checkShape(body, 'tools', 'list')
        : badField('contents', 'a list with at least one content');
    }
    case 'batchEmbedContents':
      return isList(body['requests']) ? undefined : badField('requests', 'a list of requests to embed');
    case 'embedContent':
      return isObject(body['content']) ? undefined : badField('content', 'the content to embed');
    default:
      return undefined;
  }
}

function camelConfig(config: JsonObject): JsonObject {
  return {
    maxOutputTokens: either(config, 'maxOutputTokens', 'max_output_tokens'),
    candidateCount: either(config, 'candidateCount', 'candidate_count'),
  };
}

/** More labels than Vertex takes are not read; the provider still gets them all. */
const MOST_LABELS = 64;

/** Vertex AI's `labels`, which its own billing export knows too. */
function labelsOf({ labels }: JsonObject): Readonly<Record<string, string>> {
  const entries = Object.create(null) as Record<string, string>;
  if (!isObject(labels)) return entries;
  for (const [name, value] of Object.entries(labels).slice(0, MOST_LABELS))
    if (typeof value === 'string') entries[name] = value;
  return entries;
}
