/** Anthropic's messages wire, `/v1/messages`. */
import type { Wire } from '../wire.ts';
import { createMeter } from './meter.ts';
import { refusalBody, refusalEvent } from './refusal.ts';
import { readRequest } from './request.ts';
import { segments } from './segments.ts';

export const anthropicMessages: Wire = {
  name: 'anthropic-messages',
  endpoint(method, path, headers) {
    if (method === 'POST' && path === '/v1/messages') return 'inference';
    if (method === 'POST' && path === '/v1/messages/count_tokens') return 'count-tokens';
    // The same path is OpenAI's too; only this wire's clients send a version.
    if (method === 'GET' && path === '/v1/models' && headers['anthropic-version'] !== undefined)
      return 'models';
    return undefined;
  },
  read: readRequest,
  segments,
  meter: createMeter,
  refusal: refusalBody,
  refusalEvent,
  authorization: (secret) => ({ 'x-api-key': secret }),
};
