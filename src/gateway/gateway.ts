/**
 * The front door of the data plane: accept → identify → route → send → meter → record.
 *
 * No database in this room's import graph, and no I/O on the request path but the upstream call and the journal
 * append behind `Recorder`. What is decided elsewhere arrives as a frozen rulebook and is read by reference.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import type { Agent } from 'undici';

import type { Endpoint, Intent, Recorder } from './call.ts';
import { compose } from './composition/compose.ts';
import type { SegmentCounter, Sized } from './composition/count.ts';
import { requestHeaders } from './headers.ts';
import { originForm, refuseBrokenHttp, SERVER_LIMITS } from './http-limits.ts';
import { createMetrics } from './metrics.ts';
import type { GatewayMetrics } from './metrics.ts';
import { listModels } from './models.ts';
import { accept } from './stages/accept.ts';
import { readAttribution } from './stages/attribution.ts';
import type { Said } from './stages/attribution.ts';
import { presumedUsage } from './stages/meter.ts';
import { asksForUsage, dialectOf, noProvider, prepareBody, upstreamPath } from './stages/route.ts';
import { attribute, callerName, identify } from './stages/identify.ts';
import type { Caller } from './stages/identify.ts';
import { applyRules, fingerprintOf, headerTags } from './stages/signs.ts';
import { Upstream } from './stages/upstream.ts';
import type { UpstreamBase } from './stages/upstream.ts';
import { Exchange } from './stages/send.ts';
import type { ExchangeContext } from './stages/exchange-context.ts';
import { anthropicMessages } from './wires/anthropic-messages/wire.ts';
import { openaiChat } from './wires/openai-chat/wire.ts';
import type { JsonObject, Refusal, RequestFacts, Segment, Wire } from './wires/wire.ts';
import type { Route, Rulebook } from '../rulebook/rulebook.ts';
import type { Id } from '../units/ids.ts';

export type { Attribution, Charge, Intent, Recorder, Settlement } from './call.ts';
export { createSegmentCounter } from './composition/count.ts';
export type { SegmentCounter } from './composition/count.ts';

/** The wires that this gateway speaks, in the order in which paths are matched. */
const WIRES: readonly Wire[] = [anthropicMessages, openaiChat];
/** Refusals that belong to no wire (unknown path, broken HTTP) use the most widely read dialect. */
const FALLBACK_WIRE = openaiChat;

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
  #drains = 0;
  #draining = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.metrics = createMetrics(options.gauges);
    this.#upstream = new Upstream(options.rulebook().limits);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const acceptedMs = this.#options.monotonicMs();
    const url = originForm(request.url ?? '/');
    const cut = url.indexOf('?');
    const path = cut === -1 ? url : url.slice(0, cut);
    const method = request.method ?? 'GET';
    const found = findEndpoint(method, path, request);
    if (found === undefined) return this.#handleOther(method, path, response, request);
    const { wire, endpoint } = found;
    const rulebook = this.#options.rulebook();
    const caller = identify(request.headers, rulebook, this.#options.nowMs());
    if (caller.kind === 'refused') return this.refuse(response, wire, caller.refusal, request);
    if (endpoint === 'models') return this.#sendJson(response, 200, listModels(rulebook, wire.name));
    if (this.#draining) response.setHeader('connection', 'close');

    const accepted = await accept(request, rulebook.limits);
    if (accepted.kind === 'gone') return;
    if (accepted.kind === 'refused') return this.refuse(response, wire, accepted.refusal, request);
    const facts = wire.read(accepted.json, endpoint);
    if ('code' in facts) return this.refuse(response, wire, facts, request);
    const route = rulebook.route(dialectOf(wire), facts.model);
    if (route === undefined) return this.refuse(response, wire, noProvider(facts.model));
    const bytes = prepareBody(accepted.bytes, accepted.json, facts, route);
    this.#dispatch({
      request,
      response,
      wire,
      endpoint,
      rulebook,
      caller,
      json: accepted.json,
      facts,
      route,
      bytes,
      url,
      acceptedMs,
    });
  }

  #dispatch(call: DispatchCall): void {
    const { request, wire, rulebook, facts, caller } = call;
    const { limits, attributionHeaders } = rulebook;
    const read = readAttribution(request.headers, call.json, facts, limits);
    const kept = headerTags(request.headers, attributionHeaders, limits);
    const said: Said = { ...read, tags: { ...read.tags, ...kept } };
    const cut = (workflow: string): Segment[] =>
      call.endpoint === 'inference'
        ? wire.segments(call.json, {
            leadingParts: said.retrievalParts,
            delimiters: rulebook.findWorkflow(workflow)?.retrievalDelimiters ?? [],
          })
        : [];
    const named = said.fields.workflow ?? (caller.kind === 'key' ? caller.key.workflow : '');
    const segments = cut(named);
    const intent = this.#intent(call, said, fingerprintOf(segments, rulebook.fingerprintKey));
    const { workflow } = intent.attribution;
    // A workflow that a rule named from the fingerprint may have marks of retrieved text of its own.
    const recut = workflow !== named && rulebook.findWorkflow(workflow)?.retrievalDelimiters.length;
    const sized = this.#options.counter.size(recut ? cut(workflow) : segments);
    this.#attempt(call, intent, sized, this.#upstream.kept);
  }

  /** One attempt: intent, dispatch, exchange. A second one follows only where the first surely met a closed connection. */
  #attempt(call: DispatchCall, intent: Intent, sized: Sized, agent: Agent): void {
    const { response, wire, caller, route } = call;
    const base = this.#upstream.base(route.provider.baseUrl);
    try {
      this.#options.recorder.intend(intent);
    } catch (fault) {
      this.#options.onFault(fault);
      return this.refuse(response, wire, NOTHING_RECORDABLE);
    }
    const exchange = new Exchange(this.#exchangeContext(call, intent, sized, base));
    const secret = caller.kind === 'pass-through' ? caller.secret : route.provider.secret;
    try {
      agent.dispatch(
        {
          origin: base.origin,
          path: upstreamPath(base.path, call.url),
          method: 'POST',
          headers: requestHeaders(call.request.headers, {
            authorization: secret === undefined ? {} : wire.authorization(secret),
            configured: route.provider.headers,
            ownAccount: caller.kind === 'pass-through',
          }),
          body: call.bytes,
        },
        exchange,
      );
    } catch (fault) {
      exchange.onResponseError(undefined, fault instanceof Error ? fault : new Error(String(fault)));
    }
  }

  #exchangeContext(call: DispatchCall, intent: Intent, sized: Sized, base: UpstreamBase): ExchangeContext {
    const { response, wire, rulebook, facts, route } = call;
    const { counter, recorder, onFault } = this.#options;
    return {
      reusable: base.answered,
      response,
      intent,
      wire,
      meter: wire.meter(facts),
      prices: rulebook.prices,
      limits: rulebook.limits,
      onClientGone: route.provider.onClientGone,
      filterEvents: asksForUsage(facts, route),
      overheadMicros: Math.round((this.#options.monotonicMs() - call.acceptedMs) * 1_000),
      monotonicMs: this.#options.monotonicMs,
      takeDrainPlace: () => this.#takeDrainPlace(rulebook.limits.drainsAtOnce),
      compose: (usage, output) =>
        compose({ sized, usage, output, family: route.provider.priceProvider, model: route.model }),
      count: async (reading) => {
        const [output, reasoning] = await Promise.all([
          counter.count(reading.output.text + reading.output.toolCalls),
          counter.count(reading.output.reasoning),
        ]);
        return { inputTokens: sized.total(), outputTokens: output, reasoningTokens: reasoning };
      },
      settle: (settlement) => {
        if (settlement.httpStatus !== 0) base.answered = true;
        this.metrics.settled(settlement);
        try {
          recorder.settle(settlement);
        } catch (fault) {
          // The answer is paid for and still goes out. Its intent is recorded, so it is charged as presumed at worst.
          onFault(fault);
        }
      },
      onFault,
      tryAgain:
        intent.attemptNumber === 1
          ? () =>
              this.#attempt(
                call,
                {
                  ...intent,
                  attempt: this.#options.newId(),
                  attemptNumber: 2,
                  kind: 'retry',
                  startedAtMs: this.#options.nowMs(),
                },
                sized,
                this.#upstream.fresh,
              )
          : undefined,
    };
  }

  #intent(call: DispatchCall, said: Said, fingerprint: string): Intent {
    const { rulebook, caller, facts, route, wire } = call;
    const id = this.#options.newId();
    const startedAtMs = this.#options.nowMs();
    const usage = call.endpoint === 'inference' ? presumedUsage(call.bytes.length, facts) : {};
    const cost = rulebook.prices.price({
      provider: route.provider.priceProvider,
      model: route.model,
      usage,
      atMs: startedAtMs,
      serviceTier: '',
      geo: '',
    });
    const intent: Omit<Intent, 'attribution'> = {
      call: id,
      attempt: id, // the first attempt shares the call's id: one id fewer to carry where there is only one attempt
      attemptNumber: 1,
      kind: 'primary',
      startedAtMs,
      key: callerName(caller),
      provider: route.provider.name,
      priceProvider: route.provider.priceProvider,
      wire: wire.name,
      endpoint: call.endpoint,
      modelRequested: facts.model,
      model: route.model,
      stream: facts.stream,
      simulated: route.provider.simulated,
      rulebookVersion: rulebook.version,
      priceVersion: rulebook.prices.version,
      presumed: { usage, cost },
      ...(fingerprint !== '' && { fingerprint }),
    };
    const attribution = attribute(said, caller.kind === 'key' ? caller.key : undefined, rulebook, id);
    return { ...intent, attribution: applyRules(attribution, intent, rulebook) };
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
      path.startsWith('/v1/messages') ? anthropicMessages : FALLBACK_WIRE,
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

interface DispatchCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly wire: Wire;
  readonly endpoint: Endpoint;
  readonly rulebook: Rulebook;
  readonly caller: Exclude<Caller, { kind: 'refused' }>;
  readonly json: JsonObject;
  readonly facts: RequestFacts;
  readonly route: Route;
  readonly bytes: Buffer;
  readonly url: string;
  readonly acceptedMs: number;
}

const NOTHING_RECORDABLE: Refusal = {
  code: 'setpoint_overloaded',
  status: 503,
  message:
    'The journal cannot be written, so this call could not be recorded. It was not sent to a provider and nothing was charged. Try again shortly.',
  retryAfterSeconds: 1,
};

function findEndpoint(
  method: string,
  path: string,
  request: IncomingMessage,
): { wire: Wire; endpoint: Endpoint } | undefined {
  for (const wire of WIRES) {
    const endpoint = wire.endpoint(method, path, request.headers as Record<string, string | undefined>);
    if (endpoint !== undefined) return { wire, endpoint };
  }
  return undefined;
}
