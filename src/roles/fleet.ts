/**
 * The gateway workers of a machine, in generations: a new one takes calls before the one before it stops, so that no call
 * falls between them. A generation writes journals of its own, since a slot has one writer.
 */
import type { ChildProcess } from 'node:child_process';

import type { Settings } from '../operate/operate.ts';
import type { Say } from './log.ts';
import { RETIRE } from './places.ts';
import { keep } from './supervise.ts';
import type { Keeper } from './supervise.ts';

export interface FleetParts {
  /** Starts a gateway worker for a slot, through the cluster that shares the listening socket. */
  readonly fork: (slot: string, settings: Settings) => ChildProcess;
  readonly workers: (settings: Settings) => number;
  /** Called before a worker is started again, when the former one is surely gone. */
  readonly recover: () => void;
  /** What a worker says beside that it is ready. */
  readonly onMessage: (message: unknown, child: ChildProcess) => void;
  readonly say: Say;
  readonly monotonicMs: () => number;
}

interface Member {
  readonly slot: string;
  readonly keeper: Keeper;
  /** How long it may take to end. */
  readonly stopMs: number;
}

/** Beside the time that calls may take: what a worker needs to write its last lines. */
const MARGIN_MS = 60_000;

export class Fleet {
  readonly #parts: FleetParts;
  /** Those that take calls. */
  #serving: readonly Member[] = [];
  /** Those that finish their calls. */
  readonly #retiring = new Set<Member>();
  #stopping = false;

  constructor(parts: FleetParts) {
    this.#parts = parts;
  }

  get retiring(): number {
    return this.#retiring.size;
  }

  /**
   * Starts a generation, and lets the one before it finish once all of the new one take calls.
   * @throws Error when the new one does not come up; the one before it serves on.
   */
  async renew(settings: Settings): Promise<void> {
    const next: Member[] = [];
    const before = this.#serving;
    for (let index = 1; index <= this.#parts.workers(settings); index += 1)
      next.push(this.#start(this.#freeSlot(index), settings));
    this.#serving = [...before, ...next]; // a stop in between must reach them all
    try {
      await Promise.all(next.map(({ keeper }) => keeper.ready));
    } catch (fault) {
      this.#serving = before;
      await Promise.all(next.map(({ keeper }) => keeper.stop(MARGIN_MS)));
      throw fault;
    }
    this.#serving = next;
    for (const member of before) this.#retire(member);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#serving, ...this.#retiring].map(({ keeper, stopMs }) => keeper.stop(stopMs)));
  }

  #start(slot: string, settings: Settings): Member {
    if (this.#stopping) throw new Error('everything is being stopped');
    const { fork, recover, onMessage, say, monotonicMs } = this.#parts;
    const { noticeMs, finishMs } = settings.gateway.stop;
    const keeper = keep({
      name: slot,
      start: () => fork(slot, settings),
      beforeRestart: recover,
      onMessage,
      say,
      monotonicMs,
    });
    return { slot, keeper, stopMs: noticeMs + finishMs + MARGIN_MS };
  }

  #retire(member: Member): void {
    this.#retiring.add(member);
    void member.keeper
      .stop(member.stopMs, (child) => void (child.connected && child.send(RETIRE)))
      .then(() => this.#retiring.delete(member));
  }

  /** `gateway-1`, or `gateway-1.2` while the former writer of that name still finishes: names are used again, so they stay few. */
  #freeSlot(index: number): string {
    const used = new Set([...this.#serving, ...this.#retiring].map(({ slot }) => slot));
    for (let generation = 1; ; generation += 1) {
      const slot = `gateway-${index}${generation === 1 ? '' : `.${generation}`}`;
      if (!used.has(slot)) return slot;
    }
  }
}
