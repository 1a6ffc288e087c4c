/** What an operator does with a running system: look, back up under load, restore elsewhere, verify; and what its lines say. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, it } from 'vitest';

import type { Backup, HealthReport, Verification } from '../../src/api/contract/operations.ts';
import { startLoad, startProvider } from './reload-load.ts';
import type { Provider } from './reload-load.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

let running: System | undefined;
let upstream: Provider | undefined;
afterEach(async () => {
  await running?.stop();
  upstream?.stop();
});

const SECRET = 'sk-canary-0123456789abcdef';

async function start(): Promise<System> {
  upstream = await startProvider();
  const { baseUrl } = upstream;
  running = await startSystem({
    workers: 1,
    simulator: { enabled: 'never' },
    environment: { CANARY_KEY: SECRET },
    settings: {
      overload: { enabled: false }, // a machine that is busy with other tests sheds calls
      providers: [
        {
          name: 'slow',
          dialect: 'openai',
          baseUrl,
          models: ['gpt-*'],
          priceProvider: 'openai',
          key: { env: 'CANARY_KEY' },
        },
      ],
    },
  });
  return running;
}

it(
  'is backed up under load, restored elsewhere with equal sums, and verified',
  { timeout: 600_000 },
  async () => {
    const system = await start();
    const load = startLoad(system.gatewayUrl, { callers: 2, streams: 1 });
    while (load.result.right < 100) await new Promise((resolve) => setTimeout(resolve, 20));
    const backup = join(system.directory, 'backup');
    const made = await system.command('backup', backup, '--json');
    expect([made.code, (JSON.parse(made.stdout) as Backup).directory]).toEqual([0, backup]);
    const { failed } = await load.stop();
    expect(failed).toEqual([]);
    const { months } = JSON.parse(made.stdout) as Backup;
    expect(months[0]?.lines).toBeGreaterThan(0);
    expect(existsSync(join(backup, 'rulebook.json'))).toBe(false);

    const restored = join(system.directory, 'restored');
    const words = await system.command('restore', backup, '--data', restored, '--json');
    expect(words.code).toBe(0);
    const verification = JSON.parse(words.stdout) as Verification;
    expect(verification).toMatchObject({ ok: true, months });

    const live = await system.command('verify', '--json');
    expect([
      live.code,
      (JSON.parse(live.stdout) as Verification).checks.filter(({ state }) => state !== 'ok'),
    ]).toEqual([0, []]);
    const key = join(backup, 'fingerprint.key');
    writeFileSync(
      key,
      readFileSync(key, 'utf8').replace(/^./, (first) => (first === 'a' ? 'b' : 'a')),
    );
    const flipped = await system.command('verify', backup);
    expect([flipped.code, flipped.stdout]).toEqual([
      1,
      expect.stringMatching(/1 of \d+ files.*fingerprint\.key/) as string,
    ]);
  },
);

it('says how it is, in words, figures and lines, and never a secret', { timeout: 600_000 }, async () => {
  const system = await start();
  const health = await system.api<HealthReport>('/api/v1/health');
  expect(health).toMatchObject({ status: 'ready', reload: { state: 'none', number: 0 } });
  expect(health.parts.map(({ name }) => name)).toEqual(['ledger', 'rulebook', 'registry', 'disk']);
  expect(health.disk?.freeBytes).toBeGreaterThan(0);
  const readiness = await (await fetch(`${system.gatewayUrl}/readyz`)).json();
  expect(readiness).toMatchObject({ status: 'ready', refusing: [], journal: 'open', rulebook: 1 });

  const doctor = await system.command('doctor', '--json');
  const findings = JSON.parse(doctor.stdout) as Array<{
    check: string;
    state: string;
    money: string;
    fix: string;
  }>;
  expect(findings.filter(({ state }) => state === 'failure')).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining([
      'data',
      'space',
      'rulebook',
      'journals',
      'locks',
      'clock',
      'supervisor',
      'gateway',
      'ledger',
      'registry',
      'disk',
      'lag',
      'spool',
    ]),
  );
  for (const { state, money, fix } of findings)
    if (state !== 'ok') expect([money, fix].every(Boolean)).toBe(true);

  const ledger = (await system.processes()).find(({ role }) => role === 'ledger')?.pid ?? Number.NaN;
  process.kill(ledger, 'SIGSTOP'); // it is there and does not answer
  try {
    const away = await fetch(`${system.apiUrl}/readyz`);
    expect([away.status, await away.text()]).toEqual([
      503,
      expect.stringMatching(/The ledger does not answer. Calls are still served/) as string,
    ]);
    expect((await fetch(`${system.gatewayUrl}/readyz`)).status).toBe(200); // calls are not refused
    expect((await system.api<HealthReport>('/api/v1/health')).ledger).toBeNull();
  } finally {
    process.kill(ledger, 'SIGCONT');
  }

  const lines = system
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const events = lines.map(
    (line) => JSON.parse(line) as { time: string; level: string; process: string; event: string },
  );
  expect(events.map(({ event }) => event)).toContain('rulebook.obeyed');
  for (const { time, level, process: name, event } of events)
    expect([Date.parse(time) > 0, level, name, event].every(Boolean)).toBe(true);
  for (const text of [system.log(), doctor.stdout, JSON.stringify(health)])
    expect(text).not.toContain(SECRET);
});
