/** Route: which provider and model, and what is sent to it: the client's own bytes wherever nothing had to change. */
import type { Route } from '../../rulebook/rulebook.ts';
import { replaceModel } from '../wires/edit.ts';
import { askForUsage } from '../wires/openai-chat/request.ts';
import type { JsonObject, Refusal, RequestFacts, Wire } from '../wires/wire.ts';

export function dialectOf(wire: Wire): 'openai' | 'anthropic' {
  return wire.name === 'anthropic-messages' ? 'anthropic' : 'openai';
}

/** The bytes to send: the client's own, but for a routed model name and the question for usage. */
export function prepareBody(bytes: Buffer, json: JsonObject, facts: RequestFacts, route: Route): Buffer {
  const named = route.model === facts.model ? bytes : replaceModel(bytes, route.model);
  return asksForUsage(facts, route) ? askForUsage(named, json) : named;
}

/** Whether the gateway asks a stream for usage on the client's behalf, and then keeps the answer from it. */
export function asksForUsage(facts: RequestFacts, { provider }: Route): boolean {
  return facts.stream && !facts.usageAsked && provider.streamUsage === 'ask'; // where usage comes anyway, it counts as asked
}

/** `/v1` is part of the provider's base URL, so the client's own prefix is taken off. */
export function upstreamPath(basePath: string, url: string): string {
  const rest = url.startsWith('/v1/') ? url.slice('/v1'.length) : url;
  return `${basePath}${rest}`;
}

export function noProvider(model: string): Refusal {
  const shown = model.length > 100 ? `${model.slice(0, 100)}…` : model;
  return {
    code: 'setpoint_bad_request',
    status: 404,
    message: `No provider serves the model "${shown}" on this wire. Nothing was sent or charged. GET /v1/models lists what is served; add a provider in setpoint.yaml.`,
    parameter: 'model',
  };
}
