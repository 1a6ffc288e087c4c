/** The ledger process of a control that stands by, on a server that several share: it answers, and makes no month anew until it leads. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, expect, test } from 'vitest';

import { encodeLines, openLedger } from '../../src/ledger/ledger.ts';
import { noFailpoints } from '../../src/ledger/failpoints.ts';
import { openEngine } from '../../src/ledger/stores/engine.ts';
import { CONDENSED, QUARTERS } from '../../src/ledger/stores/rollups.ts';
import { readSettings } from '../../src/operate/operate.ts';
import { runLedger } from '../../src/roles/ledger.ts';
import type { RoleWorld } from '../../src/roles/places.ts';
import { startFront } from '../fakes/clickhouse.ts';
import type { Front } from '../fakes/clickhouse.ts';
import { sampleSettlements } from './ledger-samples.ts';

const SPAN = { fromMs: Date.parse('2026-09-20T00:00:00Z'), toMs: Date.parse('2026-11-12T00:00:00Z') };

let directory = '';
let front: Front | undefined;

afterEach(async () => {
  await front?.kill();
  rmSync(directory, { recursive: true, force: true });
});

/** The process in this one: what control says to it, and what it says. */
function ledgerProcess(url: string) {
  const settings = readSettings({
    yamlText: `data: ${join(directory, 'data')}\nledger: {url: "${url}"}\nregistry: {url: "postgres://u@registry.invalid/x"}`,
    environment: {},
    flags: {},
  });
  const listeners: Array<(message: unknown) => void> = [];
  const heard: unknown[] = [];
  let stop = (): void => undefined;
  const world: RoleWorld = {
    environment: {},
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    say: () => undefined,
    tellParent: (message) => void heard.push(message),
    onParentMessage: (receive) => void listeners.push(receive),
    untilAskedToStop: new Promise((asked) => {
      stop = asked;
    }),
    failpoints: noFailpoints,
    nodeVersion: process.versions.node,
    nodeWarning: '',
    startRole: () => {
      throw new Error('it starts nothing');
    },
  };
  const ended = runLedger(settings, world);
  return {
    heard,
    say: (message: object) => listeners.forEach((receive) => receive(message)),
    async end() {
      stop();
      await ended;
    },
  };
}

test('a control that stands by condenses nothing and mends nothing; one that begins to lead does both', async () => {
  directory = mkdtempSync(join(tmpdir(), 'setpoint-standby-'));
  front = await startFront(join(directory, 'front'));
  const place = { kind: 'clickhouse', url: front.url, database: 'setpoint' } as const;
  const leader = await openLedger({
    place,
    nowMs: Date.now,
    progress: () => ({ backlogFrames: 0, completeUntilMs: 0, trouble: '' }),
  });
  const settlements = sampleSettlements(77, 100, SPAN);
  const rows = settlements.map((one, sequence) =>
    Buffer.from(encodeLines(one, { journal: 'w-1', sequence })),
  );
  await leader.insert({ token: 'w-1:0:99:abc', rows, count: rows.length });
  await leader.close(); // killed before it condensed anything
  const engine = await openEngine(place);
  const count = async (table: string, what = 'count()'): Promise<number> =>
    Number((await engine.select(`SELECT ${what} FROM setpoint.${table}`))[0]?.[0] ?? 0);
  const condensed = async (): Promise<number> => {
    let sum = 0;
    for (const { table } of CONDENSED) sum += await count(table);
    return sum;
  };
  const lines = await count('lines');
  await engine.run(`TRUNCATE TABLE setpoint.${QUARTERS.table}`); // and in the middle of mending

  const ledger = ledgerProcess(front.url);
  ledger.say({ leads: false });
  await expect.poll(() => ledger.heard, { timeout: 60_000 }).toContainEqual({ ready: true });
  const answersOf = (): unknown[] =>
    ledger.heard.filter((one) => typeof one === 'object' && one !== null && 'ledgerReply' in one);
  const steps = async (): Promise<number> => {
    const before = answersOf().length;
    ledger.say({ ledgerAsk: before + 1, method: 'health', parameters: [] });
    await expect.poll(() => answersOf().length, { timeout: 60_000 }).toBe(before + 1);
    return (answersOf().at(-1) as { value?: { drainStep?: number } }).value?.drainStep ?? 0;
  };
  await expect.poll(steps, { timeout: 60_000, interval: 300 }).toBeGreaterThan(3); // each of them would condense
  expect(await condensed()).toBe(0);
  expect(await count(QUARTERS.table)).toBe(0);

  ledger.say({ leads: true });
  await expect.poll(condensed, { timeout: 60_000, interval: 300 }).toBeGreaterThan(0);
  const mended = () => count(QUARTERS.table, 'sum(lines)');
  await expect.poll(mended, { timeout: 60_000, interval: 300 }).toBe(lines);
  await ledger.end();
  await engine.close();
}, 240_000);
