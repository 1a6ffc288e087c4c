/** When a control takes itself for the leader, what it begins and ends then, and that a post of a leader that was overtaken is refused. */
import { randomBytes } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { registryEngines } from '../../test/fakes/engines.ts';
import type { Engine } from '../../test/fakes/engines.ts';
import { fakePoster } from '../../test/fakes/ledger.ts';
import { NotLeading, openLeaderLock, openRegistry } from '../registry/registry.ts';
import type { LeaderLock, Registry, Standing } from '../registry/registry.ts';
import { fencedPoster, holdLead } from './leading.ts';

const leadingAs = (epoch: number): Standing => ({
  kind: 'leading',
  leader: { epoch, holder: 'this one', since: '2026-11-25T00:00:00.000Z' },
});
const STANDBY: Standing = { kind: 'standby', leader: undefined };
const AWAY: Standing = { kind: 'away', reason: 'ECONNREFUSED' };

describe('a control among several', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A lock that gives these standings one after the other, then the last for ever. */
  function world(...standings: readonly Standing[]) {
    const events: string[] = [];
    const said: string[] = [];
    let step = 0;
    let ms = 0;
    let hangs = false;
    const lock: LeaderLock = {
      step: () =>
        hangs
          ? new Promise<never>(() => undefined)
          : Promise.resolve(standings[Math.min(step++, standings.length - 1)] ?? AWAY),
      release: async () => void events.push('release'),
    };
    const leading = holdLead(lock, { say: (text) => void said.push(text), monotonicMs: () => ms });
    const pass = async (span: number): Promise<void> => {
      for (let passed = 0; passed < span; passed += 100) {
        ms += 100;
        await vi.advanceTimersByTimeAsync(100);
      }
    };
    return {
      leading,
      events,
      said,
      pass,
      hang: () => void (hangs = true),
      stop: (span: number) => void (ms += span),
    };
  }
  const counting = (events: string[]) => ({
    lead: async () => void events.push('lead'),
    lose: () => void events.push('lose'),
  });

  it('begins once when it leads, ends when it does not, and begins again under the next epoch', async () => {
    const { leading, events, pass, said } = world(
      STANDBY,
      leadingAs(1),
      leadingAs(1),
      AWAY,
      STANDBY,
      leadingAs(3),
    );
    await leading.start(counting(events));
    expect(leading.fence.epoch()).toBeUndefined();
    await pass(1_000);
    expect(leading.fence.epoch()).toBe(1);
    await pass(5_000);
    expect(events).toEqual(['lead', 'lose', 'lead']);
    expect(leading.fence.epoch()).toBe(3);
    await leading.stop();
    expect(events.at(-1)).toBe('release');
    expect(said.join('\n')).toMatch(/leads, epoch 1\n.*does not answer.*last rulebook.*\n.*stands by/);
  });

  it('knows by itself that its lease ran out when nobody answers', async () => {
    const { leading, events, pass, hang } = world(leadingAs(1));
    await leading.start(counting(events));
    hang();
    await pass(4_800);
    expect(leading.fence.epoch()).toBe(1);
    await pass(400);
    expect(leading.fence.epoch()).toBeUndefined();
    expect(leading.standing()).toMatchObject({ kind: 'away' });
  });

  it('that wakes up after a stop leads no more before it asked anybody', async () => {
    const { leading, events, stop } = world(leadingAs(1));
    await leading.start(counting(events));
    stop(60_000);
    expect(leading.fence.epoch()).toBeUndefined();
  });

  it('tries to begin until it succeeds', async () => {
    const { leading, pass, said } = world(leadingAs(1));
    let tries = 0;
    await leading.start({
      lead: async () => {
        tries += 1;
        if (tries < 3) throw new Error('it blinked');
      },
      lose: () => undefined,
    });
    await pass(5_000);
    expect(tries).toBe(3);
    expect(said.filter((text) => text.includes('it blinked'))).toHaveLength(1);
    await leading.stop();
  });
});

const postgres = registryEngines().find(({ name }) => name === 'PostgreSQL') as Engine;

describe('a posting over a handover', () => {
  /** A leader plans a posting, posts it and is overtaken before it can say so; its successor does it again; then the first wakes up. */
  async function handOver(context: Parameters<Engine['database']>[0], fenced: boolean) {
    const database = await postgres.database(context);
    if (!('postgres' in database.place)) throw new Error('this engine is PostgreSQL');
    const place = database.place.postgres;
    await (await database.open(() => 0)).close(); // makes the tables
    const ledger = fakePoster(); // one ledger for both, which takes each id once
    const open = (epoch: number): Promise<Registry> =>
      openRegistry({
        postgres: place,
        nowMs: () => 0,
        randomBytes,
        ...(fenced && { fence: { epoch: () => epoch } }),
      });
    const take = async (lock: LeaderLock): Promise<number> => {
      const standing = await lock.step();
      return standing.kind === 'leading' ? standing.leader.epoch : take(lock);
    };
    const posting = {
      id: 'rule-legal-1-2026-10',
      kind: 'rule',
      subject: 'legal',
      version: 1,
      month: '2026-10',
    } as const;
    const move = {
      id: posting.id,
      during: { fromMs: 0, toMs: 1 },
      where: [],
      set: {},
      by: 'rule',
      cause: 'attribution',
    };
    const [firstLock, nextLock] = [openLeaderLock(place, 'first'), openLeaderLock(place, 'next')];
    const first = await open(await take(firstLock));
    const firstPoster = fencedPoster(ledger, first);
    await first.attribution.plan({ ...posting, body: {} }, 'ada');
    await firstPoster.move(move);
    await firstLock.release();

    const next = await open(await take(nextLock));
    const [planned] = await next.attribution.postings('rule');
    expect(planned).toMatchObject({ id: posting.id, doneAtMs: undefined });
    const again = await fencedPoster(ledger, next).move({ ...move, id: planned?.id ?? '' });
    await next.attribution.finish(posting.id, 2);

    const late = [
      await firstPoster.move(move).catch((error: unknown) => error),
      await firstPoster.move({ ...move, id: 'of-its-own' }).catch((error: unknown) => error),
      await first.attribution.finish(posting.id, 99).catch((error: unknown) => error),
    ];
    const [done] = await next.attribution.postings('rule');
    await Promise.all([first.close(), next.close(), nextLock.release()]);
    return { again, late, moves: ledger.moves.map(({ id }) => id), lines: done?.lines };
  }

  it('is in the ledger once, and a leader that was overtaken posts nothing', async (context) => {
    const { again, late, moves, lines } = await handOver(context, true);
    expect(again.repeated).toBe(true);
    expect(moves).toEqual(['rule-legal-1-2026-10']);
    expect(late.every((one) => one instanceof NotLeading)).toBe(true);
    expect(lines).toBe(2);
  });

  it('is not all that arrives without the fence (control)', async (context) => {
    const { moves } = await handOver(context, false);
    expect(moves).toEqual(['rule-legal-1-2026-10', 'of-its-own']);
  });
});
