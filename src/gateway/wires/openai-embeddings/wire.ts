/** OpenAI's embeddings wire, `/v1/embeddings`, and that of its compatibles. */
import { refusalBody, refusalEvent } from '../openai-chat/refusal.ts';
import { underVersion } from '../paths.ts';
import type { Target, Wire } from '../wire.ts';
import { createMeter } from './meter.ts';
import { readRequest } from './request.ts';
import { segments } from './segments.ts';

const EMBED: Target = { endpoint: 'embeddings', model: '', body: 'json', action: 'embeddings' };

export const openaiEmbeddings: Wire = {
  name: 'openai-embeddings',
  dialect: 'openai',
  target: (method, path) => (method === 'POST' && path === '/v1/embeddings' ? EMBED : undefined),
  read: readRequest,
  segments,
  meter: createMeter,
  answerForm: () => 'json',
  upstreamPath: underVersion('/v1'),
  refusal: refusalBody,
  refusalEvent,
  authorization: (secret) => ({ authorization: `Bearer ${secret}` }),
};
