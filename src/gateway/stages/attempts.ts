/**
 * Attempts: one request's dispatches, from the first to the one whose answer its client gets. Each has an intent and a
 * settlement of its own, and reserves for itself in the budgets that count it.
 */
import type { ServerResponse } from 'node:http';

import type { Agent } from 'undici';

import type { Intent, Recorder, Settlement } from '../call.ts';
import { compose } from '../composition/compose.ts';
import type { SegmentCounter, Sized } from '../composition/count.ts';
import type { Limits, Rulebook } from '../../rulebook/rulebook.ts';
import type { Id } from '../../units/ids.ts';
import type { CarriedResult, Refusal, Wire } from '../wires/wire.ts';
import type { BudgetDesk, Desk } from './admit.ts';
import { Again } from './again.ts';
import type { AgainWorld, Course, Step } from './again.ts';
import type { Said } from './attribution.ts';
import { billedMeter } from './billing.ts';
import { CarriedLines } from './carried.ts';
import type { ExchangeContext } from './exchange-context.ts';
import type { DispatchCall } from './dispatch-call.ts';
import { downgraded } from './downgrade.ts';
import { makeIntent } from './intend.ts';
import { upstreamRequest } from './outgoing.ts';
import { asksForUsage } from './route.ts';
import { Exchange } from './send.ts';
import { fingerprintOf } from './signs.ts';
import type { Cut } from './signs.ts';
import { recordSettled } from './ticket.ts';
import type { Ticket } from './ticket.ts';
import { Upstream } from './upstream.ts';
import type { UpstreamBase } from './upstream.ts';

export interface AttemptWorld extends AgainWorld {
  readonly recorder: Recorder;
  readonly counter: SegmentCounter;
  readonly desk: BudgetDesk;
  readonly newId: () => Id;
  readonly onFault: (fault: unknown) => void;
  readonly settled: (settlement: Settlement) => void;
  readonly refuse: (response: ServerResponse, wire: Wire, refusal: Refusal) => void;
}

/** One request and its attempts. */
interface Trial extends Course {
  readonly said: Said;
  readonly fingerprint: string;
  readonly sized: Sized;
}

/** One attempt of a trial: its call has what was reserved for it, and the bytes that go out. */
interface Attempt {
  readonly trial: Trial;
  readonly call: DispatchCall;
  readonly intent: Intent;
  readonly agent: Agent;
}

export class Attempts {
  readonly #world: AttemptWorld;
  readonly #upstream: Upstream;
  readonly #carried: CarriedLines;
  readonly #again: Again;
  #drains = 0;

  constructor(world: AttemptWorld, limits: Limits) {
    this.#world = world;
    this.#upstream = new Upstream(limits);
    this.#carried = new CarriedLines(world);
    this.#again = new Again(world, this.#upstream);
  }

  gauges(): Readonly<Record<string, number>> {
    return this.#again.gauges();
  }

  close(): Promise<void> {
    return this.#upstream.close();
  }

  begin(call: DispatchCall, said: Said, cut: Cut): void {
    const { newId, nowMs, counter } = this.#world;
    const fingerprint = fingerprintOf(cut.segments, call.rulebook.fingerprintKey);
    const intent = makeIntent(call, { id: newId(), startedAtMs: nowMs(), said, fingerprint });
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
    };
    const agent = this.#upstream.kept;
    if (this.#again.allows(call)) return this.#admit({ trial, call, intent, agent }, true);
    const other = this.#again.nextRoute(trial);
    if (other === undefined) return this.#world.refuse(call.response, call.wire, this.#again.notAsked(call));
    trial.call = other;
    const fallback = this.#intentOf(trial, intent.call, 'fallback', intent.call);
    this.#admit({ trial, call: other, intent: fallback, agent }, true);
  }

  /** Reserves in every budget that counts the call, then lets it go. Waits only where somebody must be asked. */
  #admit(attempt: Attempt, mayDowngrade: boolean): void {
    const { trial, call, intent } = attempt;
    if (call.rulebook.budgets.length === 0) return this.#launch(attempt);
    const go = (desk: Desk): void => {
      if (desk.kind === 'downgrade') return this.#downgrade(attempt, desk.model);
      if (desk.kind === 'refused') return this.#endWithout(attempt, desk.refusal);
      const admitted = { ...call, bytes: desk.bytes, ticket: desk.ticket };
      if (call.response.destroyed)
        return this.#endWithout({ ...attempt, call: admitted }, NOTHING_RECORDABLE); // the client left while it waited
      this.#launch({ ...attempt, trial, call: admitted, intent: desk.intent });
    };
    const desk = this.#world.desk.admit(call, intent, mayDowngrade);
    if (!(desk instanceof Promise)) return go(desk);
    desk.then(go).catch((fault: unknown) => {
      this.#world.onFault(fault);
      this.#endWithout(attempt, NOTHING_RECORDABLE);
    });
  }

  /** A threshold is passed: the same call to the cheaper model, or as it is where no provider of the dialect has that. */
  #downgrade(attempt: Attempt, model: string): void {
    const cheaper = downgraded(attempt.call, attempt.intent, model);
    if (cheaper === undefined || !this.#again.allows(cheaper.call)) return this.#admit(attempt, false);
    this.#again.over(attempt.trial, undefined); // the first route is not asked after all
    attempt.trial.call = cheaper.call;
    this.#admit({ ...attempt, ...cheaper }, false);
  }

  /** Intent, then dispatch; behind the disk where durability is strict. */
  #launch(attempt: Attempt): void {
    const { recorder, onFault } = this.#world;
    const { intent, call } = attempt;
    try {
      recorder.intend(intent);
    } catch (fault) {
      onFault(fault);
      return this.#endWithout(attempt, NOTHING_RECORDABLE);
    }
    const { strict } = recorder;
    if (strict === undefined) return this.#dispatch(attempt);
    const withdraw = (): void => {
      strict.withdraw(intent);
      this.#endWithout(attempt, NOTHING_RECORDABLE);
    };
    strict
      .durable()
      .then(
        () => (call.response.destroyed ? withdraw() : this.#dispatch(attempt)),
        (fault: unknown) => {
          onFault(fault);
          withdraw();
        },
      )
      .catch(onFault);
  }

  /** Nothing was sent: what was reserved is free again, and the client is told if it is still there. */
  #endWithout({ trial, call }: Attempt, refusal: Refusal): void {
    call.ticket?.release();
    this.#again.over(trial, undefined);
    if (!call.response.destroyed) this.#world.refuse(call.response, call.wire, refusal);
  }

  #dispatch(attempt: Attempt): void {
    const { call, intent, agent } = attempt;
    const base = this.#upstream.base(call.route.provider.baseUrl);
    const exchange = new Exchange(this.#exchangeContext(attempt, base));
    try {
      agent.dispatch(upstreamRequest(call, base, intent.startedAtMs), exchange);
    } catch (fault) {
      exchange.onResponseError(undefined, fault instanceof Error ? fault : new Error(String(fault)));
    }
  }

  #exchangeContext({ trial, call, intent }: Attempt, base: UpstreamBase): ExchangeContext {
    const { response, wire, target, rulebook, facts, route, billing, query, acceptedMs } = call;
    const { counter, recorder, monotonicMs, onFault } = this.#world;
    const { sized } = trial;
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
      ticket: call.ticket,
      settle: (settlement) => this.#settle(trial, settlement, call.ticket, base),
      strict: recorder.strict,
      carry: (results) => this.#carry(results, intent, rulebook),
      awaitResult: (responseId) => this.#carried.await(responseId, intent),
      onFault,
      again: (failure) => {
        const step = this.#again.next(trial, failure);
        return step && { begin: () => this.#take(step, trial, intent), drop: () => this.#again.drop(step) };
      },
    };
  }

  #settle(trial: Trial, settlement: Settlement, ticket: Ticket | undefined, base: UpstreamBase): boolean {
    if (settlement.httpStatus !== 0) base.answered = true;
    this.#again.over(trial, settlement);
    this.#world.settled(settlement);
    return recordSettled(settlement, ticket, this.#world);
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

  /** Waits, unless the client leaves: then nobody wants the answer. */
  #take(step: Step, trial: Trial, former: Intent): void {
    const { response } = trial.call;
    trial.isRepeated = true;
    trial.call = step.call;
    trial.attempts += 1;
    trial.tries = step.kind === 'retry' ? trial.tries + 1 : 1;
    if (response.destroyed) return this.#again.over(trial, undefined);
    const go = (): void => {
      const intent = this.#intentOf(trial, former.call, step.kind, this.#world.newId());
      this.#admit({ trial, call: step.call, intent, agent: step.agent }, false);
    };
    if (step.delayMs === 0) return go();
    const stop = (): void => {
      clearTimeout(timer);
      this.#again.over(trial, undefined);
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
}

const NOTHING_RECORDABLE: Refusal = {
  code: 'setpoint_overloaded',
  status: 503,
  message:
    'The journal cannot be written, so this call could not be recorded. It was not sent to a provider and nothing was charged. Try again shortly.',
  retryAfterSeconds: 1,
};
