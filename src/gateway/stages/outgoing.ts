/** Outgoing: the request as the provider gets it. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

import type { Dispatcher } from 'undici';

import { requestHeaders } from '../headers.ts';
import type { Target, Wire } from '../wires/wire.ts';
import type { Route } from '../../rulebook/rulebook.ts';
import type { Caller } from './identify.ts';
import type { UpstreamBase } from './upstream.ts';

export interface OutgoingCall {
  readonly request: IncomingMessage;
  readonly wire: Wire;
  readonly target: Target;
  readonly caller: Exclude<Caller, { kind: 'refused' }>;
  readonly route: Route;
  /** The body, or its beginning where `upload` has the whole. */
  readonly bytes: Buffer;
  readonly upload: Readable | undefined;
  readonly method: string;
  readonly path: string;
  readonly query: string;
}

export function upstreamRequest(
  call: OutgoingCall,
  base: UpstreamBase,
  atMs: number,
): Dispatcher.DispatchOptions {
  const { request, wire, target, caller, route, bytes, upload, method, path, query } = call;
  const { provider, model } = route;
  const secret = caller.kind === 'pass-through' ? caller.secret : provider.secret;
  const upstreamPath = base.path + wire.upstreamPath({ path, query, target, model, provider });
  const headers = requestHeaders(request.headers, {
    dialect: wire.dialect,
    authorization:
      secret === undefined
        ? NO_HEADERS
        : provider.keyHeader === undefined
          ? wire.authorization(secret, provider)
          : { [provider.keyHeader]: secret },
    configured: provider.headers,
    ownAccount: caller.kind === 'pass-through',
    opaque: target.body === 'opaque',
    uploading: upload !== undefined,
  });
  if (wire.sign !== undefined && secret !== undefined) {
    const signed = wire.sign(
      { method, url: base.origin + upstreamPath, headers, body: bytes, atMs },
      secret,
      provider,
    );
    for (const name in signed) headers.push(name, signed[name] ?? '');
  }
  return {
    origin: base.origin,
    path: upstreamPath,
    method,
    headers,
    body: upload ?? (bytes.length === 0 ? null : bytes),
  };
}

const NO_HEADERS: Readonly<Record<string, string>> = {};
