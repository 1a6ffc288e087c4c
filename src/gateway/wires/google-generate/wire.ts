/**
 * Google's wire: the Gemini API (`/v1beta/models/{model}:generateContent`) and Vertex AI
 * (`/v1/projects/{project}/locations/{location}/publishers/google/models/{model}:generateContent`).
 */
import { setMember } from '../edit.ts';
import type { Endpoint } from '../../call.ts';
import type { ProviderRule } from '../../../rulebook/rulebook.ts';
import { jsonArray } from '../json-array.ts';
import { decodeName, hasDots } from '../paths.ts';
import { sse } from '../sse.ts';
import type { Billing, PathAsk, Wire } from '../wire.ts';
import { createMeter } from './meter.ts';
import { refusalBody, refusalEvent } from './refusal.ts';
import { readRequest } from './request.ts';
import { segments } from './segments.ts';

const ACTIONS: Readonly<Record<string, Endpoint>> = {
  generateContent: 'inference',
  streamGenerateContent: 'inference',
  countTokens: 'count-tokens',
  embedContent: 'embeddings',
  batchEmbedContents: 'embeddings',
};

/** The address of a model under a version; Vertex AI's has the project and the location that pay and serve. */
const PATH =
  /^\/v1(?:beta|alpha|beta1)?(?:\/projects\/([^/]+)\/locations\/([^/]+)\/publishers\/google)?\/(?:models|tunedModels)\/([^/:]+(?:\/[^/:]+)*):([A-Za-z]+)$/;
const PROJECT = /\/projects\/([^/]+)\/locations\/([^/]+)/;

export const googleGenerate: Wire = {
  name: 'google-generate',
  dialect: 'google',
  target(method, path) {
    if (method !== 'POST' || hasDots(path)) return undefined;
    const match = PATH.exec(path);
    if (match === null) return undefined;
    const [, , , model = '', action = ''] = match;
    const endpoint = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    return endpoint && { endpoint, model: decodeName(model), body: 'json', action };
  },
  read: readRequest,
  limitOutput: (body, json, tokens) =>
    json['generation_config'] === undefined
      ? setMember(body, ['generationConfig', 'maxOutputTokens'], String(tokens))
      : setMember(body, ['generation_config', 'max_output_tokens'], String(tokens)),
  segments,
  meter: createMeter,
  answerForm(contentType, target) {
    if (contentType.startsWith('text/event-stream')) return sse;
    return target.action === 'streamGenerateContent' ? jsonArray : 'json';
  },
  upstreamPath,
  billing,
  refusal: refusalBody,
  refusalEvent,
  authorization: (secret, provider): Readonly<Record<string, string>> =>
    isToken(secret, provider) ? { authorization: `Bearer ${secret}` } : { 'x-goog-api-key': secret },
};

/**
 * The base URL holds the version, and where it holds a project too, that project serves every call. Otherwise the
 * project and location are the client's, as in its own path.
 */
function upstreamPath({ path, query, target, model, provider }: PathAsk): string {
  const place = PROJECT.test(provider.baseUrl) ? null : PROJECT.exec(path);
  const under = place === null ? '' : `${place[0]}/publishers/google`;
  const kind = path.includes('/tunedModels/') ? 'tunedModels' : 'models';
  return `${under}/${kind}/${encodeURIComponent(model)}:${target.action}${query}`;
}

function billing({ path, provider }: PathAsk): Billing {
  const place = PROJECT.exec(provider.baseUrl) ?? PROJECT.exec(path);
  return place === null ? {} : { account: decodeName(place[1] ?? ''), region: decodeName(place[2] ?? '') };
}

/** An access token goes as a bearer, an API key (of either service) in Google's own header. */
function isToken(secret: string, { baseUrl }: ProviderRule): boolean {
  if (secret.startsWith('ya29.') || secret.startsWith('eyJ')) return true;
  if (secret.startsWith('AIza') || secret.startsWith('AQ.')) return false;
  return PROJECT.test(baseUrl) || baseUrl.includes('aiplatform.');
}
