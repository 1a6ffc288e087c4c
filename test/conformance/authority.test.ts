/** The budget authority in this process, behind its socket, and in Redis: the same answers to the same messages. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { BudgetAuthority, booksOf } from '../../src/budgets/budgets.ts';
import type { AuthorityLink } from '../../src/budgets/budgets.ts';
import { ARITHMETIC, LEASE_MS } from '../../src/roles/budget-lua.ts';
import { shareAuthority } from '../../src/roles/budget-redis.ts';
import type { SharedAuthority } from '../../src/roles/budget-redis.ts';
import { budgetSocketPath, connectAuthority, listenForHolders } from '../../src/roles/budget-socket.ts';
import { findRedis, startRedis } from '../servers.ts';
import type { TestServer } from '../servers.ts';
import { CASES, play, SCRIPTS } from './authority-cases.ts';
import type { Machine } from './authority-cases.ts';

/** The reference: what the others are compared with. */
function inProcess(): Machine {
  const authority = new BudgetAuthority();
  let nowMs = 0;
  return {
    async setNow(ms) {
      nowMs = ms;
      authority.loseSilent(nowMs - LEASE_MS);
    },
    linkOf: () => ({
      attach: async (attach) => authority.attach(attach, nowMs),
      grant: async (ask) => authority.grant(ask, nowMs),
      report: async (report) => authority.report(report, nowMs),
    }),
    books: booksOf(authority, () => nowMs),
    lose: async (holder) => authority.lose(holder),
  };
}

async function withSocket<Result>(work: (machine: Machine) => Promise<Result>): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'setpoint-authority-'));
  const path = budgetSocketPath(directory);
  const authority = new BudgetAuthority();
  let nowMs = 0;
  const server = await listenForHolders({ path, authority, nowMs: () => nowMs, say: () => undefined });
  const links = new Map<string, AuthorityLink & { close(): void }>();
  try {
    return await work({
      async setNow(ms) {
        nowMs = ms;
        authority.loseSilent(nowMs - LEASE_MS);
      },
      linkOf(holder) {
        let link = links.get(holder);
        if (link === undefined)
          links.set(holder, (link = connectAuthority({ path, monotonicMs: () => performance.now() })));
        return link;
      },
      books: booksOf(authority, () => nowMs),
      lose: async (holder) => authority.lose(holder),
    });
  } finally {
    for (const link of links.values()) link.close();
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

describe('in this process', () => {
  it.each(CASES)('$name', async ({ steps, last }) => {
    expect((await play(inProcess(), steps)).at(-1)).toMatchObject(last as object);
  });
});

describe('behind a socket', () => {
  it.each(CASES)('$name', async ({ steps, last }) => {
    const answers = await withSocket((machine) => play(machine, steps));
    expect(answers.at(-1)).toMatchObject(last as object);
    expect(answers).toEqual(await play(inProcess(), steps));
  });

  it('answers any script as in this process', async () => {
    await fc.assert(
      fc.asyncProperty(SCRIPTS, async (steps) => {
        expect(await withSocket((machine) => play(machine, steps))).toEqual(await play(inProcess(), steps));
      }),
      { numRuns: 100 },
    );
  });
});

const found = findRedis();
const CLOCK_KEY = '{setpoint}:test-clock';

describe.skipIf(found.kind === 'missing')(
  `in Redis${found.kind === 'missing' ? ` (${found.reason})` : ''}`,
  () => {
    let server: TestServer;
    let shared: SharedAuthority;
    let client: ReturnType<typeof createClient>;

    beforeAll(async () => {
      server = await startRedis();
      client = createClient({ url: server.url }) as unknown as typeof client;
      client.on('error', () => undefined); // the promises tell it too
      await client.connect();
      shared = shareAuthority({
        url: server.url,
        password: undefined,
        monotonicMs: () => performance.now(),
        answerWithinMs: 20_000,
        clock: `tonumber(redis.call('GET', '${CLOCK_KEY}'))`,
      });
    });

    afterAll(async () => {
      shared?.close();
      client?.destroy();
      await server?.stop();
    });

    async function withRedis(steps: Parameters<typeof play>[1]): Promise<unknown[]> {
      await client.flushAll();
      return play(
        {
          setNow: async (nowMs) => void (await client.set(CLOCK_KEY, nowMs)),
          linkOf: () => shared.link,
          books: shared.books,
          lose: (holder) => shared.lose(holder),
        },
        steps,
      );
    }

    it.each(CASES)('$name', async ({ steps, last }) => {
      const answers = await withRedis(steps);
      expect(answers.at(-1)).toMatchObject(last as object);
      expect(answers).toEqual(await play(inProcess(), steps));
    });

    it('answers any script as in this process', async () => {
      await fc.assert(
        fc.asyncProperty(SCRIPTS, async (steps) => {
          expect(await withRedis(steps)).toEqual(await play(inProcess(), steps));
        }),
        { numRuns: 150 },
      );
    });

    it('computes as BigInt does, to the last of 24 digits', async () => {
      const wide = fc.bigInt({ min: -(10n ** 23n), max: 10n ** 23n });
      const edge = fc.constantFrom(
        0n,
        1n,
        -1n,
        10n ** 9n,
        -(10n ** 9n),
        10n ** 9n - 1n,
        2n ** 53n,
        2n ** 53n + 1n,
      );
      const amount = fc.oneof(wide, edge, fc.bigInt({ min: -2_000_000_000n, max: 2_000_000_000n }));
      const script = `${ARITHMETIC}
        local a, b, by = big(ARGV[1]), big(ARGV[2]), tonumber(ARGV[3])
        return {text(add(a, b)), text(sub(a, b)), tostring(less(a, b)), text(larger(a, b)), text(smaller(a, b)),
          text(share(larger(a, ZERO), by))}`;
      await fc.assert(
        fc.asyncProperty(amount, amount, fc.integer({ min: 1, max: 4_096 }), async (a, b, by) => {
          const answer = await client.eval(script, {
            keys: [],
            arguments: [String(a), String(b), String(by)],
          });
          const positive = a > 0n ? a : 0n;
          expect(answer).toEqual([
            String(a + b),
            String(a - b),
            String(a < b),
            String(a > b ? a : b),
            String(a < b ? a : b),
            String(positive / BigInt(by)),
          ]);
        }),
        { numRuns: 2_000 },
      );
    });
  },
);
