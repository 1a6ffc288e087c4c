/** Telemetry through the running program: spans become lines, and calls of the gateway reach a collector. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { LedgerAnswer } from '../../src/api/contract.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

let system: System;
let collector: Server;
let down = true;
const received: Array<{ path: string; authorization: string | undefined; body: string }> = [];

beforeAll(async () => {
  collector = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => void (body += chunk.toString()));
    request.on('end', () => {
      if (!down)
        received.push({ path: request.url ?? '', authorization: request.headers.authorization, body });
      response.writeHead(down ? 503 : 200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => void collector.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  system = await startSystem({
    workers: 1,
    simulator: { timeScale: 0 },
    settings: { telemetry: { export: { endpoint, headers: { authorization: { env: 'COLLECTOR_KEY' } } } } },
    environment: { COLLECTOR_KEY: 'Bearer of-the-collector' },
  });
}, 240_000);
afterAll(async () => {
  await system?.stop();
  collector?.close();
});

function spans(...responseIds: string[]): string {
  const attribute = (key: string, value: string | number): object => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  });
  return JSON.stringify({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: responseIds.map((id, at) => ({
              traceId: 'c'.repeat(32),
              spanId: (at + 1).toString(16).padStart(16, '0'),
              name: 'chat gpt-4o',
              startTimeUnixNano: `${Date.now() - 60_000}000000`,
              endTimeUnixNano: `${Date.now() - 59_000}000000`,
              attributes: [
                attribute('gen_ai.operation.name', 'chat'),
                attribute('gen_ai.provider.name', 'openai'),
                attribute('gen_ai.request.model', 'gpt-4o'),
                attribute('gen_ai.response.id', id),
                attribute('gen_ai.usage.input_tokens', 1_000),
                attribute('gen_ai.usage.output_tokens', 100),
                attribute('gen_ai.workflow.name', 'told by spans'),
              ],
            })),
          },
        ],
      },
    ],
  });
}

test('spans are lines of their workflow, priced, once', async () => {
  const send = (body: string): Promise<Response> =>
    fetch(`${system.apiUrl}/api/v1/otlp/v1/traces`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
  expect((await send(spans('first', 'second'))).status).toBe(200);
  expect((await send(spans('second', 'third'))).status).toBe(200);
  const answer = await system.api<LedgerAnswer>('/api/v1/ledger?by=workflow,source&of=calls,cost&during=24h');
  expect(answer.rows).toEqual([
    // 1,000 × 2.50 + 100 × 10 dollars per million, three times
    { group: ['told by spans', 'telemetry'], figures: { calls: 3, cost: '0.0105' } },
  ]);
});

test('a call of the gateway reaches the collector once it is there, and spans that came in are not sent back', async () => {
  const answer = await fetch(`${system.gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-setpoint-workflow': 'told on' },
    body: JSON.stringify({ model: 'sim-small', messages: [{ role: 'user', content: 'CANARY-4711' }] }),
  });
  expect(answer.status).toBe(200);
  await expect
    .poll(
      async () => (await system.api<{ export: { trouble: string } }>('/api/v1/telemetry')).export.trouble,
      {
        timeout: 30_000,
      },
    )
    .toContain('503');
  down = false;
  await expect.poll(() => received.map(({ path }) => path), { timeout: 60_000 }).toContain('/v1/traces');
  const told = received.filter(({ path }) => path === '/v1/traces');
  expect(told.every(({ authorization }) => authorization === 'Bearer of-the-collector')).toBe(true);
  const text = told.map(({ body }) => body).join('');
  expect(text).toContain(answer.headers.get('x-setpoint-call-id') ?? 'no id');
  expect(text).toContain('setpoint.simulated');
  expect(text).not.toContain('told by spans');
  expect(text + system.log()).not.toContain('CANARY-4711');
});
