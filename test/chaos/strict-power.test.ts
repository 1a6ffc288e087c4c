/** Durability: a whole gateway over a disk whose power is cut after every operation, in strict and in default mode. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import type { Disk } from '../../src/ledger/journal/disk.ts';
import { realDisk } from '../../src/ledger/journal/disk.ts';
import { recoverJournals } from '../../src/ledger/journal/recover.ts';
import { listJournals } from '../../src/ledger/journal/segment.ts';
import { openJournal } from '../../src/ledger/journal/writer.ts';
import type { Durability, Journal } from '../../src/ledger/journal/writer.ts';
import { startGatewayAlone } from '../e2e/gateway-alone.ts';
import type { GatewayAlone, GatewayAloneOptions } from '../e2e/gateway-alone.ts';
import {
  chat,
  chunk,
  completion,
  DONE,
  said,
  sendJson,
  SMALL_USAGE,
  sse,
} from '../regression/complaints/world.ts';
import { inDirectory, plainLines, plainPresumed, readJournal } from './journal-world.ts';
import { FATES, leaveBehind, recordingDisk } from './power.ts';
import type { Operation } from './power.ts';

const CALLS = 10;

/** A call as its client and its provider know it, by how much the disk had done when they knew it. */
interface Known {
  readonly call: string;
  readonly at: number;
}

const provider: GatewayAloneOptions['provider'] = (request, response) => {
  if (!request.body.includes('"stream":true')) return sendJson(response, completion(SMALL_USAGE));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(sse(said('hello')));
  const end = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  response.end(sse(end) + sse(chunk({ choices: [], usage: SMALL_USAGE })) + DONE);
};

function journalOver(root: string, disk: Disk, durability: Durability, now = () => 1_000): Journal {
  return openJournal({
    directory: root,
    slot: 's',
    now,
    lines: plainLines,
    disk,
    durability,
    ballastBytes: 0,
    segmentBytes: 20_000,
  });
}

function gatewayOver(
  journal: Journal,
  answer: GatewayAloneOptions['provider'] = provider,
): Promise<GatewayAlone> {
  return startGatewayAlone({
    provider: answer,
    recorder: {
      intend: (intent) => journal.intend(intent),
      settle: (settlement) => void journal.settle(settlement),
      strict: journal.strict,
    },
  });
}

/** Plays calls, then every power cut. @returns what was lost: calls without a line, by who knew of them. */
async function playPowerCuts(
  durability: Durability,
  break_: (disk: Disk) => Disk = (disk) => disk,
): Promise<{ acknowledged: number; sent: number; holes: number }> {
  return inDirectory(async (origin) => {
    const trace: Operation[] = [];
    const acknowledged: Known[] = [];
    const sent: Known[] = [];
    const journal = journalOver(origin, break_(recordingDisk(trace)), durability);
    const gateway = await gatewayOver(journal, (request, response) => {
      sent.push({ call: gateway.intents.at(-1)?.call ?? '', at: trace.length });
      provider(request, response);
    });
    for (let call = 0; call < CALLS; call += 1) {
      const answer = await chat(gateway, { stream: call % 2 === 1 });
      await answer.text();
      acknowledged.push({ call: answer.headers.get('x-setpoint-call-id') ?? '', at: trace.length });
    }
    await gateway.stop();
    await journal.close();
    expect([acknowledged.length, sent.length]).toEqual([CALLS, CALLS]);
    return lostAtAnyCut(trace, acknowledged, sent);
  });
}

async function lostAtAnyCut(
  trace: readonly Operation[],
  acknowledged: readonly Known[],
  sent: readonly Known[],
): Promise<{ acknowledged: number; sent: number; holes: number }> {
  const lost = { acknowledged: 0, sent: 0, holes: 0 };
  for (let length = 1; length <= trace.length; length += 1) {
    for (const fate of FATES) {
      await inDirectory((root) => {
        mkdirSync(join(root, 's-1000'));
        leaveBehind(trace.slice(0, length), join(root, 's-1000'), fate);
        const { settled, charged, isWhole } = recovered(root);
        const missing = (known: readonly Known[], there: ReadonlySet<string>): number =>
          known.filter(({ call, at }) => at <= length && !there.has(call)).length;
        lost.acknowledged += missing(acknowledged, settled);
        lost.sent += missing(sent, charged);
        if (!isWhole) lost.holes += 1;
      });
    }
  }
  return lost;
}

/** Attempts that a root's journals settle, and those that they charge at all. */
function recovered(root: string): { settled: Set<string>; charged: Set<string>; isWhole: boolean } {
  recoverJournals({
    root,
    now: () => 0,
    presume: plainPresumed,
    disk: { ...realDisk, syncNow: () => undefined },
  });
  const found = { settled: new Set<string>(), charged: new Set<string>(), isWhole: true };
  for (const place of listJournals(root)) {
    const { frames, damage } = readJournal(place.directory);
    found.isWhole &&= damage.length === 0 && frames.every((frame, index) => frame.sequence === index + 1);
    for (const { type, text } of frames) {
      if (type !== 'settle' && type !== 'presume') continue;
      const [attempt = ''] = JSON.parse(text) as string[];
      found.charged.add(attempt);
      if (type === 'settle') found.settled.add(attempt);
    }
  }
  return found;
}

test('strict: no power cut takes a call that its client saw end, or one that reached its provider', async () => {
  expect(await playPowerCuts('strict')).toEqual({ acknowledged: 0, sent: 0, holes: 0 });
});

test('control: with strict off a power cut takes calls that their clients saw end; only the tail, never a hole', async () => {
  const lost = await playPowerCuts('default');
  expect(lost.acknowledged).toBeGreaterThan(0);
  expect(lost.sent).toBeGreaterThan(0);
  expect(lost.holes).toBe(0);
});

test('control: strict with an fdatasync that returns before the disk has the data loses calls', async () => {
  const hasty = (disk: Disk): Disk => ({
    ...disk,
    sync: (_file, done) => void setImmediate(() => done(null)),
  });
  expect((await playPowerCuts('strict', hasty)).acknowledged).toBeGreaterThan(0);
});

/** A gateway in strict mode whose disk refuses every fdatasync while `broken.now` says so. */
async function onBreakingDisk(
  work: (world: {
    gateway: GatewayAlone;
    broken: { now: boolean };
    clock: { ms: number };
    root: string;
    journal: Journal;
  }) => Promise<void>,
  answer = provider,
): Promise<void> {
  await inDirectory(async (root) => {
    const broken = { now: false };
    const clock = { ms: 1_000 };
    const refuse = (): Error => Object.assign(new Error('sync failed'), { code: 'EIO' });
    const disk: Disk = {
      ...realDisk,
      sync: (file, done) =>
        broken.now ? void setImmediate(() => done(refuse())) : realDisk.sync(file, done),
      syncNow: (file) => {
        if (broken.now) throw refuse();
        realDisk.syncNow(file);
      },
    };
    const journal = journalOver(root, disk, 'strict', () => clock.ms);
    const gateway = await gatewayOver(journal, answer);
    await work({ gateway, broken, clock, root, journal });
    await gateway.stop();
  });
}

test('strict: where fdatasync fails, calls are refused with 503 and nothing is sent; they are taken again by themselves', () =>
  onBreakingDisk(async ({ gateway, broken, clock, root, journal }) => {
    expect((await chat(gateway)).status).toBe(200);
    broken.now = true;
    for (let call = 0; call < 5; call += 1) {
      const refused = await chat(gateway);
      expect(refused.status).toBe(503);
      expect(await refused.text()).toContain('nothing was charged');
    }
    expect(gateway.seen).toHaveLength(1);
    broken.now = false;
    clock.ms += 2_000;
    expect((await chat(gateway)).status).toBe(200);
    await journal.close();
    // What was refused is no line: not even a presumed one.
    const { settled, charged } = recovered(root);
    expect([settled.size, charged.size]).toEqual([2, 2]);
  }));

test.each([false, true])(
  'strict: an answer whose record the disk does not take is not passed on as done (stream: %s)',
  (stream) => {
    const broken: Array<{ now: boolean }> = [];
    return onBreakingDisk(
      async (world) => {
        broken.push(world.broken);
        const answer = await chat(world.gateway, { stream });
        const text = await answer.text();
        expect(text).toContain('durability is strict');
        expect(text).not.toContain('[DONE]');
        expect(answer.status).toBe(stream ? 200 : 503);
        await world.journal.close().catch(() => undefined);
        expect(recovered(world.root).charged.size).toBe(1); // its intent is on the disk: charged, as presumed at least
      },
      (request, response) => {
        for (const one of broken) one.now = true;
        provider(request, response);
      },
    );
  },
);

test('strict: a client that leaves while the disk is waited for costs nothing', () =>
  inDirectory(async (root) => {
    const held: Array<() => void> = [];
    const disk: Disk = { ...realDisk, sync: (file, done) => held.push(() => realDisk.sync(file, done)) };
    const journal = journalOver(root, disk, 'strict');
    const gateway = await gatewayOver(journal);
    const leave = new AbortController();
    const answer = chat(gateway, {}, {}, leave.signal).catch(() => 'left');
    await expect.poll(() => held.length, { timeout: 10_000 }).toBe(1);
    leave.abort();
    expect(await answer).toBe('left');
    await expect.poll(() => gateway.metrics(), { timeout: 10_000 }).toContain('setpoint_calls_in_flight 0');
    const release = setInterval(() => {
      for (const go of held.splice(0)) go();
    }, 1);
    await journal.durable();
    await gateway.stop();
    await journal.close();
    clearInterval(release);
    expect(gateway.seen).toHaveLength(0);
    expect(recovered(root).charged.size).toBe(0);
  }));
