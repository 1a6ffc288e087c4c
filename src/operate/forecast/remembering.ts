/**
 * What takes long to work out, for a while: who asks while it is being worked out waits for the same. It is stopped when all who
 * waited have left, and then nothing of it is kept.
 */
import { whileWanted } from '../../ledger/ledger.ts';

export const KEPT_MS = 5 * 60_000;
const MOST_KEPT = 12;

/** How far it has come, in steps that are counted and not timed. */
export interface Progress {
  readonly done: number;
  readonly of: number;
}

/** What is given to the work. */
export interface Work {
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
  tell(progress: Progress): void;
}

export interface Remembering<Value> {
  /** @param signal of who asks; undefined: it waits to the end. */
  of(key: string, make: (work: Work) => Promise<Value>, signal?: AbortSignal): Promise<Value>;
  /** Undefined: it is not being worked out, or has not told yet. */
  progress(key: string): Progress | undefined;
}

interface Kept<Value> {
  readonly atMs: number;
  readonly value: Promise<Value>;
  readonly stopping: AbortController;
  readonly told: { progress?: Progress };
  waiting: number;
  isMade: boolean;
}

/** The newest few; what failed or was stopped is not remembered. */
export function remembering<Value>(now: () => number): Remembering<Value> {
  const kept = new Map<string, Kept<Value>>();

  function begin(key: string, make: (work: Work) => Promise<Value>): Kept<Value> {
    const stopping = new AbortController();
    const told: Kept<Value>['told'] = {};
    const value = make({ signal: stopping.signal, tell: (progress) => void (told.progress = progress) });
    const one: Kept<Value> = { atMs: now(), value, stopping, told, waiting: 0, isMade: false };
    const forget = (): void => void (kept.get(key) === one && kept.delete(key));
    stopping.signal.addEventListener('abort', forget); // at once: who asks next begins anew
    value.then(() => {
      one.isMade = true;
      delete told.progress;
    }, forget);
    kept.delete(key);
    kept.set(key, one);
    for (const old of kept.keys()) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(old);
    }
    return one;
  }

  return {
    async of(key, make, signal) {
      signal?.throwIfAborted();
      const known = kept.get(key);
      const one = known !== undefined && now() - known.atMs < KEPT_MS ? known : begin(key, make);
      one.waiting += 1;
      let waits = true;
      const leave = (): void => {
        if (waits) one.waiting -= 1;
        waits = false;
        if (one.waiting === 0 && !one.isMade) one.stopping.abort();
      };
      signal?.addEventListener('abort', leave); // at once, so that not even the next step is taken
      try {
        return await whileWanted(() => one.value, signal);
      } finally {
        signal?.removeEventListener('abort', leave);
        leave();
      }
    },
    progress: (key) => kept.get(key)?.told.progress,
  };
}
