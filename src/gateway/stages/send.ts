/**
 * Send: one attempt, from dispatch to the last byte. The exchange is the handler that undici calls back.
 *
 * Promises kept here: the settlement is recorded before the client gets the last byte; it is recorded exactly once
 * however the attempt ends; a client that leaves never loses the line; bytes go on as they came.
 */
import type { IncomingHttpHeaders } from 'node:http';

import type { Dispatcher } from 'undici';

import { ENDPOINTS } from '../call.ts';
import type { AttemptStatus } from '../call.ts';
import type { EventSplitter, Framing, Refusal } from '../wires/wire.ts';
import {
  BudgetStop,
  closedUnder,
  CompressedAnswer,
  costHeader,
  isUnreachable,
  NOT_ON_DISK,
  parseQuietly,
  upstreamFailed,
} from './endings.ts';
import type { ExchangeContext, NextAttempt } from './exchange-context.ts';
import { isFinal, staleCharge } from './meter.ts';
import { Reply } from './reply.ts';
import { isPassing } from './retry.ts';
import type { AttemptFailure } from './retry.ts';
import { Settling } from './settling.ts';
import type { Progress } from './settling.ts';

/** A JSON answer larger than this is passed on as it comes and its usage counted. */
const BUFFERED_BYTES = 32 * 1024 * 1024;
const EVENT_BYTES = 8 * 1024 * 1024;
const OK_FROM = 200;
const OK_BELOW = 300;

export class Exchange implements Dispatcher.DispatchHandler {
  readonly #context: ExchangeContext;
  readonly #reply: Reply;
  readonly #settling: Settling;
  readonly #progress: Progress;
  readonly #startedMs: number;
  #framing: Framing | undefined;
  #splitter: EventSplitter | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #upstreamHeaders: IncomingHttpHeaders = {};
  /** `bytes`: passed on as they come and metered so; `pass`: passed on because there is too much to hold. */
  #mode: 'waiting' | 'buffer' | 'events' | 'bytes' | 'pass' = 'waiting';
  #chunks: Buffer[] = [];
  #bufferedBytes = 0;
  #ended = false;
  #next: NextAttempt | undefined;
  #stopDraining: (() => void) | undefined;

  constructor(context: ExchangeContext) {
    this.#context = context;
    this.#startedMs = context.monotonicMs();
    this.#reply = new Reply(context.response, context.limits, () => this.#onClientGone());
    this.#settling = new Settling(context, {
      elapsedMs: () => this.#elapsedMs(),
      onUnsafe: () => {
        this.#next?.drop();
        this.#refuse(NOT_ON_DISK);
      },
      onFault: (fault) => this.#fail(fault),
    });
    this.#progress = this.#settling.progress;
  }

  /** Called when a connection is ours and before the first byte leaves. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#reply.gone) controller.abort(new Error('the client left before the request was sent'));
    else this.#progress.sent = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < OK_FROM) return; // informational
    const coding = headers['content-encoding'];
    if (coding !== undefined && coding !== 'identity') {
      controller.abort(new CompressedAnswer()); // usage cannot be read from it, and decoders have been attack surface
      return;
    }
    this.#guard(() => {
      this.#progress.httpStatus = status;
      this.#upstreamHeaders = headers;
      this.#context.meter.headers?.(headers);
      this.#chooseMode(status, headers['content-type']);
      if (this.#mode === 'buffer') return;
      this.#writeHead({});
      this.#reply.flush();
    });
  }

  /** Errors are held whole whatever they claim to be, so that they go out with their own status and length. */
  #chooseMode(status: number, type: string | string[] | undefined): void {
    const form =
      status < OK_BELOW
        ? this.#context.answerForm(typeof type === 'string' ? type.toLowerCase() : '')
        : 'json';
    if (form === 'json') this.#mode = 'buffer';
    else if (form === 'bytes') this.#mode = 'bytes';
    else {
      this.#mode = 'events';
      this.#framing = form;
      this.#splitter = form.splitter({ maximumEventBytes: EVENT_BYTES });
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#guard(() => {
      if (this.#progress.firstByteMs === 0) this.#progress.firstByteMs = this.#elapsedMs();
      if (this.#mode === 'events') this.#onEvents(controller, chunk);
      else if (this.#mode === 'bytes') this.#onBytes(controller, chunk);
      else if (this.#mode === 'pass') this.#reply.write(chunk, controller);
      else {
        this.#chunks.push(chunk);
        this.#bufferedBytes += chunk.length;
        if (this.#bufferedBytes > BUFFERED_BYTES) this.#spill(controller);
      }
    });
  }

  onResponseEnd(): void {
    this.#guard(() => {
      if (this.#mode === 'buffer') this.#endBuffered();
      else {
        if (this.#mode === 'bytes') this.#context.meter.bytes?.(undefined);
        const rest = this.#readRest();
        this.#end(this.#endOfStreamStatus(), undefined, rest);
      }
    });
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#guard(() => {
      if (this.#progress.outgrown) return this.#end('stopped', new BudgetStop());
      const failure = this.#failureOf(error);
      const next = failure && this.#context.again(failure);
      if (next !== undefined) this.#handOver(failure?.kind === 'stale' ? 'stale' : 'upstream_failed', next);
      else this.#end(this.#reply.gone ? 'client_aborted' : 'upstream_failed', error);
    });
  }

  /** undici must never see a throw: it would leave the client hanging, or end the worker. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (fault) {
      this.#fail(fault);
    }
  }

  /** The request dies, the process lives: the attempt is settled as far as anything is known, the connections closed. */
  #fail(fault: unknown): void {
    this.#context.onFault(fault);
    this.#ended = true;
    this.#endDraining();
    this.#settling.abandon();
    this.#reply.cut();
    if (this.#controller?.aborted === false)
      this.#controller.abort(new Error('the gateway failed on this request'));
  }

  // --- streams -------------------------------------------------------------------------------------------

  #onEvents(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { meter, filterEvents, ticket } = this.#context;
    let kept: Buffer[] | undefined;
    for (const event of this.#splitter?.push(chunk) ?? []) {
      const keep = meter.event(event.data);
      if (filterEvents && keep) (kept ??= []).push(event.bytes);
    }
    if (ticket?.watches === true && !meter.ended)
      ticket.watch(meter.reading().output, () => this.#stopOutgrown(controller));
    const forward = (): void => this.#forwardEvents(controller, chunk, kept);
    // Settled before the terminal event leaves: what the client has acknowledged, the journal has.
    if (meter.ended && !this.#settling.begun)
      this.#settle(this.#reply.gone ? 'client_aborted' : 'ok', forward);
    else if (this.#settling.underWay) this.#settling.afterwards(forward);
    else forward();
  }

  #stopOutgrown(controller: Dispatcher.DispatchController): void {
    if (this.#ended || this.#settling.begun) return;
    this.#progress.outgrown = true;
    controller.abort(new BudgetStop());
  }

  #forwardEvents(controller: Dispatcher.DispatchController, chunk: Buffer, kept: Buffer[] | undefined): void {
    if (!this.#context.filterEvents) this.#reply.write(chunk, controller);
    else if (kept !== undefined)
      this.#reply.write(kept.length === 1 ? kept[0]! : Buffer.concat(kept), controller);
  }

  /** What the bytes tell of other calls is recorded before they leave. */
  #onBytes(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#context.meter.bytes?.(chunk);
    this.#carry();
    this.#reply.write(chunk, controller);
  }

  #carry(): void {
    const results = this.#context.meter.carried?.();
    if (results !== undefined && results.length > 0) this.#context.carry(results);
  }

  /** A last event without its blank line still counts. @returns what of it the client has not got yet. */
  #readRest(): Buffer | undefined {
    const rest = this.#splitter?.rest();
    if (rest === undefined || rest.length === 0) return undefined;
    const keep = this.#context.meter.event(this.#framing?.restData(rest) ?? '');
    return keep && this.#context.filterEvents ? rest : undefined;
  }

  #endOfStreamStatus(): AttemptStatus {
    if (this.#reply.gone) return 'client_aborted';
    if (this.#mode === 'pass' || this.#mode === 'bytes') return 'ok';
    // An upstream that closes early has failed; one that said all but the closing word has not.
    if (this.#context.meter.ended) return 'ok';
    const reading = this.#context.meter.reading();
    // Streams of what is not counted by tokens have no closing word that this gateway knows.
    const openEnded = ENDPOINTS[this.#context.intent.endpoint] !== 'counted';
    return reading.failed || isFinal(reading) || openEnded ? 'ok' : 'upstream_failed';
  }

  // --- whole bodies --------------------------------------------------------------------------------------

  /** The body is held until it is whole: only then is its cost known, and it goes out in one write with it. */
  #endBuffered(): void {
    const body =
      this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#bufferedBytes);
    this.#chunks = [];
    const json = parseQuietly(body);
    this.#context.meter.body(json);
    this.#ended = true;
    const refused = this.#progress.httpStatus >= OK_BELOW;
    const next = refused ? this.#afterRefusal() : undefined;
    if (next !== undefined) return this.#handOver('upstream_error', next);
    const status = this.#reply.gone
      ? 'client_aborted'
      : refused
        ? 'upstream_error'
        : json === null && ENDPOINTS[this.#context.intent.endpoint] === 'counted'
          ? 'upstream_failed'
          : 'ok';
    this.#settle(status, (settlement) => {
      if (this.#reply.gone) return;
      this.#writeHead({ 'content-length': String(body.length), ...costHeader(settlement.charges) });
      this.#reply.end(body);
    });
  }

  #spill(controller: Dispatcher.DispatchController): void {
    this.#mode = 'pass';
    this.#writeHead({});
    for (const chunk of this.#chunks.splice(0)) this.#reply.write(chunk, controller);
  }

  #writeHead(own: Readonly<Record<string, string>>): void {
    const { intent, ticket } = this.#context;
    const told = ticket === undefined ? own : { ...ticket.headers, ...own };
    this.#reply.head(this.#progress.httpStatus, this.#upstreamHeaders, intent, told);
  }

  // --- the client leaves ---------------------------------------------------------------------------------

  #onClientGone(): void {
    if (!this.#ended) this.#leave();
  }

  /** Reads on for the usage report where policy and caps allow it, else closes the upstream. */
  #leave(): void {
    if (this.#controller === undefined || this.#stopDraining !== undefined) return; // queued: onRequestStart sees that nobody is there
    this.#controller.resume();
    if (this.#settling.begun) {
      this.#controller.abort(new Error('the client left after the last event'));
      return;
    }
    const leave = this.#context.onClientGone === 'drain' ? this.#context.takeDrainPlace() : undefined;
    if (leave === undefined) {
      this.#controller.abort(new Error('the client left'));
      return;
    }
    const timer = setTimeout(
      () => this.#controller?.abort(new Error('drained long enough')),
      this.#context.limits.drainMs,
    );
    this.#stopDraining = () => {
      clearTimeout(timer);
      leave();
    };
  }

  /** Once: the place belongs to the next one then. */
  #endDraining(): void {
    if (!this.#settling.begun) this.#stopDraining?.();
  }

  // --- the end -------------------------------------------------------------------------------------------

  #end(status: AttemptStatus, error?: Error, rest?: Buffer): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#settle(status, () => this.#sayGoodbye(status, error, rest));
  }

  #sayGoodbye(status: AttemptStatus, error: Error | undefined, rest: Buffer | undefined): void {
    if (status === 'ok') this.#reply.end(rest);
    else this.#refuse(upstreamFailed(error, this.#progress.httpStatus !== 0, this.#progress.sent));
  }

  /** Said in the form in which the answer had begun; where it cannot be said any more, the connection closes. */
  #refuse(refusal: Refusal): void {
    if (this.#reply.over) return;
    const { wire, intent } = this.#context;
    if (this.#framing !== undefined) this.#reply.end(wire.refusalEvent(refusal, this.#framing.name));
    else if (this.#reply.begun) this.#reply.cut();
    else {
      const { headers, body } = wire.refusal(refusal);
      this.#reply.refuse(refusal.status, { ...headers, 'x-setpoint-call-id': intent.call }, body);
    }
  }

  // --- another attempt -----------------------------------------------------------------------------------

  /** Whether the client knows nothing of this attempt yet and another may do better. */
  #failureOf(error: Error): AttemptFailure | undefined {
    if (this.#progress.httpStatus !== 0 || this.#ended || this.#reply.gone) return undefined;
    if (!this.#progress.sent) return isUnreachable(error) ? { kind: 'unreachable' } : undefined;
    return this.#context.reusable && closedUnder(error, this.#elapsedMs()) ? { kind: 'stale' } : undefined;
  }

  #afterRefusal(): NextAttempt | undefined {
    const { httpStatus } = this.#progress;
    if (this.#reply.gone || !isPassing(httpStatus)) return undefined;
    return this.#context.again({ kind: 'status', httpStatus, headers: this.#upstreamHeaders });
  }

  /** This attempt has its own line, and the request goes out again. */
  #handOver(how: 'stale' | 'upstream_failed' | 'upstream_error', next: NextAttempt): void {
    this.#ended = true;
    this.#next = next;
    const then = (): void => {
      this.#reply.release();
      next.begin();
    };
    if (how === 'stale') this.#settling.settleAs('upstream_failed', staleCharge(this.#context.intent), then);
    else this.#settle(how, then);
  }

  #settle(status: AttemptStatus, then: Parameters<Settling['settle']>[1]): void {
    this.#endDraining();
    this.#settling.settle(status, then);
  }

  #elapsedMs(): number {
    return this.#context.monotonicMs() - this.#startedMs;
  }
}
