/** Anthropic's messages wire, `/v1/messages`. */
import { setMember } from '../edit.ts';
import { underVersion } from '../paths.ts';
import { sse } from '../sse.ts';
import type { Target, Wire } from '../wire.ts';
import { createMeter } from './meter.ts';
import { refusalBody, refusalEvent } from './refusal.ts';
import { readRequest } from './request.ts';
import { segments } from './segments.ts';

const MESSAGES: Target = { endpoint: 'inference', model: '', body: 'json', action: 'messages' };
const COUNT: Target = { endpoint: 'count-tokens', model: '', body: 'json', action: 'count_tokens' };
const MODELS: Target = { endpoint: 'models', model: '', body: 'opaque', action: 'list-models' };

export const anthropicMessages: Wire = {
  name: 'anthropic-messages',
  dialect: 'anthropic',
  target(method, path, headers) {
    if (method === 'POST' && path === '/v1/messages') return MESSAGES;
    if (method === 'POST' && path === '/v1/messages/count_tokens') return COUNT;
    // The same path is OpenAI's too; only this wire's clients send a version.
    if (method === 'GET' && path === '/v1/models' && headers['anthropic-version'] !== undefined)
      return MODELS;
    return undefined;
  },
  read: readRequest,
  limitOutput: (body, _json, tokens) => setMember(body, ['max_tokens'], String(tokens)),
  segments,
  meter: createMeter,
  answerForm: (contentType) => (contentType.startsWith('text/event-stream') ? sse : 'json'),
  upstreamPath: underVersion('/v1'),
  refusal: refusalBody,
  refusalEvent,
  authorization: (secret) => ({ 'x-api-key': secret }),
};
