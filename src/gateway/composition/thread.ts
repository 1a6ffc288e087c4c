/** The thread that tokenizes off the request path, seen from the gateway's side. */
import { Worker } from 'node:worker_threads';

export interface CountQuestion {
  readonly batch: number;
  readonly texts: readonly string[];
}

export interface CountAnswer {
  readonly batch: number;
  /** One per text, in order; `NOT_COUNTED` where the tokenizer failed on it. */
  readonly counts: readonly number[];
}

export const NOT_COUNTED = -1;

/** Hears from the thread. `failed` comes at most once, after which the thread is gone. */
export interface CountingListener {
  counted(answer: CountAnswer): void;
  failed(): void;
}

export interface CountingThread {
  /** Hands texts over. The caller need not keep them. */
  ask(question: CountQuestion): void;
  /** Whether the process waits for this thread before it exits: only while somebody awaits a count. */
  holdProcess(hold: boolean): void;
  stop(): void;
}

export type StartThread = (listener: CountingListener) => CountingThread;

const THREAD_HEAP_MEGABYTES = 768;
/** Far below the time a model takes to answer, so counts are there when a call ends. */
const BUNDLE_MS = 20;

/** Starts a tokenizer thread. It has no environment (no credentials) and never keeps the process alive by itself. */
export function startTokenizerThread(listener: CountingListener): CountingThread {
  // The published package is compiled, so the thread's file ends as this one does.
  const file = import.meta.url.endsWith('.ts') ? './tokenizer.ts' : './tokenizer.js';
  const worker = new Worker(new URL(file, import.meta.url), {
    name: 'setpoint-tokenizer',
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MEGABYTES },
  });
  let over = false;
  const fail = (): void => {
    if (over) return;
    over = true;
    listener.failed();
  };
  // Questions and answers travel in bundles: a message between threads costs more than counting a short text.
  let bundle: CountQuestion[] = [];
  let timer: NodeJS.Timeout | undefined;
  const send = (): void => {
    timer = undefined;
    worker.postMessage(bundle);
    bundle = [];
  };
  worker.on('message', (answers: readonly CountAnswer[]) => {
    for (const answer of answers) listener.counted(answer);
  });
  worker.on('error', fail);
  worker.on('exit', fail);
  worker.unref();
  return {
    ask: (question) => {
      bundle.push(question);
      timer ??= setTimeout(send, BUNDLE_MS).unref();
    },
    holdProcess: (hold) => {
      if (!hold) return worker.unref();
      worker.ref(); // somebody waits, so what is bundled goes at once
      if (timer !== undefined) {
        clearTimeout(timer);
        send();
      }
    },
    stop: () => {
      over = true;
      clearTimeout(timer);
      bundle = [];
      void worker.terminate();
    },
  };
}
