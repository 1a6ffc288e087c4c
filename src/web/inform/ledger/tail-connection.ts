/**
 * One live tail that outlives its connections: it comes back after the server was away and goes on where it stood, so that no
 * line is missed and none comes twice. Without React, so that it can be tested without a page.
 */
import type { TailFollowing } from '../../../api/client.ts';
import type { LedgerLine } from '../../../api/contract.ts';

/** `connecting`: not heard from yet. `away`: it was there, or never answered, and is tried again. */
export type TailState = 'off' | 'connecting' | 'live' | 'away' | 'paused';

export interface TailOptions {
  readonly open: (following: TailFollowing) => AsyncGenerator<LedgerLine>;
  /** Lines that arrived together, oldest first. */
  readonly onLines: (lines: readonly LedgerLine[]) => void;
  readonly onState: (state: TailState) => void;
  /** A tail began at "now": what is on the page may lack lines from just before. */
  readonly onBegun: () => void;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;
/** The server says something every 15 s; a connection that says nothing for longer is dead. */
const SILENCE_MS = 40_000;
/** Lines are handed over together, so that a burst is drawn once. */
const GATHER_MS = 100;

export class TailConnection {
  readonly #options: TailOptions;
  #position = '';
  #aborter: AbortController | undefined;
  /** Lines since the last position: after a reconnection these may come again. */
  readonly #since = new Set<string>();
  #gathered: LedgerLine[] = [];
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(options: TailOptions) {
    this.#options = options;
  }

  /** Opens it, or opens it again where it stood. */
  start(): void {
    if (this.#aborter !== undefined) return;
    this.#aborter = new AbortController();
    void this.#run(this.#aborter.signal);
  }

  /** Closes it; started again, it goes on where it stood. */
  stop(state: 'off' | 'paused'): void {
    this.#aborter?.abort();
    this.#aborter = undefined;
    clearTimeout(this.#silence);
    this.#handOver();
    this.#options.onState(state);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { wait = pause } = this.#options;
    this.#options.onState('connecting');
    for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      const wasHeard = await this.#follow(signal);
      if (signal.aborted) return;
      this.#options.onState('away');
      if (wasHeard) waitMs = FIRST_WAIT_MS;
      await wait(waitMs, signal);
    }
  }

  /** One connection, until it ends. */
  async #follow(signal: AbortSignal): Promise<boolean> {
    const one = new AbortController();
    const abort = (): void => one.abort();
    signal.addEventListener('abort', abort);
    let wasHeard = false;
    const onHeard = (): void => {
      if (!wasHeard) this.#options.onState('live');
      wasHeard = true;
      clearTimeout(this.#silence);
      this.#silence = setTimeout(abort, SILENCE_MS);
    };
    try {
      const onPosition = (position: string): void => this.#reached(position);
      const lines = this.#options.open({ signal: one.signal, after: this.#position, onPosition, onHeard });
      for await (const line of lines) {
        if (signal.aborted) break;
        this.#take(line);
      }
    } catch {
      // Whatever ended it, it is opened again: the state says that the server is away.
    } finally {
      clearTimeout(this.#silence);
      signal.removeEventListener('abort', abort);
    }
    return wasHeard;
  }

  #take(line: LedgerLine): void {
    if (this.#since.has(line.id)) return;
    this.#since.add(line.id);
    this.#gathered.push(line);
    this.#gathering ??= setTimeout(() => this.#handOver(), GATHER_MS);
  }

  #handOver(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const lines = this.#gathered;
    this.#gathered = [];
    if (lines.length > 0) this.#options.onLines(lines);
  }

  #reached(position: string): void {
    if (this.#position === '') this.#options.onBegun();
    this.#position = position;
    this.#since.clear();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
