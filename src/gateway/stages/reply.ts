/**
 * The client's side of an exchange: what it gets, as fast as it reads, and whether it is still there.
 * Knows HTTP responses and nothing of what is in them.
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

import type { Dispatcher } from 'undici';

import type { Intent } from '../call.ts';
import { responseHeaders } from '../headers.ts';

export class Reply {
  readonly #response: ServerResponse;
  readonly #stallMs: number;
  readonly #onGone: () => void;
  #stallTimer: NodeJS.Timeout | undefined;
  #gone = false;

  /** @param onGone called once when the client leaves before it has everything. */
  constructor(response: ServerResponse, stallMs: number, onGone: () => void) {
    this.#response = response;
    this.#stallMs = stallMs;
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
    this.#stallTimer = setTimeout(() => this.#response.destroy(), this.#stallMs);
    this.#response.once('drain', () => {
      this.#endStall();
      controller.resume();
    });
  }

  end(last?: Buffer | string): void {
    if (this.over) return;
    if (last === undefined) this.#response.end();
    else this.#response.end(last);
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
