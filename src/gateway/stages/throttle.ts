/** Lets so many calls a second through, evenly; others wait for their turn, up to a longest wait. */

const LONGEST_WAIT_MS = 2_000;

export class Throttle {
  #nextAtMs = 0;

  /** Takes a turn. @returns milliseconds until it comes, or undefined when that is too far off: then none is taken. */
  take(callsPerSecond: number, nowMs: number): number | undefined {
    const turnMs = Math.max(this.#nextAtMs, nowMs);
    const waitMs = turnMs - nowMs;
    if (waitMs > LONGEST_WAIT_MS) return undefined;
    this.#nextAtMs = turnMs + 1_000 / callsPerSecond;
    return waitMs;
  }
}
