/**
 * `/api/v1/keys`: create, list, rotate, revoke. Each decision is published at once, so that gateways obey it within a
 * second. A Setpoint key that may make keys sees and decides about those that were made with it, and no others.
 */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { API_PREFIX } from '../contract.ts';
import {
  CreatedKey,
  KeyList,
  KeysQuery,
  NewKey,
  NewRotation,
  RevocationQuery,
  RevokedKey,
} from '../contract/keys.ts';
import { createIdempotency } from '../idempotency.ts';
import { childTrouble, madeWith, scopeTrouble, toKey } from '../key-deciding.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse, refuseFields } from '../problems.ts';
import { tryPublish } from '../publication.ts';
import type { KeyRecord } from '../../registry/registry.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const DEFAULT_KEYS = 200;
const DEFAULT_OVERLAP_SECONDS = 86_400;
const HEADERS = z.object({ 'idempotency-key': z.string().min(1).max(255).optional() });
const PARAMS = z.object({
  id: z
    .string()
    .min(1)
    .max(64)
    .openapi({ param: { name: 'id', in: 'path' } }),
});

export function mountKeys(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountList(app, parts);
  mountCreate(app, parts);
  mountRotate(app, parts);
  mountRevoke(app, parts);
}

/** All keys, or those that the caller's key made. */
async function visibleKeys(context: Context<ApiEnvironment>, parts: ApiParts): Promise<KeyRecord[]> {
  const keys = await parts.registry.keys.list();
  const holder = context.get('holder');
  return holder === undefined ? keys : madeWith(holder.id, keys);
}

async function isVisible(context: Context<ApiEnvironment>, parts: ApiParts, id: string): Promise<boolean> {
  return (
    context.get('holder') === undefined || (await visibleKeys(context, parts)).some((key) => key.id === id)
  );
}

function mountList(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'keys:read', {
    method: 'get',
    path: `${API_PREFIX}/keys`,
    operationId: 'listKeys',
    summary: 'Keys, oldest first, revoked ones included; never their secrets',
    tags: ['keys'],
    request: { query: KeysQuery },
    responses: { 200: jsonOf(KeyList, 'One page.'), ...problemsOf('bad_request', 'login_needed') },
  });
  app.openapi(route, async (context) => {
    const { limit = DEFAULT_KEYS, cursor } = context.req.valid('query');
    const keys = await visibleKeys(context, parts);
    const after = cursor === undefined ? 0 : keys.findIndex(({ id }) => id === cursor) + 1;
    if (cursor !== undefined && after === 0)
      return refuseFields(context, [{ path: 'cursor', message: 'is not one that this list gave' }]);
    const page = keys.slice(after, after + limit);
    const hasMore = after + limit < keys.length;
    return context.json(
      {
        keys: page.map((key) => toKey(key, parts.now())),
        nextCursor: hasMore ? (page.at(-1)?.id ?? null) : null,
        hasMore,
      },
      200,
    );
  });
}

function mountCreate(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'keys:write', {
    method: 'post',
    path: `${API_PREFIX}/keys`,
    operationId: 'createKey',
    summary: 'Create a key; its secret is in this answer and nowhere else',
    tags: ['keys'],
    request: {
      headers: HEADERS,
      body: { required: true, content: { 'application/json': { schema: NewKey } } },
    },
    responses: {
      201: jsonOf(CreatedKey, 'The key. Keep the secret now.'),
      ...problemsOf(
        'bad_request',
        'login_needed',
        'origin_not_allowed',
        'not_allowed',
        'idempotency_conflict',
        'too_large',
        'unsupported_media_type',
      ),
    },
  });
  const idempotency = createIdempotency<z.infer<typeof CreatedKey>>(parts.now);
  app.openapi(route, async (context) => {
    const ask = context.req.valid('json');
    const holder = context.get('holder');
    const problems = scopeTrouble(ask, parts.now());
    if (problems.length > 0) return refuseFields(context, problems);
    const beyond = holder === undefined ? [] : childTrouble(ask, holder);
    if (beyond.length > 0)
      return refuse(
        context,
        'not_allowed',
        `A key made with this key may do no more than it. ${beyond.map(({ path, message }) => `${path}: ${message}`).join('; ')}. Nothing was created.`,
        beyond,
      );
    const expiresAtMs = ask.expiresAt === undefined ? undefined : Date.parse(ask.expiresAt);
    // The answer holds a secret, so another caller must not get it by the same idempotency key.
    const asked = { ...ask, by: context.get('actor') };
    const once = await idempotency.once(context.req.valid('header')['idempotency-key'], asked, async () => {
      const wanted = { ...ask, expiresAtMs, ...(holder !== undefined && { parent: holder.id }) };
      const { key, secret } = await parts.registry.keys.create(wanted, context.get('actor'));
      return {
        key: toKey(key, parts.now()),
        secret,
        published: await tryPublish(parts, context.get('requestId')),
      };
    });
    if (once.kind === 'conflict') {
      return refuse(
        context,
        'idempotency_conflict',
        'This Idempotency-Key was used for another key within the last day. Nothing was created. Send a new one.',
      );
    }
    context.header('cache-control', 'no-store');
    return context.json(once.answer, 201);
  });
}

function mountRotate(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'keys:write', {
    method: 'post',
    path: `${API_PREFIX}/keys/{id}/rotation`,
    operationId: 'rotateKey',
    summary:
      'Give a key a new secret; the one before works on until the overlap ends. Its id and its lines stay',
    tags: ['keys'],
    request: {
      headers: HEADERS,
      params: PARAMS,
      body: { required: true, content: { 'application/json': { schema: NewRotation } } },
    },
    responses: {
      201: jsonOf(CreatedKey, 'The key. Keep the secret now.'),
      ...problemsOf(
        'bad_request',
        'login_needed',
        'origin_not_allowed',
        'not_found',
        'key_not_active',
        'idempotency_conflict',
        'too_large',
        'unsupported_media_type',
      ),
    },
  });
  const idempotency = createIdempotency<z.infer<typeof CreatedKey>>(parts.now);
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { overlapSeconds = DEFAULT_OVERLAP_SECONDS } = context.req.valid('json');
    if (!(await isVisible(context, parts, id))) return noSuchKey(context, id);
    const asked = { id, overlapSeconds, by: context.get('actor') };
    const once = await idempotency
      .once(context.req.valid('header')['idempotency-key'], asked, async () => {
        const made = await parts.registry.keys.rotate(id, overlapSeconds * 1_000, context.get('actor'));
        if (made === undefined || made === 'inactive') throw new NotRotated(made);
        const published = await tryPublish(parts, context.get('requestId'));
        return { key: toKey(made.key, parts.now()), secret: made.secret, published };
      })
      .catch((error: unknown) => {
        if (error instanceof NotRotated) return error;
        throw error;
      });
    if (once instanceof NotRotated)
      return once.reason === undefined
        ? noSuchKey(context, id)
        : refuse(
            context,
            'key_not_active',
            `The key "${id}" is revoked or expired, so it gets no new secret. Nothing was changed. Create another key.`,
          );
    if (once.kind === 'conflict')
      return refuse(
        context,
        'idempotency_conflict',
        'This Idempotency-Key was used for another rotation within the last day. Nothing was changed. Send a new one.',
      );
    context.header('cache-control', 'no-store');
    return context.json(once.answer, 201);
  });
}

/** What is no answer must not be kept as one, and a key that was not found may be there at the next try. */
class NotRotated extends Error {
  readonly reason: 'inactive' | undefined;
  constructor(reason: 'inactive' | undefined) {
    super('the key was not rotated');
    this.reason = reason;
  }
}

function mountRevoke(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'keys:write', {
    method: 'delete',
    path: `${API_PREFIX}/keys/{id}`,
    operationId: 'revokeKey',
    summary: 'Revoke a key and those that were made with it; revoking again changes nothing',
    tags: ['keys'],
    request: { params: PARAMS, query: RevocationQuery },
    responses: {
      200: jsonOf(RevokedKey, 'The revoked key.'),
      ...problemsOf('bad_request', 'login_needed', 'origin_not_allowed', 'not_found'),
    },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    if (!(await isVisible(context, parts, id))) return noSuchKey(context, id);
    const key = await parts.registry.keys.revoke(id, context.get('actor'), context.req.valid('query').reason);
    if (key === undefined) return noSuchKey(context, id);
    return context.json(
      { key: toKey(key, parts.now()), published: await tryPublish(parts, context.get('requestId')) },
      200,
    );
  });
}

function noSuchKey(context: Context<ApiEnvironment>, id: string) {
  return refuse(context, 'not_found', `There is no key "${id}". "setpoint key list" shows the ids.`);
}
