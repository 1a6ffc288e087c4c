/** A disk that is really full: a small tmpfs where this user may mount one, else a disk that says so itself. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

import type { Disk } from '../../src/ledger/journal/disk.ts';
import { realDisk } from '../../src/ledger/journal/disk.ts';
import { recoverJournals } from '../../src/ledger/journal/recover.ts';
import { listJournals } from '../../src/ledger/journal/segment.ts';
import { openJournal } from '../../src/ledger/journal/writer.ts';
import type { Journal } from '../../src/ledger/journal/writer.ts';
import { startGatewayAlone } from '../e2e/gateway-alone.ts';
import type { GatewayAlone } from '../e2e/gateway-alone.ts';
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
import { plainLines, plainPresumed, readJournal } from './journal-world.ts';

const DISK_BYTES = 3 * 1024 * 1024;
const directory = mkdtempSync(join(tmpdir(), 'disk-full-'));
const isMounted = mountTmpfs();
afterAll(() => {
  if (isMounted) execFileSync('umount', [directory]);
  rmSync(directory, { recursive: true, force: true });
});

function mountTmpfs(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'none', directory], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false; // a container without the right to mount
  }
}

interface FullDisk {
  readonly disk: Disk;
  fill(): void;
  free(): void;
}

/** Takes all that is left of the tmpfs; or says ENOSPC for everything but what the ballast's removal frees. */
function fullDisk(): FullDisk {
  const filler = join(directory, 'filler');
  if (isMounted)
    return {
      disk: realDisk,
      fill() {
        const { bavail, bsize } = statfsSync(directory);
        writeFileSync(filler, Buffer.alloc(bavail * bsize));
      },
      free: () => rmSync(filler, { force: true }),
    };
  const state = { isFull: false, spare: 0 };
  const noSpace = (): never => {
    throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  };
  return {
    disk: {
      ...realDisk,
      create: (path) => (state.isFull && path.endsWith('ballast') ? noSpace() : realDisk.create(path)),
      remove(path) {
        if (path.endsWith('ballast') && existsSync(path)) state.spare = 64 * 1024;
        realDisk.remove(path);
      },
      write(file, bytes, offset, length, position) {
        if (state.isFull && state.spare < length) noSpace();
        if (state.isFull) state.spare -= length;
        return realDisk.write(file, bytes, offset, length, position);
      },
    },
    fill: () => void Object.assign(state, { isFull: true, spare: 0 }),
    free: () => void (state.isFull = false),
  };
}

/** A provider whose streams end when they are told to. */
interface Provider {
  endStreams: Array<() => void>;
}

async function gatewayOn(root: string, disk: Disk, provider: Provider): Promise<[GatewayAlone, Journal]> {
  const journal = openJournal({
    directory: root,
    slot: 's',
    now: Date.now,
    lines: plainLines,
    disk,
    ballastBytes: 256 * 1024,
    segmentBytes: 512 * 1024,
  });
  const gateway = await startGatewayAlone({
    provider: (request, response) => {
      if (!request.body.includes('"stream":true')) return sendJson(response, completion(SMALL_USAGE));
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse(said('hello')));
      const last = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
      provider.endStreams.push(() =>
        response.end(sse(last) + sse(chunk({ choices: [], usage: SMALL_USAGE })) + DONE),
      );
    },
    recorder: {
      intend: (intent) => journal.intend(intent),
      settle: (settlement) => void journal.settle(settlement),
    },
  });
  return [gateway, journal];
}

it('a disk that fills up refuses calls with 503 at once and takes them again by itself', async () => {
  process.stdout.write(
    `disk full: ${isMounted ? 'a tmpfs' : 'played, since no tmpfs may be mounted here'}\n`,
  );
  const root = join(directory, 'journals');
  const { disk, fill, free } = fullDisk();
  const provider: Provider = { endStreams: [] };
  const [gateway, journal] = await gatewayOn(root, disk, provider);
  expect((await chat(gateway)).status).toBe(200);
  const underWay = await chat(gateway, { stream: true });
  fill();
  // What a page that is begun still holds is used up first; not one call goes out unrecorded.
  let refused: Response | undefined;
  for (let call = 0; refused === undefined; call += 1) {
    expect(call).toBeLessThan(200);
    const answer = await chat(gateway);
    if (answer.status !== 200) refused = answer;
  }
  expect(refused.status).toBe(503);
  expect(await refused.text()).toContain('nothing was charged');
  const seenWhenFull = gateway.seen.length;
  for (let call = 0; call < 5; call += 1) expect((await chat(gateway)).status).toBe(503);
  expect(gateway.seen).toHaveLength(seenWhenFull);
  for (const end of provider.endStreams) end();
  expect(await underWay.text()).toContain('[DONE]'); // settled into the ballast's space
  free();
  await expect.poll(async () => (await chat(gateway)).status, { timeout: 20_000, interval: 200 }).toBe(200);
  const sent = gateway.seen.length;
  await gateway.stop();
  await journal.close();
  recoverJournals({ root, now: Date.now, presume: plainPresumed });
  expect(chargedIn(root)).toBe(sent);
  rmSync(root, { recursive: true });
});

it('control: a recorder that swallows a full disk sends calls that nobody records', async () => {
  const root = join(directory, 'careless');
  const { disk, fill, free } = fullDisk();
  const [honest, journal] = await gatewayOn(root, disk, { endStreams: [] });
  await honest.stop();
  const gateway = await startGatewayAlone({
    provider: (_request, response) => sendJson(response, completion(SMALL_USAGE)),
    recorder: {
      intend: (intent) => quietly(() => journal.intend(intent)),
      settle: (settlement) => quietly(() => journal.settle(settlement)),
    },
  });
  fill();
  for (let call = 0; call < 300; call += 1) await (await chat(gateway)).text();
  free();
  await gateway.stop();
  await journal.close().catch(() => undefined);
  recoverJournals({ root, now: Date.now, presume: plainPresumed });
  expect(gateway.seen).toHaveLength(300);
  expect(chargedIn(root)).toBeLessThan(300);
});

function quietly(step: () => unknown): void {
  try {
    step();
  } catch {
    // The defect that is to be found.
  }
}

/** Attempts that the journals charge: settled or presumed. */
function chargedIn(root: string): number {
  return listJournals(root)
    .flatMap(({ directory: place }) => readJournal(place).frames)
    .filter(({ type }) => type === 'settle' || type === 'presume').length;
}
