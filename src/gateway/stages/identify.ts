/**
 * Identify: whose key is this, and who caused the call. What is missing stays unattributed and is still served.
 */
import type { IncomingHttpHeaders } from 'node:http';

import type { Attribution } from '../call.ts';
import type { KeyRule, Rulebook } from '../../rulebook/rulebook.ts';
import type { Refusal } from '../wires/wire.ts';
import type { Said } from './attribution.ts';

export type Caller =
  | { readonly kind: 'key'; readonly key: KeyRule }
  | { readonly kind: 'unkeyed' }
  /** The client brought its provider's own credential, which is passed on and never stored. */
  | { readonly kind: 'pass-through'; readonly secret: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const SETPOINT_KEY_PREFIX = 'sp_';

/** Finds the caller by its credential; any of the places that providers' clients use will do, headers first. */
export function identify(
  headers: IncomingHttpHeaders,
  rulebook: Rulebook,
  nowMs: number,
  queryKey = '',
): Caller {
  const secret = credential(headers) || queryKey;
  if (secret.startsWith(SETPOINT_KEY_PREFIX)) return identifyKey(secret, rulebook, nowMs);
  if (secret !== '' && rulebook.passThroughKeys) return { kind: 'pass-through', secret };
  if (rulebook.unkeyed) return isForeignPage(headers) ? FOREIGN_PAGE : { kind: 'unkeyed' };
  if (secret === '' && isSigned(headers)) return SIGNED;
  return unauthorized(
    secret === ''
      ? 'No Setpoint key was sent. Nothing was sent to a provider and nothing was charged. ' +
          'Send one as "Authorization: Bearer sp_live_…"; create it with "setpoint key create".'
      : 'This is not a Setpoint key, and this gateway does not pass on provider keys. Nothing was charged. ' +
          'Use a key made by "setpoint key create", or set gateway.passThroughKeys in setpoint.yaml.',
  );
}

/**
 * While no key is needed, the only guard is that callers are on this machine. A browser is too, so a page of another
 * site (or one that reached us by a rebound name) must not spend.
 */
function isForeignPage(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return true;
  return (
    !isLoopbackName(headers.host) ||
    (headers.origin !== undefined && !isLoopbackName(headers.origin.replace(/^https?:\/\//, '')))
  );
}

function isLoopbackName(authority: string | undefined): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(authority ?? '');
}

const FOREIGN_PAGE: Caller = {
  kind: 'refused',
  refusal: {
    code: 'setpoint_unauthorized',
    status: 403,
    message:
      'Without a key this gateway serves programs on this machine only, not web pages of other sites. Nothing was sent or charged. ' +
      'Create a key with "setpoint key create" and send it.',
  },
};

function identifyKey(secret: string, rulebook: Rulebook, nowMs: number): Caller {
  const found = rulebook.findKey(secret, nowMs);
  if (typeof found === 'object') return { kind: 'key', key: found };
  return unauthorized(
    `${NO_KEY[found ?? 'unknown']} Nothing was sent to a provider and nothing was charged.`,
  );
}

const NO_KEY: Readonly<Record<'mistyped' | 'expired' | 'rotated' | 'unknown', string>> = {
  mistyped:
    'This Setpoint key is mistyped or cut short: its last six characters do not fit the rest. Copy the whole key again.',
  expired: 'This Setpoint key has expired. Create a new one with "setpoint key create".',
  rotated:
    'This Setpoint key was replaced by a rotation, and the time in which both worked is over. Use its new secret.',
  unknown: 'This Setpoint key is unknown or revoked. Check it, or create one with "setpoint key create".',
};

/** Whether the client signed its request for Amazon. */
export function isSigned({ authorization }: IncomingHttpHeaders): boolean {
  return authorization?.startsWith('AWS4-') === true;
}

const SIGNED = unauthorized(
  'This request is signed for AWS. A signature covers the host that it was made for, so it cannot be passed on, and it is no Setpoint key. ' +
    'Nothing was sent to a provider and nothing was charged. Send a Setpoint key in the header x-api-key, or as the bearer token ' +
    '(AWS_BEARER_TOKEN_BEDROCK) of the client; the gateway signs with its own access key.',
);

function unauthorized(message: string): Caller {
  return { kind: 'refused', refusal: { code: 'setpoint_unauthorized', status: 401, message } };
}

function credential(headers: IncomingHttpHeaders): string {
  const authorization = headers.authorization;
  // A SigV4 signature is no credential that could be looked up or passed on.
  if (authorization !== undefined && !isSigned(headers)) {
    return authorization.startsWith('Bearer ')
      ? authorization.slice('Bearer '.length).trim()
      : authorization.trim();
  }
  for (const name of ['x-api-key', 'api-key', 'x-goog-api-key'] as const) {
    const value = headers[name];
    if (typeof value === 'string') return value.trim();
  }
  return '';
}

/** The id that the ledger shows for a caller. */
export function callerName(caller: Exclude<Caller, { kind: 'refused' }>): string {
  return caller.kind === 'key' ? caller.key.id : caller.kind;
}

/**
 * Joins what the call said with what its key and its workflow say. For each field: the call's own words,
 * then (team only) the team that owns the workflow, then the key's default, then unattributed.
 */
export function attribute(
  said: Said,
  key: KeyRule | undefined,
  rulebook: Rulebook,
  call: string,
): Attribution {
  const workflow = said.fields.workflow ?? key?.workflow ?? '';
  const by = said.fields.workflow === undefined ? (workflow === '' ? '' : 'key') : 'said';
  return {
    workflow,
    team: said.fields.team ?? (rulebook.findWorkflow(workflow)?.team || key?.team || ''),
    customer: said.fields.customer ?? key?.customer ?? '',
    request: said.fields.request ?? call,
    session: said.fields.session ?? '',
    tags: key === undefined ? said.tags : { ...key.tags, ...said.tags },
    by,
  };
}
