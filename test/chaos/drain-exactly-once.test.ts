/** The drain in one process: every failing insert, every interleaving, and the protections taken away one by one. */
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Drain, Protections } from '../../src/ledger/drain/drain.ts';
import { ALL_PROTECTIONS, createDrain } from '../../src/ledger/drain/drain.ts';
import { createFailpoints, FailpointReached } from '../../src/ledger/failpoints.ts';
import { recoverJournals } from '../../src/ledger/journal/recover.ts';
import { listJournals, listSegments, segmentPath } from '../../src/ledger/journal/segment.ts';
import type { Journal } from '../../src/ledger/journal/writer.ts';
import { openJournal } from '../../src/ledger/journal/writer.ts';
import {
  doubled,
  inDirectory,
  legs,
  plainLines,
  plainPresumed,
  someIntent,
  someSettlement,
  TokenSink,
} from './journal-world.ts';
import type { SinkFailure } from './journal-world.ts';

/** Journals, a drain that can die at a failpoint, and a ledger, over one directory. */
class World {
  readonly root: string;
  readonly state: string;
  readonly sink = new TokenSink();
  readonly expected: string[] = [];
  readonly finished: { journal: string; linesThen: number }[] = [];
  /** Asked at each end that is told: whether the listener fails. */
  failFinish: () => boolean = () => false;
  nowMs = 10_000;
  protections: Protections = ALL_PROTECTIONS;
  #journal: Journal;
  #slots = 0;
  #calls = 0;
  #drain: Drain | undefined;

  constructor(directory: string) {
    this.root = join(directory, 'journals');
    this.state = join(directory, 'drain');
    this.#journal = this.#open();
  }

  #open(): Journal {
    this.#slots += 1;
    return openJournal({
      directory: this.root,
      slot: `gateway-${this.#slots}`,
      now: () => this.nowMs,
      ballastBytes: 0,
      segmentBytes: 9_000,
      lines: plainLines,
    });
  }

  async record(calls: number, ask: { leaveLastOpen?: boolean } = {}): Promise<void> {
    for (let call = 0; call < calls; call += 1) {
      const intent = someIntent(`a${this.#calls++}`);
      this.#journal.intend(intent);
      const open = ask.leaveLastOpen === true && call === calls - 1;
      this.expected.push(`${intent.attempt} ${open ? 'presume' : 'settle'}`);
      if (!open) this.#journal.settle(someSettlement(intent));
    }
    await this.#journal.durable();
  }

  async restartGateway(): Promise<void> {
    await this.#journal.close();
    this.#journal = this.#open();
    recoverJournals({ root: this.root, now: () => this.nowMs, presume: plainPresumed });
  }

  /** One step; with a failpoint the drain dies there and the next step is a new drain's. */
  async step(failpoints = '', signal?: AbortSignal): Promise<Awaited<ReturnType<Drain['step']>> | 'died'> {
    if (failpoints !== '') this.killDrain();
    this.nowMs += 100;
    this.#drain ??= createDrain({
      root: this.root,
      stateDirectory: this.state,
      sink: this.sink,
      now: () => this.nowMs,
      batchFrames: 5,
      halfPresentPauseMs: 0,
      failpoints: createFailpoints(failpoints),
      protections: this.protections,
      isOwnerAlive: () => false,
      onFinished: (journal) => {
        if (this.failFinish()) throw new Error('the listener is down');
        const linesThen = this.sink.rows.filter((row) => row.includes(`"${journal}"`)).length;
        this.finished.push({ journal, linesThen });
      },
    });
    try {
      return await this.#drain.step(signal);
    } catch (error) {
      if (!(error instanceof FailpointReached)) throw error;
      this.killDrain();
      return 'died';
    }
  }

  killDrain(): void {
    this.#drain?.close();
    this.#drain = undefined;
  }

  async finish(): Promise<void> {
    this.sink.fail = () => 'none';
    await this.restartGateway();
    this.killDrain();
    for (let tries = 0; tries < 3; tries += 1) await this.step();
  }

  lost(): string[] {
    const there = new Set(legs(this.sink.rows));
    return this.expected.filter((leg) => !there.has(leg));
  }

  doubled(): string[] {
    return doubled(this.sink.rows);
  }

  /** Every line that must be there and no other, each as often as it is there. */
  there(): string[] {
    return legs(this.sink.rows).toSorted();
  }

  async close(): Promise<void> {
    this.killDrain();
    await this.#journal.close();
  }
}

function inWorld(work: (world: World) => Promise<void>): Promise<void> {
  return inDirectory(async (directory) => {
    const world = new World(directory);
    await work(world);
    await world.close();
  });
}

test('lines arrive once, completeness follows the clock, and a finished journal is removed', () =>
  inWorld(async (world) => {
    await world.record(23);
    const first = await world.step();
    expect(first).toMatchObject({
      inserted: 23,
      backlogFrames: 0,
      completeUntilMs: world.nowMs,
      trouble: '',
      missingFrames: 0,
    });
    await world.record(4, { leaveLastOpen: true });
    expect(await world.step()).toMatchObject({ inserted: 3, completeUntilMs: world.nowMs });
    await world.restartGateway();
    expect(await world.step()).toMatchObject({ inserted: 1 });
    expect(world.there()).toEqual(world.expected.toSorted());
    expect(listJournals(world.root).map((place) => place.slot)).toEqual(['gateway-2']);
    expect(readdirSync(world.state).filter((name) => name.startsWith('gateway-1'))).toEqual([]);
  }));

test('the end of a journal is told once all its lines are in the ledger, and not before', () =>
  inWorld(async (world) => {
    await world.record(23, { leaveLastOpen: true });
    await world.step();
    expect(world.finished).toEqual([]); // its writer lives
    const [place] = listJournals(world.root);
    await world.restartGateway();
    world.sink.fail = () => 'before';
    await world.step();
    expect(world.finished).toEqual([]); // ended, and its last line is not there yet
    world.sink.fail = () => 'none';
    await world.step();
    await world.step();
    expect(world.finished).toEqual([{ journal: place?.id, linesThen: 23 }]);
  }));

test.each(['drain.after-checkpoint=throw@5', 'drain.after-finished=throw'])(
  'a drain that dies at %s tells the end of the journal again, and it is told at least once',
  (failpoint) =>
    inWorld(async (world) => {
      await world.record(23);
      const [place] = listJournals(world.root);
      await world.restartGateway();
      expect(await world.step(failpoint)).toBe('died');
      const before = world.finished.length;
      expect(before).toBe(failpoint.startsWith('drain.after-finished') ? 1 : 0);
      await world.step();
      expect(world.finished.slice(before)).toEqual([{ journal: place?.id, linesThen: 23 }]);
      expect(listJournals(world.root)).toHaveLength(1);
    }),
);

test('a listener that fails keeps the journal, hinders no other, and is told again', () =>
  inWorld(async (world) => {
    await world.record(7);
    await world.restartGateway();
    world.failFinish = () => true;
    const step = await world.step();
    expect(step).toMatchObject({ inserted: 7, trouble: expect.stringContaining('the listener is down') });
    expect(listJournals(world.root)).toHaveLength(2);
    await world.record(5);
    expect(await world.step()).toMatchObject({ inserted: 5 });
    world.failFinish = () => false;
    expect(await world.step()).toMatchObject({ trouble: '' });
    expect(world.finished).toHaveLength(1);
    expect(listJournals(world.root)).toHaveLength(1);
    expect(world.there()).toEqual(world.expected.toSorted());
  }));

test('a journal that is kept for its cut frames is not read again by a drain that starts', () =>
  inWorld(async (world) => {
    await world.record(9);
    const [place] = listJournals(world.root);
    writeFileSync(join(place?.directory ?? '', '000000000001.wal.cut'), 'kept');
    await world.restartGateway();
    await world.step();
    const { inserts } = world.sink;
    world.killDrain();
    await world.step();
    expect(listJournals(world.root)).toHaveLength(2);
    expect(readdirSync(world.state)).toContain(`${place?.id}.checkpoint`);
    expect(world.sink.inserts).toBe(inserts);
    expect(world.finished.map(({ journal }) => journal)).toEqual([place?.id, place?.id]);
  }));

test('what was only read ahead counts as moved nowhere', () =>
  inWorld(async (world) => {
    await world.record(23);
    const stop = new AbortController();
    world.sink.fail = () => {
      stop.abort();
      return 'none';
    };
    const first = await world.step('', stop.signal);
    expect(first).toMatchObject({ inserted: 5, backlogFrames: 36 }); // 23 intents and 23 settlements, the first 10 moved
    expect(first === 'died' ? 0 : first.completeUntilMs).toBe(10_000); // when the journal began
    world.sink.fail = () => 'none';
    expect(await world.step()).toMatchObject({
      inserted: 18,
      backlogFrames: 0,
      completeUntilMs: world.nowMs,
    });
    expect(world.there()).toEqual(world.expected.toSorted());
  }));

test('frames that are missing in a batch read ahead are counted once, though the drain dies before it', () =>
  inWorld(async (world) => {
    await world.record(23);
    const [place] = listJournals(world.root);
    const file = segmentPath(place?.directory ?? '', listSegments(place?.directory ?? '')[0] ?? 0);
    const bytes = readFileSync(file);
    const damaged = bytes.indexOf('"a7"');
    bytes[damaged + 1] = 'x'.charCodeAt(0);
    writeFileSync(file, bytes);
    expect(await world.step('drain.after-checkpoint=throw')).toBe('died');
    expect(await world.step()).toMatchObject({ missingFrames: 1, inserted: 18 });
    world.killDrain();
    expect(await world.step()).toMatchObject({ missingFrames: 1 });
  }));

test('a segment stays while it holds an intent without an end', () =>
  inWorld(async (world) => {
    await world.record(1, { leaveLastOpen: true });
    await world.record(40);
    await world.step();
    const [place] = listJournals(world.root);
    expect(listSegments(place?.directory ?? '')[0]).toBe(1);
    await world.finish();
    expect(world.there()).toEqual(world.expected.toSorted());
  }));

test('segments behind the checkpoint are removed while the journal is written', () =>
  inWorld(async (world) => {
    await world.record(60);
    await world.step();
    const [place] = listJournals(world.root);
    expect(listSegments(place?.directory ?? '')).toHaveLength(1);
    await world.finish();
    expect(world.there()).toEqual(world.expected.toSorted());
  }));

test('while the store is down completeness stands still, the backlog counts, and nothing is lost', () =>
  inWorld(async (world) => {
    await world.record(3);
    await world.step();
    const completeUntilMs = world.nowMs;
    world.sink.fail = () => 'before';
    await world.record(7);
    for (let tries = 0; tries < 3; tries += 1) {
      expect(await world.step()).toMatchObject({ inserted: 0, backlogFrames: 14, completeUntilMs });
    }
    expect(((await world.step()) as { trouble: string }).trouble).toContain('No call is lost');
    await world.finish();
    expect(world.there()).toEqual(world.expected.toSorted());
  }));

test.each(['before', 'after'] as const)(
  'an insert that fails %s its commit, for every n',
  async (failure) => {
    for (let at = 1; at <= 6; at += 1) {
      await inWorld(async (world) => {
        world.sink.fail = (insert) => (insert === at ? failure : 'none');
        for (let round = 0; round < 3; round += 1) {
          await world.record(8);
          await world.step();
        }
        await world.finish();
        expect(world.there()).toEqual(world.expected.toSorted());
      });
    }
  },
);

const FAILPOINTS = [
  'drain.before-freeze',
  'drain.after-freeze',
  'drain.after-insert',
  'drain.after-checkpoint-write',
  'drain.after-checkpoint',
  'drain.after-finished',
  'drain.after-remove-segment',
  'drain.after-remove-journal',
] as const;

test('any interleaving of records, restarts, crashes and failing inserts yields each line exactly once', async () => {
  const action = fc.oneof(
    fc.record({
      kind: fc.constant('record' as const),
      calls: fc.integer({ min: 1, max: 12 }),
      leaveLastOpen: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('step' as const),
      fail: fc.constantFrom<SinkFailure>('none', 'before', 'after'),
    }),
    fc.record({
      kind: fc.constant('crash' as const),
      at: fc.constantFrom(...FAILPOINTS),
      hit: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({ kind: fc.constant('restart' as const) }),
    fc.record({ kind: fc.constant('forget-tokens' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 14 }), (actions) =>
      inWorld(async (world) => {
        for (const next of actions) {
          if (next.kind === 'record') await world.record(next.calls, next);
          else if (next.kind === 'restart') await world.restartGateway();
          else if (next.kind === 'forget-tokens') world.sink.tokenWindow = 0;
          else if (next.kind === 'crash') await world.step(`${next.at}=throw@${next.hit}`);
          else {
            world.sink.fail = () => next.fail;
            await world.step();
            world.sink.fail = () => 'none';
          }
        }
        await world.finish();
        expect(world.there()).toEqual(world.expected.toSorted());
      }),
    ),
    { numRuns: 60 },
  );
});

test('a drain whose memory was lost or set back compares before it inserts', () =>
  inWorld(async (world) => {
    await world.record(12);
    await world.step();
    world.killDrain();
    rmSync(world.state, { recursive: true });
    world.sink.tokenWindow = 0;
    await world.record(3);
    await world.step();
    cpSync(world.state, `${world.state}.backup`, { recursive: true });
    await world.record(9);
    await world.step();
    world.killDrain();
    rmSync(world.state, { recursive: true });
    cpSync(`${world.state}.backup`, world.state, { recursive: true });
    await world.finish();
    expect(world.there()).toEqual(world.expected.toSorted());
  }));

test('a batch of which the store kept a part is completed, frame by frame', () =>
  inWorld(async (world) => {
    await world.record(5);
    world.sink.fail = () => 'after';
    await world.step();
    world.sink.rows.splice(1, 2); // a store in shards lost these
    await world.finish();
    expect(world.there()).toEqual(world.expected.toSorted());
  }));

test('a second drain on the same memory is refused', () =>
  inWorld(async (world) => {
    await world.step();
    const again = { root: world.root, stateDirectory: world.state, sink: world.sink, now: () => 0 };
    expect(() => createDrain(again)).toThrow('already in use');
  }));

test('run stops at its signal, also in the pause after a failure', () =>
  inWorld(async (world) => {
    world.sink.fail = () => 'before';
    await world.record(2);
    const stop = new AbortController();
    const drain = createDrain({
      root: world.root,
      stateDirectory: world.state,
      sink: world.sink,
      now: () => world.nowMs,
    });
    const troubles: string[] = [];
    const running = drain.run({
      everyMs: 3_600_000,
      signal: stop.signal,
      onStep: (step) => {
        troubles.push(step.trouble);
        if (troubles.length === 2) stop.abort();
      },
    });
    await running;
    expect(troubles).toHaveLength(2);
    drain.close();
    await world.finish();
    expect(world.there()).toEqual(world.expected.toSorted());
  }));

/** The crash between insert and checkpoint, then more calls, then the retry: what each protection is for. */
async function crashBetweenInsertAndCheckpoint(
  world: World,
  protections: Partial<Protections>,
): Promise<void> {
  world.protections = { ...ALL_PROTECTIONS, ...protections };
  await world.record(3);
  expect(await world.step('drain.after-insert=throw')).toBe('died'); // the fault landed
  expect(world.sink.rows).toHaveLength(3);
  await world.record(2);
  await world.finish();
}

test('with all protections that crash loses and doubles nothing', () =>
  inWorld(async (world) => {
    await crashBetweenInsertAndCheckpoint(world, {});
    expect(world.there()).toEqual(world.expected.toSorted());
  }));

test('control: a batch that is cut anew under its old token loses lines', () =>
  inWorld(async (world) => {
    await crashBetweenInsertAndCheckpoint(world, { freezeBatch: false, reconcile: false });
    expect(world.lost()).toEqual(['a3 settle', 'a4 settle']);
  }));

test('control: without tokens and comparison a retry doubles lines', () =>
  inWorld(async (world) => {
    await crashBetweenInsertAndCheckpoint(world, { deduplicate: false, reconcile: false });
    expect(world.doubled()).toEqual(['a0 settle', 'a1 settle', 'a2 settle']);
  }));

test('control: a token that the store has forgotten doubles lines when nothing is compared', () =>
  inWorld(async (world) => {
    world.sink.tokenWindow = 0;
    await crashBetweenInsertAndCheckpoint(world, { reconcile: false });
    expect(world.doubled()).toEqual(['a0 settle', 'a1 settle', 'a2 settle']);
  }));

/** A first insert that commits only after the comparison has looked: time-out, retry, then both arrive. */
async function lateCommit(world: World, protections: Partial<Protections>): Promise<void> {
  world.protections = { ...ALL_PROTECTIONS, ...protections };
  await world.record(3);
  let late: (() => void) | undefined;
  const insert = world.sink.insert.bind(world.sink);
  world.sink.insert = (batch) => {
    const rows = batch.rows.map((row) => row.toString().trimEnd());
    late = () => world.sink.commit(batch.token, rows);
    return Promise.reject(new Error('time-out'));
  };
  await world.step();
  world.sink.insert = (batch) => {
    late?.();
    return insert(batch);
  };
  await world.finish();
}

test('an insert that commits after the comparison counts once, by its token', () =>
  inWorld(async (world) => {
    await lateCommit(world, {});
    expect(world.there()).toEqual(world.expected.toSorted());
  }));

test('control: without tokens an insert that commits after the comparison doubles lines', () =>
  inWorld(async (world) => {
    await lateCommit(world, { deduplicate: false });
    expect(world.doubled()).toHaveLength(3);
  }));
