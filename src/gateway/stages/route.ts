/** Route: which provider and model, and what is sent to it: the client's own bytes wherever nothing had to change. */
import type { IncomingHttpHeaders } from 'node:http';

import type { Route, Rulebook } from '../../rulebook/rulebook.ts';
import { replaceModel } from '../wires/edit.ts';
import { askForUsage } from '../wires/openai-chat/request.ts';
import type { Refusal, RequestFacts, Target, Wire } from '../wires/wire.ts';
import type { AcceptedBody } from './accept.ts';
import { isSigned } from './identify.ts';
import type { Caller } from './identify.ts';
import { formField, replaceField } from './upload.ts';

/** By the model; a request that names none (files, batches) goes to the provider of its header, or the dialect's first. */
export function findRoute(
  rulebook: Rulebook,
  wire: Wire,
  model: string,
  headers: IncomingHttpHeaders,
): Route | undefined {
  if (model !== '') return rulebook.route(wire.dialect, model);
  const named = headers['x-setpoint-provider'];
  const provider = rulebook.providerOf(wire.dialect, typeof named === 'string' ? named.trim() : '');
  return provider && { provider, model: '' };
}

/** What a request asks for; a form names its model in a field. */
export function readFacts(wire: Wire, target: Target, accepted: AcceptedBody): RequestFacts | Refusal {
  const facts = wire.read(accepted.json, target);
  if (target.body === 'json' || 'code' in facts || facts.model !== '') return facts;
  const model = formField(accepted.bytes, accepted.contentType, 'model');
  return model === '' ? facts : { ...facts, model };
}

/** The bytes to send: the client's own, but for a routed model name and the question for usage. */
export function prepareBody(
  { bytes, json, upload, contentType }: AcceptedBody,
  facts: RequestFacts,
  route: Route,
  target: Target,
): Buffer {
  if (target.body !== 'json') {
    if (route.model === facts.model || upload !== undefined) return bytes;
    return replaceField(bytes, contentType, 'model', route.model);
  }
  // A model that the path names is replaced there, by the wire.
  const named = route.model === facts.model || target.model !== '' ? bytes : replaceModel(bytes, route.model);
  return asksForUsage(facts, route) ? askForUsage(named, json) : named;
}

/** Whether the gateway asks a stream for usage on the client's behalf, and then keeps the answer from it. */
export function asksForUsage(facts: RequestFacts, { provider }: Route): boolean {
  return facts.stream && !facts.usageAsked && provider.streamUsage === 'ask'; // where usage comes anyway, it counts as asked
}

/**
 * Where clients bring their own credential, a signature is none: it cannot be passed on. The call goes out only where
 * the settings have an access key or an API key to use in its place.
 */
export function unsignable(
  { provider }: Route,
  rulebook: Rulebook,
  caller: Caller,
  headers: IncomingHttpHeaders,
): Refusal | undefined {
  if (provider.secret !== undefined || caller.kind === 'pass-through') return undefined;
  if (!rulebook.passThroughKeys || !isSigned(headers)) return undefined;
  return {
    code: 'setpoint_unauthorized',
    status: 401,
    message: `The provider "${provider.name}" has no credential in the settings, and the signature of this request cannot be passed on: it covers another host. Nothing was sent and nothing was charged. Set its key in setpoint.yaml, or send a Bedrock API key as the bearer token.`,
  };
}

/** What somebody must set who has none of these clouds yet; the simulator does not speak their dialects. */
const TO_ADD: Readonly<Record<string, string>> = {
  google:
    'Set GEMINI_API_KEY and add "- preset: google" (or "- preset: vertex") under providers in setpoint.yaml.',
  azure:
    'Set AZURE_OPENAI_API_KEY and add "- preset: azure" with the baseUrl of your resource under providers in setpoint.yaml.',
  bedrock:
    'Set AWS_BEARER_TOKEN_BEDROCK and add "- preset: bedrock" with baseUrl and region under providers in setpoint.yaml.',
};

export function noProvider(model: string, dialect: string): Refusal {
  const shown = model.length > 100 ? `${model.slice(0, 100)}…` : model;
  return {
    code: 'setpoint_bad_request',
    status: 404,
    message:
      model === ''
        ? `No provider of the ${dialect} dialect serves this path. Nothing was sent or charged. Add one in setpoint.yaml, or name one in the header x-setpoint-provider.`
        : `No provider serves the model "${shown}" on this wire. Nothing was sent or charged. ${TO_ADD[dialect] ?? 'GET /v1/models lists what is served; add a provider in setpoint.yaml.'}`,
    parameter: 'model',
  };
}
