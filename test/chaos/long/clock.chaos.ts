/** A whole system whose clock is wrong, and is set while it runs (faketime); the monotonic clock stays true. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { runKills } from '../kills.ts';

const LIBRARIES = ['x86_64', 'aarch64'].map(
  (machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`,
);
const NOTHING = { lost: [], doubled: [], unrecorded: [], different: [] };
const EVERY_MS = 3_000;

it.for([
  ['a year ahead', ['+365d']],
  ['a year behind', ['-365d']],
  ['that jumps a year to and fro', ['+0', '+365d', '-365d', '+0']],
  ['that goes back a minute again and again', ['+0', '-1m', '-2m', '-3m', '-4m']],
] as const)('a whole system whose clock is wrong: %s', async ([, offsets], { skip }) => {
  const library = LIBRARIES.find((path) => existsSync(path));
  if (library === undefined) return skip('no libfaketime here (apt-get install faketime)');
  const directory = mkdtempSync(join(tmpdir(), 'faketime-'));
  const file = join(directory, 'offset');
  let at = 0;
  const set = (): void => writeFileSync(file, `${offsets[at++ % offsets.length]}\n`);
  set();
  const setting = setInterval(set, EVERY_MS);
  try {
    const report = await runKills({
      kills: 8,
      seed: 15,
      weights: { gateway: 80, ledger: 20 },
      clients: 4,
      pauseMs: 1_500,
      system: {
        workers: 2,
        environment: {
          LD_PRELOAD: library,
          FAKETIME_TIMESTAMP_FILE: file,
          FAKETIME_CACHE_DURATION: '1',
          DONT_FAKE_MONOTONIC: '1',
        },
      },
    });
    process.stdout.write(`clock: ${JSON.stringify(report)}\n`);
    expect(report).toMatchObject(NOTHING);
    expect(report.acknowledged).toBeGreaterThan(20);
  } finally {
    clearInterval(setting);
    rmSync(directory, { recursive: true });
  }
});
