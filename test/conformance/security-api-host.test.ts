/** Under which names the API answers, on raw sockets: a page that points its own name at this machine must get nothing. */
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';

import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fakeApi } from '../fakes/api.ts';
import type { FakeApi } from '../fakes/api.ts';

let fake: FakeApi;
let server: ReturnType<typeof serve>;
beforeAll(async () => {
  fake = await fakeApi({ allowedHosts: ['finops.internal'] });
  server = serve({ fetch: fake.api.fetch, hostname: '127.0.0.1', port: 0 });
  await new Promise<void>((resolve) => server.once('listening', () => resolve()));
});
afterAll(() => void server.close());

function statusOf(target: string, lines: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => void (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Number(text.slice(9, 12))));
    socket.write(`${[`GET ${target} HTTP/1.1`, ...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  });
}

const LEDGER = '/api/v1/ledger';

describe('the API', () => {
  it.each([
    ['localhost'],
    ['localhost:4001'],
    ['LocalHost.'],
    ['127.0.0.1:4001'],
    ['[::1]:4001'],
    ['finops.internal'],
    ['FINOPS.internal:443'],
  ])('answers to %s', async (host) => {
    expect(await statusOf(LEDGER, [`Host: ${host}`])).toBe(200);
  });

  it.each([
    ['evil.example'],
    ['localhost.evil.example'],
    ['evil.example:4001'],
    ['localhost@evil.example'],
    ['evil.example@localhost'],
    ['localhost, evil.example'],
    ['localhost evil.example'],
    ['localhost/evil.example'],
    ['127.0.0.1.evil.example'],
    ['127.0.0.2'],
    ['127.1'],
    ['0.0.0.0'],
    ['[::ffff:127.0.0.1]'],
    ['finops.internal.evil.example'],
    ['xfinops.internal'],
    [''],
  ])('does not answer to "%s", and asks nothing of the ledger', async (host) => {
    const before = fake.ledger.asked.length;
    const status = await statusOf(LEDGER, [`Host: ${host}`]);
    expect(status === 0 || (status >= 400 && status < 500)).toBe(true);
    expect(fake.ledger.asked.length).toBe(before);
  });

  it.each([
    ['two hosts', LEDGER, ['Host: localhost', 'Host: evil.example']],
    ['two hosts the other way', LEDGER, ['Host: evil.example', 'Host: localhost']],
    ['no host', LEDGER, []],
    ['a whole address of another host', `http://evil.example${LEDGER}`, ['Host: evil.example']],
    [
      'a host that was forwarded',
      LEDGER,
      ['Host: evil.example', 'X-Forwarded-Host: localhost', 'Forwarded: host=localhost'],
    ],
    [
      'a host that was rewritten',
      LEDGER,
      ['Host: evil.example', 'X-Host: localhost', 'X-Original-Host: localhost'],
    ],
  ])('does not answer to %s', async (_name, target, lines) => {
    const before = fake.ledger.asked.length;
    const status = await statusOf(target, lines);
    expect(status === 0 || (status >= 400 && status < 500)).toBe(true);
    expect(fake.ledger.asked.length).toBe(before);
  });
});
