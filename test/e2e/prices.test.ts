import { afterAll, beforeAll, expect, test } from 'vitest';

import { startSystem } from './system.ts';
import type { System } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem({ simulator: { timeScale: 0 } });
  await system.ready();
}, 240_000);
afterAll(() => system?.stop());

interface Receipt {
  readonly lines: ReadonlyArray<{
    readonly priceVersion: string;
    readonly buckets: ReadonlyArray<{
      readonly bucket: string;
      readonly rate: string;
      readonly listRate: string;
    }>;
  }>;
}

async function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'x-setpoint-team': 'CX' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let round = 0; round < 200; round += 1) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Waited in vain.\n${system.log()}`);
}

test('a price that is decided stands on the next call’s line, and its version can be opened', async () => {
  const listed = await fetch(`${system.gatewayUrl}/v1/models`);
  const { data: models } = (await listed.json()) as { data: Array<{ id: string }> };
  const model = models[0]?.id ?? '';
  const decided = await post(`${system.apiUrl}/api/v1/prices/decisions`, {
    provider: 'simulator',
    model: '*',
    team: 'CX',
    rates: { freshIn: '3.21', textOut: '9.87' },
    reason: 'agreed for a test',
    confirm: 'it is a test',
  });
  expect(decided.status, await decided.clone().text()).toBe(201);
  const { priceBookVersion } = (await decided.json()) as { priceBookVersion: string };
  // Gateways take the new rulebook within a second: calls are made until one is priced by it.
  const line = await until(async () => {
    const answer = await post(`${system.gatewayUrl}/v1/chat/completions`, {
      model,
      messages: [{ role: 'user', content: 'Hello' }],
    });
    await answer.text();
    const call = answer.headers.get('x-setpoint-call-id') ?? '';
    const receipt = await until(() => system.api<Receipt>(`/api/v1/calls/${call}`));
    return receipt.lines.find(({ priceVersion }) => priceVersion === priceBookVersion);
  });
  expect(line.buckets.find(({ bucket }) => bucket === 'freshIn')?.rate).toBe('3.21');
  const shown = await system.api<{ prices: unknown[] }>(
    `/api/v1/prices?version=${encodeURIComponent(priceBookVersion)}&provider=simulator`,
  );
  expect(shown.prices[0]).toMatchObject({
    team: 'CX',
    decision: expect.stringMatching(/^p_/),
    rates: expect.arrayContaining([{ bucket: 'freshIn', rate: '3.21', aboveTokens: null }]),
  });
}, 90_000);
