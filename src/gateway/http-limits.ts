/** What the HTTP server takes, and what it answers to bytes that are no request it can take. */
import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Wire } from './wires/wire.ts';

const HEADER_BYTES = 16 * 1024;

/** Set and not left to defaults, which differ between versions of Node. */
export const SERVER_LIMITS = {
  keepAliveTimeout: 65_000, // above the 60 s of common load balancers, so that they close first
  headersTimeout: 10_000,
  // A JSON body has `limits.clientBodyMs`, an upload goes on while it is fast enough; this is for what neither watches.
  requestTimeout: 60 * 60_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: HEADER_BYTES,
  noDelay: true,
  requireHostHeader: false, // required by `framing.ts`, which lets nothing behind such a request be read
} as const;

/** What a server takes only after it was made. @param dropped told of each connection that is one too many. */
export function limitServer(server: Server, connections: number, dropped: () => void): void {
  server.maxRequestsPerSocket = 10_000;
  server.maxHeadersCount = 0; // all that fit: those that were dropped could say who the others are for
  server.maxConnections = connections;
  // In a cluster a worker that is full would hand connections round for ever. Not in the types of Node 24 yet.
  Object.assign(server, { dropMaxConnection: true });
  server.on('drop', dropped);
}

/** A request target may name the whole URL (RFC 9112 §3.2.2); only its path decides. */
export function originForm(target: string): string {
  if (!/^https?:\/\//i.test(target)) return target;
  const slash = target.indexOf('/', target.indexOf('//') + 2);
  return slash === -1 ? '/' : target.slice(slash);
}

/** Bytes that are no HTTP, or headers past the limit: answered once, then closed. */
export function refuseBrokenHttp(error: NodeJS.ErrnoException, socket: Duplex, wire: Wire): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const answering = Reflect.get(socket, '_httpMessage') as ServerResponse | null | undefined; // Node keeps no public name for it
  if (answering?.headersSent === true) {
    socket.destroy(); // an answer is on its way: bytes of another would land inside it
    return;
  }
  if (answering?.req.complete === true) {
    // The request before is whole, sent and charged: it gets its own answer, and nothing behind it is read.
    answering.shouldKeepAlive = false;
    socket.pause();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const tooSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const status = tooLarge
    ? '431 Request Header Fields Too Large'
    : tooSlow
      ? '408 Request Timeout'
      : '400 Bad Request';
  const { body } = wire.refusal({
    code: 'setpoint_bad_request',
    status: tooLarge ? 431 : tooSlow ? 408 : 400,
    message: tooLarge
      ? `The request headers are larger than ${HEADER_BYTES} bytes. Nothing was sent or charged.`
      : tooSlow
        ? 'The request did not arrive in time. Nothing was sent or charged; try again.'
        : 'This is not a well-formed HTTP request. Nothing was sent or charged.',
  });
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
