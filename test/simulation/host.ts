/** One host of the simulation: a gateway worker with its journal, and the drain that moves it into the store. */
import { join } from 'node:path';

import { SliceHolder } from '../../src/budgets/budgets.ts';
import { BudgetDesk } from '../../src/gateway/stages/admit.ts';
import { createDrain } from '../../src/ledger/drain/drain.ts';
import type { Drain, DrainStep } from '../../src/ledger/drain/drain.ts';
import { createFailpoints, FailpointReached, FAILPOINTS } from '../../src/ledger/failpoints.ts';
import { realDisk } from '../../src/ledger/journal/disk.ts';
import type { Disk } from '../../src/ledger/journal/disk.ts';
import { recoverJournals } from '../../src/ledger/journal/recover.ts';
import { openJournal } from '../../src/ledger/journal/writer.ts';
import type { Journal } from '../../src/ledger/journal/writer.ts';
import type { Control } from './control.ts';
import { encodePresumedRow, encodeSettled } from './store.ts';
import type { Store } from './store.ts';
import type { Dice, VirtualTime } from './time.ts';

interface HostWorld {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly store: Store;
  readonly control: Control;
  readonly wallMs: () => number;
}

/** One life of a worker: what dies together. */
export interface Worker {
  readonly journal: Journal;
  readonly holder: SliceHolder;
  readonly desk: BudgetDesk;
  readonly life: Life;
  alive: boolean;
}

/** What ends with a process: its descriptors, and every timer that would write. */
interface Life {
  readonly files: number[];
  over: boolean;
}

const DRAIN_FAILPOINTS = FAILPOINTS.filter((name) => name.startsWith('drain.'));

export class Host {
  readonly root: string;
  readonly #state: string;
  readonly name: string;
  readonly #world: HostWorld;
  worker: Worker | undefined;
  #drain: Drain | undefined;
  /** What the drain said last, and how often it has said anything. */
  drained: DrainStep | undefined;
  drainSteps = 0;
  /** Workers that are on their way out and still own their journal. */
  #ending = 0;
  /** How often a write or a sync of the journal fails. */
  diskTrouble = 0;

  constructor(directory: string, name: string, world: HostWorld) {
    this.root = join(directory, name, 'journal');
    this.#state = join(directory, name, 'drain');
    this.name = name;
    this.#world = world;
  }

  /** Starts a worker; the journals of those before it are recovered first, as the supervisor does it. */
  start(): void {
    if (this.worker !== undefined) return;
    const { time } = this.#world;
    if (this.#ending > 0) return time.at(100, () => this.start()); // its slot is still held
    try {
      this.#startNow();
    } catch {
      time.at(500, () => this.start()); // a disk that takes nothing: the supervisor tries again
    }
  }

  #startNow(): void {
    const { time, wallMs, control } = this.#world;
    this.recover();
    const life: Life = { files: [], over: false };
    const journal = openJournal({
      directory: this.root,
      slot: this.name,
      now: wallMs,
      ballastBytes: 0,
      segmentBytes: 6_000,
      disk: this.#disk(life),
      lines: encodeSettled,
    });
    const holder = new SliceHolder({
      holder: journal.id,
      link: control.link(),
      nowMs: wallMs,
      monotonicMs: () => time.nowMs,
      pause: (ms) => time.pause(ms),
      longestWaitMs: 3_000,
      onTrouble: () => undefined,
    });
    const worker: Worker = {
      journal,
      holder,
      desk: new BudgetDesk(holder, () => time.nowMs),
      life,
      alive: true,
    };
    this.worker = worker;
    this.#flushing(worker);
  }

  #flushing(worker: Worker): void {
    const again = (): void => {
      if (!worker.alive) return;
      void worker.holder.flush().then(() => this.#world.time.at(100, again));
    };
    this.#world.time.at(1, again);
  }

  /** Everything that the worker was doing ends between two steps; what it wrote stays. */
  kill(): void {
    const { worker } = this;
    if (worker === undefined) return;
    worker.alive = false;
    this.worker = undefined;
    end(worker.life);
    this.#hangUp(worker);
  }

  #hangUp({ journal }: Worker): void {
    const { time, dice, control } = this.#world;
    time.at(dice.whole(0, 20), () => control.lose(journal.id));
  }

  /** An end that was asked for: calls have ended, the journal is sealed. */
  async stop(): Promise<void> {
    const { worker } = this;
    if (worker === undefined) return;
    this.worker = undefined;
    this.#ending += 1;
    try {
      await worker.holder.close();
      worker.alive = false;
      await worker.journal.close();
    } finally {
      // A disk that takes nothing at the end leaves attempts open; the process ends all the same.
      worker.alive = false;
      this.#ending -= 1;
      this.#hangUp(worker);
      end(worker.life);
    }
  }

  /** The supervisor looks after journals that nobody writes any more. */
  recover(): void {
    if (this.worker !== undefined || this.#ending > 0) return;
    recoverJournals({
      root: this.root,
      now: this.#world.wallMs,
      presume: encodePresumedRow,
      isOwnerAlive: () => false, // every process of the simulation has the pid of this one
    });
  }

  async drain(failpoint: boolean): Promise<void> {
    const { dice, store, wallMs } = this.#world;
    if (failpoint) this.#killDrain();
    this.#drain ??= createDrain({
      root: this.root,
      stateDirectory: this.#state,
      sink: store,
      now: wallMs,
      batchFrames: 7,
      halfPresentPauseMs: 0,
      failpoints: createFailpoints(failpoint ? `${dice.one(DRAIN_FAILPOINTS)}=throw` : ''),
      isOwnerAlive: () => false,
    });
    try {
      this.drained = await this.#drain.step();
      this.drainSteps += 1;
    } catch (fault) {
      if (!(fault instanceof FailpointReached)) throw fault;
      this.#killDrain();
    }
  }

  #killDrain(): void {
    this.#drain?.close();
    this.#drain = undefined;
  }

  close(): void {
    this.kill();
    this.#killDrain();
  }

  /** A disk that may take less than it is given, or fail; and answers a sync when the dice say so. */
  #disk(life: Life): Disk {
    const { time, dice } = this.#world;
    const fail = (): boolean => this.diskTrouble > 0 && dice.chance(this.diskTrouble);
    const mustLive = (): void => {
      if (life.over) throw new Error('this process has ended');
    };
    return {
      ...realDisk,
      create: (path) => {
        mustLive();
        const file = realDisk.create(path);
        life.files.push(file);
        return file;
      },
      write: (file, bytes, at, length, position) => {
        mustLive();
        if (!fail()) return realDisk.write(file, bytes, at, length, position);
        if (dice.chance(0.5)) throw Object.assign(new Error('EIO'), { code: 'EIO' });
        const part = dice.whole(0, length - 1);
        return part === 0 ? 0 : realDisk.write(file, bytes, at, part, position);
      },
      sync: (_file, done) =>
        time.at(dice.next() * 10, () => life.over || done(fail() ? new Error('EIO') : null)),
      syncNow: () => mustLive(),
      syncDirectory: () => mustLive(),
      remove: (path) => {
        mustLive();
        realDisk.remove(path);
      },
      close: (file) => {
        const at = life.files.indexOf(file);
        if (at === -1) return; // it ended with its worker
        life.files.splice(at, 1);
        realDisk.close(file);
      },
    };
  }
}

function end(life: Life): void {
  life.over = true;
  for (const file of life.files.splice(0)) realDisk.close(file);
}
