/** Clocks that jump and stand still: epochs, groups, revival and drain go by them, and nothing may be lost by it. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { createDrain } from '../../src/ledger/drain/drain.ts';
import { recoverJournals } from '../../src/ledger/journal/recover.ts';
import { openJournal } from '../../src/ledger/journal/writer.ts';
import type { Journal } from '../../src/ledger/journal/writer.ts';
import {
  inDirectory,
  legs,
  plainLines,
  plainPresumed,
  someIntent,
  someSettlement,
  TokenSink,
} from './journal-world.ts';

const START = Date.UTC(2026, 10, 25);
const YEAR_MS = 365 * 24 * 3_600_000;

/** The time at the n-th look at the clock, by how it goes wrong in the middle. */
const CLOCKS: Readonly<Record<string, (look: number) => number>> = {
  'jumps a year ahead': (look) => START + look * 10 + (look > 40 ? YEAR_MS : 0),
  'jumps a year back': (look) => START + look * 10 - (look > 40 ? YEAR_MS : 0),
  'runs backwards': (look) => START - look * 1_000,
  'stands still': () => START,
  'jumps to and fro': (look) => START + (look % 2 === 0 ? YEAR_MS : -YEAR_MS),
  'goes as it should': (look) => START + look * 10,
};

class World {
  readonly root: string;
  readonly sink = new TokenSink();
  readonly expected: string[] = [];
  readonly #state: string;
  readonly #now: () => number;
  #journal: Journal;
  #calls = 0;

  constructor(directory: string, now: () => number) {
    this.root = join(directory, 'journals');
    this.#state = join(directory, 'drain');
    this.#now = now;
    this.#journal = this.#open();
  }

  #open(): Journal {
    return openJournal({
      directory: this.root,
      slot: 's',
      now: this.#now,
      ballastBytes: 0,
      segmentBytes: 6_000,
      lines: plainLines,
    });
  }

  async record(calls: number): Promise<void> {
    for (let call = 0; call < calls; call += 1) {
      const intent = someIntent(`a${this.#calls++}`);
      this.#journal.intend(intent);
      const isOpen = call === calls - 1;
      this.expected.push(`${intent.attempt} ${isOpen ? 'presume' : 'settle'}`);
      if (!isOpen) this.#journal.settle(someSettlement(intent));
    }
    await this.#journal.durable();
  }

  /** The same slot again, as after every deployment: a new epoch. */
  async restart(between = (): void => undefined): Promise<void> {
    await this.#journal.close();
    between();
    recoverJournals({ root: this.root, now: this.#now, presume: plainPresumed });
    this.#journal = this.#open();
  }

  async drain(): Promise<void> {
    const drain = createDrain({
      root: this.root,
      stateDirectory: this.#state,
      sink: this.sink,
      now: this.#now,
      batchFrames: 5,
    });
    for (let step = 0; step < 4; step += 1) await drain.step();
    drain.close();
  }

  async end(): Promise<string[]> {
    await this.restart();
    await this.drain();
    await this.#journal.close();
    return legs(this.sink.rows).toSorted();
  }
}

function inWorld(now: () => number, work: (world: World) => Promise<void>): Promise<void> {
  return inDirectory((directory) => work(new World(directory, now)));
}

it.each(Object.keys(CLOCKS))('with a clock that %s nothing is lost or doubled', (name) => {
  let look = 0;
  const now = (): number => CLOCKS[name]!(look++);
  return inWorld(now, async (world) => {
    for (let round = 0; round < 5; round += 1) {
      await world.record(7);
      await world.drain();
      await world.restart();
    }
    expect(await world.end()).toEqual(world.expected.toSorted());
  });
});

it('control: an epoch taken from the clock alone is used twice, and lines are taken for known ones', () =>
  inWorld(
    () => START,
    async (world) => {
      await world.record(7);
      await world.restart();
      await world.drain();
      await world.restart(() => forgetEpochs(world.root));
      await world.record(7);
      expect((await world.end()).length).toBeLessThan(world.expected.length);
    },
  ));

/** What remembers epochs beside the clock: the lock of the slot, and journals that are still there. */
function forgetEpochs(root: string): void {
  for (const name of readdirSync(root))
    if (name.startsWith('s')) rmSync(join(root, name), { recursive: true });
}
