/** Two thousand seeds in which everything that can go wrong does, and three experiments that show that the checks would notice. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { simulate } from './simulate.ts';
import type { Without } from './simulate.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const SEEDS = 2_000;
const MOST_MS = 20 * 60_000;

interface Sums {
  readonly seeds: number;
  readonly failed: number;
  readonly attempts: number;
  readonly refused: number;
  readonly kills: number;
}

async function run(from: number, to: number): Promise<{ readonly sums: Sums; readonly output: string }> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [MAIN, '--seeds', `${from}..${to}`, '--json'],
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  ).catch((fault: { stdout?: string }) => ({ stdout: fault.stdout ?? String(fault) }));
  const lines = stdout.trimEnd().split('\n');
  return {
    sums: JSON.parse(lines.at(-1) ?? '{}') as Sums,
    output: lines.slice(0, -1).slice(0, 20).join('\n'),
  };
}

describe('the simulation', () => {
  it(
    `adds up for ${SEEDS} seeds`,
    async () => {
      const halves = await Promise.all([run(1, SEEDS / 2), run(SEEDS / 2 + 1, SEEDS)]);
      expect(halves.map(({ output }) => output).join('')).toBe('');
      const total = (of: keyof Sums): number => halves.reduce((sum, { sums }) => sum + sums[of], 0);
      expect(total('seeds')).toBe(SEEDS);
      expect(total('failed')).toBe(0);
      // It is about something: calls were refused, and workers killed with calls under way.
      expect(total('attempts')).toBeGreaterThan(SEEDS * 20);
      expect(total('refused')).toBeGreaterThan(SEEDS);
      expect(total('kills')).toBeGreaterThan(SEEDS / 4);
    },
    MOST_MS,
  );

  it('replays a seed exactly', async () => {
    const [first, again, other] = [await simulate(7), await simulate(7), await simulate(8)];
    expect(again).toEqual(first);
    expect(other.digest).not.toBe(first.digest);
  });

  it.each<[string, Without, RegExp]>([
    ['a store that forgets what it has', { deduplication: true }, /has 2 lines/],
    ['calls that reserve nothing', { reservation: true }, /is overrun/],
    ['books that wait for nobody', { patience: true }, /overrun|the counter says/],
  ])('finds %s', async (_name, without, fault) => {
    const faults: string[] = [];
    for (let seed = 1; seed <= 60 && !faults.some((one) => fault.test(one)); seed += 1)
      faults.push(...(await simulate(seed, without)).faults);
    expect(faults.some((one) => fault.test(one))).toBe(true);
  });
});
