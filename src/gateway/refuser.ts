/** Saying no on a connection, and what that means for what comes behind on it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { framingRefusal, UNKNOWN_EXPECTATION } from './framing.ts';
import type { Refusal, Wire } from './wires/wire.ts';
import { FALLBACK_WIRE, wireNear } from './wires/wires.ts';

export class Refuser {
  readonly #refused: (code: string) => void;
  /** Connections that end with the answer that is on its way, whatever else has come on them. */
  readonly #closing = new WeakSet<Socket>();

  /** @param refused told of each refusal. */
  constructor(refused: (code: string) => void) {
    this.#refused = refused;
  }

  /** Answers a refusal in the wire's dialect. A body that was not read is not waited for: the connection closes. */
  refuse(response: ServerResponse, wire: Wire, refusal: Refusal, unread?: IncomingMessage): void {
    this.#refused(refusal.code);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { headers, body } = wire.refusal(refusal);
    if (unread !== undefined && !unread.complete) this.#closeAfter(unread, response);
    response.writeHead(refusal.status, headers);
    response.end(body);
  }

  /**
   * Whether a request may be read at all. One whose end or host is in doubt is refused here; one that stands behind such a
   * request on its connection is neither read nor answered.
   */
  mayRead(request: IncomingMessage, response: ServerResponse, path: string): boolean {
    if (this.#closing.has(request.socket)) return false;
    if (request.headers.upgrade !== undefined) this.#closeAfter(request, response); // Node reads nothing behind one
    const problem = framingRefusal(request);
    if (problem !== undefined) this.refuse(response, wireNear(path), problem, request);
    return problem === undefined;
  }

  /** What a client expects beside `100-continue` is nothing that this gateway knows. */
  refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
    if (this.#closing.has(request.socket)) return;
    this.#closeAfter(request, response);
    this.refuse(response, FALLBACK_WIRE, UNKNOWN_EXPECTATION, request);
  }

  #closeAfter({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#closing.add(socket);
    response.setHeader('connection', 'close');
  }
}
