/**
 * Two hosts and one ClickHouse server (the HTTP front of the embedded engine): each drains its own journals. Processes of
 * the second host are killed, and the server breaks off answers to inserts that it carried out. Afterwards every call that
 * the provider has in its own book is in the ledger once, with the provider's own figures. Where there is a Redis both
 * spend the same budgets, and what the killed worker held of them is free again though no control drains its journal.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createSocket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, expect, it } from 'vitest';
import { stringify } from 'yaml';

import { openEngine } from '../../src/ledger/stores/engine.ts';
import { expectKeptBudgets, KEPT_BUDGETS } from '../chaos/kept-budgets.ts';
import { startFront } from '../fakes/clickhouse.ts';
import type { Front } from '../fakes/clickhouse.ts';
import { findRedis, startRedis } from '../servers.ts';
import type { TestServer } from '../servers.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');

let directory = '';
let front: Front | undefined;
let provider: Provider | undefined;
let first: System | undefined;
let second: ChildProcess | undefined;
let redis: TestServer | undefined;

afterEach(async () => {
  const gone = second === undefined ? Promise.resolve() : new Promise((end) => second?.once('exit', end));
  second?.kill('SIGTERM');
  if (second?.exitCode === null) await gone;
  await first?.stop();
  provider?.server.closeAllConnections();
  provider?.server.close();
  await front?.kill();
  await redis?.stop();
  rmSync(directory, { recursive: true, force: true });
});

interface Provider {
  readonly server: Server;
  readonly url: string;
  /** What the provider would bill, by the id of its answer: input and output tokens. */
  readonly book: Map<string, readonly [number, number]>;
  /** Whether it answers; what it does not is in its book all the same. */
  answers: boolean;
}

async function startProvider(): Promise<Provider> {
  const book: Provider['book'] = new Map();
  const started: Partial<Provider> & { answers: boolean } = { answers: true };
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const id = `answer-${book.size}`;
      const [input, output] = [100 + book.size, 7 + (book.size % 50)];
      book.set(id, [input, output]);
      const body = JSON.stringify({
        id,
        object: 'chat.completion',
        model: 'gpt-4o',
        choices: [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
      });
      if (started.answers) response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return Object.assign(started, {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    book,
  });
}

/** `setpoint gateway` with a data directory of its own, and the rulebook that the first host's control published. */
async function startSecond(settings: object, rulebook: string): Promise<{ url: string; data: string }> {
  const home = join(directory, 'second');
  const data = join(home, 'data');
  mkdirSync(data, { recursive: true });
  copyFileSync(rulebook, join(data, 'rulebook.json'));
  const port = await freePort();
  writeFileSync(
    join(home, 'setpoint.yaml'),
    stringify({ ...settings, gateway: { listen: `127.0.0.1:${port}`, workers: 1 }, data }),
  );
  second = spawn(process.execPath, [MAIN, 'gateway'], {
    cwd: home,
    env: { PATH: process.env['PATH'], CLICKHOUSE_PASSWORD: 'open sesame' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await until(
    'the second host serves',
    async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok,
  );
  return { url, data };
}

async function freePort(): Promise<number> {
  const socket = createSocket();
  await new Promise<void>((listening) => socket.listen(0, '127.0.0.1', listening));
  const { port } = socket.address() as AddressInfo;
  await new Promise((closed) => socket.close(closed));
  return port;
}

async function until(what: string, holds: () => Promise<unknown>): Promise<void> {
  const endMs = performance.now() + 100_000;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`never came: ${what}`);
    await pause(200);
  }
}

/** `''` of a process that has gone meanwhile. */
function titleOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Kills the child of the second host's supervisor that has the title. */
function killSecond(title: string): void {
  const parent = second?.pid ?? 0;
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ');
  const victims = children.filter((pid) => titleOf(pid).startsWith(title));
  expect(victims).toHaveLength(1);
  process.kill(Number(victims[0]), 'SIGKILL');
}

/** @returns the ids of the answers that arrived whole. A worker of a busy machine may refuse for a while: that sends nothing. */
async function call(url: string, times: number): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: times }, () => callOnce(url).catch(() => ''))); // its gateway was killed
  return answers.filter((id) => id !== '');
}

async function callOnce(url: string): Promise<string> {
  for (;;) {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-setpoint-workflow': 'two-hosts' },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] }),
    });
    const answer = (await response.json()) as { id: string };
    if (response.ok) return answer.id;
    if (response.status !== 503) throw new Error(`answered ${response.status}`);
    await pause(500);
  }
}

it.skipIf(process.platform !== 'linux')(
  'both hosts’ calls are in the ledger as the provider has them, kills included',
  async () => {
    directory = mkdtempSync(join(tmpdir(), 'setpoint-two-hosts-'));
    provider = await startProvider();
    front = await startFront(join(directory, 'front'), { user: 'setpoint', password: 'open sesame' });
    if (findRedis().kind === 'found') redis = await startRedis();
    const settings = {
      ...(redis !== undefined && { sharedState: { url: redis.url }, budgets: KEPT_BUDGETS }),
      ledger: { url: front.url, user: 'setpoint', password: { env: 'CLICKHOUSE_PASSWORD' } },
      providers: [
        {
          name: 'own',
          dialect: 'openai',
          baseUrl: provider.url,
          models: ['gpt-*'],
          priceProvider: 'openai',
          key: 'none',
        },
      ],
      simulator: { enabled: 'never' },
    };
    first = await startSystem({ workers: 1, settings, environment: { CLICKHOUSE_PASSWORD: 'open sesame' } });
    expect(existsSync(join(first.directory, 'data', 'ledger'))).toBe(false); // nothing embedded beside it
    const host = await startSecond(settings, join(first.directory, 'data', 'rulebook.json'));

    const acknowledged = [...(await call(first.gatewayUrl, 20)), ...(await call(host.url, 20))];
    expect(acknowledged).toHaveLength(40);
    await front.faults([{ statement: 'INSERT INTO setpoint.lines', kind: 'cut', when: 'after', times: 2 }]);
    provider.answers = false;
    const underWay = call(host.url, 15);
    await until('the provider has all of them', () => Promise.resolve(provider?.book.size === 55));
    killSecond('setpoint gateway');
    acknowledged.push(...(await underWay));
    provider.answers = true;
    killSecond('setpoint drain');
    await until(
      'the second host serves again',
      async () => (await fetch(`${host.url}/readyz`).catch(() => undefined))?.ok,
    );
    acknowledged.push(...(await call(host.url, 10)), ...(await call(first.gatewayUrl, 10)));

    const engine = await openEngine({
      kind: 'clickhouse',
      url: front.url,
      database: 'setpoint',
      user: 'setpoint',
      password: 'open sesame',
    });
    const linesOf = (leg: string) =>
      engine.select(
        'SELECT response_id, fresh_in, text_out, journal FROM setpoint.lines WHERE leg = {leg:String}',
        { leg },
      );
    await until('all is in the ledger', async () => {
      const settled = new Set((await linesOf('settle')).map(([id]) => id));
      const presumed = (await linesOf('presume')).length;
      return (
        acknowledged.every((id) => settled.has(id)) && settled.size + presumed >= (provider?.book.size ?? 0)
      );
    });
    const settled = await linesOf('settle');
    const presumed = await linesOf('presume');
    expect(settled.map(([id, input, output]) => [id, [Number(input), Number(output)]]).toSorted()).toEqual(
      [...provider.book].filter(([id]) => settled.some(([there]) => there === id)).toSorted(),
    ); // each once, and as the provider has it
    expect(presumed).toHaveLength(15); // the kill met all that were under way, and no other
    expect(settled.length + presumed.length).toBe(provider.book.size);
    const hosts = new Set([...settled, ...presumed].map(([, , , journal]) => String(journal).split('.')[0]));
    expect(hosts.size).toBe(2);
    expect((await front.seen()).faults).toBe(2);
    const [[counted = 0] = []] = await engine.select('SELECT sum(lines) FROM setpoint.rollup');
    expect(Number(counted)).toBe(settled.length + presumed.length);
    await engine.close();
    if (redis !== undefined) await expectKeptBudgets(first);
  },
  600_000,
);
