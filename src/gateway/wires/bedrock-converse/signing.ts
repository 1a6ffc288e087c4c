/**
 * Credentials of Bedrock: an API key, which goes as a bearer, or an access key, with which each request is signed
 * (Signature Version 4). The signature covers the host, so a client's own can never be passed on.
 */
import aws4 from 'aws4';

import type { ProviderRule } from '../../../rulebook/rulebook.ts';
import { isObject, parseJson, wordAt } from '../json.ts';
import type { UnsignedRequest } from '../wire.ts';

interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const TOKEN_CHARACTERS = 8_192;
const DEFAULT_REGION = 'us-east-1';

/** `{"accessKeyId", "secretAccessKey", "sessionToken"?}`, as settings join them; undefined: an API key. */
function readAccessKey(secret: string): AccessKey | undefined {
  if (!secret.startsWith('{')) return undefined;
  const key = parseJson(secret);
  if (!isObject(key)) return undefined;
  const { sessionToken } = key;
  return {
    accessKeyId: wordAt(key, 'accessKeyId'),
    secretAccessKey: wordAt(key, 'secretAccessKey'),
    sessionToken: typeof sessionToken === 'string' ? sessionToken.slice(0, TOKEN_CHARACTERS) : '',
  };
}

export function bearer(secret: string): Readonly<Record<string, string>> {
  return readAccessKey(secret) === undefined ? { authorization: `Bearer ${secret}` } : {};
}

export function sign(
  { method, url, headers, body, atMs }: UnsignedRequest,
  secret: string,
  provider: ProviderRule,
): Readonly<Record<string, string>> {
  const key = readAccessKey(secret);
  if (key === undefined) return {};
  const { host, pathname, search } = new URL(url);
  const signed = aws4.sign(
    {
      host,
      method,
      path: pathname + search,
      service: 'bedrock',
      region: regionOf(provider) ?? DEFAULT_REGION,
      headers: { ...covered(headers), 'X-Amz-Date': amazonDate(atMs) },
      body,
    },
    {
      accessKeyId: key.accessKeyId,
      secretAccessKey: key.secretAccessKey,
      ...(key.sessionToken !== '' && { sessionToken: key.sessionToken }),
    },
  );
  const added: Record<string, string> = {};
  for (const [name, value] of Object.entries(signed.headers ?? {})) {
    const lower = name.toLowerCase();
    if (ADDED.has(lower) && value !== undefined) added[lower] = String(value);
  }
  return added;
}

const ADDED: ReadonlySet<string> = new Set([
  'authorization',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
]);

/** What the signature covers beside the host: the type of the body, and every switch of Amazon's own. */
function covered(headers: readonly string[]): Record<string, string> {
  const named: Record<string, string> = {};
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at]!.toLowerCase();
    if (name === 'content-type' || name.startsWith('x-amz')) named[name] = headers[at + 1]!;
  }
  return named;
}

/** `20261125T162500Z` */
function amazonDate(atMs: number): string {
  return new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** The region of the settings, or of the host's own name. */
export function regionOf({ region, baseUrl }: ProviderRule): string | undefined {
  return region ?? /\/\/bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./.exec(baseUrl)?.[1];
}
