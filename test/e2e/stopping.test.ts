/** What happens to a stream under way when the processes around it go. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, it } from 'vitest';

import { startSystem } from './system.ts';
import type { System } from './system.ts';

const WORD = 'data: {"id":"c","model":"gpt-4o","choices":[{"index":0,"delta":{"content":"word "}}]}\n\n';
const END =
  'data: {"id":"c","model":"gpt-4o","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n' +
  'data: {"id":"c","model":"gpt-4o","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":30,"total_tokens":35}}\n\ndata: [DONE]\n\n';
const WORDS = 30;

let system: System | undefined;
let provider: Server | undefined;
afterEach(async () => {
  await system?.stop();
  provider?.closeAllConnections();
  provider?.close();
});

/** A provider that speaks for three seconds. */
async function slowProvider(): Promise<string> {
  provider = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let said = 0;
    const beat = setInterval(() => {
      said += 1;
      response.write(WORD);
      if (said < WORDS) return;
      clearInterval(beat);
      response.end(END);
    }, 100);
  });
  await new Promise<void>((resolve) => provider?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`;
}

it.each(['supervisor', 'control', 'ledger'] as const)(
  'a stream outlives the %s, and its line reaches the ledger',
  async (role) => {
    const baseUrl = await slowProvider();
    system = await startSystem({
      workers: 1,
      settings: {
        providers: [{ name: 'slow', dialect: 'openai', baseUrl, models: ['gpt-*'], priceProvider: 'openai' }],
      },
    });
    const answer = await fetch(`${system.gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
    });
    const reader = answer.body?.getReader();
    await reader?.read();
    await system.kill(role);
    let text = '';
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      text += Buffer.from(part.value).toString();
    }
    expect(text).toContain('[DONE]');
    if (role === 'supervisor') await system.startAgain();
    const { lines } = await waitForLine(system);
    expect(lines).toMatchObject([{ status: 'ok', basis: 'reported', outputTokens: 30 }]);
  },
);

async function waitForLine({ api }: System): Promise<{ lines: unknown[] }> {
  for (let tries = 0; ; tries += 1) {
    const page = await api<{ lines: unknown[] }>('/api/v1/calls?during=all').catch(() => ({ lines: [] }));
    if (page.lines.length > 0 || tries > 150) return page;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
