/**
 * Which headers pass, by allow-list both ways: what is not named here does not cross the gateway.
 * Hop-by-hop headers, cookies and the client's credential are absent on purpose.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** To the provider: content negotiation, and the dialects' own switches. */
const REQUEST_HEADERS: readonly string[] = [
  'accept',
  'user-agent',
  'anthropic-version',
  'anthropic-beta',
  'openai-beta',
  'openai-organization',
  'openai-project',
  'idempotency-key',
  'x-stainless-retry-count',
];

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
]);
const RESPONSE_PREFIXES: readonly string[] = ['openai-', 'anthropic-', 'x-ratelimit-'];

/** Accounts that a caller may name only where it pays with its own credential. */
const ACCOUNT_HEADERS: ReadonlySet<string> = new Set(['openai-organization', 'openai-project']);

export interface UpstreamHeaders {
  readonly authorization: Readonly<Record<string, string>>;
  /** From the provider's settings; they win over a client's. */
  readonly configured: Readonly<Record<string, string>>;
  /** The caller's own provider key is used. */
  readonly ownAccount: boolean;
}

/** Flat name, value pairs for the upstream request. */
export function requestHeaders(
  incoming: IncomingHttpHeaders,
  { authorization, configured, ownAccount }: UpstreamHeaders,
): string[] {
  // No compressed answers: usage is read from the bytes as they pass, and decoders have been attack surface.
  const out = ['content-type', 'application/json', 'accept-encoding', 'identity'];
  for (const name of REQUEST_HEADERS) {
    const value = incoming[name];
    if (typeof value !== 'string' || name in configured || (!ownAccount && ACCOUNT_HEADERS.has(name)))
      continue;
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
  for (const name in upstream) {
    if (!RESPONSE_HEADERS.has(name) && !RESPONSE_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    const value = upstream[name];
    if (value !== undefined) out[name] = value;
  }
  return Object.assign(out, own);
}
