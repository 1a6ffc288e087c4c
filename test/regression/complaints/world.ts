/** A gateway with a scripted provider, and the few shapes that the complaints are told in. */
import type { ServerResponse } from 'node:http';

import { afterEach } from 'vitest';

import type { Charge, Settlement } from '../../../src/gateway/gateway.ts';
import { startGatewayAlone } from '../../e2e/gateway-alone.ts';
import type { GatewayAlone, GatewayAloneOptions } from '../../e2e/gateway-alone.ts';

export type Provider = GatewayAloneOptions['provider'];

/** Starts gateways and stops them after each test of the file. */
export function gateways(): (options: GatewayAloneOptions) => Promise<GatewayAlone> {
  const running: GatewayAlone[] = [];
  afterEach(async () => {
    for (const gateway of running.splice(0)) await gateway.stop();
  });
  return async (options) => {
    const gateway = await startGatewayAlone(options);
    running.push(gateway);
    return gateway;
  };
}

export const CHAT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] };
export const MESSAGE = {
  model: 'claude-sonnet-4-5',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'hi' }],
};

export function post(
  gateway: Pick<GatewayAlone, 'url'>,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    ...(signal !== undefined && { signal }),
  });
}

export const chat = (
  gateway: Pick<GatewayAlone, 'url'>,
  more: object = {},
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> => post(gateway, '/v1/chat/completions', { ...CHAT, ...more }, headers, signal);

export const message = (gateway: Pick<GatewayAlone, 'url'>, more: object = {}): Promise<Response> =>
  post(gateway, '/v1/messages', { ...MESSAGE, ...more }, { 'anthropic-version': '2023-06-01' });

/** A provider that answers everything with one JSON body. */
export function answers(body: object): Provider {
  return (_request, response) => sendJson(response, body);
}

export function sendJson(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A provider that answers everything with one stream. */
export function streams(events: readonly object[], end = ''): Provider {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(events.map(sse).join('') + end);
  };
}

/** Named as Anthropic and the responses name their events; a chat's chunks have no type. */
export function sse(event: object): string {
  const name = 'type' in event ? `event: ${String(event.type)}\n` : '';
  return `${name}data: ${JSON.stringify(event)}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';

export function chunk(fields: object): object {
  return { id: 'c', object: 'chat.completion.chunk', model: 'gpt-4o', ...fields };
}

export const said = (content: string): object =>
  chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });

export function completion(usage: object, more: object = {}): object {
  return {
    id: 'x',
    object: 'chat.completion',
    model: 'gpt-4o',
    choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
    usage,
    ...more,
  };
}

export const SMALL_USAGE = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 };

export const messageStart = (usage: object): object => ({
  type: 'message_start',
  message: { id: 'msg_1', type: 'message', model: 'claude-sonnet-4-5', usage },
});
export const messageDelta = (usage: object): object => ({
  type: 'message_delta',
  delta: { stop_reason: 'end_turn' },
  usage,
});
export const MESSAGE_STOP = { type: 'message_stop' };
export const textDelta = (text: string): object => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text },
});

/** The first charge of an attempt, and its cost in picodollars. */
export function chargeOf(settlement: Settlement | undefined): Charge {
  const charge = settlement?.charges[0];
  if (charge === undefined) throw new Error('an attempt was expected to be settled');
  return charge;
}

export function costOf(settlement: Settlement | undefined): bigint {
  let total = 0n;
  for (const { cost } of settlement?.charges ?? []) {
    if (cost.kind === 'unpriced') throw new Error(`unpriced: ${cost.missing.join(', ') || 'unknown model'}`);
    total += cost.total;
  }
  return total;
}

/** Reads some of an answer and leaves. */
export async function readAndLeave(response: Response, leave: AbortController, bytes = 1): Promise<void> {
  const reader = response.body!.getReader();
  let read = 0;
  while (read < bytes) {
    const { value, done } = await reader.read();
    if (done) break;
    read += value.length;
  }
  leave.abort();
  await reader.cancel().catch(() => undefined);
}
