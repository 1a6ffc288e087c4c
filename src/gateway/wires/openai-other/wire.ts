/** The rest of OpenAI's API, `/v1/*`: passed through as it comes, and metered by whatever usage it reports. */
import { refusalBody, refusalEvent } from '../openai-chat/refusal.ts';
import { underVersion } from '../paths.ts';
import { sse } from '../sse.ts';
import type { AnswerForm, Target, Wire } from '../wire.ts';
import { createMeter } from './meter.ts';
import { readRequest } from './request.ts';
import { segments } from './segments.ts';
import { otherTarget } from './targets.ts';

export const openaiOther: Wire = {
  name: 'openai-other',
  dialect: 'openai',
  target(method, path, headers) {
    if (!path.startsWith('/v1/')) return undefined;
    const type = headers['content-type'];
    return otherTarget(method, path.slice('/v1'.length), typeof type === 'string' ? type.toLowerCase() : '');
  },
  read: readRequest,
  segments,
  meter: createMeter,
  answerForm: otherAnswerForm,
  upstreamPath: underVersion('/v1'),
  refusal: refusalBody,
  refusalEvent,
  authorization: (secret) => ({ authorization: `Bearer ${secret}` }),
};

/** Audio, images and files pass as they come; files also where they are called JSON, since they may be large. */
function otherAnswerForm(contentType: string, { action }: Target): AnswerForm {
  if (action === 'file-content') return 'bytes';
  if (contentType.startsWith('text/event-stream')) return sse;
  return contentType.startsWith('application/json') ? 'json' : 'bytes';
}
