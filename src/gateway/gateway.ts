/**
 * The front door of the data plane: accept → identify → route → send → meter → record.
 *
 * No database in this room's import graph, and no I/O on the request path but the upstream call and the journal
 * append behind `Recorder`. What is decided elsewhere arrives as a frozen rulebook and is read by reference.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import type { Recorder } from './call.ts';
import type { SegmentCounter } from './composition/count.ts';
import { limitServer, originForm, refuseBrokenHttp, SERVER_LIMITS } from './http-limits.ts';
import { drainServer } from './drain.ts';
import type { DrainWays } from './drain.ts';
import { createMetrics } from './metrics.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Ladder } from './overload.ts';
import { listModels } from './models.ts';
import { Refuser } from './refuser.ts';
import { accept } from './stages/accept.ts';
import { Arrivals } from './stages/arrival.ts';
import { Attempts } from './stages/attempts.ts';
import type { DispatchCall } from './stages/attempts.ts';
import { readAttribution } from './stages/attribution.ts';
import { billingOf } from './stages/billing.ts';
import { findRoute, noProvider, prepareBody, readFacts, unsignable } from './stages/route.ts';
import { identify } from './stages/identify.ts';
import { permitModels, permitTarget, visibleModel } from './stages/permit.ts';
import { cutSegments, withHeaderTags } from './stages/signs.ts';
import { cutKey, NO_QUERY } from './stages/query.ts';
import type { DialOf } from './stages/upstream.ts';
import type { Refusal, Wire } from './wires/wire.ts';
import { FALLBACK_WIRE, findTarget, wireNear } from './wires/wires.ts';
import type { SliceHolder } from '../budgets/budgets.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { Id } from '../units/ids.ts';

export type { Attribution, Charge, Intent, Recorder, Settlement, StrictRecorder } from './call.ts';
export { createSegmentCounter } from './composition/count.ts';
export type { SegmentCounter } from './composition/count.ts';
export { Ladder } from './overload.ts';
export type { OverloadStep, Pressure } from './overload.ts';

export interface GatewayOptions {
  /** The rulebook in force; asked once per request, so that one request obeys one rulebook. */
  readonly rulebook: () => Rulebook;
  readonly recorder: Recorder;
  readonly counter: SegmentCounter;
  readonly newId: () => Id;
  readonly nowMs: () => number;
  /** Milliseconds that never jump, with fractions. */
  readonly monotonicMs: () => number;
  /** A number in [0, 1), which spreads second attempts. */
  readonly chance: () => number;
  /** Share of first attempts under way that second ones may come to; a fifth unless said. */
  readonly retryShare?: number;
  /** This worker's slices of the budgets; absent: no authority can be asked, and budgets do what they say of that. */
  readonly budgets?: SliceHolder;
  /** What this worker gives up when it is at its limit; absent: nothing. */
  readonly overload?: Ladder;
  /** Figures of the process for /metrics, for example the journal's sync lag. */
  readonly gauges: () => Readonly<Record<string, number>>;
  /** What /healthz says of the runtime; nothing about configuration. */
  readonly runtime: Readonly<Record<string, string>>;
  /** Why calls would be refused now, asked for /readyz; nothing where they are taken. Absent: they are taken. */
  readonly condition?: () => GatewayCondition;
  /** A broken invariant: the request died, the process lives. */
  readonly onFault: (fault: unknown) => void;
  /** How connections to providers are opened. Absent: over the network, by the egress guard. */
  readonly dialOf?: DialOf;
}

/** What /readyz says beside being ready: it turns 503 where a call would be refused. */
export interface GatewayCondition {
  /** What refuses calls, in stable words, and what it means; empty while they are taken. */
  readonly refusing: ReadonlyArray<{ readonly reason: string; readonly detail: string }>;
  /** Figures beside it, such as the age of the rulebook. */
  readonly facts: Readonly<Record<string, string | number>>;
}

export interface Gateway {
  readonly server: Server;
  readonly metrics: GatewayMetrics;
  /** Routes whose breaker is open, without the credentials that they failed with. */
  brokenRoutes(): ReadonlyArray<{
    readonly provider: string;
    readonly dialect: string;
    readonly model: string;
  }>;
  /** Stops accepting, waits for calls under way at most `withinMs`, closes upstream connections. */
  drain(withinMs: number, ways?: DrainWays): Promise<void>;
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
  limitServer(server, options.rulebook().limits.connections, () => pipeline.metrics.dropped());
  server.on('checkExpectation', (request, response) => pipeline.refuser.refuseExpectation(request, response));
  server.on('clientError', (error, socket) => refuseBrokenHttp(error, socket, FALLBACK_WIRE));
  return {
    server,
    metrics: pipeline.metrics,
    brokenRoutes: () => pipeline.brokenRoutes(),
    drain: (withinMs, ways) => pipeline.drain(server, withinMs, ways),
  };
}

class Pipeline {
  readonly metrics: GatewayMetrics;
  readonly #options: GatewayOptions;
  readonly refuser: Refuser;
  readonly #attempts: Attempts;
  readonly #arrivals: Arrivals;
  #draining = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.refuser = new Refuser((code) => this.metrics.refused(code));
    this.#arrivals = new Arrivals(options.monotonicMs);
    this.metrics = createMetrics(() => ({
      ...options.gauges(),
      ...options.overload?.gauges(),
      ...this.#attempts.gauges(),
    }));
    this.#attempts = new Attempts(
      {
        ...options,
        underWay: () => this.metrics.inFlight,
        mayRepeat: () => (options.overload?.step ?? 'normal') === 'normal',
        settled: (settlement) => this.metrics.settled(settlement),
        egressRefused: () => this.metrics.egressRefused(),
        refuse: (response, wire, refusal) => this.refuse(response, wire, refusal),
      },
      options.rulebook().limits,
    );
  }

  brokenRoutes(): ReturnType<Attempts['brokenRoutes']> {
    return this.#attempts.brokenRoutes();
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const acceptedMs = this.#options.monotonicMs();
    const url = originForm(request.url ?? '/');
    const cut = url.indexOf('?');
    const path = cut === -1 ? url : url.slice(0, cut);
    const { query, key } = cut === -1 ? NO_QUERY : cutKey(url.slice(cut));
    const method = request.method ?? 'GET';
    if (!this.refuser.mayRead(request, response, path)) return;
    const { overload } = this.#options;
    if (this.#draining || (overload !== undefined && overload.step !== 'normal'))
      response.setHeader('connection', 'close');
    const found = findTarget(method, path, request.headers);
    if (found === undefined) return this.#handleOther(method, path, response, request);
    const { wire, target } = found;
    if (overload?.refuses() === true) return this.refuse(response, wire, overload.refusal(), request);
    const rulebook = this.#options.rulebook();
    const caller = identify(request.headers, rulebook, this.#options.nowMs(), key);
    if (caller.kind === 'refused') return this.refuse(response, wire, caller.refusal, request);
    const closed = permitTarget(caller, wire, target);
    if (closed !== undefined) return this.refuse(response, wire, closed, request);
    if (target.action === 'list-models')
      return this.#sendJson(response, 200, listModels(rulebook, wire.dialect, visibleModel(caller)));

    const accepted = await accept(request, rulebook.limits, target.body, this.#arrivals);
    if (accepted.kind === 'gone') return;
    if (accepted.kind === 'refused') return this.refuse(response, wire, accepted.refusal, request);
    const facts = readFacts(wire, target, accepted);
    if ('code' in facts) return this.refuse(response, wire, facts, request);
    const route = findRoute(rulebook, wire, facts.model, request.headers);
    if (route === undefined)
      return this.refuse(response, wire, noProvider(facts.model, wire.dialect), request);
    const refusal =
      permitModels(caller, { ...accepted, facts, route, target }) ??
      unsignable(route, rulebook, caller, request.headers);
    if (refusal !== undefined) return this.refuse(response, wire, refusal, request);
    this.#dispatch({
      request,
      response,
      wire,
      target,
      rulebook,
      caller,
      json: accepted.json,
      accepted,
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
    this.#attempts.begin(call, said, cutSegments(call, said));
  }

  #handleOther(method: string, path: string, response: ServerResponse, request: IncomingMessage): void {
    if (method === 'GET' && path === '/healthz') {
      return this.#sendJson(response, 200, { status: 'ok', ...this.#options.runtime });
    }
    if (method === 'GET' && path === '/readyz') return this.#sendReadiness(response);
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

  refuse(response: ServerResponse, wire: Wire, refusal: Refusal, unread?: IncomingMessage): void {
    this.refuser.refuse(response, wire, refusal, unread);
  }

  #sendJson(response: ServerResponse, status: number, value: unknown): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  }

  #sendReadiness(response: ServerResponse): void {
    const { refusing = [], facts = {} } = this.#options.condition?.() ?? {};
    const status = this.#draining ? 'draining' : refusing.length > 0 ? 'refusing' : 'ready';
    this.#sendJson(response, status === 'ready' ? 200 : 503, { status, refusing, ...facts });
  }

  async drain(server: Server, withinMs: number, { noticeMs = 0, keepIdle = NEVER }: DrainWays = {}) {
    this.#draining = true;
    const { monotonicMs } = this.#options;
    const underWay = (): number => this.metrics.inFlight + this.#attempts.drains;
    await drainServer({ server, underWay, monotonicMs, withinMs, noticeMs, keepIdle });
    await this.#attempts.close();
  }
}

const NEVER = (): boolean => false;
