/**
 * Send: one attempt, from dispatch to the last byte. The exchange is the handler that undici calls back.
 *
 * Promises kept here: the settlement is recorded before the client gets the last byte; it is recorded exactly once
 * however the attempt ends; a client that leaves never loses the line; bytes go on as they came.
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

import type { Dispatcher } from 'undici';

import type { AttemptStatus, Charge, Intent, Settlement } from '../call.ts';
import { formatDollars } from '../../units/money.ts';
import type { Composition, Usage } from '../../units/tokens.ts';
import { responseHeaders } from '../headers.ts';
import { createEventSplitter, eventData } from '../wires/sse.ts';
import type { JsonValue, Meter, Reading, Refusal, Wire } from '../wires/wire.ts';
import { countedCharges, freeCharge, isFinal, presumedCharge, reportedCharges } from './meter.ts';
import type { Counted } from './meter.ts';
import type { ClientGonePolicy, Limits } from '../../rulebook/rulebook.ts';
import type { PriceBook } from '../../prices/prices.ts';

/** What an exchange needs of the world around it. */
export interface ExchangeContext {
  readonly response: ServerResponse;
  readonly intent: Intent;
  readonly wire: Wire;
  readonly meter: Meter;
  readonly prices: PriceBook;
  readonly limits: Limits;
  readonly onClientGone: ClientGonePolicy;
  /** The gateway asked for usage on the client's behalf, so the extra event must be taken out again. */
  readonly filterEvents: boolean;
  readonly overheadMicros: number;
  readonly monotonicMs: () => number;
  /** Takes a place among the streams that are read on after their client left; undefined when none is free. */
  readonly takeDrainPlace: () => (() => void) | undefined;
  readonly compose: (usage: Usage, output: Reading['output']) => Composition;
  readonly count: (reading: Reading) => Promise<Counted>;
  readonly settle: (settlement: Settlement) => void;
}

/** A JSON answer larger than this is passed on as it comes and its usage counted. */
const BUFFERED_BYTES = 32 * 1024 * 1024;
const EVENT_BYTES = 8 * 1024 * 1024;
const NAME_CHARACTERS = 256;
const OK_FROM = 200;
const OK_BELOW = 300;

/** Errors of undici that come before any byte of the request has left: nothing can have been billed. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export class Exchange implements Dispatcher.DispatchHandler {
  readonly #context: ExchangeContext;
  readonly #startedMs: number;
  readonly #splitter = createEventSplitter({ maximumEventBytes: EVENT_BYTES });
  #controller: Dispatcher.DispatchController | undefined;
  #httpStatus = 0;
  #upstreamHeaders: IncomingHttpHeaders = {};
  #mode: 'waiting' | 'buffer' | 'events' | 'pass' = 'waiting';
  #chunks: Buffer[] = [];
  #bufferedBytes = 0;
  #firstByteMs = 0;
  #clientGone = false;
  #ended = false;
  #settled = false;
  #last: Settlement | undefined;
  /** What goes on once a count that is under way has been recorded. */
  readonly #waiting: Array<(settlement: Settlement) => void> = [];
  #stopDraining: (() => void) | undefined;

  constructor(context: ExchangeContext) {
    this.#context = context;
    this.#startedMs = context.monotonicMs();
    context.response.on('close', this.#onClientClose);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#clientGone) this.#leave();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < OK_FROM) return; // informational
    this.#httpStatus = status;
    this.#upstreamHeaders = headers;
    const type = headers['content-type'];
    this.#mode = typeof type === 'string' && type.startsWith('text/event-stream') ? 'events' : 'buffer';
    if (this.#mode === 'events') this.#writeHead({});
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#firstByteMs === 0) this.#firstByteMs = this.#elapsedMs();
    if (this.#mode === 'events') this.#onEvents(controller, chunk);
    else if (this.#mode === 'pass') this.#forward(controller, chunk);
    else {
      this.#chunks.push(chunk);
      this.#bufferedBytes += chunk.length;
      if (this.#bufferedBytes > BUFFERED_BYTES) this.#spill(controller);
    }
  }

  onResponseEnd(): void {
    if (this.#mode === 'buffer') this.#endBuffered();
    else {
      const rest = this.#readRest();
      this.#end(this.#endOfStreamStatus(), undefined, rest);
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    void this.#end(this.#clientGone ? 'client_aborted' : 'upstream_failed', error);
  }

  // --- streams -------------------------------------------------------------------------------------------

  #onEvents(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { meter, filterEvents } = this.#context;
    let kept: Buffer[] | undefined;
    for (const event of this.#splitter.push(chunk)) {
      const keep = meter.event(event.data);
      if (filterEvents && keep) (kept ??= []).push(event.bytes);
    }
    // Settled before the terminal event leaves: what the client has acknowledged, the journal has.
    if (meter.ended && !this.#settled) {
      this.#settleSoon(() => this.#forwardEvents(controller, chunk, kept));
      return;
    }
    this.#forwardEvents(controller, chunk, kept);
  }

  #forwardEvents(controller: Dispatcher.DispatchController, chunk: Buffer, kept: Buffer[] | undefined): void {
    if (!this.#context.filterEvents) this.#forward(controller, chunk);
    else if (kept !== undefined) this.#forward(controller, kept.length === 1 ? kept[0]! : Buffer.concat(kept));
  }

  #forward(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#context;
    if (this.#clientGone || response.writableEnded) return;
    if (!response.write(chunk)) {
      controller.pause();
      response.once('drain', () => controller.resume());
    }
  }

  /** A last event without its blank line still counts. @returns what of it the client has not got yet. */
  #readRest(): Buffer | undefined {
    const rest = this.#mode === 'events' ? this.#splitter.rest() : undefined;
    if (rest === undefined || rest.length === 0) return undefined;
    const keep = this.#context.meter.event(eventData(rest));
    return keep && this.#context.filterEvents ? rest : undefined;
  }

  #endOfStreamStatus(): AttemptStatus {
    if (this.#clientGone) return 'client_aborted';
    if (this.#mode === 'pass') return 'ok';
    return this.#context.meter.ended ? 'ok' : 'upstream_failed'; // an upstream that closes early has failed
  }

  // --- whole bodies --------------------------------------------------------------------------------------

  /** The body is held until it is whole: only then is its cost known, and it goes out in one write with it. */
  #endBuffered(): void {
    const body = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#bufferedBytes);
    this.#chunks = [];
    this.#context.meter.body(parseQuietly(body));
    const failed = this.#httpStatus < OK_FROM || this.#httpStatus >= OK_BELOW;
    const status = this.#clientGone ? 'client_aborted' : failed ? 'upstream_error' : 'ok';
    this.#ended = true;
    this.#settle(status, (settlement) => {
      if (this.#clientGone) return;
      this.#writeHead({ 'content-length': String(body.length), ...costHeader(settlement.charges) });
      this.#context.response.end(body);
    });
  }

  #spill(controller: Dispatcher.DispatchController): void {
    this.#mode = 'pass';
    this.#writeHead({});
    for (const chunk of this.#chunks.splice(0)) this.#forward(controller, chunk);
  }

  #writeHead(own: Readonly<Record<string, string>>): void {
    const { response, intent } = this.#context;
    if (this.#clientGone || response.headersSent) return;
    response.writeHead(
      this.#httpStatus,
      responseHeaders(this.#upstreamHeaders, {
        'x-setpoint-call-id': intent.call,
        'x-setpoint-route': `${intent.provider}/${intent.model}`,
        'x-setpoint-cache': 'off',
        ...(intent.simulated ? { 'x-setpoint-simulated': 'true' } : {}),
        ...own,
      }),
    );
  }

  // --- the client leaves ---------------------------------------------------------------------------------

  readonly #onClientClose = (): void => {
    if (this.#ended || this.#context.response.writableFinished) return;
    this.#clientGone = true;
    this.#leave();
  };

  /** Reads on for the usage report where policy and caps allow it, else closes the upstream. */
  #leave(): void {
    if (this.#controller === undefined) return; // still queued: onRequestStart comes back here
    this.#controller.resume();
    const leave = this.#context.onClientGone === 'drain' ? this.#context.takeDrainPlace() : undefined;
    if (leave === undefined) {
      this.#controller.abort(new Error('the client left'));
      return;
    }
    const { drainMs } = this.#context.limits;
    const timer = setTimeout(() => this.#controller?.abort(new Error('drained long enough')), drainMs);
    this.#stopDraining = () => {
      clearTimeout(timer);
      leave();
    };
  }

  // --- the end -------------------------------------------------------------------------------------------

  #end(status: AttemptStatus, error?: Error, rest?: Buffer): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#settle(status, () => this.#sayGoodbye(status, error, rest), error);
  }

  #sayGoodbye(status: AttemptStatus, error: Error | undefined, rest: Buffer | undefined): void {
    const { response, wire } = this.#context;
    if (this.#clientGone || response.writableEnded) return;
    if (rest !== undefined) response.write(rest);
    if (status === 'ok') {
      response.end();
      return;
    }
    const refusal = upstreamFailed(error, this.#httpStatus !== 0);
    if (this.#mode === 'events') response.end(wire.refusalEvent(refusal));
    else if (response.headersSent) response.destroy();
    else {
      const { headers, body } = wire.refusal(refusal);
      response.writeHead(refusal.status, { ...headers, 'x-setpoint-call-id': this.#context.intent.call });
      response.end(body);
    }
  }

  #settleSoon(then: () => void): void {
    this.#settle(this.#clientGone ? 'client_aborted' : 'ok', then);
  }

  /** Records the settlement once, then goes on. Counting, when nothing was reported, is the only thing waited for. */
  #settle(status: AttemptStatus, then: (settlement: Settlement) => void, error?: Error): void {
    if (this.#settled) {
      if (this.#last !== undefined) then(this.#last);
      else this.#waiting.push(then);
      return;
    }
    this.#settled = true;
    this.#stopDraining?.();
    const reading = this.#context.meter.reading();
    const charges = this.#chargesNow(reading, error);
    if (charges !== undefined) {
      this.#record(status, reading, charges, then);
      return;
    }
    this.#waiting.push(then);
    void this.#context.count(reading).then((counted) => {
      const { intent, prices } = this.#context;
      this.#record(status, reading, countedCharges(reading, counted, intent, prices), (settlement) => {
        for (const next of this.#waiting.splice(0)) next(settlement);
      });
    });
  }

  /** @returns the charges, or undefined when tokens must be counted first. */
  #chargesNow(reading: Reading, error: Error | undefined): Charge[] | undefined {
    const { intent, prices } = this.#context;
    if (intent.endpoint !== 'inference') return freeCharge(intent);
    if (isFinal(reading)) return reportedCharges(reading, intent, prices);
    if (this.#httpStatus >= OK_BELOW) return freeCharge(intent);
    if (this.#httpStatus !== 0) return undefined;
    return error !== undefined && neverSent(error) ? freeCharge(intent) : presumedCharge(intent);
  }

  #record(status: AttemptStatus, reading: Reading, charges: Charge[], then: (settlement: Settlement) => void): void {
    const own = charges[0]?.usage ?? {};
    const settlement: Settlement = {
      intent: this.#context.intent,
      status: status === 'ok' && reading.failed ? 'upstream_error' : status,
      httpStatus: this.#httpStatus,
      finishReason: short(reading.finishReason),
      modelReturned: short(reading.modelReturned),
      responseId: short(reading.responseId),
      serviceTier: short(reading.serviceTier),
      geo: short(reading.geo),
      durationMs: this.#elapsedMs(),
      firstByteMs: this.#firstByteMs,
      overheadMicros: this.#context.overheadMicros,
      composition: this.#context.compose(own, reading.output),
      charges,
    };
    this.#last = settlement;
    this.#context.settle(settlement);
    then(settlement);
  }

  #elapsedMs(): number {
    return this.#context.monotonicMs() - this.#startedMs;
  }
}

/** Names that a provider returns are dimensions of a line, so none may be as large as a body. */
function short(name: string): string {
  return name.length > NAME_CHARACTERS ? name.slice(0, NAME_CHARACTERS) : name;
}

function neverSent(error: Error): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code !== undefined && NEVER_SENT.has(code);
}

function upstreamFailed(error: Error | undefined, answered: boolean): Refusal {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  const sent = error === undefined || !neverSent(error);
  return {
    code: 'setpoint_upstream_failed',
    status: /TIMEOUT/.test(code) ? 504 : 502,
    message: answered
      ? 'The provider closed its answer before the end. What was delivered is charged as counted; try again.'
      : sent
        ? `The provider did not answer${code === '' ? '' : ` (${code})`}. It may have been charged: the ledger holds a presumed line until that is known. Try again.`
        : `The provider could not be reached (${code}). Nothing was sent and nothing was charged. Check the provider's baseUrl and the network.`,
  };
}

function parseQuietly(body: Buffer): JsonValue {
  try {
    return JSON.parse(body.toString('utf8')) as JsonValue;
  } catch {
    return null; // not JSON: the meter reads nothing and the output is counted
  }
}

function costHeader(charges: readonly Charge[]): Record<string, string> {
  let total = 0n;
  for (const { cost } of charges) {
    if (cost.kind === 'unpriced') return {}; // unknown is not zero
    total += cost.total;
  }
  return { 'x-setpoint-cost': formatDollars(total) };
}
