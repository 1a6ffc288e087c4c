/** OpenAI's chat wire, `/v1/chat/completions`, and that of its compatibles. */
import { setMember } from '../edit.ts';
import { underVersion } from '../paths.ts';
import { sse } from '../sse.ts';
import type { Target, Wire } from '../wire.ts';
import { createMeter } from './meter.ts';
import { refusalBody, refusalEvent } from './refusal.ts';
import { readRequest } from './request.ts';
import { segments } from './segments.ts';

const CHAT: Target = { endpoint: 'inference', model: '', body: 'json', action: 'chat/completions' };
const MODELS: Target = { endpoint: 'models', model: '', body: 'opaque', action: 'list-models' };

export const openaiChat: Wire = {
  name: 'openai-chat',
  dialect: 'openai',
  target(method, path, headers) {
    if (method === 'POST' && path === '/v1/chat/completions') return CHAT;
    // The same path is Anthropic's too; its clients always send their version.
    if (method === 'GET' && path === '/v1/models' && headers['anthropic-version'] === undefined)
      return MODELS;
    return undefined;
  },
  read: readRequest,
  // The older name is the only one that many compatible servers know; OpenAI's reasoning models refuse it.
  limitOutput: (body, _json, tokens, { priceProvider }) =>
    setMember(
      body,
      [priceProvider === 'openai' || priceProvider === 'azure' ? 'max_completion_tokens' : 'max_tokens'],
      String(tokens),
    ),
  segments,
  meter: createMeter,
  answerForm: (contentType) => (contentType.startsWith('text/event-stream') ? sse : 'json'),
  upstreamPath: underVersion('/v1'),
  refusal: refusalBody,
  refusalEvent,
  authorization: (secret) => ({ authorization: `Bearer ${secret}` }),
};
