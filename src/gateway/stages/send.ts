/**
 * Send: one attempt, from dispatch to the last byte. The exchange is the handler that undici calls back.
 *
 * Promises kept here: the settlement is recorded before the client gets the last byte; it is recorded exactly once
 * however the attempt ends; a client that leaves never loses the line; bytes go on as they came.
 */
import type { IncomingHttpHeaders } from 'node:http';

import type { Dispatcher } from 'undici';

import { ENDPOINTS } from '../call.ts';
import type { AttemptStatus, Charge, Settlement } from '../call.ts';
import type { Composition } from '../../units/tokens.ts';
import type { EventSplitter, Framing, Reading } from '../wires/wire.ts';
import {
  BudgetStop,
  closedUnder,
  CompressedAnswer,
  costHeader,
  EMPTY_READING,
  parseQuietly,
  settlementOf,
  upstreamFailed,
} from './endings.ts';
import { chargesNow, countedCharges, isFinal, presumedCharge, staleCharge } from './meter.ts';
import { Reply } from './reply.ts';
import type { ExchangeContext } from './exchange-context.ts';

/** A JSON answer larger than this is passed on as it comes and its usage counted. */
const BUFFERED_BYTES = 32 * 1024 * 1024;
const EVENT_BYTES = 8 * 1024 * 1024;
const OK_FROM = 200;
const OK_BELOW = 300;

export class Exchange implements Dispatcher.DispatchHandler {
  readonly #context: ExchangeContext;
  readonly #reply: Reply;
  readonly #startedMs: number;
  #framing: Framing | undefined;
  #splitter: EventSplitter | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #httpStatus = 0;
  #upstreamHeaders: IncomingHttpHeaders = {};
  /** The request may have reached the provider. */
  #sent = false;
  /** `bytes`: passed on as they come and metered so; `pass`: passed on because there is too much to hold. */
  #mode: 'waiting' | 'buffer' | 'events' | 'bytes' | 'pass' = 'waiting';
  #chunks: Buffer[] = [];
  #bufferedBytes = 0;
  #firstByteMs = 0;
  #ended = false;
  #settled = false;
  #last: Settlement | undefined;
  /** What goes on once a count that is under way has been recorded. */
  readonly #waiting: Array<(settlement: Settlement) => void> = [];
  #stopDraining: (() => void) | undefined;
  /** Its budgets had no more for it. */
  #outgrown = false;

  constructor(context: ExchangeContext) {
    this.#context = context;
    this.#startedMs = context.monotonicMs();
    this.#reply = new Reply(context.response, context.limits.clientStallMs, () => this.#onClientGone());
  }

  /** Called when a connection is ours and before the first byte leaves. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#reply.gone) controller.abort(new Error('the client left before the request was sent'));
    else this.#sent = true;
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
      this.#httpStatus = status;
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
      if (this.#firstByteMs === 0) this.#firstByteMs = this.#elapsedMs();
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
      if (this.#isStale(error)) this.#settleStale();
      else if (this.#outgrown) this.#end('stopped', new BudgetStop());
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
    const { onFault, intent } = this.#context;
    onFault(fault);
    this.#ended = true;
    this.#settled = true;
    this.#stopDraining?.();
    if (this.#last === undefined) {
      const unknown = { basis: 'unknown', input: {}, output: {} } as const;
      this.#last = this.#settlement('upstream_failed', EMPTY_READING, presumedCharge(intent), unknown);
      this.#context.settle(this.#last);
    }
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
    // Settled before the terminal event leaves: what the client has acknowledged, the journal has.
    if (meter.ended && !this.#settled)
      this.#settle(this.#reply.gone ? 'client_aborted' : 'ok', () =>
        this.#forwardEvents(controller, chunk, kept),
      );
    else if (this.#settled && this.#last === undefined)
      this.#waiting.push(() => this.#forwardEvents(controller, chunk, kept));
    else this.#forwardEvents(controller, chunk, kept);
  }

  #stopOutgrown(controller: Dispatcher.DispatchController): void {
    this.#outgrown = !this.#ended && !this.#settled;
    if (this.#outgrown) controller.abort(new BudgetStop());
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
    const refused = this.#httpStatus >= OK_BELOW;
    const status = this.#reply.gone
      ? 'client_aborted'
      : refused
        ? 'upstream_error'
        : json === null && ENDPOINTS[this.#context.intent.endpoint] === 'counted'
          ? 'upstream_failed'
          : 'ok';
    this.#ended = true;
    this.#settle(status, ({ charges }) => {
      this.#writeHead({ 'content-length': String(body.length), ...costHeader(charges) });
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
    this.#reply.head(this.#httpStatus, this.#upstreamHeaders, intent, told);
  }

  // --- the client leaves ---------------------------------------------------------------------------------

  #onClientGone(): void {
    if (!this.#ended) this.#leave();
  }

  /** Reads on for the usage report where policy and caps allow it, else closes the upstream. */
  #leave(): void {
    if (this.#controller === undefined || this.#stopDraining !== undefined) return; // queued: onRequestStart sees that nobody is there
    this.#controller.resume();
    if (this.#settled) {
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

  // --- the end -------------------------------------------------------------------------------------------

  #end(status: AttemptStatus, error?: Error, rest?: Buffer): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#settle(status, () => this.#sayGoodbye(status, error, rest));
  }

  #sayGoodbye(status: AttemptStatus, error: Error | undefined, rest: Buffer | undefined): void {
    const { wire } = this.#context;
    if (this.#reply.over) return;
    if (status === 'ok') return this.#reply.end(rest);
    const refusal = upstreamFailed(error, this.#httpStatus !== 0, this.#sent);
    if (this.#framing !== undefined) this.#reply.end(wire.refusalEvent(refusal, this.#framing.name));
    else if (this.#reply.begun) this.#reply.cut();
    else {
      const { headers, body } = wire.refusal(refusal);
      this.#reply.refuse(
        refusal.status,
        { ...headers, 'x-setpoint-call-id': this.#context.intent.call },
        body,
      );
    }
  }

  #isStale(error: Error): boolean {
    const { tryAgain, reusable } = this.#context;
    if (tryAgain === undefined || !reusable || !this.#sent || this.#reply.gone) return false;
    return this.#httpStatus === 0 && !this.#ended && closedUnder(error, this.#elapsedMs());
  }

  /** This attempt has its line, at no cost, and the request goes out again. */
  #settleStale(): void {
    this.#ended = true;
    const { intent, tryAgain } = this.#context;
    this.#reply.release();
    this.#settled = true;
    this.#record('upstream_failed', this.#context.meter.reading(), staleCharge(intent), () => tryAgain?.());
  }

  /** Records the settlement once, then goes on. Counting, when nothing was reported, is the only thing waited for. */
  #settle(status: AttemptStatus, then: (settlement: Settlement) => void): void {
    if (this.#settled) {
      if (this.#last !== undefined) then(this.#last);
      else this.#waiting.push(then);
      return;
    }
    this.#settled = true;
    this.#stopDraining?.();
    const reading = this.#context.meter.reading();
    const { intent, prices } = this.#context;
    const charges = chargesNow(reading, intent, prices, { httpStatus: this.#httpStatus, sent: this.#sent });
    if (charges !== undefined) {
      this.#record(status, reading, charges, then);
      return;
    }
    this.#waiting.push(then);
    const counting = this.#context.count(reading).then((counted) => {
      this.#record(status, reading, countedCharges(reading, counted, intent, prices), (settlement) => {
        for (const next of this.#waiting.splice(0)) next(settlement);
      });
    });
    counting.catch((fault: unknown) => this.#fail(fault));
  }

  #record(
    status: AttemptStatus,
    reading: Reading,
    charges: Charge[],
    then: (settlement: Settlement) => void,
  ): void {
    const composition = this.#context.compose(charges[0]?.usage ?? {}, reading.output);
    const settlement = this.#settlement(status, reading, charges, composition);
    this.#last = settlement;
    this.#context.settle(settlement);
    if (reading.pending === true) this.#context.awaitResult(reading.responseId);
    this.#carry();
    then(settlement);
  }

  #settlement(
    status: AttemptStatus,
    reading: Reading,
    charges: Charge[],
    composition: Composition,
  ): Settlement {
    return settlementOf(reading, {
      intent: this.#context.intent,
      status,
      httpStatus: this.#httpStatus,
      ...(this.#outgrown && { finishReason: 'budget' }),
      durationMs: this.#elapsedMs(),
      firstByteMs: this.#firstByteMs,
      overheadMicros: this.#context.overheadMicros,
      composition,
      charges,
    });
  }

  #elapsedMs(): number {
    return this.#context.monotonicMs() - this.#startedMs;
  }
}
