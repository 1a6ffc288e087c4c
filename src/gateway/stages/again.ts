/**
 * Again: what a failed attempt is followed by, within the bounds of `retry.ts`: another try, another provider, or nothing.
 */
import type { Agent } from 'undici';

import { DEFAULT_BREAKER, DEFAULT_RETRIES } from '../../rulebook/rulebook.ts';
import type { Route } from '../../rulebook/rulebook.ts';
import { ENDPOINTS } from '../call.ts';
import type { Settlement } from '../call.ts';
import type { Refusal } from '../wires/wire.ts';
import { billingOf } from './billing.ts';
import type { DispatchCall } from './dispatch-call.ts';
import { Breakers, RetryBudget, retryAfterMs, retryDelayMs } from './retry.ts';
import type { AttemptFailure } from './retry.ts';
import { prepareBody, unsignable } from './route.ts';
import type { Upstream } from './upstream.ts';

export interface AgainWorld {
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  /** A number in [0, 1). */
  readonly chance: () => number;
  /** Requests under way in this worker. */
  readonly underWay: () => number;
  /** Whether there is anything to spare for second attempts. */
  readonly mayRepeat: () => boolean;
  /** Share of first attempts under way that second ones may come to; a fifth unless said. */
  readonly retryShare?: number;
}

/** How far one request's attempts have come. */
export interface Course {
  /** The request as it goes to the provider that is asked now. */
  call: DispatchCall;
  attempts: number;
  /** Attempts at this provider. */
  tries: number;
  /** Who may still be asked; undefined until the first one fails. */
  others: Route[] | undefined;
  /** This attempt holds a place in the retry budget. */
  isRepeated: boolean;
}

export interface Step {
  readonly kind: 'retry' | 'fallback';
  readonly call: DispatchCall;
  readonly delayMs: number;
  readonly agent: Agent;
}

export class Again {
  readonly #world: AgainWorld;
  readonly #upstream: Upstream;
  readonly #budget: RetryBudget;
  readonly #breakers = new Breakers();

  constructor(world: AgainWorld, upstream: Upstream) {
    this.#world = world;
    this.#upstream = upstream;
    this.#budget = new RetryBudget(world.underWay, world.retryShare);
  }

  /** What /metrics shows of it. */
  gauges(): Readonly<Record<string, number>> {
    return { second_attempts_under_way: this.#budget.taken, breakers_open: this.#breakers.open };
  }

  /** What follows a failure; it holds a place in the retry budget until it is over, or dropped. */
  next(course: Course, failure: AttemptFailure): Step | undefined {
    // A body that passed through is gone, so such a request is never sent twice.
    if (course.call.upload !== undefined || !this.#world.mayRepeat() || !this.#budget.take())
      return undefined;
    const step = this.#nextStep(course, failure);
    if (step === undefined) this.#budget.giveBack();
    return step;
  }

  /** A step that was promised is not taken after all. */
  drop(step: Step): void {
    this.#budget.giveBack();
    this.#breakers.unknown(breakerId(step.call));
  }

  #nextStep(course: Course, failure: AttemptFailure): Step | undefined {
    const { call, tries } = course;
    const { monotonicMs, nowMs, chance } = this.#world;
    const { most, deadlineMs } = call.route.provider.retries ?? DEFAULT_RETRIES;
    if (failure.kind === 'stale')
      return course.attempts === 1 && most > 0
        ? { kind: 'retry', call, delayMs: 0, agent: this.#upstream.fresh }
        : undefined;
    if (!isRepeatable(call)) return undefined;
    const leftMs = deadlineMs - (monotonicMs() - call.acceptedMs);
    const askedMs = failure.kind === 'status' ? retryAfterMs(failure.headers, nowMs()) : 0;
    const delayMs = retryDelayMs(tries, askedMs, chance());
    if (tries <= most && delayMs <= leftMs && this.allows(call))
      return { kind: 'retry', call, delayMs, agent: this.#upstream.kept };
    const other = leftMs > 0 ? this.nextRoute(course) : undefined;
    return other && { kind: 'fallback', call: other, delayMs: 0, agent: this.#upstream.kept };
  }

  /** The request as the next provider gets it that may be asked. */
  nextRoute(course: Course): DispatchCall | undefined {
    const { call } = course;
    const { rulebook, caller, request, wire, target, path, query, facts, accepted } = call;
    if (!isRepeatable(call)) return undefined;
    course.others ??= [...rulebook.fallbacks(call.route)];
    for (let route = course.others.shift(); route !== undefined; route = course.others.shift()) {
      // A caller's own credential belongs to the provider that it was sent for, and goes to no other.
      if (caller.kind === 'pass-through' && route.provider.name !== call.route.provider.name) continue;
      if (unsignable(route, rulebook, caller, request.headers) !== undefined) continue;
      const other = {
        ...call,
        route,
        billing: billingOf({ wire, target, route, path, query }),
        bytes: prepareBody(accepted, facts, route, target),
      };
      if (this.allows(other)) return other;
    }
    return undefined;
  }

  // --- the breakers --------------------------------------------------------------------------------------

  /** Whether its provider may be asked now; a probe's place is taken by asking. */
  allows(call: DispatchCall): boolean {
    return this.#breakers.quiet || this.#breakers.allows(breakerId(call), this.#world.monotonicMs());
  }

  /** An attempt has ended, or will not begin: its place is free, and what it said of its provider is noted. */
  over(course: Course, settlement: Settlement | undefined): void {
    if (course.isRepeated) this.#budget.giveBack();
    course.isRepeated = false;
    const verdict = verdictOf(settlement);
    if (this.#breakers.quiet && verdict !== 'failed') return;
    const id = breakerId(course.call);
    if (verdict === 'failed')
      this.#breakers.failed(
        id,
        course.call.route.provider.breaker ?? DEFAULT_BREAKER,
        this.#world.monotonicMs(),
      );
    else if (verdict === 'answered') this.#breakers.succeeded(id);
    else this.#breakers.unknown(id);
  }

  notAsked(call: DispatchCall): Refusal {
    const { provider, model } = call.route;
    const pauseMs = this.#breakers.pauseMs(breakerId(call), this.#world.monotonicMs());
    return {
      code: 'setpoint_upstream_failed',
      status: 503,
      message: `The provider "${provider.name}" has failed again and again for "${model.slice(0, 100)}", so it is not asked for a moment. Nothing was sent and nothing was charged. Try again shortly, or name another under fallbacks of this provider in setpoint.yaml.`,
      retryAfterSeconds: Math.max(1, Math.ceil(pauseMs / 1_000)),
    };
  }
}

/** What is counted by tokens, or only reads, can be asked twice; what makes something (a file, a batch) may be there already. */
function isRepeatable({ upload, method, target }: DispatchCall): boolean {
  return upload === undefined && (method === 'GET' || ENDPOINTS[target.endpoint] === 'counted');
}

function breakerId({ route, caller }: DispatchCall): string {
  const key = caller.kind === 'pass-through' ? caller.secret : '';
  return `${route.provider.name} ${route.provider.dialect} ${route.model} ${key}`;
}

const FIRST_FAILURE = 500;

/** 429 and other refusals of a request come from a provider that is there. */
function verdictOf(settlement: Settlement | undefined): 'answered' | 'failed' | 'unknown' {
  if (settlement === undefined || settlement.status === 'client_aborted') return 'unknown';
  if (settlement.status === 'upstream_failed' || settlement.httpStatus >= FIRST_FAILURE) return 'failed';
  return 'answered';
}
