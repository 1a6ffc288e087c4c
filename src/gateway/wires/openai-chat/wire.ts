/** OpenAI's chat wire, `/v1/chat/completions`, and that of its compatibles. */
import type { Wire } from '../wire.ts';
import { createMeter } from './meter.ts';
import { refusalBody, refusalEvent } from './refusal.ts';
import { readRequest } from './request.ts';
import { segments } from './segments.ts';

export const openaiChat: Wire = {
  name: 'openai-chat',
  endpoint(method, path, headers) {
    if (method === 'POST' && path === '/v1/chat/completions') return 'inference';
    // The same path is Anthropic's too; its clients always send their version.
    if (method === 'GET' && path === '/v1/models' && headers['anthropic-version'] === undefined)
      return 'models';
    return undefined;
  },
  read: (body) => readRequest(body),
  segments,
  meter: createMeter,
  refusal: refusalBody,
  refusalEvent,
  authorization: (secret) => ({ authorization: `Bearer ${secret}` }),
};
