/**
 * Attempts: one request's dispatches, from the first to the one whose answer its client gets. Each has an intent and a
 * settlement of its own. What a failed one is followed by is decided here, within the bounds of `retry.ts`.
 */
import type { ServerResponse } from 'node:http';

import type { Intent, Recorder, Settlement } from '../call.ts';
import { compose } from '../composition/compose.ts';
import type { SegmentCounter, Sized } from '../composition/count.ts';
import type { SliceHolder } from '../../budgets/budgets.ts';
import { DEFAULT_BREAKER, DEFAULT_RETRIES } from '../../rulebook/rulebook.ts';
import type { Limits, Route, Rulebook } from '../../rulebook/rulebook.ts';
import type { Id } from '../../units/ids.ts';
import type { CarriedResult, JsonObject, Refusal, Wire } from '../wires/wire.ts';
import type { AcceptedBody } from './accept.ts';
import { admitThen } from './admission.ts';
import { BudgetDesk, unlinkedHolder } from './admit.ts';
import type { Said } from './attribution.ts';
import { billedMeter, billingOf } from './billing.ts';
import { CarriedLines } from './carried.ts';
import type { ExchangeContext, NextAttempt } from './exchange-context.ts';
import { makeIntent } from './intend.ts';
import type { IntendedCall } from './intend.ts';
import { upstreamRequest } from './outgoing.ts';
import { permitNames, turnAway } from './permit.ts';
import { Breakers, RetryBudget, retryAfterMs, retryDelayMs } from './retry.ts';
import type { AttemptFailure } from './retry.ts';
import { asksForUsage, prepareBody, unsignable } from './route.ts';
import { Exchange } from './send.ts';
import { fingerprintOf } from './signs.ts';
import type { Cut } from './signs.ts';
import { recordSettled } from './ticket.ts';
import type { Ticket } from './ticket.ts';
import { breakerId, brokenRoute, isRepeatable, NOTHING_RECORDABLE, verdictOf } from './verdicts.ts';
import { Upstream } from './upstream.ts';
import type { DialOf, Pool, UpstreamBase } from './upstream.ts';

/** A request that is ready to go to its provider. */
export interface DispatchCall extends IntendedCall {
  readonly response: ServerResponse;
  readonly json: JsonObject;
  readonly accepted: AcceptedBody;
  readonly acceptedMs: number;
}

export interface AttemptWorld {
  readonly recorder: Recorder;
  readonly counter: SegmentCounter;
  readonly newId: () => Id;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  /** A number in [0, 1). */
  readonly chance: () => number;
  readonly onFault: (fault: unknown) => void;
  /** This worker's slices of the budgets; absent: no authority can be asked, and budgets do what they say of that. */
  readonly budgets?: SliceHolder;
  /** Share of first attempts under way that second ones may come to; a fifth unless said. */
  readonly retryShare?: number;
  /** Requests under way in this worker. */
  readonly underWay: () => number;
  /** Whether there is anything to spare for second attempts. */
  readonly mayRepeat: () => boolean;
  readonly settled: (settlement: Settlement) => void;
  /** A connection was not made, since the address may not be called. */
  readonly egressRefused: () => void;
  /** How connections are opened; over the network, guarded, unless said. */
  readonly dialOf?: DialOf;
  readonly refuse: (response: ServerResponse, wire: Wire, refusal: Refusal) => void;
}

/** One request, and how far its attempts have come. */
interface Trial {
  readonly said: Said;
  readonly fingerprint: string;
  readonly sized: Sized;
  /** The request as it goes to the provider that is asked now. */
  call: DispatchCall;
  attempts: number;
  /** Attempts at this provider. */
  tries: number;
  /** Who may still be asked; undefined until the first one fails. */
  others: Route[] | undefined;
  /** This attempt holds a place in the retry budget. */
  isRepeated: boolean;
  /** What this attempt reserved in its budgets; undefined: no budget counts it. */
  ticket: Ticket | undefined;
}

interface Step {
  readonly kind: 'retry' | 'fallback';
  readonly call: DispatchCall;
  readonly delayMs: number;
  readonly pool: Pool;
}

export class Attempts {
  readonly #world: AttemptWorld;
  readonly #upstream: Upstream;
  readonly #carried: CarriedLines;
  readonly #budget: RetryBudget;
  readonly #breakers = new Breakers();
  readonly #desk: BudgetDesk;
  #drains = 0;

  constructor(world: AttemptWorld, limits: Limits) {
    this.#world = world;
    this.#upstream = new Upstream(limits, world.egressRefused, world.dialOf);
    this.#carried = new CarriedLines(world);
    this.#budget = new RetryBudget(world.underWay, world.retryShare);
    this.#desk = new BudgetDesk(world.budgets ?? unlinkedHolder(world), world.monotonicMs);
  }

  /** What /metrics shows of it. */
  gauges(): Readonly<Record<string, number>> {
    return { second_attempts_under_way: this.#budget.taken, breakers_open: this.#breakers.open };
  }

  brokenRoutes(): ReturnType<typeof brokenRoute>[] {
    return this.#breakers.openIds().map(brokenRoute);
  }

  /** Answers that are read on after their client left. */
  get drains(): number {
    return this.#drains;
  }

  close(): Promise<void> {
    return this.#upstream.close();
  }

  begin(call: DispatchCall, said: Said, cut: Cut): void {
    const { newId, nowMs, counter } = this.#world;
    const fingerprint = fingerprintOf(cut.segments, call.rulebook.fingerprintKey);
    const intent = makeIntent(call, { id: newId(), startedAtMs: nowMs(), said, fingerprint });
    const beyond = permitNames(call.caller, intent.attribution);
    if (beyond !== undefined) return turnAway(call, beyond, this.#world.refuse);
    const sized = counter.size(cut.asOf(intent.attribution.workflow));
    const trial: Trial = {
      said,
      fingerprint,
      sized,
      call,
      attempts: 1,
      tries: 1,
      others: undefined,
      isRepeated: false,
      ticket: undefined,
    };
    if (this.#breakers.quiet || this.#allows(call)) return this.#launch(trial, intent, 'kept');
    const other = this.#nextRoute(trial);
    if (other === undefined) return this.#world.refuse(call.response, call.wire, this.#notAsked(call));
    trial.call = other;
    this.#launch(trial, this.#intentOf(trial, intent.call, 'fallback', intent.call), 'kept');
  }

  /** One attempt: what it may cost is reserved first, by every attempt for itself. */
  #launch(trial: Trial, intent: Intent, pool: Pool): void {
    const { call } = trial;
    if (call.rulebook.budgets.length === 0) return this.#record(trial, intent, pool);
    const { response, wire } = call;
    const refuse = (refusal: Refusal): void => {
      this.#over(trial, undefined);
      this.#world.refuse(response, wire, refusal);
    };
    const go = (next: DispatchCall, admitted: Intent, ticket: Ticket | undefined): void => {
      trial.call = next;
      trial.ticket = ticket;
      if (!response.destroyed) return this.#record(trial, admitted, pool);
      ticket?.release(); // the client left while it waited: nothing was sent
      this.#over(trial, undefined);
    };
    const onFault = (fault: unknown): void => {
      this.#world.onFault(fault);
      refuse(NOTHING_RECORDABLE);
    };
    admitThen(this.#desk, { call, intent, mayDowngrade: trial.attempts === 1 }, { go, refuse, onFault });
  }

  /** Intent, then dispatch; behind the disk where durability is strict. */
  #record(trial: Trial, intent: Intent, pool: Pool): void {
    const { recorder, onFault } = this.#world;
    try {
      recorder.intend(intent, () => trial.ticket?.release());
    } catch (fault) {
      onFault(fault);
      return this.#unrecordable(trial);
    }
    const { strict } = recorder;
    if (strict === undefined) return this.#dispatch(trial, intent, pool);
    const withdraw = (): void => {
      strict.withdraw(intent, () => trial.ticket?.release());
      this.#unrecordable(trial);
    };
    strict
      .durable()
      .then(
        () => (trial.call.response.destroyed ? withdraw() : this.#dispatch(trial, intent, pool)),
        (fault: unknown) => {
          onFault(fault);
          withdraw();
        },
      )
      .catch(onFault);
  }

  #unrecordable(trial: Trial): void {
    const { response, wire } = trial.call;
    this.#over(trial, undefined);
    if (!response.destroyed) this.#world.refuse(response, wire, NOTHING_RECORDABLE);
  }

  #dispatch(trial: Trial, intent: Intent, pool: Pool): void {
    const { call } = trial;
    const base = this.#upstream.base(call.route.provider);
    const exchange = new Exchange(this.#exchangeContext(trial, intent, base));
    try {
      base.pools[pool].dispatch(upstreamRequest(call, base, intent.startedAtMs), exchange);
    } catch (fault) {
      exchange.onResponseError(undefined, fault instanceof Error ? fault : new Error(String(fault)));
    }
  }

  #exchangeContext(trial: Trial, intent: Intent, base: UpstreamBase): ExchangeContext {
    const { response, wire, target, rulebook, facts, route, billing, query, acceptedMs } = trial.call;
    const { counter, recorder, monotonicMs, onFault } = this.#world;
    const { sized, ticket } = trial;
    return {
      reusable: base.answered,
      response,
      intent,
      wire,
      meter: billedMeter(wire.meter(facts, target), billing),
      answerForm: (contentType) => wire.answerForm(contentType, target, query),
      prices: rulebook.prices,
      limits: rulebook.limits,
      onClientGone: route.provider.onClientGone,
      filterEvents: asksForUsage(facts, route),
      overheadMicros: Math.round((monotonicMs() - acceptedMs) * 1_000),
      monotonicMs,
      takeDrainPlace: () => this.#takeDrainPlace(rulebook.limits.drainsAtOnce),
      compose: (usage, output) =>
        compose({
          sized,
          usage,
          output,
          family: route.provider.priceProvider,
          model: route.model,
          inputKnown: facts.promptHidden !== true,
        }),
      count: async (reading) => {
        const [output, reasoning] = await Promise.all([
          counter.count(reading.output.text + reading.output.toolCalls),
          counter.count(reading.output.reasoning),
        ]);
        return { inputTokens: sized.total(), outputTokens: output, reasoningTokens: reasoning };
      },
      ticket,
      settle: (settlement) => this.#settle(trial, settlement, base),
      strict: recorder.strict,
      carry: (results) => this.#carry(results, intent, rulebook),
      awaitResult: (responseId) => this.#carried.await(responseId, intent),
      onFault,
      again: (failure) => this.#again(trial, intent, failure),
    };
  }

  #settle(trial: Trial, settlement: Settlement, base: UpstreamBase): boolean {
    if (settlement.httpStatus !== 0) base.answered = true;
    this.#over(trial, settlement);
    this.#world.settled(settlement);
    return recordSettled(settlement, trial.ticket, this.#world);
  }

  /** What an answer tells of other calls is recorded as it passes; what cannot be is said, and the answer goes on. */
  #carry(results: readonly CarriedResult[], intent: Intent, rulebook: Rulebook): void {
    try {
      for (const result of results) this.#carried.record(result, intent, rulebook.prices);
    } catch (fault) {
      this.#world.onFault(fault);
    }
  }

  #takeDrainPlace(atOnce: number): (() => void) | undefined {
    if (this.#drains >= atOnce) return undefined;
    this.#drains += 1;
    return () => void (this.#drains -= 1);
  }

  // --- what follows a failure ----------------------------------------------------------------------------

  #again(trial: Trial, intent: Intent, failure: AttemptFailure): NextAttempt | undefined {
    // A body that passed through is gone, so such a request is never sent twice.
    if (trial.call.upload !== undefined || !this.#world.mayRepeat() || !this.#budget.take()) return undefined;
    const step = this.#nextStep(trial, failure);
    const drop = (): void => this.#budget.giveBack();
    if (step === undefined) drop();
    return step && { begin: () => this.#take(step, trial, intent), drop };
  }

  #nextStep(trial: Trial, failure: AttemptFailure): Step | undefined {
    const { call, tries } = trial;
    const { monotonicMs, nowMs, chance } = this.#world;
    const { most, deadlineMs } = call.route.provider.retries ?? DEFAULT_RETRIES;
    if (failure.kind === 'stale')
      return trial.attempts === 1 && most > 0
        ? { kind: 'retry', call, delayMs: 0, pool: 'fresh' }
        : undefined;
    if (!isRepeatable(call)) return undefined;
    const leftMs = deadlineMs - (monotonicMs() - call.acceptedMs);
    const askedMs = failure.kind === 'status' ? retryAfterMs(failure.headers, nowMs()) : 0;
    const delayMs = retryDelayMs(tries, askedMs, chance());
    if (tries <= most && delayMs <= leftMs && this.#allows(call))
      return { kind: 'retry', call, delayMs, pool: 'kept' };
    const other = leftMs > 0 ? this.#nextRoute(trial) : undefined;
    return other && { kind: 'fallback', call: other, delayMs: 0, pool: 'kept' };
  }

  /** Waits, unless the client leaves: then nobody wants the answer. */
  #take(step: Step, trial: Trial, former: Intent): void {
    const { response } = trial.call;
    trial.isRepeated = true;
    trial.call = step.call;
    trial.attempts += 1;
    trial.tries = step.kind === 'retry' ? trial.tries + 1 : 1;
    if (response.destroyed) return this.#over(trial, undefined);
    const go = (): void =>
      this.#launch(trial, this.#intentOf(trial, former.call, step.kind, this.#world.newId()), step.pool);
    if (step.delayMs === 0) return go();
    const stop = (): void => {
      clearTimeout(timer);
      this.#over(trial, undefined);
    };
    const timer = setTimeout(() => {
      response.off('close', stop);
      go();
    }, step.delayMs);
    response.once('close', stop);
  }

  #intentOf(trial: Trial, id: Id, kind: Step['kind'], attempt: Id): Intent {
    const { said, fingerprint, call, attempts } = trial;
    const own = { id, startedAtMs: this.#world.nowMs(), said, fingerprint };
    return { ...makeIntent(call, own), attempt, attemptNumber: attempts, kind };
  }

  /** The request as the next provider gets it that may be asked. */
  #nextRoute(trial: Trial): DispatchCall | undefined {
    const { call } = trial;
    const { rulebook, caller, request, wire, target, path, query, facts, accepted } = call;
    if (!isRepeatable(call)) return undefined;
    trial.others ??= [...rulebook.fallbacks(call.route)];
    for (let route = trial.others.shift(); route !== undefined; route = trial.others.shift()) {
      // A caller's own credential belongs to the provider that it was sent for, and goes to no other.
      if (caller.kind === 'pass-through' && route.provider.name !== call.route.provider.name) continue;
      if (unsignable(route, rulebook, caller, request.headers) !== undefined) continue;
      const other = {
        ...call,
        route,
        billing: billingOf({ wire, target, route, path, query }),
        bytes: prepareBody(accepted, facts, route, target),
      };
      if (this.#allows(other)) return other;
    }
    return undefined;
  }

  // --- the breakers --------------------------------------------------------------------------------------

  #allows(call: DispatchCall): boolean {
    return this.#breakers.allows(breakerId(call), this.#world.monotonicMs());
  }

  /** An attempt has ended, or will not begin: its place is free, and what it said of its provider is noted. */
  #over(trial: Trial, settlement: Settlement | undefined): void {
    if (trial.isRepeated) this.#budget.giveBack();
    trial.isRepeated = false;
    const verdict = verdictOf(settlement);
    if (this.#breakers.quiet && verdict !== 'failed') return;
    const id = breakerId(trial.call);
    if (verdict === 'failed')
      this.#breakers.failed(
        id,
        trial.call.route.provider.breaker ?? DEFAULT_BREAKER,
        this.#world.monotonicMs(),
      );
    else if (verdict === 'answered') this.#breakers.succeeded(id);
    else this.#breakers.unknown(id);
  }

  #notAsked(call: DispatchCall): Refusal {
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
