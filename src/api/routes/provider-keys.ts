/**
 * `/api/v1/providers/keys`, `/providers/{name}/key` and `/secrets/master-rotation`: credentials of providers that are
 * given to Setpoint itself. They come in, are sealed, and never go out again.
 */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { API_PREFIX } from '../contract.ts';
import { MasterRotated, NewProviderKey, ProviderKeyList, ProviderKeysSet } from '../contract/secrets.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse } from '../problems.ts';
import { keysOf, lastUses, providersNamed, readProviderKeys } from '../provider-keys.ts';
import { tryPublish } from '../publication.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';
import { DIALECTS } from '../../rulebook/rulebook.ts';
import { secretName } from '../../operate/operate.ts';

const PARAMS = z.object({
  name: z
    .string()
    .min(1)
    .max(64)
    .openapi({ param: { name: 'name', in: 'path' } }),
});
const WRITING = ['bad_request', 'login_needed', 'origin_not_allowed', 'not_allowed', 'not_found'] as const;

export function mountProviderKeys(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountList(app, parts);
  mountSet(app, parts);
  mountRemove(app, parts);
  mountRotateMaster(app, parts);
}

function mountList(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'providers:read', {
    method: 'get',
    path: `${API_PREFIX}/providers/keys`,
    operationId: 'listProviderKeys',
    summary: 'Where the credential of each provider is, when it was set and last used; never the credential',
    tags: ['providers'],
    responses: { 200: jsonOf(ProviderKeyList, 'Credentials.'), ...problemsOf('login_needed', 'not_allowed') },
  });
  app.openapi(route, async (context) => {
    const keys = await readProviderKeys(parts, await lastUses(parts));
    return context.json({ keys }, 200);
  });
}

function mountSet(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'providers:write', {
    method: 'put',
    path: `${API_PREFIX}/providers/{name}/key`,
    operationId: 'setProviderKey',
    summary: 'Give Setpoint the credential of a provider; it goes before the one that the settings name',
    tags: ['providers'],
    request: {
      params: PARAMS,
      body: { required: true, content: { 'application/json': { schema: NewProviderKey } } },
    },
    responses: {
      200: jsonOf(ProviderKeysSet, 'What is set now.'),
      ...problemsOf(...WRITING, 'too_large', 'unsupported_media_type'),
    },
  });
  app.openapi(route, async (context) => {
    const { name } = context.req.valid('param');
    const { key, dialect } = context.req.valid('json');
    const { vault } = parts;
    const providers = providersNamed(parts, name, dialect);
    if (vault === undefined || providers.length === 0) return noSuchProvider(context, parts, name);
    for (const provider of providers) await vault.set(secretName(provider), key, context.get('actor'));
    const published = await tryPublish(parts, context.get('requestId'));
    return context.json({ keys: keysOf(await readProviderKeys(parts), providers), published }, 200);
  });
}

function mountRemove(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'providers:write', {
    method: 'delete',
    path: `${API_PREFIX}/providers/{name}/key`,
    operationId: 'removeProviderKey',
    summary: 'Take away the credential that was given; the place that the settings name holds again',
    tags: ['providers'],
    request: { params: PARAMS, query: z.strictObject({ dialect: z.enum(DIALECTS).optional() }) },
    responses: { 200: jsonOf(ProviderKeysSet, 'What is set now.'), ...problemsOf(...WRITING) },
  });
  app.openapi(route, async (context) => {
    const { name } = context.req.valid('param');
    const { vault } = parts;
    if (vault === undefined) return noSuchProvider(context, parts, name);
    // By what is kept, not by the settings: the key of a provider that was taken out of them must be removable.
    const wanted = context.req.valid('query').dialect;
    const kept = (await vault.list()).filter(
      ({ provider, dialect }) => provider === name && (wanted === undefined || dialect === wanted),
    );
    for (const one of kept)
      await vault.remove(secretName({ name: one.provider, dialect: one.dialect }), context.get('actor'));
    if (kept.length === 0)
      return refuse(
        context,
        'not_found',
        `No key of "${name}" was given to Setpoint, so there is none to remove. "setpoint provider key list" shows where each is.`,
      );
    const published = await tryPublish(parts, context.get('requestId'));
    const providers = providersNamed(parts, name, wanted);
    return context.json({ keys: keysOf(await readProviderKeys(parts), providers), published }, 200);
  });
}

function mountRotateMaster(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'secrets:write', {
    method: 'post',
    path: `${API_PREFIX}/secrets/master-rotation`,
    operationId: 'rotateMasterKey',
    summary:
      'Wrap every sealed credential under a new master key; the credentials themselves stay as they are',
    tags: ['providers'],
    request: {
      body: { required: true, content: { 'application/json': { schema: z.strictObject({}) } } },
    },
    responses: {
      200: jsonOf(MasterRotated, 'What was done.'),
      ...problemsOf(
        'bad_request',
        'login_needed',
        'origin_not_allowed',
        'not_allowed',
        'unsupported_media_type',
      ),
    },
  });
  app.openapi(route, async (context) => {
    const { vault } = parts;
    if (vault === undefined)
      return refuse(context, 'not_allowed', 'This API keeps no credentials. Nothing was changed.');
    const { from, ...rotation } = await vault.rotateMaster(context.get('actor'));
    const published = rotation.unchanged || (await tryPublish(parts, context.get('requestId')));
    // Until the gateways have a rulebook under the new key, the former one must stay at hand.
    if (published && !rotation.unchanged) await vault.finishRotation();
    return context.json({ ...rotation, from: [...from], published }, 200);
  });
}

function noSuchProvider(context: Context<ApiEnvironment>, parts: ApiParts, name: string) {
  const known = [...new Set((parts.providerSettings ?? []).map((provider) => provider.name))];
  return refuse(
    context,
    'not_found',
    `The settings have no provider "${name}"${known.length > 0 ? `; they have ${known.join(', ')}` : ''}. Nothing was changed. Add it under providers in setpoint.yaml first.`,
  );
}
