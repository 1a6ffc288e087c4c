/** Amazon Bedrock's Converse wire, `/model/{id}/converse` and `/converse-stream`. */
import { setMember } from '../edit.ts';
import { eventStream } from '../event-stream.ts';
import { decodeName, hasDots } from '../paths.ts';
import type { Billing, PathAsk, Wire } from '../wire.ts';
import { createMeter } from './meter.ts';
import { readModelId } from './names.ts';
import { refusalBody, refusalEvent } from './refusal.ts';
import { readRequest } from './request.ts';
import { segments } from './segments.ts';
import { bearer, regionOf, sign } from './signing.ts';

const PATH = /^\/model\/(.+)\/(converse|converse-stream)$/;

/** What the two wires of Bedrock have in common. */
export const BEDROCK = {
  dialect: 'bedrock',
  answerForm: (contentType) =>
    contentType.startsWith('application/vnd.amazon.eventstream') ? eventStream : 'json',
  upstreamPath: ({ target, model, query }) => `/model/${encodeURIComponent(model)}/${target.action}${query}`,
  billing({ model, provider }: PathAsk): Billing {
    const said = readModelId(model);
    const region = said.region ?? regionOf(provider);
    return region === undefined ? said : { ...said, region };
  },
  refusal: refusalBody,
  refusalEvent,
  authorization: bearer,
  sign,
} as const satisfies Partial<Wire>;

export const bedrockConverse: Wire = {
  ...BEDROCK,
  name: 'bedrock-converse',
  target(method, path) {
    const match = method === 'POST' && !hasDots(path) ? PATH.exec(path) : null;
    if (match === null) return undefined;
    const [, model = '', action = ''] = match;
    return { endpoint: 'inference', model: decodeName(model), body: 'json', action };
  },
  read: readRequest,
  limitOutput: (body, _json, tokens) => setMember(body, ['inferenceConfig', 'maxTokens'], String(tokens)),
  segments,
  meter: createMeter,
};
