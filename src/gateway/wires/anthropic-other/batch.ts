/** Results of a message batch, as `GET /v1/messages/batches/{id}/results` delivers them: one JSON line per request. */
import { createMeter } from '../anthropic-messages/meter.ts';
import { objectAt, wordAt } from '../json.ts';
import type { CarriedResult, JsonObject } from '../wire.ts';

export const RESULT_WORDS: readonly string[] = ['"custom_id"', '"result"'];

/** @returns undefined for a request that was errored, cancelled or expired: those are not billed. */
export function readResult(line: JsonObject): CarriedResult | undefined {
  const customId = wordAt(line, 'custom_id');
  const message = objectAt(objectAt(line, 'result') ?? {}, 'message');
  if (customId === '' || message === undefined) return undefined;
  const meter = createMeter();
  meter.body(message);
  const reading = meter.reading();
  return {
    once: `${customId}\n${reading.responseId}`,
    wire: 'anthropic-messages',
    model: reading.modelReturned,
    reading,
    of: 'batch',
    label: customId,
  };
}
