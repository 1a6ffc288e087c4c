/**
 * The client's side of an exchange: what it gets, as fast as it reads, and whether it is still there.
 * Knows HTTP responses and nothing of what is in them.
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

import type { Dispatcher } from 'undici';

import type { Intent } from '../call.ts';
import type { Limits } from '../../rulebook/rulebook.ts';
import { responseHeaders } from '../headers.ts';

/** What may wait for a client whatever it does, within the stall. */
const BACKLOG_BYTES = 256 * 1024;
const BACKLOG_GRACE_MS = 30_000;

export class Reply {
  readonly #response: ServerResponse;
  readonly #limits: Pick<Limits, 'clientStallMs' | 'clientReadBytesPerSecond'>;
  readonly #onGone: () => void;
  #stallTimer: NodeJS.Timeout | undefined;
  #gone = false;

  /** @param onGone called once when the client leaves before it has everything. */
  constructor(
    response: ServerResponse,
    limits: Pick<Limits, 'clientStallMs' | 'clientReadBytesPerSecond'>,
    onGone: () => void,
  ) {
    this.#response = response;
    this.#limits = limits;
    this.#onGone = onGone;
    response.on('close', this.#onClose);
  }

  get gone(): boolean {
    return this.#gone;
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  /** Nothing more can be said to this client. */
  get over(): boolean {
    return this.#gone || this.#response.writableEnded;
  }

  /** Status and headers of the provider's answer, with the gateway's own beside them. */
  head(
    status: number,
    upstream: IncomingHttpHeaders,
    intent: Intent,
    own: Readonly<Record<string, string>>,
  ): void {
    if (this.#gone || this.#response.headersSent) return;
    this.#response.writeHead(
      status,
      responseHeaders(upstream, {
        'x-setpoint-call-id': intent.call,
        // names may hold any letters, headers may not
        'x-setpoint-route': encodeURI(`${intent.provider}/${intent.model}`.toWellFormed()),
        'x-setpoint-cache': 'off',
        ...(intent.simulated ? { 'x-setpoint-simulated': 'true' } : {}),
        ...own,
      }),
    );
  }

  /** Sends the head now: the client sees that the model has begun to think. */
  flush(): void {
    if (!this.#gone) this.#response.flushHeaders();
  }

  /** Passes bytes on; a client that reads slower than the provider writes holds the provider back. */
  write(chunk: Buffer, controller: Dispatcher.DispatchController): void {
    if (this.over) return;
    if (this.#response.write(chunk) || this.#stallTimer !== undefined) return;
    controller.pause();
    // undici's own timers rest while it is paused, so a client that never reads would hold the provider for ever.
    this.#watchReading();
    this.#response.once('drain', () => {
      this.#endStall();
      controller.resume();
    });
  }

  end(last?: Buffer | string): void {
    if (this.over) return;
    if (last === undefined) this.#response.end();
    else this.#response.end(last);
    // What is held for a client that does not read would be held for ever: nothing else looks at it after the end.
    if (this.#response.writableLength > 0) this.#watchReading();
  }

  /** Cuts a client that has not read what waits for it in the time that this much may take. */
  #watchReading(): void {
    this.#endStall();
    const { clientStallMs, clientReadBytesPerSecond } = this.#limits;
    const waiting = this.#response.writableLength;
    const graceMs = Math.min(BACKLOG_GRACE_MS, clientStallMs);
    const withinMs =
      waiting <= BACKLOG_BYTES ? clientStallMs : graceMs + (waiting / clientReadBytesPerSecond) * 1_000;
    this.#stallTimer = setTimeout(() => this.#response.destroy(), withinMs);
  }

  /** A whole answer of the gateway's own. */
  refuse(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    // What the client is still sending is not waited for.
    const unread = !this.#response.req.complete;
    this.#response.writeHead(status, unread ? { ...headers, connection: 'close' } : headers);
    this.#response.end(body);
  }

  cut(): void {
    this.#response.destroy();
  }

  /** Lets another exchange answer this client. */
  release(): void {
    this.#endStall();
    this.#response.off('close', this.#onClose);
  }

  readonly #onClose = (): void => {
    this.#endStall();
    if (this.#response.writableFinished) return;
    this.#gone = true;
    this.#onGone();
  };

  #endStall(): void {
    clearTimeout(this.#stallTimer);
    this.#stallTimer = undefined;
  }
}
