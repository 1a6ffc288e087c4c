/**
 * Keeping child processes alive: start, restart with a bounded back-off, stop in order.
 * Knows processes and nothing of what they do.
 */
import type { ChildProcess } from 'node:child_process';

/** A child that is restarted whenever it ends, until it is told to stop. */
export interface Keeper {
  /** Resolves when the child has said that it is ready (a message `{ ready: true }`); rejects when it never comes up. */
  readonly ready: Promise<void>;
  /** Asks the child to end (SIGTERM), then kills it after a time. Resolves when it is gone. */
  stop(withinMs: number): Promise<void>;
}

export interface KeeperOptions {
  readonly name: string;
  readonly start: () => ChildProcess;
  /** Called before each start after the first, when the former child is surely gone. */
  readonly beforeRestart?: () => Promise<void>;
  readonly onMessage?: (message: unknown, child: ChildProcess) => void;
  readonly onStart?: (child: ChildProcess) => void;
  readonly onExit?: (reason: string) => void;
  /** Words for the log; never holds a secret. */
  readonly say: (text: string) => void;
  readonly monotonicMs: () => number;
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 5_000;
/** A child that lived this long was healthy: the next failure starts again from the shortest delay. */
const HEALTHY_MS = 30_000;
/** A child that never came up is given up, so that a wrong setting is an error and not a loop. */
const FAILURES_BEFORE_UP = 6;

export function keep(options: KeeperOptions): Keeper {
  let child: ChildProcess | undefined;
  let stopping = false;
  let isUp = false;
  let failures = 0;
  let delayMs = FIRST_DELAY_MS;
  let timer: NodeJS.Timeout | undefined;
  let gone: (() => void) | undefined;
  const readiness = Promise.withResolvers<void>();

  function start(): void {
    const startedMs = options.monotonicMs();
    const current = options.start();
    child = current;
    options.onStart?.(current);
    current.on('message', (message) => {
      if (isReady(message)) {
        isUp = true;
        readiness.resolve();
      } else options.onMessage?.(message, current);
    });
    current.on('error', (fault) => {
      options.say(`${options.name}: ${fault.message}`);
      if (current.pid === undefined) ended('it could not be started', startedMs); // then there is no exit to wait for
    });
    current.on('exit', (code, signal) => ended(signal ?? `exit ${code}`, startedMs));
  }

  function ended(reason: string, startedMs: number): void {
    child = undefined;
    options.onExit?.(`${options.name} ended (${reason})`);
    if (stopping) return gone?.();
    failures += 1;
    if (!isUp && failures >= FAILURES_BEFORE_UP) {
      readiness.reject(new Error(`${options.name} ended ${failures} times before it was ready (${reason}); see the lines above`));
      return;
    }
    if (options.monotonicMs() - startedMs > HEALTHY_MS) delayMs = FIRST_DELAY_MS;
    options.say(`${options.name} ended (${reason}); starting it again in ${delayMs} ms`);
    timer = setTimeout(() => void restart(), delayMs);
    delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
  }

  async function restart(): Promise<void> {
    try {
      await options.beforeRestart?.();
      if (!stopping) start();
    } catch (fault) {
      options.say(`${options.name}: ${fault instanceof Error ? fault.message : String(fault)}`);
      if (!stopping) timer = setTimeout(() => void restart(), delayMs);
    }
  }

  start();
  return {
    ready: readiness.promise,
    async stop(withinMs) {
      stopping = true;
      clearTimeout(timer);
      const last = child;
      if (last === undefined) return;
      const ended = new Promise<void>((resolve) => (gone = resolve));
      last.kill('SIGTERM');
      const killer = setTimeout(() => last.kill('SIGKILL'), withinMs);
      await ended;
      clearTimeout(killer);
    },
  };
}

function isReady(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'ready' in message;
}
