/** `/api/v1/keys`: create, list, revoke. Each decision is published at once, so that gateways obey it within a second. */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';

import { API_PREFIX, CreatedKey, KeyList, KeysQuery, NewKey, RevokedKey } from '../contract.ts';
import type { Key } from '../contract.ts';
import { createIdempotency } from '../idempotency.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse, refuseFields } from '../problems.ts';
import { tryPublish } from '../publication.ts';
import { keyState } from '../../registry/registry.ts';
import type { KeyRecord } from '../../registry/registry.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const DEFAULT_KEYS = 200;

export function mountKeys(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountList(app, parts);
  mountCreate(app, parts);
  mountRevoke(app, parts);
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
    const keys = await parts.registry.keys.list();
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
      headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }),
      body: { required: true, content: { 'application/json': { schema: NewKey } } },
    },
    responses: {
      201: jsonOf(CreatedKey, 'The key and its secret.'),
      ...problemsOf(
        'bad_request',
        'login_needed',
        'origin_not_allowed',
        'idempotency_conflict',
        'too_large',
        'unsupported_media_type',
      ),
    },
  });
  const idempotency = createIdempotency<CreatedKey>(parts.now);
  app.openapi(route, async (context) => {
    const ask = context.req.valid('json');
    const expiresAtMs = ask.expiresAt === undefined ? undefined : Date.parse(ask.expiresAt);
    if (expiresAtMs !== undefined && expiresAtMs <= parts.now())
      return refuseFields(context, [{ path: 'expiresAt', message: 'is in the past' }]);
    const once = await idempotency.once(context.req.valid('header')['idempotency-key'], ask, async () => {
      const { key, secret } = await parts.registry.keys.create({ ...ask, expiresAtMs }, context.get('actor'));
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

function mountRevoke(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'keys:write', {
    method: 'delete',
    path: `${API_PREFIX}/keys/{id}`,
    operationId: 'revokeKey',
    summary: 'Revoke a key; revoking again changes nothing',
    tags: ['keys'],
    request: {
      params: z.object({
        id: z
          .string()
          .min(1)
          .max(64)
          .openapi({ param: { name: 'id', in: 'path' } }),
      }),
    },
    responses: {
      200: jsonOf(RevokedKey, 'The revoked key.'),
      ...problemsOf('bad_request', 'login_needed', 'origin_not_allowed', 'not_found'),
    },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const key = await parts.registry.keys.revoke(id, context.get('actor'));
    if (key === undefined)
      return refuse(context, 'not_found', `There is no key "${id}". "setpoint key list" shows the ids.`);
    return context.json(
      { key: toKey(key, parts.now()), published: await tryPublish(parts, context.get('requestId')) },
      200,
    );
  });
}

function toKey(record: KeyRecord, nowMs: number): Key {
  const { id, name, workflow, team, customer, tags, hint } = record;
  const instant = (ms: number | undefined): string | null =>
    ms === undefined ? null : new Date(ms).toISOString();
  return {
    id,
    name,
    workflow,
    team,
    customer,
    tags,
    hint,
    createdAt: new Date(record.createdAtMs).toISOString(),
    expiresAt: instant(record.expiresAtMs),
    revokedAt: instant(record.revokedAtMs),
    state: keyState(record, nowMs),
  };
}
