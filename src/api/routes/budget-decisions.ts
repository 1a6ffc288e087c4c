/** `POST|PUT|DELETE /api/v1/budgets`: budgets are set, changed and ended; each decision is kept, and published at once. */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { MOST_BUDGETS, readBudgetDraft } from '../../budgets/budgets.ts';
import type { DecidedBudget } from '../../budgets/budgets.ts';
import { idParams } from '../attributing.ts';
import { absentWords, presentBudget } from '../budgeting.ts';
import { API_PREFIX } from '../contract.ts';
import { ChangedBudget, DecidedBudgetAnswer, EndQuery, NewBudget } from '../contract/budgets.ts';
import { createIdempotency } from '../idempotency.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse, refuseFields } from '../problems.ts';
import { tryPublish } from '../publication.ts';
import type { BudgetDeciding } from '../../registry/registry.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const WRITING = [
  'bad_request',
  'login_needed',
  'origin_not_allowed',
  'budget_exists',
  'version_moved',
  'too_large',
  'unsupported_media_type',
] as const;
type Said = z.infer<typeof DecidedBudgetAnswer>;
type Outcome = { readonly kind: 'said'; readonly said: Said } | Exclude<BudgetDeciding, { kind: 'decided' }>;

export function mountBudgetDecisions(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountNew(app, parts);
  mountChange(app, parts);
  mountEnd(app, parts);
}

function mountNew(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'budgets:write', {
    method: 'post',
    path: `${API_PREFIX}/budgets`,
    operationId: 'setBudget',
    summary: 'Set a new budget; gateways obey it from the next rulebook on, which is published at once',
    tags: ['budgets'],
    request: {
      headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }),
      body: { required: true, content: { 'application/json': { schema: NewBudget } } },
    },
    responses: { 201: jsonOf(DecidedBudgetAnswer, 'The budget.'), ...problemsOf(...WRITING) },
  });
  const idempotency = createIdempotency<Outcome>(parts.now);
  app.openapi(route, async (context) => {
    const { reason = '', ifVersion, ...draft } = context.req.valid('json');
    const read = readBudgetDraft(draft, parts.timeZone);
    if (read.kind === 'problems') return refuseFields(context, read.problems);
    if (isSettled(parts, read.budget.id)) return refuseSettled(context, read.budget.id);
    const key = context.req.valid('header')['idempotency-key'];
    const once = await idempotency.once(key, { ...draft, reason, ifVersion }, () =>
      decide(context, parts, { budget: read.budget, reason, how: 'new', ifVersion }),
    );
    if (once.kind === 'conflict')
      return refuse(
        context,
        'idempotency_conflict',
        'This Idempotency-Key was used for another budget. Nothing was changed; use a new key for a new request.',
      );
    if (once.answer.kind !== 'said') return refuseDeciding(context, once.answer, read.budget.id);
    return context.json(once.answer.said, 201);
  });
}

function mountChange(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'budgets:write', {
    method: 'put',
    path: `${API_PREFIX}/budgets/{id}`,
    operationId: 'changeBudget',
    summary: 'Set the next version of a budget in force; what was spent in its window stays spent',
    tags: ['budgets'],
    request: {
      params: idParams,
      body: { required: true, content: { 'application/json': { schema: ChangedBudget } } },
    },
    responses: { 200: jsonOf(DecidedBudgetAnswer, 'The budget.'), ...problemsOf(...WRITING, 'not_found') },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { reason = '', ifVersion, ...draft } = context.req.valid('json');
    if (isSettled(parts, id)) return refuseSettled(context, id);
    const read = readBudgetDraft({ ...draft, id }, parts.timeZone);
    if (read.kind === 'problems') return refuseFields(context, read.problems);
    const outcome = await decide(context, parts, { budget: read.budget, reason, how: 'change', ifVersion });
    if (outcome.kind !== 'said') return refuseDeciding(context, outcome, id);
    return context.json(outcome.said, 200);
  });
}

function mountEnd(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'budgets:write', {
    method: 'delete',
    path: `${API_PREFIX}/budgets/{id}`,
    operationId: 'endBudget',
    summary: 'End a budget: from the next rulebook on it limits nothing; its history stays',
    tags: ['budgets'],
    request: { params: idParams, query: EndQuery },
    responses: {
      200: jsonOf(DecidedBudgetAnswer, 'The budget that ended.'),
      ...problemsOf(
        'bad_request',
        'login_needed',
        'origin_not_allowed',
        'not_found',
        'budget_of_settings',
        'version_moved',
      ),
    },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    if (isSettled(parts, id)) return refuseSettled(context, id);
    const { reason = '', ifVersion } = context.req.valid('query');
    const outcome = await toldOf(
      context,
      parts,
      await parts.registry.budgets.end({ id, reason, ifVersion }, context.get('actor')),
    );
    if (outcome.kind !== 'said') return refuseDeciding(context, outcome, id);
    return context.json(outcome.said, 200);
  });
}

async function decide(
  context: Context<ApiEnvironment>,
  parts: ApiParts,
  ask: {
    readonly budget: DecidedBudget;
    readonly reason: string;
    readonly how: 'new' | 'change';
    readonly ifVersion: number | undefined;
  },
): Promise<Outcome> {
  const most = MOST_BUDGETS - (parts.settledBudgets ?? []).length;
  return toldOf(context, parts, await parts.registry.budgets.set({ ...ask, most }, context.get('actor')));
}

async function toldOf(
  context: Context<ApiEnvironment>,
  parts: ApiParts,
  outcome: BudgetDeciding,
): Promise<Outcome> {
  if (outcome.kind !== 'decided') return outcome;
  const { decision } = outcome;
  const state = decision.action === 'end' ? 'ended' : 'in-force';
  const budget = presentBudget({ budget: decision.budget, decision }, state);
  return { kind: 'said', said: { budget, published: await tryPublish(parts, context.get('requestId')) } };
}

function isSettled({ settledBudgets = [] }: ApiParts, id: string): boolean {
  return settledBudgets.some((one) => one.id === id);
}

function refuseSettled(context: Context<ApiEnvironment>, id: string) {
  return refuse(
    context,
    'budget_of_settings',
    `Budget "${id}" stands in setpoint.yaml, so only a change there changes it. Nothing was changed. Edit "budgets" in that file and start control again.`,
  );
}

function refuseDeciding(
  context: Context<ApiEnvironment>,
  { kind }: Exclude<Outcome, { kind: 'said' }>,
  id: string,
) {
  switch (kind) {
    case 'exists':
      return refuse(
        context,
        'budget_exists',
        `There is a budget "${id}" in force already. Nothing was changed. Change it with PUT /budgets/${id} ("setpoint budget set" does), or give the new one another id.`,
      );
    case 'moved':
      return refuse(
        context,
        'version_moved',
        `Budget "${id}" has a newer version than the one that was meant. Nothing was changed; the newer decision holds. GET /budgets/${id} shows who decided what.`,
      );
    case 'many':
      return refuse(
        context,
        'budgets_full',
        `${MOST_BUDGETS} budgets are in force, which is the most. Nothing was changed. End one first; a budget with the value * serves every team, customer or key.`,
      );
    case 'absent':
      return refuse(context, 'not_found', absentWords(id));
  }
}
