/**
 * Which headers pass, by allow-list both ways: what is not named here does not cross the gateway.
 * Hop-by-hop headers, cookies and the client's credential are absent on purpose. Of those that are here, whatever a
 * `Connection` header names belongs to that connection alone and stays behind (RFC 9110 §7.6.1).
 */
import type { IncomingHttpHeaders } from 'node:http';

import type { Dialect } from '../rulebook/rulebook.ts';

const COMMON: readonly string[] = ['accept', 'user-agent', 'idempotency-key', 'x-stainless-retry-count'];
const ANTHROPIC: readonly string[] = ['anthropic-version', 'anthropic-beta'];
const OPENAI: readonly string[] = ['openai-beta', 'openai-organization', 'openai-project'];

/** To the provider: content negotiation, and its dialect's own switches. */
const REQUEST_HEADERS: Readonly<Record<Dialect, readonly string[]>> = {
  anthropic: [...COMMON, ...ANTHROPIC],
  openai: [...COMMON, ...OPENAI],
  azure: [...COMMON, ...OPENAI, 'x-ms-client-request-id', 'x-ms-useragent'],
  google: [...COMMON, 'x-goog-api-client', 'x-goog-user-project', 'x-server-timeout'],
  bedrock: [
    ...COMMON,
    'x-amzn-bedrock-guardrailidentifier',
    'x-amzn-bedrock-guardrailversion',
    'x-amzn-bedrock-trace',
    'x-amzn-bedrock-performanceconfig-latency',
    'x-amzn-bedrock-service-tier',
  ],
};

/** To the client: exact names and prefixes that clients read to retry, trace and show limits. */
const RESPONSE_HEADERS: ReadonlySet<string> = new Set([
  'content-type',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'x-request-id',
  'request-id',
  'date',
  'x-simulated',
  'content-disposition',
  'apim-request-id',
]);
const RESPONSE_PREFIXES: readonly string[] = [
  'openai-',
  'anthropic-',
  'x-ratelimit-',
  'x-amzn-',
  'x-ms-',
  'x-goog-',
];

/** Accounts that a caller may name only where it pays with its own credential. */
const ACCOUNT_HEADERS: ReadonlySet<string> = new Set([
  'openai-organization',
  'openai-project',
  'x-goog-user-project',
]);

export interface UpstreamHeaders {
  readonly dialect: Dialect;
  readonly authorization: Readonly<Record<string, string>>;
  /** From the provider's settings; they win over a client's. */
  readonly configured: Readonly<Record<string, string>>;
  /** The caller's own provider key is used. */
  readonly ownAccount: boolean;
  /** The body is not known to be JSON: it goes with the type that the client gave it. */
  readonly opaque: boolean;
  /** The body passes through, so its length is the client's word. */
  readonly uploading: boolean;
}

/** Flat name, value pairs for the upstream request. */
export function requestHeaders(
  incoming: IncomingHttpHeaders,
  { dialect, authorization, configured, ownAccount, opaque, uploading }: UpstreamHeaders,
): string[] {
  // No compressed answers: usage is read from the bytes as they pass, and decoders have been attack surface.
  const out = ['accept-encoding', 'identity'];
  if (!opaque) out.push('content-type', 'application/json');
  else if (incoming['content-type'] !== undefined) out.push('content-type', incoming['content-type']);
  if (uploading && incoming['content-length'] !== undefined)
    out.push('content-length', incoming['content-length']);
  const hop = hopHeaders(incoming.connection);
  for (const name of REQUEST_HEADERS[dialect]) {
    const value = incoming[name];
    if (typeof value !== 'string' || name in configured || (!ownAccount && ACCOUNT_HEADERS.has(name)))
      continue;
    if (hop?.has(name) === true) continue;
    out.push(name, value);
  }
  for (const name in configured) out.push(name, configured[name] ?? '');
  for (const name in authorization) out.push(name, authorization[name] ?? '');
  return out;
}

/** The provider's headers that a client may see, with the gateway's own added. */
export function responseHeaders(
  upstream: IncomingHttpHeaders,
  own: Readonly<Record<string, string>>,
): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  const hop = hopHeaders(upstream.connection);
  for (const name in upstream) {
    if (hop?.has(name) === true) continue;
    if (!RESPONSE_HEADERS.has(name) && !RESPONSE_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    const value = upstream[name];
    if (value !== undefined) out[name] = value;
  }
  return Object.assign(out, own);
}

/** Undefined where a connection names nothing but how it goes on: nearly always. */
function hopHeaders(connection: string | string[] | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined) return undefined;
  const text = String(connection).toLowerCase();
  if (text === 'keep-alive' || text === 'close') return undefined;
  return new Set(text.split(',').map((name) => name.trim()));
}
