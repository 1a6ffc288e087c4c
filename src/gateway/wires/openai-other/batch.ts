/**
 * Results of a batch, as `GET /v1/files/{id}/content` delivers them: one JSON line per request, with its `custom_id` and
 * the body that the request alone would have been answered with.
 */
import { createMeter as createChatMeter } from '../openai-chat/meter.ts';
import { createMeter as createEmbeddingMeter } from '../openai-embeddings/meter.ts';
import { createMeter as createResponseMeter } from '../openai-responses/meter.ts';
import { isObject, objectAt, wordAt } from '../json.ts';
import type { WireName } from '../../call.ts';
import type { CarriedResult, JsonObject, Meter, RequestFacts } from '../wire.ts';

export const RESULT_WORDS: readonly string[] = ['"custom_id"', '"response"'];

/** @returns undefined for a line that is no result, or one that was never run. */
export function readResult(line: JsonObject): CarriedResult | undefined {
  const customId = wordAt(line, 'custom_id');
  const response = objectAt(line, 'response');
  const body = response && objectAt(response, 'body');
  if (customId === '' || body === undefined || isObject(body['error'])) return undefined;
  const { wire, meter } = meterOf(body);
  meter.body(body);
  const reading = meter.reading();
  const id = reading.responseId || wordAt(line, 'id') || (response ? wordAt(response, 'request_id') : '');
  return {
    once: `${customId}\n${id}`,
    wire,
    model: reading.modelReturned,
    reading,
    of: 'batch',
    label: customId,
  };
}

const NOTHING_ASKED: RequestFacts = {
  model: '',
  stream: false,
  maxOutputTokens: undefined,
  answers: 1,
  usageAsked: true,
  user: '',
  metadata: {},
};

function meterOf(body: JsonObject): { wire: WireName; meter: Meter } {
  switch (wordAt(body, 'object')) {
    case 'response':
      return { wire: 'openai-responses', meter: createResponseMeter() };
    case 'list':
      return { wire: 'openai-embeddings', meter: createEmbeddingMeter() };
    default:
      return { wire: 'openai-chat', meter: createChatMeter(NOTHING_ASKED) };
  }
}
