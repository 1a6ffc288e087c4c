/** Commands of a host whose registry is PostgreSQL: what they say where it is away, and moving there. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { NO_SERVER, runCommand } from '../../test/fakes/command-line.ts';
import { findPostgres, startPostgres } from '../../test/servers.ts';
import type { TestPostgres } from '../../test/servers.ts';
import { openRegistry } from '../registry/registry.ts';

let server: TestPostgres | undefined;
const folders: string[] = [];

afterAll(async () => {
  await server?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A directory with a SQLite registry of one key, whose settings name a database. */
async function host(url: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'setpoint-cli-'));
  folders.push(folder);
  writeFileSync(join(folder, 'setpoint.yaml'), `registry: { url: ${JSON.stringify(url)} }\n`);
  const data = join(folder, '.setpoint');
  mkdirSync(data);
  const registry = await openRegistry({ file: join(data, 'registry.sqlite'), nowMs: () => 0, randomBytes });
  await registry.keys.create({ name: 'before' }, 'ada');
  await registry.close();
  return folder;
}

function run(folder: string, argv: readonly string[], password = '') {
  return runCommand(argv, {
    environment: { SETPOINT_REGISTRY_PASSWORD: password },
    workingDirectory: folder,
    nowMs: () => 0,
    fetch: NO_SERVER,
  });
}

const NOWHERE = 'postgres://setpoint@127.0.0.1:1/setpoint';

it('"doctor" says that the database is away and what goes on', async () => {
  const { code, out } = await run(await host(NOWHERE), ['doctor', '--json'], 'hunter2');
  expect(code).toBe(1);
  const findings = JSON.parse(out) as Array<{ check: string; state: string; detail: string; money: string }>;
  expect(findings.find(({ check }) => check === 'PostgreSQL')).toMatchObject({
    state: 'failure',
    detail: expect.stringMatching(/^127\.0\.0\.1:1\/setpoint does not answer: .*ECONNREFUSED/),
    money: expect.stringMatching(/last rulebook/),
  });
  expect(out).not.toContain('hunter2');
});

it('"key" touches no registry beside a control that may lead elsewhere', async () => {
  const { code, words } = await run(await host(NOWHERE), ['key', 'create', 'a']);
  expect(code).toBe(5);
  expect(words).toMatch(/another host may lead\. Nothing was changed/);
});

it('"registry copy" moves the registry of this host, once, and "doctor" finds it', async (context) => {
  const found = findPostgres();
  if (found.kind === 'missing') return context.skip(found.reason);
  server = await startPostgres();
  const folder = await host(server.url);
  const { password } = server;
  expect((await run(folder, ['doctor'], password)).out).toMatch(/answers and holds no registry yet/);
  const { code, out } = await run(folder, ['registry', 'copy', '--json'], password);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ rows: 2, head: { seq: 1 } });
  const again = await run(folder, ['registry', 'copy'], password);
  expect(again.code).not.toBe(0);
  expect(again.words).toMatch(/holds decisions already/);
  expect((await run(folder, ['doctor'], password)).out).toMatch(/audit chain of 1 intact, none has led/);
});
