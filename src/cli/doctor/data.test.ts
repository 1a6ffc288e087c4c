/** What the doctor finds in a data directory, and that looking changes nothing. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { someIntent, someSettlement } from '../../../test/chaos/journal-world.ts';
import { openJournal } from '../../ledger/ledger.ts';
import { dataFiles, publishRulebook, readSettings } from '../../operate/operate.ts';
import { openRegistry } from '../../registry/registry.ts';
import type { Command } from '../surroundings.ts';
import { examineData } from './data.ts';
import type { Finding } from './finding.ts';

let data = '';
let nowMs = Date.now;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'setpoint-doctor-test-'));
  nowMs = Date.now;
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

async function examine(): Promise<Map<string, Finding>> {
  const settings = readSettings({ yamlText: JSON.stringify({ data }), environment: {}, flags: {} });
  const command = { around: { nowMs: () => nowMs() } } as unknown as Command;
  const findings = await examineData(command, settings);
  for (const { state, money, fix } of findings)
    if (state !== 'ok') expect([money, fix].every(Boolean)).toBe(true);
  return new Map(findings.map((finding) => [finding.check, finding]));
}

async function fill(): Promise<void> {
  const registry = await openRegistry({ file: dataFiles(data).registry, nowMs: Date.now, randomBytes });
  await registry.keys.create({ name: 'one' }, 'test');
  await registry.close();
}

function publish(publishedAtMs: number): void {
  publishRulebook(dataFiles(data).rulebook, {
    version: 1,
    publishedAtMs,
    providers: [],
    keys: [],
    limits: {},
    prices: { version: 'p' },
  } as never);
}

it('all is well, and the registry is as it was', async () => {
  await fill();
  publish(Date.now() + 1_000);
  const before = [readdirSync(data), readFileSync(dataFiles(data).registry)];
  const found = await examine();
  expect([...found.values()].filter(({ state }) => state !== 'ok')).toEqual([]);
  expect([readdirSync(data), readFileSync(dataFiles(data).registry)]).toEqual(before);
});

it('nothing is kept yet', async () => {
  expect((await examine()).get('data')?.detail).toMatch(/nothing kept yet/);
});

it('other users may enter, and a restore was cut short', async () => {
  await fill();
  chmodSync(data, 0o755);
  writeFileSync(join(data, 'restore-unfinished'), '');
  const found = await examine();
  expect(found.get('rights')).toMatchObject({
    state: 'warning',
    fix: expect.stringMatching(/chmod 700/) as string,
  });
  expect(found.get('restore')).toMatchObject({ state: 'failure' });
});

it('a rulebook is older than the last decision', async () => {
  await fill();
  publish(Date.now() - 3_600_000);
  expect((await examine()).get('rulebook')).toMatchObject({
    state: 'warning',
    money: expect.stringMatching(/revoked key/) as string,
  });
});

it('calls wait and a process ended without giving its place back, while nothing runs', async () => {
  await fill();
  const { journals } = dataFiles(data);
  const journal = openJournal({ directory: journals, slot: 'gateway-1', now: Date.now, ballastBytes: 0 });
  journal.intend(someIntent('a1'));
  journal.settle(someSettlement(someIntent('a1')));
  await journal.durable();
  expect((await examine()).get('locks')).toMatchObject({
    state: 'warning',
    detail: expect.stringMatching(/gateway-1 \(process/) as string,
  });
  await journal.close();
  const found = await examine();
  expect(found.get('journals')).toMatchObject({
    state: 'warning',
    detail: expect.stringMatching(/3 frames wait/) as string,
  });
  const lock = join(journals, 'gateway-1.lock.1');
  const held = JSON.parse(readFileSync(lock, 'utf8')) as { owner: object };
  writeFileSync(
    lock,
    JSON.stringify({ ...held, released: false, owner: { ...held.owner, boot: 'another' } }),
  );
  expect((await examine()).get('locks')).toMatchObject({
    state: 'warning',
    detail: expect.stringMatching(/ended without giving back/) as string,
  });
});

it('a disk took frames, and recovery kept what it cut', async () => {
  await fill();
  const { journals, drain } = dataFiles(data);
  mkdirSync(join(journals, 'gateway-1-5'), { recursive: true });
  mkdirSync(drain);
  writeFileSync(join(journals, 'gateway-1-5', '000000000001.wal.cut'), 'frames');
  const checkpoint = {
    position: { segment: 1, offset: 160, sequence: 9 },
    open: [],
    sealed: true,
    missingFrames: 4,
    completeUntilMs: 0,
  };
  writeFileSync(join(drain, 'gateway-1-5.checkpoint'), JSON.stringify(checkpoint));
  const found = await examine();
  expect(found.get('damage')).toMatchObject({
    state: 'failure',
    detail: expect.stringMatching(/took 4 frames/) as string,
  });
  expect(found.get('damage kept')).toMatchObject({ state: 'warning' });
});

it('the clock went back, or cannot be right', async () => {
  await fill();
  const later = Date.now() / 1_000 + 86_400;
  utimesSync(dataFiles(data).registry, later, later);
  expect((await examine()).get('clock')).toMatchObject({
    state: 'failure',
    detail: expect.stringMatching(/went back/) as string,
  });
  nowMs = () => 0;
  expect((await examine()).get('clock')).toMatchObject({
    state: 'failure',
    detail: expect.stringMatching(/1970.*cannot be/) as string,
  });
});

it('a registry that a newer version wrote', async () => {
  await fill();
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(dataFiles(data).registry);
  database.exec("insert into migrations (level, name, applied_at) values (99, 'later', '2027')");
  database.close();
  expect((await examine()).get('data')).toMatchObject({
    state: 'failure',
    detail: expect.stringMatching(/level 99/) as string,
  });
});
