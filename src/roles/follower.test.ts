/** The file that gateways read follows what is published, whatever becomes of the database; and it never goes back. */
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { RegistryAway } from '../registry/registry.ts';
import type { PublishedRulebook } from '../registry/registry.ts';
import { followPublished } from './follower.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const rulebook = (version: number): PublishedRulebook => ({
  version,
  body: JSON.stringify({ version, providers: [], keys: [], limits: {}, prices: {}, sealed: 'opaque' }),
});

function world(directory = mkdtempSync(join(tmpdir(), 'setpoint-follower-'))) {
  const file = join(directory, 'rulebook.json');
  const said: string[] = [];
  const seen: number[] = [];
  const published: { newest: PublishedRulebook | undefined; trouble: Error | undefined } = {
    newest: undefined,
    trouble: undefined,
  };
  const source = {
    async latest(after: number) {
      if (published.trouble !== undefined) throw published.trouble;
      return published.newest !== undefined && published.newest.version > after
        ? published.newest
        : undefined;
    },
  };
  const start = () =>
    followPublished({
      source,
      file,
      name: 'db:5432/setpoint',
      onNew: async ({ version }) => void seen.push(version),
      say: (text) => void said.push(text),
    });
  const there = (): number => (JSON.parse(readFileSync(file, 'utf8')) as { version: number }).version;
  return { directory, file, said, seen, published, start, there };
}

it('puts each rulebook where gateways read it, as it is, for this user alone, and leaves nothing beside it', async () => {
  const { directory, file, published, start, seen } = world();
  const follower = start();
  published.newest = rulebook(3);
  await follower.look();
  expect(readFileSync(file, 'utf8')).toBe(rulebook(3).body);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  published.newest = rulebook(7);
  await vi.advanceTimersByTimeAsync(500);
  expect(readFileSync(file, 'utf8')).toBe(rulebook(7).body);
  expect(seen).toEqual([3, 7]);
  expect(readdirSync(directory)).toEqual(['rulebook.json']);
  follower.stop();
});

it('says once that the database is away, keeps the file, and goes on when it is back', async () => {
  const { published, start, said, there } = world();
  published.newest = rulebook(3);
  const follower = start();
  await follower.look();
  published.trouble = new RegistryAway('ECONNREFUSED');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(there()).toBe(3);
  expect(said).toEqual([
    expect.stringMatching(/cannot be fetched \(ECONNREFUSED\); gateways serve on rulebook 3/),
  ]);
  published.trouble = undefined;
  published.newest = rulebook(4);
  await vi.advanceTimersByTimeAsync(500);
  expect(there()).toBe(4);
  expect(said.at(-1)).toMatch(/can be fetched again/);
  follower.stop();
});

it('never puts an older rulebook in the place of a newer one, and says that the database has only older ones', async () => {
  const first = world();
  first.published.newest = rulebook(9);
  const before = first.start();
  await before.look();
  before.stop();
  const { published, start, said, there } = world(first.directory);
  published.newest = rulebook(2); // a database that was restored from a backup
  const follower = start();
  await follower.look();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(there()).toBe(9);
  expect(said).toEqual([expect.stringMatching(/rulebook 9 here is newer than 2, the newest of/)]);
  published.newest = rulebook(10);
  await vi.advanceTimersByTimeAsync(500);
  expect(there()).toBe(10);
  follower.stop();
});

it('tries again what it could not hand on', async () => {
  const { published, file } = world();
  const tries: number[] = [];
  const follower = followPublished({
    source: { latest: async (after) => (after < 3 ? published.newest : undefined) },
    file,
    name: 'db',
    onNew: async ({ version }) => {
      tries.push(version);
      if (tries.length === 1) throw new Error('it blinked');
    },
    say: () => undefined,
  });
  published.newest = rulebook(3);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(tries).toEqual([3, 3]);
  follower.stop();
});
