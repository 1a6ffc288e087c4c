/**
 * Keeping child processes alive: start, restart with a bounded back-off, stop in order.
 * Knows processes and nothing of what they do.
 */
import type { ChildProcess } from 'node:child_process';

import { faultWords } from './log.ts';
import type { Say } from './log.ts';

/** A child that is restarted whenever it ends, until it is told to stop. */
export interface Keeper {
  /** Resolves when the child has said that it is ready (a message `{ ready: true }`); rejects when it never comes up. */
  readonly ready: Promise<void>;
  /**
   * Asks the child to end (by default with SIGTERM), then kills it after a time. Resolves when it is gone. Asking again in
   * another way is asking more urgently.
   */
  stop(withinMs: number, ask?: (child: ChildProcess) => void): Promise<void>;
}

export interface KeeperOptions {
  readonly name: string;
  readonly start: () => ChildProcess;
  /** Called before each start after the first, when the former child is surely gone. */
  readonly beforeRestart?: () => void;
  readonly onMessage?: (message: unknown, child: ChildProcess) => void;
  readonly onStart?: (child: ChildProcess) => void;
  readonly onExit?: (reason: string) => void;
  readonly say: Say;
  readonly monotonicMs: () => number;
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 5_000;
/** A child that lived this long was healthy: the next failure starts again from the shortest delay. */
const HEALTHY_MS = 30_000;
/** A child that never came up is given up, so that a wrong setting is an error and not a loop. */
const FAILURES_BEFORE_UP = 6;

export function keep(options: KeeperOptions): Keeper {
  return new Kept(options);
}

class Kept implements Keeper {
  readonly ready: Promise<void>;
  readonly #options: KeeperOptions;
  readonly #readiness = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;
  #stopping = false;
  #isUp = false;
  #failures = 0;
  #delayMs = FIRST_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;
  readonly #gone = Promise.withResolvers<void>();

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.ready = this.#readiness.promise;
    this.ready.catch(() => undefined); // it may be given up while nobody waits for it any more
    this.#start();
  }

  async stop(
    withinMs: number,
    ask = (child: ChildProcess): void => void child.kill('SIGTERM'),
  ): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const last = this.#child;
    if (last === undefined) return;
    ask(last);
    const killer = setTimeout(() => last.kill('SIGKILL'), withinMs);
    await this.#gone.promise;
    clearTimeout(killer);
  }

  #start(): void {
    const { name, say, monotonicMs, onMessage, onStart } = this.#options;
    const startedMs = monotonicMs();
    const child = this.#options.start();
    this.#child = child;
    onStart?.(child);
    child.on('message', (message) => {
      if (isReady(message)) {
        this.#isUp = true;
        this.#readiness.resolve();
      } else onMessage?.(message, child);
    });
    child.on('error', (fault) => {
      say(`${name}: ${faultWords(fault)}`, { event: 'process.fault', level: 'error', fields: { name } });
      if (child.pid === undefined) this.#ended('it could not be started', startedMs); // then there is no exit to wait for
    });
    child.on('exit', (code, signal) => this.#ended(signal ?? `exit ${code}`, startedMs));
  }

  #ended(reason: string, startedMs: number): void {
    const { name, say, monotonicMs, onExit } = this.#options;
    this.#child = undefined;
    onExit?.(`${name} ended (${reason})`);
    if (this.#stopping) {
      this.#readiness.reject(new Error(`${name} was stopped before it was ready`));
      this.#gone.resolve();
      return;
    }
    this.#failures += 1;
    if (!this.#isUp && this.#failures >= FAILURES_BEFORE_UP) {
      this.#readiness.reject(
        new Error(
          `${name} ended ${this.#failures} times before it was ready (${reason}); see the lines above`,
        ),
      );
      return;
    }
    if (monotonicMs() - startedMs > HEALTHY_MS) this.#delayMs = FIRST_DELAY_MS;
    say(`${name} ended (${reason}); starting it again in ${this.#delayMs} ms`, {
      event: 'process.ended',
      level: 'warning',
      fields: { name, signal: reason, delayMs: this.#delayMs },
    });
    this.#again();
  }

  #again(): void {
    this.#timer = setTimeout(() => this.#restart(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
  }

  #restart(): void {
    try {
      this.#options.beforeRestart?.();
      this.#start();
    } catch (fault) {
      const { name, say } = this.#options;
      say(`${name}: ${faultWords(fault)}`, { event: 'process.fault', level: 'error', fields: { name } });
      this.#again();
    }
  }
}

function isReady(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'ready' in message;
}
