/**
 * Bodies that are still coming, looked at once a second: one that comes too slowly is given up, so that slow clients cannot hold
 * connections for nothing. A body that comes with its headers is watched for no second at all.
 */
import type { IncomingMessage } from 'node:http';

export interface ArrivalPace {
  /** How long the whole may take; undefined: as long as it is fast enough. */
  readonly withinMs: number | undefined;
  /** The least mean rate, from the end of the grace on. */
  readonly bytesPerSecond: number;
}

interface Arrival extends ArrivalPace {
  readonly bytesBefore: number;
  readonly tooSlow: () => void;
  /** Moved on while it is us who do not read. */
  startedMs: number;
}

const LOOK_MS = 1_000;
/** How long a body may take to get under way. */
export const ARRIVAL_GRACE_MS = 10_000;

export class Arrivals {
  readonly #nowMs: () => number;
  readonly #coming = new Map<IncomingMessage, Arrival>();
  #timer: NodeJS.Timeout | undefined;
  #lookedMs = 0;

  /** @param nowMs milliseconds that never jump. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @param tooSlow called at most once. @returns what ends the watch. */
  watch(incoming: IncomingMessage, pace: ArrivalPace, tooSlow: () => void): () => void {
    this.#coming.set(incoming, {
      ...pace,
      tooSlow,
      bytesBefore: incoming.socket.bytesRead,
      startedMs: this.#nowMs(),
    });
    if (this.#timer === undefined) {
      this.#lookedMs = this.#nowMs();
      this.#timer = setInterval(() => this.look(), LOOK_MS).unref();
    }
    return () => void this.#coming.delete(incoming);
  }

  /** Gives up what is too slow. Called by a timer; by tests with a clock of their own. */
  look(): void {
    const nowMs = this.#nowMs();
    const sinceMs = nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    for (const [incoming, arrival] of this.#coming) {
      if (incoming.isPaused() || incoming.readableLength >= incoming.readableHighWaterMark)
        arrival.startedMs += sinceMs;
      if (!isTooSlow(arrival, incoming.socket.bytesRead - arrival.bytesBefore, nowMs)) continue;
      this.#coming.delete(incoming);
      arrival.tooSlow();
    }
    if (this.#coming.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function isTooSlow({ startedMs, withinMs, bytesPerSecond }: Arrival, bytes: number, nowMs: number): boolean {
  const tookMs = nowMs - startedMs;
  if (withinMs !== undefined && tookMs > withinMs) return true;
  return tookMs > ARRIVAL_GRACE_MS && bytes < (bytesPerSecond * (tookMs - ARRIVAL_GRACE_MS)) / 1_000;
}
