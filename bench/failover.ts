/**
 * How long it takes until another control leads and has published, after the leader is killed and after it is stopped. Real
 * processes and a PostgreSQL of its own on this machine; the hosts share nothing else.
 */
import { setTimeout as wait } from 'node:timers/promises';

import { Client } from 'pg';

import { createHost, leads, standsBy, until } from '../test/e2e/controls.ts';
import type { Host } from '../test/e2e/controls.ts';
import { findPostgres, startPostgres, withPassword } from '../test/servers.ts';

const ROUNDS = 7;
const LOOK_EVERY_MS = 20;

export async function run(): Promise<Record<string, unknown>> {
  const found = findPostgres();
  if (found.kind === 'missing') throw new Error(found.reason);
  const server = await startPostgres();
  const url = await server.createDatabase();
  const client = new Client(withPassword(url, server.password));
  const hosts: Host[] = [];
  try {
    for (let index = 0; index < 2; index += 1) {
      const host = await createHost('control', { url, password: server.password });
      hosts.push(host);
      host.start();
      await until('it answers', async () => (await leads(host)) || (await standsBy(host)), hosts);
    }
    await client.connect();
    const epochs = async (): Promise<number> =>
      Number(
        (await client.query<{ n: number }>('select max(epoch)::integer as n from rulebooks')).rows[0]?.n,
      );
    const killed: Takeover[] = [];
    const stopped: Takeover[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      killed.push(
        await takeOver(hosts, epochs, {
          end: (leader) => leader.kill(),
          back: (leader) => leader.start(),
        }),
      );
      stopped.push(
        await takeOver(hosts, epochs, {
          end: async (leader) => leader.signal('SIGSTOP'),
          back: (leader) => leader.signal('SIGCONT'),
        }),
      );
    }
    return { rounds: ROUNDS, ...figures('killed', killed), ...figures('stopped', stopped) };
  } finally {
    await client.end();
    await Promise.all(hosts.map((host) => host.remove()));
    await server.stop();
  }
}

interface Takeover {
  readonly leadsMs: number;
  readonly publishedMs: number;
}

async function takeOver(
  hosts: readonly Host[],
  epochs: () => Promise<number>,
  { end, back }: { end: (leader: Host) => Promise<void>; back: (leader: Host) => void },
): Promise<Takeover> {
  const leader = await findLeader(hosts);
  const other = hosts.find((host) => host !== leader) as Host;
  await until('the other stands by', () => standsBy(other), hosts);
  const before = await epochs();
  await wait(Math.random() * 1_000); // the other looks every second: any moment between two looks
  const startMs = performance.now();
  await end(leader);
  while (!(await leads(other))) await wait(LOOK_EVERY_MS);
  const leadsMs = performance.now() - startMs;
  while ((await epochs()) === before) await wait(LOOK_EVERY_MS);
  const publishedMs = performance.now() - startMs;
  back(leader);
  await until('the former leader stands by', () => standsBy(leader), hosts);
  return { leadsMs, publishedMs };
}

async function findLeader(hosts: readonly Host[]): Promise<Host> {
  for (;;) {
    for (const host of hosts) if (await leads(host)) return host;
    await wait(LOOK_EVERY_MS);
  }
}

function figures(name: string, takeovers: readonly Takeover[]): Record<string, string> {
  const spread = (values: readonly number[]): string => {
    const sorted = values.toSorted((a, b) => a - b).map((ms) => (ms / 1_000).toFixed(2));
    return `${sorted[0]} / ${sorted[Math.floor(sorted.length / 2)]} / ${sorted.at(-1)} s`;
  };
  return {
    [`${name}: another leads, min/median/max`]: spread(takeovers.map(({ leadsMs }) => leadsMs)),
    [`${name}: it has published, min/median/max`]: spread(takeovers.map(({ publishedMs }) => publishedMs)),
  };
}
