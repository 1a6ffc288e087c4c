/**
 * Virtual time and seeded chance. While installed, every timer of this process is an event of one queue, so that a
 * seed decides the order of everything and a minute takes as long as what happens in it.
 */

export interface Dice {
  /** 0 ≤ x < 1 */
  next(): number;
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number;
  chance(probability: number): boolean;
  one<Value>(of: readonly Value[]): Value;
  /** Waiting time of a process of so many events in a second on average, in milliseconds. */
  wait(perSecond: number): number;
}

/** mulberry32: small, fast, the same everywhere. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: (probability) => next() < probability,
    one: (of) => of[Math.floor(next() * of.length)]!,
    wait: (perSecond) => (-Math.log(1 - next()) * 1_000) / perSecond,
  };
}

interface Event {
  atMs: number;
  order: number;
  readonly run: () => unknown;
  cancelled: boolean;
  readonly everyMs: number | undefined;
}

const realImmediate = globalThis.setImmediate;
const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
};

export class VirtualTime {
  #nowMs = 0;
  #order = 0;
  /** A binary heap by time, then by the order in which events were made. */
  readonly #heap: Event[] = [];
  events = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  at(delayMs: number, run: () => unknown): void {
    this.#push(delayMs, run, undefined);
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(ms, resolve));
  }

  /** Runs events until `untilMs`, each with everything that follows from it without waiting. */
  async run(untilMs: number): Promise<void> {
    for (;;) {
      const event = this.#heap[0];
      if (event === undefined || event.atMs > untilMs) break;
      this.#pop();
      if (event.cancelled) continue;
      this.#nowMs = Math.max(this.#nowMs, event.atMs);
      this.events += 1;
      const done = event.run();
      if (done instanceof Promise) await done;
      await settle();
      if (event.everyMs !== undefined && !event.cancelled) {
        event.atMs = this.#nowMs + event.everyMs;
        event.order = this.#order++;
        this.#insert(event);
      }
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  install(): () => void {
    const timer = (run: (...all: unknown[]) => void, delayMs = 0, every?: number) => {
      const event = this.#push(delayMs, run, every);
      const handle = {
        event,
        unref: () => handle,
        ref: () => handle,
        hasRef: () => false,
        [Symbol.toPrimitive]: () => event.order,
      };
      return handle;
    };
    const clear = (handle: { readonly event: Event } | undefined): void => {
      if (handle !== undefined) handle.event.cancelled = true;
    };
    Object.assign(globalThis, {
      setTimeout: (run: () => void, ms?: number) => timer(run, ms),
      setInterval: (run: () => void, ms = 0) => timer(run, ms, ms),
      clearTimeout: clear,
      clearInterval: clear,
    });
    return () => void Object.assign(globalThis, real);
  }

  #push(delayMs: number, run: () => unknown, everyMs: number | undefined): Event {
    const event: Event = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order++,
      run,
      cancelled: false,
      everyMs,
    };
    this.#insert(event);
    return event;
  }

  #insert(event: Event): void {
    const heap = this.#heap;
    heap.push(event);
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at]!, heap[parent]!)) break;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && isBefore(heap[right]!, heap[least]!)) least = right;
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}

function isBefore(left: Event, right: Event): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}

/** Lets every promise that can go on without a timer go on. */
function settle(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve));
}
