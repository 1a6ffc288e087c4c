/** The rest of Anthropic's API: batches, files, skills, models. Its clients always send a version, which tells it apart. */
import { anthropicMessages } from '../anthropic-messages/wire.ts';
import { createLinesMeter } from '../lines-meter.ts';
import { createMeter as createOtherMeter } from '../openai-other/meter.ts';
import { hasDots } from '../paths.ts';
import { sse } from '../sse.ts';
import type { Endpoint } from '../../call.ts';
import type { RequestFacts, Target, Wire } from '../wire.ts';
import { readResult, RESULT_WORDS } from './batch.ts';

const ROOTS: Readonly<Record<string, Endpoint>> = { files: 'files', skills: 'files', models: 'models' };
const BATCHES = '/messages/batches';

const NOTHING_ASKED: RequestFacts = {
  model: '',
  stream: false,
  maxOutputTokens: undefined,
  answers: 1,
  usageAsked: true,
  user: '',
  metadata: {},
};

export const anthropicOther: Wire = {
  ...anthropicMessages,
  target(method, path, headers) {
    if (headers['anthropic-version'] === undefined || !path.startsWith('/v1/')) return undefined;
    return otherTarget(method, path.slice('/v1'.length));
  },
  read: () => NOTHING_ASKED,
  segments: () => [],
  meter: (facts, target) =>
    target.action === 'results'
      ? createLinesMeter({ words: RESULT_WORDS, readLine: readResult })
      : createOtherMeter(facts, target),
  answerForm: (contentType, { action }) => {
    if (action === 'results') return 'bytes';
    if (contentType.startsWith('text/event-stream')) return sse;
    return contentType.startsWith('application/json') ? 'json' : 'bytes';
  },
};

function otherTarget(method: string, rest: string): Target | undefined {
  const [, root = ''] = rest.split('/', 2);
  if (root === '' || root === 'organizations' || hasDots(rest)) return undefined;
  if (rest === BATCHES || rest.startsWith(`${BATCHES}/`)) {
    const action = method === 'GET' && rest.endsWith('/results') ? 'results' : 'other';
    return { endpoint: 'batches', model: '', body: 'opaque', action };
  }
  const endpoint = ROOTS[root] ?? (method === 'POST' ? 'other' : 'retrieve');
  return { endpoint, model: '', body: 'opaque', action: 'other' };
}
