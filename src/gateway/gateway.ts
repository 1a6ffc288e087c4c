/**
 * The front door of the data plane: accept → identify → route → send → meter → record.
 *
 * No database in this room's import graph, and no I/O on the request path but the upstream call and the journal
 * append behind `Recorder`. What is decided elsewhere arrives as a frozen rulebook and is read by reference.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import type { Agent } from 'undici';

import type { Intent, Recorder } from './call.ts';
import { compose } from './composition/compose.ts';
import type { SegmentCounter, Sized } from './composition/count.ts';
import { originForm, refuseBrokenHttp, SERVER_LIMITS } from './http-limits.ts';
import { createMetrics } from './metrics.ts';
import type { GatewayMetrics } from './metrics.ts';
import { listModels } from './models.ts';
import { accept } from './stages/accept.ts';
import { BudgetDesk, unlinkedHolder } from './stages/admit.ts';
import type { Desk } from './stages/admit.ts';
import { readAttribution } from './stages/attribution.ts';
import { billedMeter, billingOf } from './stages/billing.ts';
import { CarriedLines } from './stages/carried.ts';
import { asksForUsage, findRoute, noProvider, prepareBody, readFacts, unsignable } from './stages/route.ts';
import { identify } from './stages/identify.ts';
import { makeIntent } from './stages/intend.ts';
import type { IntendedCall } from './stages/intend.ts';
import { cutSegments, fingerprintOf, withHeaderTags } from './stages/signs.ts';
import { cutKey, NO_QUERY } from './stages/query.ts';
import { upstreamRequest } from './stages/outgoing.ts';
import { Upstream } from './stages/upstream.ts';
import type { UpstreamBase } from './stages/upstream.ts';
import { Exchange } from './stages/send.ts';
import { downgraded } from './stages/downgrade.ts';
import { recordSettled } from './stages/ticket.ts';
import type { Ticket } from './stages/ticket.ts';
import type { ExchangeContext } from './stages/exchange-context.ts';
import type { CarriedResult, JsonObject, Refusal, Wire } from './wires/wire.ts';
import { FALLBACK_WIRE, findTarget, wireNear } from './wires/wires.ts';
import type { SliceHolder } from '../budgets/budgets.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { Id } from '../units/ids.ts';

export type { Attribution, Charge, Intent, Recorder, Settlement } from './call.ts';
export { createSegmentCounter } from './composition/count.ts';
export type { SegmentCounter } from './composition/count.ts';

export interface GatewayOptions {
  /** The rulebook in force; asked once per request, so that one request obeys one rulebook. */
  readonly rulebook: () => Rulebook;
  readonly recorder: Recorder;
  readonly counter: SegmentCounter;
  readonly newId: () => Id;
  readonly nowMs: () => number;
  /** Milliseconds that never jump, with fractions. */
  readonly monotonicMs: () => number;
  /** Figures of the process for /metrics, for example the journal's sync lag. */
  readonly gauges: () => Readonly<Record<string, number>>;
  /** What /healthz says of the runtime; nothing about configuration. */
  readonly runtime: Readonly<Record<string, string>>;
  /** A broken invariant: the request died, the process lives. */
  readonly onFault: (fault: unknown) => void;
  /** This worker's slices of the budgets; absent: no authority can be asked, and budgets do what they say of that. */
  readonly budgets?: SliceHolder;
}

export interface Gateway {
  readonly server: Server;
  readonly metrics: GatewayMetrics;
  /** Stops accepting, waits for calls under way at most `withinMs`, closes upstream connections. */
  drain(withinMs: number): Promise<void>;
}

export function createGateway(options: GatewayOptions): Gateway {
  const pipeline = new Pipeline(options);
  const server = createServer(SERVER_LIMITS, (request, response) => {
    pipeline.metrics.opened();
    response.once('close', () => pipeline.metrics.closed());
    pipeline.handle(request, response).catch((fault: unknown) => {
      options.onFault(fault);
      pipeline.refuse(response, FALLBACK_WIRE, {
        code: 'setpoint_overloaded',
        status: 500,
        message:
          'The gateway failed on this request. It was not sent on unless the ledger shows a line for it; try again.',
      });
    });
  });
  server.maxRequestsPerSocket = 10_000;
  server.on('clientError', (error, socket) => refuseBrokenHttp(error, socket, FALLBACK_WIRE));
  return { server, metrics: pipeline.metrics, drain: (withinMs) => pipeline.drain(server, withinMs) };
}

class Pipeline {
  readonly metrics: GatewayMetrics;
  readonly #options: GatewayOptions;
  readonly #upstream: Upstream;
  readonly #carried: CarriedLines;
  readonly #desk: BudgetDesk;
  #drains = 0;
  #draining = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.metrics = createMetrics(options.gauges);
    this.#upstream = new Upstream(options.rulebook().limits);
    this.#carried = new CarriedLines({
      ...options,
      settled: (settlement) => this.metrics.settled(settlement),
    });
    this.#desk = new BudgetDesk(options.budgets ?? unlinkedHolder(options), options.monotonicMs);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const acceptedMs = this.#options.monotonicMs();
    const url = originForm(request.url ?? '/');
    const cut = url.indexOf('?');
    const path = cut === -1 ? url : url.slice(0, cut);
    const { query, key } = cut === -1 ? NO_QUERY : cutKey(url.slice(cut));
    const method = request.method ?? 'GET';
    const found = findTarget(method, path, request.headers);
    if (found === undefined) return this.#handleOther(method, path, response, request);
    const { wire, target } = found;
    const rulebook = this.#options.rulebook();
    const caller = identify(request.headers, rulebook, this.#options.nowMs(), key);
    if (caller.kind === 'refused') return this.refuse(response, wire, caller.refusal, request);
    if (target.action === 'list-models')
      return this.#sendJson(response, 200, listModels(rulebook, wire.dialect));
    if (this.#draining) response.setHeader('connection', 'close');

    const accepted = await accept(request, rulebook.limits, target.body);
    if (accepted.kind === 'gone') return;
    if (accepted.kind === 'refused') return this.refuse(response, wire, accepted.refusal, request);
    const facts = readFacts(wire, target, accepted);
    if ('code' in facts) return this.refuse(response, wire, facts, request);
    const route = findRoute(rulebook, wire, facts.model, request.headers);
    if (route === undefined)
      return this.refuse(response, wire, noProvider(facts.model, wire.dialect), request);
    const refusal = unsignable(route, rulebook, caller, request.headers);
    if (refusal !== undefined) return this.refuse(response, wire, refusal, request);
    this.#dispatch({
      request,
      response,
      wire,
      target,
      rulebook,
      caller,
      json: accepted.json,
      facts,
      route,
      billing: billingOf({ wire, target, route, path, query }),
      bytes: prepareBody(accepted, facts, route, target),
      upload: accepted.upload,
      method,
      path,
      query,
      acceptedMs,
    });
  }

  #dispatch(call: DispatchCall): void {
    const { request, rulebook, facts } = call;
    const read = readAttribution(request.headers, call.json, facts, rulebook.limits);
    const said = withHeaderTags(read, request.headers, rulebook);
    const cut = cutSegments(call, said);
    const intent = makeIntent(call, {
      id: this.#options.newId(),
      startedAtMs: this.#options.nowMs(),
      said,
      fingerprint: fingerprintOf(cut.segments, rulebook.fingerprintKey),
    });
    const sized = this.#options.counter.size(cut.asOf(intent.attribution.workflow));
    if (rulebook.budgets.length === 0) this.#attempt(call, intent, sized, this.#upstream.kept);
    else this.#admit(call, intent, sized, this.#upstream.kept);
  }

  /** Reserves in every budget that counts the call, then lets it go. Waits only where somebody must be asked. */
  #admit(call: DispatchCall, intent: Intent, sized: Sized, agent: Agent, mayDowngrade = true): void {
    const go = (desk: Desk): void => {
      if (desk.kind === 'refused') return this.refuse(call.response, call.wire, desk.refusal);
      if (desk.kind === 'downgrade') return this.#downgrade(call, intent, sized, desk.model);
      if (call.response.destroyed) return desk.ticket?.release(); // the client left while it waited: nothing was sent
      this.#attempt({ ...call, bytes: desk.bytes, ticket: desk.ticket }, desk.intent, sized, agent);
    };
    const desk = this.#desk.admit(call, intent, mayDowngrade);
    if (!(desk instanceof Promise)) return go(desk);
    desk.then(go).catch((fault: unknown) => {
      this.#options.onFault(fault);
      this.refuse(call.response, call.wire, NOTHING_RECORDABLE);
    });
  }

  /** A threshold is passed: the same call to the cheaper model, or as it is where no provider of the dialect has that. */
  #downgrade(call: DispatchCall, intent: Intent, sized: Sized, model: string): void {
    const cheaper = downgraded(call, intent, model);
    if (cheaper === undefined) return this.#admit(call, intent, sized, this.#upstream.kept, false);
    this.#admit(cheaper.call, cheaper.intent, sized, this.#upstream.kept, false);
  }

  /** One attempt: intent, dispatch, exchange. A second one follows only where the first surely met a closed connection. */
  #attempt(call: DispatchCall, intent: Intent, sized: Sized, agent: Agent): void {
    const { response, wire, route } = call;
    const base = this.#upstream.base(route.provider.baseUrl);
    try {
      this.#options.recorder.intend(intent);
    } catch (fault) {
      this.#options.onFault(fault);
      call.ticket?.release();
      return this.refuse(response, wire, NOTHING_RECORDABLE);
    }
    const exchange = new Exchange(this.#exchangeContext(call, intent, sized, base));
    try {
      agent.dispatch(upstreamRequest(call, base, intent.startedAtMs), exchange);
    } catch (fault) {
      exchange.onResponseError(undefined, fault instanceof Error ? fault : new Error(String(fault)));
    }
  }

  #exchangeContext(call: DispatchCall, intent: Intent, sized: Sized, base: UpstreamBase): ExchangeContext {
    const { response, wire, target, rulebook, facts, route } = call;
    const { counter, recorder, onFault } = this.#options;
    return {
      reusable: base.answered,
      response,
      intent,
      wire,
      meter: billedMeter(wire.meter(facts, target), call.billing),
      answerForm: (contentType) => wire.answerForm(contentType, target, call.query),
      prices: rulebook.prices,
      limits: rulebook.limits,
      onClientGone: route.provider.onClientGone,
      filterEvents: asksForUsage(facts, route),
      overheadMicros: Math.round((this.#options.monotonicMs() - call.acceptedMs) * 1_000),
      monotonicMs: this.#options.monotonicMs,
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
      settle: (settlement) => {
        if (settlement.httpStatus !== 0) base.answered = true;
        this.metrics.settled(settlement);
        recordSettled(settlement, call.ticket, { recorder, onFault });
      },
      carry: (results) => this.#carry(results, intent, rulebook),
      awaitResult: (responseId) => this.#carried.await(responseId, intent),
      onFault,
      tryAgain: this.#secondAttempt(call, intent, sized),
    };
  }

  /** What an answer tells of other calls is recorded as it passes; what cannot be is said, and the answer goes on. */
  #carry(results: readonly CarriedResult[], intent: Intent, rulebook: Rulebook): void {
    try {
      for (const result of results) this.#carried.record(result, intent, rulebook.prices);
    } catch (fault) {
      this.#options.onFault(fault);
    }
  }

  /** A body that passed through is gone, so such a request is never sent twice. */
  #secondAttempt(call: DispatchCall, intent: Intent, sized: Sized): (() => void) | undefined {
    if (intent.attemptNumber !== 1 || call.upload !== undefined) return undefined;
    return () => {
      const again: Intent = {
        ...intent,
        attempt: this.#options.newId(),
        attemptNumber: 2,
        kind: 'retry',
        startedAtMs: this.#options.nowMs(),
      };
      if (call.ticket === undefined) this.#attempt(call, again, sized, this.#upstream.fresh);
      else this.#admit(call, again, sized, this.#upstream.fresh, false); // every attempt reserves for itself
    };
  }

  #takeDrainPlace(atOnce: number): (() => void) | undefined {
    if (this.#drains >= atOnce) return undefined;
    this.#drains += 1;
    return () => void (this.#drains -= 1);
  }

  #handleOther(method: string, path: string, response: ServerResponse, request: IncomingMessage): void {
    if (method === 'GET' && path === '/healthz') {
      return this.#sendJson(response, 200, { status: 'ok', ...this.#options.runtime });
    }
    if (method === 'GET' && path === '/readyz') {
      return this.#sendJson(response, this.#draining ? 503 : 200, {
        status: this.#draining ? 'draining' : 'ready',
      });
    }
    if (method === 'GET' && path === '/metrics') {
      response
        .writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
        .end(this.metrics.text());
      return;
    }
    this.refuse(
      response,
      wireNear(path),
      {
        code: 'setpoint_bad_request',
        status: 404,
        message: `This gateway has no route for ${method} and this path. Nothing was sent or charged; see the list of paths in the documentation.`,
      },
      request,
    );
  }

  /** Answers a refusal in the wire's dialect. A body that was not read is not waited for: the connection closes. */
  refuse(response: ServerResponse, wire: Wire, refusal: Refusal, unread?: IncomingMessage): void {
    this.metrics.refused(refusal.code);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { headers, body } = wire.refusal(refusal);
    const close = unread !== undefined && !unread.complete ? { connection: 'close' } : {};
    response.writeHead(refusal.status, { ...headers, ...close });
    response.end(body);
  }

  #sendJson(response: ServerResponse, status: number, value: unknown): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  }

  async drain(server: Server, withinMs: number): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    server.closeIdleConnections();
    const untilMs = this.#options.monotonicMs() + withinMs;
    while (this.metrics.inFlight > 0 && this.#options.monotonicMs() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      server.closeIdleConnections();
    }
    server.closeAllConnections();
    await closed;
    await this.#upstream.close();
  }
}

interface DispatchCall extends IntendedCall {
  readonly response: ServerResponse;
  readonly json: JsonObject;
  readonly acceptedMs: number;
  /** What it reserved in its budgets; absent or undefined: no budget counts it. */
  readonly ticket?: Ticket | undefined;
}

const NOTHING_RECORDABLE: Refusal = {
  code: 'setpoint_overloaded',
  status: 503,
  message:
    'The journal cannot be written, so this call could not be recorded. It was not sent to a provider and nothing was charged. Try again shortly.',
  retryAfterSeconds: 1,
};
