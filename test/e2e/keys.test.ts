/** Keys and credentials on a running system: several real workers, a provider that writes down what it was sent. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { CreatedKey, NewKey } from '../../src/api/contract/keys.ts';
import type { MasterRotated } from '../../src/api/contract/secrets.ts';
import { makeMasterKey } from '../../src/secrets/secrets.ts';
import { randomBytes } from 'node:crypto';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const WORKERS = 3;
const LOOKS = 5_000;
const folder = mkdtempSync(join(tmpdir(), 'setpoint-keys-'));
const keyFile = join(folder, 'file-provider.key');
const masterKeys = join(folder, 'kms.txt');

let upstream: Server;
/** The credentials that reached the provider, newest last. */
const seen: string[] = [];
let system: System;

beforeAll(async () => {
  upstream = createServer((request, response) => {
    seen.push(request.headers.authorization ?? '');
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        '{"id":"1","object":"chat.completion","model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}',
      );
    });
  });
  await new Promise<void>((resolve) => void upstream.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
  writeFileSync(keyFile, 'sk-file-first\n');
  writeFileSync(masterKeys, `${makeMasterKey(randomBytes)}\n`);
  system = await startSystem({
    workers: WORKERS,
    settings: {
      overload: { enabled: false },
      providers: [
        { name: 'given', dialect: 'openai', baseUrl, models: ['given-*'], key: { env: 'GIVEN_KEY' } },
        { name: 'filed', dialect: 'openai', baseUrl, models: ['filed-*'], key: { file: keyFile } },
      ],
      // As a client of a KMS would: a program that prints the key. Gateways get theirs by way of the supervisor.
      secrets: {
        masterKey: {
          command: [process.execPath, '-p', `fs.readFileSync(${JSON.stringify(masterKeys)}, 'utf8')`],
        },
      },
    },
  });
}, 240_000);
afterAll(async () => {
  await system?.stop();
  upstream?.closeAllConnections();
  upstream?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${system.apiUrl}/api/v1${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as T;
}

const createKey = (key: NewKey): Promise<CreatedKey> => api('POST', '/keys', key);

/** A call on a connection of its own, so that the next worker gets it. */
async function call(key: string, model = 'given-1'): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${system.gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, connection: 'close' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Enough calls that round-robin brings some to every worker. */
async function statuses(key: string, model?: string): Promise<Set<number>> {
  const calls = Array.from({ length: WORKERS * 4 }, () => call(key, model));
  return new Set((await Promise.all(calls)).map(({ status }) => status));
}

function publishedVersion(): number {
  const file = join(system.directory, 'data', 'rulebook.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: number }).version;
}

/** Looks until it holds; the count bounds a failure and asserts no time. */
async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (await holds()) return;
    await wait(25);
  }
  throw new Error(`${what}: not after ${LOOKS} looks\n${system.log().slice(-2_000)}`);
}

/** The versions that each worker has begun to obey since a place in the log. */
function obeyed(sinceCharacter: number): number[][] {
  const log = system.log().slice(sinceCharacter);
  return Array.from({ length: WORKERS }, (_, index) =>
    [...log.matchAll(new RegExp(`gateway-${index + 1}"?[:,][^\\n]*obeys rulebook (\\d+)`, 'g'))].map(
      ([, version]) => Number(version),
    ),
  );
}

async function untilObeyed(version: number, sinceCharacter: number): Promise<void> {
  const newest = (): number[] => obeyed(sinceCharacter).map((versions) => versions.at(-1) ?? 0);
  await until(() => newest().every((one) => one >= version), `rulebook ${version} in every worker`);
}

/** Runs a decision and waits until every worker obeys it. */
async function decided<T>(decide: () => Promise<T>): Promise<T> {
  const mark = system.log().length;
  const answer = await decide();
  await untilObeyed(publishedVersion(), mark);
  return answer;
}

describe('on several workers', { timeout: 180_000 }, () => {
  test('after a revocation has returned, the next rulebook of each worker refuses the key', async () => {
    const kept = await createKey({ name: 'kept' });
    const { key, secret } = await decided(() => createKey({ name: 'to be revoked' }));
    await decided(() => api('PUT', '/providers/given/key', { key: 'sk-given-first' }));
    expect(await statuses(secret)).toEqual(new Set([200]));

    const mark = system.log().length;
    await api('DELETE', `/keys/${key.id}`);
    const version = publishedVersion(); // the decision is in the file before the answer is out
    expect(readFileSync(join(system.directory, 'data', 'rulebook.json'), 'utf8')).not.toContain(key.id);
    await untilObeyed(version, mark);
    expect(await statuses(secret)).toEqual(new Set([401]));
    expect(obeyed(mark)).toEqual(Array.from({ length: WORKERS }, () => [version])); // one swap each, and no more
    expect(await statuses(kept.secret)).toEqual(new Set([200])); // the control: another key goes on
  });

  test('a rotation overlaps under one id, and what limits the key limits its next secret', async () => {
    const scope: NewKey['scope'] = { models: ['given-*'] };
    const { key, secret } = await decided(() => createKey({ name: 'rotating', scope }));
    const rotated = await decided(() =>
      api<CreatedKey>('POST', `/keys/${key.id}/rotation`, { overlapSeconds: 3_600 }),
    );
    for (const one of [secret, rotated.secret]) {
      expect(await statuses(one)).toEqual(new Set([200]));
      const refused = await call(one, 'filed-1');
      expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('given-*')]);
    }
    await decided(() => api('POST', `/keys/${key.id}/rotation`, { overlapSeconds: 0 }));
    for (const one of [secret, rotated.secret]) expect(await statuses(one)).toEqual(new Set([401]));
    await until(
      async () => (await linesOf(key.id)) === WORKERS * 8,
      'every call in the ledger under the one key',
    );
  });

  async function linesOf(key: string): Promise<number> {
    const answer = await system.api<{ total: { calls?: number } }>(
      `/api/v1/ledger?of=calls&during=today&where=key=${key}`,
    );
    return answer.total.calls ?? 0;
  }
});

describe('credentials of providers', { timeout: 180_000 }, () => {
  test('take effect without a restart: given through the API, and replaced in a file', async () => {
    const { secret } = await decided(() => createKey({ name: 'credentials' }));
    await decided(() => api('PUT', '/providers/given/key', { key: 'sk-given-second' }));
    seen.length = 0;
    expect(await statuses(secret)).toEqual(new Set([200]));
    expect(new Set(seen)).toEqual(new Set(['Bearer sk-given-second']));

    const mark = system.log().length;
    const before = publishedVersion();
    writeFileSync(keyFile, 'sk-file-second\n');
    await until(() => publishedVersion() > before, 'the file is looked at');
    await untilObeyed(publishedVersion(), mark);
    seen.length = 0;
    expect(await statuses(secret, 'filed-1')).toEqual(new Set([200]));
    expect(new Set(seen)).toEqual(new Set(['Bearer sk-file-second']));
  });

  test('stay usable over a change of the master key and the death of every gateway', async () => {
    const { secret } = await decided(() => createKey({ name: 'master' }));
    writeFileSync(masterKeys, `${makeMasterKey(randomBytes)}\n${readFileSync(masterKeys, 'utf8')}`);
    const rotated = await decided(() => api<MasterRotated>('POST', '/secrets/master-rotation', {}));
    expect(rotated).toMatchObject({ secrets: 1, unchanged: false, published: true });
    expect(await statuses(secret)).toEqual(new Set([200]));

    const mark = system.log().length;
    await system.kill('gateway');
    await untilObeyed(publishedVersion(), mark); // those that were started anew opened it with what the supervisor keeps
    seen.length = 0;
    await system.ready();
    expect(await statuses(secret)).toEqual(new Set([200]));
    expect(new Set(seen)).toEqual(new Set(['Bearer sk-given-second']));
  });

  test('are nowhere in the data directory, and the master key is not either', async () => {
    const data = join(system.directory, 'data');
    const rulebook = readFileSync(join(data, 'rulebook.json'), 'utf8');
    expect(rulebook).toContain('"sealed"');
    const [first = ''] = readFileSync(masterKeys, 'utf8').split('\n');
    for (const name of ['rulebook.json', 'registry.sqlite', 'registry.sqlite-wal'])
      expect(readFileSync(join(data, name), 'latin1')).not.toMatch(new RegExp(`sk-given|sk-file|${first}`));
  });
});
