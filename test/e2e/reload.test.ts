/** New settings under load: no call is refused, no stream is cut, and wrong settings change nothing. */
import { afterEach, expect, it } from 'vitest';

import { readSupervisorFile } from '../../src/roles/supervisor-file.ts';
import { startLoad, startProvider } from './reload-load.ts';
import type { Provider } from './reload-load.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const RELOADS = 5;

let running: System | undefined;
let upstream: Provider | undefined;
afterEach(async () => {
  await running?.stop();
  upstream?.stop();
});

function providers(baseUrl: string, more: object = {}): object {
  return {
    overload: { enabled: false }, // a machine that is busy with other tests sheds calls, which is not what is looked at
    providers: [
      { name: 'slow', dialect: 'openai', baseUrl, models: ['gpt-*'], priceProvider: 'openai', ...more },
    ],
  };
}

async function start(): Promise<{ system: System; provider: Provider }> {
  const provider = await startProvider();
  upstream = provider;
  const system = await startSystem({
    workers: 1,
    settings: { ...providers(provider.baseUrl) },
    simulator: { enabled: 'never' },
  });
  running = system;
  return { system, provider };
}

it(
  'takes settings in under load; gateways that are killed instead lose calls',
  { timeout: 900_000 },
  async () => {
    const { system, provider } = await start();
    const load = startLoad(system.gatewayUrl, { callers: 3, streams: 2 });
    for (let reload = 1; reload <= RELOADS; reload += 1) {
      const workers = reload % 2 === 0 ? 1 : 2;
      await system.writeSettings({
        ...providers(provider.baseUrl, { account: `account-${reload}` }),
        gateway: { listen: system.gatewayUrl.slice(7), workers },
      });
      expect(await reloaded(system, reload)).toMatchObject({ number: reload, state: 'done' });
    }
    const { right, streams, failed } = await load.stop();
    expect(failed).toEqual([]);
    expect(right).toBeGreaterThan(500);
    expect(streams).toBeGreaterThan(RELOADS);
    expect(provider.requests()).toBe(right + streams);
    await linesReach(system, right + streams);
    const accounts = await system.api<{ rows: Array<{ group: string[] }> }>(
      '/api/v1/ledger?by=account&of=calls&during=all',
    );
    expect(accounts.rows.map(({ group }) => group[0])).toContain(`account-${RELOADS}`);

    const control = startLoad(system.gatewayUrl, { callers: 3, streams: 2 });
    while (control.result.right < 50) await new Promise((resolve) => setTimeout(resolve, 20));
    await system.kill('gateway');
    await system.ready();
    expect((await control.stop()).failed.length).toBeGreaterThan(0);
  },
);

/** The first as a person asks, the others as a machine does, which is faster. */
async function reloaded(system: System, number: number): Promise<unknown> {
  if (number === 1) {
    const { code, stdout } = await system.command('reload', '--json');
    expect(code).toBe(0);
    return JSON.parse(stdout);
  }
  const data = `${system.directory}/data`;
  process.kill(readSupervisorFile(data, Date.now())?.owner.pid ?? Number.NaN, 'SIGUSR2');
  for (;;) {
    const state = readSupervisorFile(data, Date.now())?.reload;
    if (state === undefined) throw new Error(`the supervisor is gone\n${system.log()}`);
    if (state.number === number && state.state !== 'running') return state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Every call has its one line once the drain has caught up. */
async function linesReach({ api }: System, calls: number): Promise<void> {
  const total = async () =>
    (await api<{ total: { calls: number; lines: number } }>('/api/v1/ledger?of=calls,lines&during=all'))
      .total;
  await expect.poll(total, { timeout: 120_000, interval: 200 }).toEqual({ calls, lines: calls });
}

it('refuses settings that are wrong or need a restart, and serves on', { timeout: 600_000 }, async () => {
  const { system, provider } = await start();
  const processes = (await system.processes()).map(({ pid }) => pid);
  await system.writeSettings({ ...providers(provider.baseUrl), timeZone: 'Mars/Olympus' });
  const named = ['reload', '--json', '--data', `${system.directory}/data`] as const;
  const wrong = await system.command(...named);
  expect(wrong.code).toBe(2);
  expect(JSON.parse(wrong.stdout)).toMatchObject({
    state: 'refused',
    words: expect.stringMatching(/Nothing was changed.*timeZone/s) as string,
  });
  const unnamed = await system.command('reload');
  expect(unnamed).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/Nothing was changed.*timeZone/s) as string,
  });

  await system.writeSettings({ ...providers(provider.baseUrl), api: { listen: '127.0.0.1:1' } });
  const moved = await system.command(...named);
  expect(moved.code).toBe(2);
  expect(moved.stdout).toMatch(/api\.listen cannot change while calls are served.*start it again/);
  expect((await system.processes()).map(({ pid }) => pid)).toEqual(processes);
  const load = startLoad(system.gatewayUrl, { callers: 2, streams: 0 });
  while (load.result.right < 10 && load.result.failed.length === 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await load.stop()).failed).toEqual([]);
});
