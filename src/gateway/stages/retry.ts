/**
 * Retry: what bounds a second attempt. Values and small state machines; clock and chance are arguments.
 *
 * Retries amplify an outage when every caller adds its own, so there are three bounds: so many for one request, a share
 * of what is under way for the whole worker (as Envoy's retry budget), and a breaker that stops asking who is down.
 */
import type { IncomingHttpHeaders } from 'node:http';

import type { BreakerRule } from '../../rulebook/rulebook.ts';

/** Why an attempt failed before its client was told anything. */
export type AttemptFailure =
  /** A kept connection was closed under the request. */
  | { readonly kind: 'stale' }
  /** No connection came about, so nothing was sent. */
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'status'; readonly httpStatus: number; readonly headers: IncomingHttpHeaders };

/** Answers that say "not now" and are not billed; 529 is Anthropic's for overload. */
const AGAIN: ReadonlySet<number> = new Set([429, 500, 502, 503, 529]);

export function isPassing(httpStatus: number): boolean {
  return AGAIN.has(httpStatus);
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8_000;

/**
 * Exponential back-off with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"), behind what the
 * provider asked for.
 * @param tries attempts made so far at this provider, at least 1.
 * @param chance a number in [0, 1).
 */
export function retryDelayMs(tries: number, askedMs: number, chance: number): number {
  const most = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (tries - 1));
  return askedMs + Math.floor(most * chance);
}

/** What `retry-after-ms` or `retry-after` (seconds, or a date) asks for; 0 where it asks for nothing. */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number {
  const exact = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (exact >= 0) return exact;
  const said = headers['retry-after'];
  if (said === undefined) return 0;
  const seconds = Number(said);
  const ms = Number.isNaN(seconds) ? Date.parse(said) - nowMs : seconds * 1_000;
  return ms > 0 ? ms : 0;
}

const SHARE = 0.2;
const LEAST = 3;

/** How many second attempts a worker has under way at most: a fifth of the requests that are not such, and never fewer than three. */
export class RetryBudget {
  readonly #underWay: () => number;
  readonly #share: number;
  #taken = 0;

  /**
   * @param underWay requests under way, those that try again included.
   * @param share of first attempts under way; another than the default is for tests that show what it is there for.
   */
  constructor(underWay: () => number, share = SHARE) {
    this.#underWay = underWay;
    this.#share = share;
  }

  get taken(): number {
    return this.#taken;
  }

  take(): boolean {
    const first = this.#underWay() - this.#taken;
    if (this.#taken >= Math.max(LEAST, Math.floor(first * this.#share))) return false;
    this.#taken += 1;
    return true;
  }

  giveBack(): void {
    this.#taken -= 1;
  }
}

interface Failing {
  failures: number;
  /** Undefined while it is asked as usual. */
  openUntilMs: number | undefined;
  pauses: number;
  /** Since when one request is finding out whether it is back; undefined: none is. */
  probedAtMs: number | undefined;
}

const LONGEST_PAUSE_MS = 60_000;
const LONGEST_PROBE_MS = 120_000;
const REMEMBERED = 10_000;

/**
 * Who has failed so often in a row that asking is a waste: after a pause one request finds out (half-open); its success
 * closes the breaker, its failure doubles the pause. Whoever has not failed takes no place here.
 */
export class Breakers {
  readonly #failing = new Map<string, Failing>();

  get open(): number {
    let open = 0;
    for (const one of this.#failing.values()) if (one.openUntilMs !== undefined) open += 1;
    return open;
  }

  /** Who is not asked now, by the id that each failed under. */
  openIds(): string[] {
    return [...this.#failing].flatMap(([id, { openUntilMs }]) => (openUntilMs === undefined ? [] : [id]));
  }

  /** Nobody has failed lately, so there is nothing to look up. */
  get quiet(): boolean {
    return this.#failing.size === 0;
  }

  /** Whether a request may go there now. A `true` of a half-open breaker takes the one place of its probe. */
  allows(id: string, nowMs: number): boolean {
    const one = this.#failing.get(id);
    if (one?.openUntilMs === undefined) return true;
    if (nowMs < one.openUntilMs) return false;
    // A probe that was routed elsewhere after all never tells; the place is not its for ever.
    if (one.probedAtMs !== undefined && nowMs - one.probedAtMs < LONGEST_PROBE_MS) return false;
    one.probedAtMs = nowMs;
    return true;
  }

  /** How long until somebody is asked again; 0 where it is asked now. */
  pauseMs(id: string, nowMs: number): number {
    return Math.max(0, (this.#failing.get(id)?.openUntilMs ?? 0) - nowMs);
  }

  succeeded(id: string): void {
    this.#failing.delete(id);
  }

  failed(id: string, rule: BreakerRule, nowMs: number): void {
    if (rule.failures === 0) return;
    const one = this.#failing.get(id) ?? {
      failures: 0,
      openUntilMs: undefined,
      pauses: 0,
      probedAtMs: undefined,
    };
    one.failures += 1;
    one.probedAtMs = undefined;
    if (one.failures >= rule.failures && nowMs >= (one.openUntilMs ?? 0)) {
      one.openUntilMs = nowMs + Math.min(LONGEST_PAUSE_MS, rule.pauseMs * 2 ** one.pauses);
      one.pauses += 1;
    }
    if (this.#failing.size >= REMEMBERED && !this.#failing.has(id)) return; // a stream of invented names must not grow memory
    this.#failing.set(id, one);
  }

  /** The attempt said nothing about its provider: the client left, or nothing was sent. */
  unknown(id: string): void {
    const one = this.#failing.get(id);
    if (one !== undefined) one.probedAtMs = undefined;
  }
}
