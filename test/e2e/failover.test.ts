/**
 * Two controls and PostgreSQL as real processes: one leads, the other takes over when it is killed or stopped, and whoever leads,
 * rulebooks go on without a gap or a double. `npm run bench -- failover` measures how long it takes.
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from 'pg';

import { findPostgres, startPostgres, withPassword } from '../servers.ts';
import type { TestPostgres } from '../servers.ts';
import { ask, createHost, leads, standsBy, until } from './controls.ts';
import type { Host } from './controls.ts';

const found = findPostgres();
let server: TestPostgres;
let url = '';
const hosts: Host[] = [];

beforeAll(async () => {
  if (found.kind === 'missing') return;
  server = await startPostgres();
  url = await server.createDatabase();
});

afterAll(async () => {
  await Promise.all(hosts.map((host) => host.remove()));
  await server?.stop();
});

async function addHost(command: 'control' | 'gateway', settings = {}): Promise<Host> {
  const made = await createHost(command, { url, password: server.password }, settings);
  hosts.push(made);
  return made;
}

async function query(sql: string): Promise<Array<Record<string, unknown>>> {
  const client = new Client(withPassword(url, server.password));
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows;
}

/** Every rulebook that was ever published, since the registry keeps only the last. */
const REMEMBER = `
  create table every_rulebook (version integer, epoch integer, place serial);
  create function remember() returns trigger language plpgsql as
    'begin insert into every_rulebook (version, epoch) values (new.version, new.epoch); return new; end';
  create trigger remember after insert on rulebooks for each row execute function remember();
`;

async function createKey(at: Host, name: string): Promise<string | undefined> {
  const { status, body } = await ask(`${at.apiUrl}/api/v1/keys`, { name });
  return status === 201 ? String(body['secret']) : undefined;
}

async function keyNames(at: Host): Promise<unknown[]> {
  const { body } = await ask(`${at.apiUrl}/api/v1/keys`);
  return (body['keys'] as Array<{ name: unknown }>).map(({ name }) => name);
}

describe('two controls', () => {
  it('hand over when the leader is killed, and when it is stopped', { timeout: 180_000 }, async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    const [a, b] = [await addHost('control'), await addHost('control')];
    a.start();
    await until('the first control leads', () => leads(a), hosts);
    await query(REMEMBER);
    b.start();
    await until('the second stands by', () => standsBy(b), hosts);

    expect(await createKey(a, 'one')).toBeDefined();
    expect(await ask(`${b.apiUrl}/api/v1/keys`, { name: 'refused' })).toMatchObject({
      status: 503,
      body: { code: 'stands_by', detail: expect.stringMatching(/Nothing was changed/) },
    });
    expect(await keyNames(b)).toEqual(['one']);
    await until(
      'both hosts have the same rulebook',
      () => b.rulebookVersion() === a.rulebookVersion(),
      hosts,
    );

    await a.kill();
    await until('the second leads', () => leads(b), hosts);
    expect(await createKey(b, 'two')).toBeDefined();
    a.start();
    await until('the first stands by', () => standsBy(a), hosts);
    expect(await keyNames(a)).toEqual(['one', 'two']);

    b.signal('SIGSTOP');
    await until('the first leads again', () => leads(a), hosts);
    expect(await createKey(a, 'three')).toBeDefined();
    b.signal('SIGCONT');
    // Whatever it is asked first, it has lost the lead and does not act on it.
    expect(await createKey(b, 'stale')).toBeUndefined();
    await until('the second stands by', () => standsBy(b), hosts);
    expect(await keyNames(b)).toEqual(['one', 'two', 'three']);
    await until(
      'both hosts have the same rulebook',
      () => b.rulebookVersion() === a.rulebookVersion(),
      hosts,
    );

    const every = await query('select version, epoch from every_rulebook order by place');
    const [first] = every.map(({ version }) => Number(version));
    expect(every.map(({ version }) => version)).toEqual(every.map((_, index) => Number(first) + index));
    const epochs = every.map(({ epoch }) => Number(epoch));
    expect(epochs).toEqual(epochs.toSorted((left, right) => left - right));
    expect(new Set(epochs)).toEqual(new Set([1, 2, 3]));
    expect(await query('select count(*)::integer as n from leadership')).toEqual([{ n: 3 }]);
    await Promise.all([a.remove(), b.remove()]);
  });
});

describe('a database that goes away', () => {
  let upstream: Server;

  afterAll(() => void upstream?.close());

  it('stops decisions, and neither calls nor questions', { timeout: 180_000 }, async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    upstream = createServer((request, response) => {
      request.resume();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ id: 'x', object: 'chat.completion', model: 'm', choices: [] }));
    }).listen(0, '127.0.0.1');
    await new Promise((listening) => void upstream.once('listening', listening as () => void));
    const address = upstream.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const provider = {
      name: 'local',
      dialect: 'openai',
      baseUrl: `http://127.0.0.1:${port}/v1`,
      key: 'none',
    };
    const settings = { providers: [provider], simulator: { enabled: 'never' } };

    url = await server.createDatabase();
    await server.crash();
    const [control, gateway] = [await addHost('control', settings), await addHost('gateway', settings)];
    control.start();
    gateway.start();
    await until(
      'control says what it waits for',
      () => /does not answer .*Nothing is lost/.test(control.log()),
      hosts,
    );
    await server.startAgain();
    await until('control leads', () => leads(control), hosts);
    const secret = (await createKey(control, 'app')) ?? '';
    const call = async () =>
      (
        await ask(
          `${gateway.gatewayUrl}/v1/chat/completions`,
          { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
          { authorization: `Bearer ${secret}` },
        )
      ).status;
    await until(
      'the gateway of the other host serves the new key',
      async () => (await call()) === 200,
      hosts,
    );

    await server.crash();
    await until('control notices', async () => !(await leads(control)), hosts);
    expect(await ask(`${control.apiUrl}/api/v1/keys`, { name: 'lost' })).toMatchObject({
      status: 503,
      body: {
        code: 'registry_unavailable',
        detail: expect.stringMatching(/Nothing was changed\. Calls are still served/),
      },
    });
    expect((await ask(`${control.apiUrl}/api/v1/keys`)).status).toBe(503);
    expect(await ask(`${control.apiUrl}/readyz`)).toMatchObject({ status: 503 });
    expect((await ask(`${control.apiUrl}/api/v1/ledger?during=today`)).status).toBe(200);
    expect(await call()).toBe(200);

    await server.startAgain();
    await until('control leads again', () => leads(control), hosts);
    const { body } = await ask(`${control.apiUrl}/api/v1/keys`);
    const [{ id } = { id: '' }] = body['keys'] as Array<{ id: string }>;
    expect((await fetch(`${control.apiUrl}/api/v1/keys/${id}`, { method: 'DELETE' })).status).toBe(200);
    await until(
      'the gateway of the other host refuses the revoked key',
      async () => (await call()) === 401,
      hosts,
    );
    expect(control.log() + gateway.log()).not.toContain(server.password);
  });
});
