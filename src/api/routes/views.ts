/** `/api/v1/views`: pages of the web app with what they ask about, saved under a name, changed, taken away, brought back. */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';

import type { ViewBody, ViewDeciding, ViewRecord } from '../../registry/registry.ts';
import { idParams } from '../attributing.ts';
import { API_PREFIX } from '../contract.ts';
import { ChangedView, MOST_VIEWS, NewView, RemovedQuery, View, ViewList } from '../contract/views.ts';
import type { NewView as NewViewWords, View as ViewWords } from '../contract/views.ts';
import { createIdempotency } from '../idempotency.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const WRITING = [
  'bad_request',
  'login_needed',
  'origin_not_allowed',
  'view_exists',
  'too_large',
  'unsupported_media_type',
] as const;

/** A view that was decided has been answered before. */
type Refused =
  | { readonly kind: 'stale' | 'taken'; readonly view: ViewRecord }
  | { readonly kind: 'absent' | 'many' };

export function mountViews(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountList(app, parts);
  mountSave(app, parts);
  mountChange(app, parts);
  mountRemove(app, parts);
  mountRestore(app, parts);
}

function mountList(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'views:read', {
    method: 'get',
    path: `${API_PREFIX}/views`,
    operationId: 'listViews',
    summary: 'Saved views, by name',
    tags: ['views'],
    responses: { 200: jsonOf(ViewList, 'The views.'), ...problemsOf('login_needed') },
  });
  app.openapi(route, async (context) => {
    const views = await parts.registry.views.list();
    return context.json({ views: views.map(present) }, 200);
  });
}

function mountSave(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'views:write', {
    method: 'post',
    path: `${API_PREFIX}/views`,
    operationId: 'saveView',
    summary: 'Save a page with what it asks about under a new name; relative periods stay relative',
    tags: ['views'],
    request: {
      headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }),
      body: { required: true, content: { 'application/json': { schema: NewView } } },
    },
    responses: { 201: jsonOf(View, 'The view.'), ...problemsOf(...WRITING) },
  });
  const idempotency = createIdempotency<ViewDeciding>(parts.now);
  app.openapi(route, async (context) => {
    const body = bodyOf(context.req.valid('json'));
    const once = await idempotency.once(context.req.valid('header')['idempotency-key'], body, () =>
      parts.registry.views.save(body, MOST_VIEWS, context.get('actor')),
    );
    if (once.kind === 'conflict')
      return refuse(
        context,
        'idempotency_conflict',
        'This Idempotency-Key was used for another view. Nothing was changed; use a new key for a new request.',
      );
    if (once.answer.kind !== 'decided') return refuseDeciding(context, once.answer, '');
    return context.json(present(once.answer.view), 201);
  });
}

function mountChange(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'views:write', {
    method: 'put',
    path: `${API_PREFIX}/views/{id}`,
    operationId: 'changeView',
    summary: 'Save the next version of a view: another name, another state, or both',
    tags: ['views'],
    request: {
      params: idParams,
      body: { required: true, content: { 'application/json': { schema: ChangedView } } },
    },
    responses: { 200: jsonOf(View, 'The view.'), ...problemsOf(...WRITING, 'not_found') },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { version, ...view } = context.req.valid('json');
    const ask = { id, version, body: bodyOf(view) };
    const outcome = await parts.registry.views.change(ask, context.get('actor'));
    if (outcome.kind !== 'decided') return refuseDeciding(context, outcome, id);
    return context.json(present(outcome.view), 200);
  });
}

function mountRemove(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'views:write', {
    method: 'delete',
    path: `${API_PREFIX}/views/{id}`,
    operationId: 'deleteView',
    summary: 'Take a view away; it can be restored as it was',
    tags: ['views'],
    request: { params: idParams, query: RemovedQuery },
    responses: {
      200: jsonOf(View, 'The view that was taken away.'),
      ...problemsOf('bad_request', 'login_needed', 'origin_not_allowed', 'not_found', 'view_changed'),
    },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { version } = context.req.valid('query');
    const outcome = await parts.registry.views.remove({ id, version }, context.get('actor'));
    if (outcome.kind !== 'decided') return refuseDeciding(context, outcome, id);
    return context.json(present(outcome.view), 200);
  });
}

function mountRestore(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'views:write', {
    method: 'post',
    path: `${API_PREFIX}/views/{id}/restore`,
    operationId: 'restoreView',
    summary: 'Bring back a view that was taken away, as it was; one that is there stays as it is',
    tags: ['views'],
    request: { params: idParams },
    responses: { 200: jsonOf(View, 'The view.'), ...problemsOf(...WRITING, 'not_found') },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const outcome = await parts.registry.views.restore(id, MOST_VIEWS, context.get('actor'));
    if (outcome.kind !== 'decided') return refuseDeciding(context, outcome, id);
    return context.json(present(outcome.view), 200);
  });
}

function refuseDeciding(context: Context<ApiEnvironment>, outcome: Refused, id: string) {
  switch (outcome.kind) {
    case 'stale':
      return refuse(
        context,
        'view_changed',
        `"${outcome.view.name}" was changed by ${outcome.view.changedBy} in the meantime: version ${outcome.view.version} stands. Nothing was changed, and no money depends on it. Look at it again, then save over it or under another name.`,
      );
    case 'taken':
      return refuse(
        context,
        'view_exists',
        `There is a view "${outcome.view.name}" already (${outcome.view.id}, of ${outcome.view.owner}). Nothing was changed. Choose another name, or change that one.`,
      );
    case 'many':
      return refuse(
        context,
        'views_full',
        `There are ${MOST_VIEWS} views, which is the most. Nothing was changed. Take one away that nobody opens: "setpoint view list" says when each was changed last.`,
      );
    case 'absent':
      return refuse(
        context,
        'not_found',
        `There is no view "${id}". Nothing was changed. "setpoint view list" shows the ids.`,
      );
  }
}

function bodyOf({ name, path, state, note = '' }: NewViewWords): ViewBody {
  return { name, path, state, note };
}

function present({ madeAtMs, changedAtMs, ...view }: ViewRecord): ViewWords {
  return {
    ...view,
    link: `/${view.path}${view.state === '' ? '' : `?${view.state}`}`,
    madeAt: new Date(madeAtMs).toISOString(),
    changedAt: new Date(changedAtMs).toISOString(),
  };
}
