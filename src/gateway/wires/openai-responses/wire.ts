/** OpenAI's Responses wire, `/v1/responses`, and what reads, cancels and counts its responses. */
import { setMember } from '../edit.ts';
import { refusalBody } from '../openai-chat/refusal.ts';
import { hasDots, underVersion } from '../paths.ts';
import { sse } from '../sse.ts';
import type { Target, Wire } from '../wire.ts';
import { createMeter, createRetrievalMeter } from './meter.ts';
import { refusalEvent } from './refusal.ts';
import { readRequest } from './request.ts';
import { segments } from './segments.ts';

const CREATE: Target = { endpoint: 'inference', model: '', body: 'json', action: 'create' };
/** Compaction is a sampling of the model: it answers with usage like any other. */
const COMPACT: Target = { endpoint: 'inference', model: '', body: 'json', action: 'compact' };
const COUNT: Target = { endpoint: 'count-tokens', model: '', body: 'json', action: 'input_tokens' };
const RETRIEVE: Target = { endpoint: 'retrieve', model: '', body: 'opaque', action: 'retrieve' };

const PATH = '/v1/responses';

export const openaiResponses: Wire = {
  name: 'openai-responses',
  dialect: 'openai',
  target(method, path) {
    return path.startsWith(PATH) ? responsesTarget(method, path.slice(PATH.length)) : undefined;
  },
  read: readRequest,
  limitOutput: (body, _json, tokens) => setMember(body, ['max_output_tokens'], String(tokens)),
  segments,
  meter: (_facts, target) => (target.endpoint === 'retrieve' ? createRetrievalMeter() : createMeter()),
  answerForm: (contentType) => (contentType.startsWith('text/event-stream') ? sse : 'json'),
  upstreamPath: underVersion('/v1'),
  refusal: refusalBody,
  refusalEvent,
  authorization: (secret) => ({ authorization: `Bearer ${secret}` }),
};

/**
 * What a path below `/responses` is; the same words stand below Azure's prefixes.
 * @param rest empty, or begins with `/`.
 */
export function responsesTarget(method: string, rest: string): Target | undefined {
  if (rest === '') return method === 'POST' ? CREATE : undefined;
  if (rest[0] !== '/' || hasDots(rest)) return undefined;
  if (method === 'POST' && rest === '/compact') return COMPACT;
  if (method === 'POST' && rest === '/input_tokens') return COUNT;
  const [, id, action, more] = rest.split('/');
  if (id === undefined || id === '' || more !== undefined) return undefined;
  if (action === undefined) return method === 'GET' || method === 'DELETE' ? RETRIEVE : undefined;
  if (action === 'input_items') return method === 'GET' ? RETRIEVE : undefined;
  return action === 'cancel' && method === 'POST' ? RETRIEVE : undefined;
}
