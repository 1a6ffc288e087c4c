/**
 * What every request passes before a route sees it: a known host name (against DNS rebinding), no other site behind
 * an unsafe method, a permission. The permission sits on the route itself, so that what is checked is what runs.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

import type { Context, MiddlewareHandler, Next } from 'hono';

import type { KeyRecord } from '../registry/registry.ts';
import { KEY_USES, usesOf } from '../rulebook/rulebook.ts';
import type { KeyUse } from '../rulebook/rulebook.ts';
import type { Access, ApiEnvironment, Permission } from './parts.ts';
import { refuse } from './problems.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Decides who must log in.
 * @throws when the network can reach the API and there is no token: it would be open to all.
 */
export function apiAccess(ask: {
  readonly loopback: boolean;
  readonly adminToken: string | undefined;
}): Access {
  if (ask.adminToken !== undefined && ask.adminToken.length >= 16)
    return ask.loopback ? { kind: 'loopback' } : { kind: 'token', adminToken: ask.adminToken };
  if (ask.loopback) return { kind: 'loopback' };
  throw new Error(
    'The API listens beyond this machine and no login protects it, so it was not started. Set SETPOINT_ADMIN_TOKEN (at least 16 characters, for example from "openssl rand -hex 24"), or listen on 127.0.0.1.',
  );
}

/**
 * A hostile page can point its own name at this machine (DNS rebinding) and so reach what asks for no login. Where a
 * token is asked for, which no page has, an unnamed host is let through unless names were given.
 */
export function guardHost(
  access: Access,
  allowedHosts: readonly string[],
): MiddlewareHandler<ApiEnvironment> {
  const open = access.kind === 'token' && allowedHosts.length === 0;
  const allowed = new Set([...LOOPBACK_NAMES, ...allowedHosts].map((name) => name.toLowerCase()));
  return async (context, next) => {
    const host = context.req.header('host') ?? new URL(context.req.url).host;
    if (open || allowed.has(hostName(host))) return next();
    return refuse(
      context,
      'host_not_allowed',
      `This API does not answer to the name "${host.slice(0, 200)}". Call it as localhost, or add the name to api.allowedHosts in setpoint.yaml.`,
    );
  };
}

/** A browser says where a request comes from; programs say nothing and are let through to the permission. */
export function guardOrigin(): MiddlewareHandler<ApiEnvironment> {
  return async (context, next) => {
    if (SAFE_METHODS.has(context.req.method)) return next();
    const origin = context.req.header('origin');
    const host = (context.req.header('host') ?? new URL(context.req.url).host).toLowerCase();
    const foreign = origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
    const site = context.req.header('sec-fetch-site');
    if (foreign || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
      return refuse(
        context,
        'origin_not_allowed',
        'This request comes from a page of another site, so it was not carried out. Use the web app at this address, or the command line.',
      );
    }
    return next();
  };
}

export function requirePermission(permission: Permission, access: Access): MiddlewareHandler<ApiEnvironment> {
  return async (context: Context<ApiEnvironment>, next: Next) => {
    context.set('holder', undefined);
    const open = permission === 'public' || permission === 'telemetry:write';
    const key = setpointKey(context);
    if (!open && key !== undefined && access.holderOf !== undefined && !isToken(context, access))
      return asHolder(context, next, { permission, holder: await access.holderOf(key) });
    if (open || access.kind === 'loopback') {
      context.set('actor', access.kind === 'loopback' ? 'local' : 'anyone');
      return next();
    }
    if (!isToken(context, access)) {
      context.header('www-authenticate', 'Bearer realm="setpoint"');
      return refuse(
        context,
        'login_needed',
        'This API needs the administrator’s token as "Authorization: Bearer …", or a Setpoint key that was made for it. The command line takes either from SETPOINT_ADMIN_TOKEN.',
      );
    }
    context.set('actor', 'admin');
    return next();
  };
}

/** Who shows a Setpoint key is asked for what that key may do, wherever the API listens. */
async function asHolder(
  context: Context<ApiEnvironment>,
  next: Next,
  { permission, holder }: { permission: Permission; holder: KeyRecord | undefined },
) {
  if (holder === undefined)
    return refuse(
      context,
      'login_needed',
      'This Setpoint key is unknown, revoked or expired. Nothing was read or changed. "setpoint key list" shows the keys that there are.',
    );
  const uses = usesOf(holder.scope);
  if (!uses.some((use) => USE_PERMITS[use](permission)))
    return refuse(
      context,
      'not_allowed',
      `This Setpoint key is for: ${uses.join(', ')}. This needs the permission ${permission}. Nothing was read or changed. Use a key with ${neededUse(permission)}.`,
    );
  context.set('holder', holder);
  context.set('actor', `key:${holder.id}`);
  return next();
}

const USE_PERMITS: Readonly<Record<KeyUse, (permission: Permission) => boolean>> = {
  calls: () => false,
  read: (permission) => permission.endsWith(':read'),
  keys: (permission) => permission.startsWith('keys:'),
};

function neededUse(permission: Permission): string {
  const use = KEY_USES.find((one) => USE_PERMITS[one](permission));
  return use === undefined ? 'the administrator’s rights instead (no key has this one)' : `the use "${use}"`;
}

/** A credential that has the form of a Setpoint key. */
function setpointKey(context: Context<ApiEnvironment>): string | undefined {
  const credential = bearerOf(context) ?? context.req.header('x-api-key');
  return credential?.startsWith('sp_') ? credential : undefined;
}

function bearerOf(context: Context<ApiEnvironment>): string | undefined {
  return /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1];
}

function isToken(context: Context<ApiEnvironment>, access: Access): boolean {
  const token = bearerOf(context);
  return access.kind === 'token' && token !== undefined && sameText(token, access.adminToken);
}

/** Whether the caller needs no login, or brought the administrator's. */
export function isAdministrator(context: Context<ApiEnvironment>, access: Access): boolean {
  return access.kind === 'loopback' || isToken(context, access);
}

function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
