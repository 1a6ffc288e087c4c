/** `/api/v1/scenarios`: what-ifs over the forecast: worked out, kept, changed, removed. A scenario limits nothing and nobody. */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { standingForecasts } from '../../registry/registry.ts';
import type { ForecastBody, ForecastDeciding, ForecastDecision } from '../../registry/registry.ts';
import { answering, idParams } from '../attributing.ts';
import { API_PREFIX } from '../contract.ts';
import {
  ProjectScenarios,
  SavedScenario,
  SaveScenario,
  ScenarioList,
  ScenarioProjections,
} from '../contract/plans.ts';
import type { ScenarioDraft, ScenarioRecord } from '../contract/plans.ts';
import { readForecastAsk, scopeOf } from '../forecasting/asks.ts';
import { answerProjection, draftProblems, openBase } from '../forecasting/scenarios.ts';
import { createIdempotency } from '../idempotency.ts';
import { signalOf } from '../leaving.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse, refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const MOST_SCENARIOS = 200;
const WRITING = [
  'bad_request',
  'login_needed',
  'origin_not_allowed',
  'too_large',
  'unsupported_media_type',
  'ledger_unavailable',
] as const;
const TAGS = ['forecast'];
const body = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { 'application/json': { schema } },
});

export function mountScenarios(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountProject(app, parts);
  mountList(app, parts);
  mountShow(app, parts);
  mountSave(app, parts);
  mountChange(app, parts);
  mountEnd(app, parts);
}

function mountProject(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'post',
    path: `${API_PREFIX}/scenarios/project`,
    operationId: 'projectScenarios',
    summary:
      'Work scenarios out side by side: months, waterfall by driver, tornado, swing, budget crossing. Nothing is kept.',
    tags: TAGS,
    request: { body: body(ProjectScenarios) },
    responses: { 200: jsonOf(ScenarioProjections, 'Projections.'), ...problemsOf(...WRITING) },
  });
  app.openapi(route, async (context) => {
    const ask = context.req.valid('json');
    const read = readForecastAsk(ask, parts, signalOf(context));
    if (read.kind === 'problems') return refuseFields(context, read.problems);
    return answering(context, async () => {
      const opened = await openBase(parts, read.value, ask.base);
      const problems = ask.scenarios.flatMap((one, at) =>
        draftProblems(one, opened.base, `scenarios.${at}.`),
      );
      if (opened.base.length === 0)
        problems.push({
          path: 'workflow',
          message: 'the ledger has nothing to forecast this from; state a "base"',
        });
      if (problems.length > 0) return refuseFields(context, problems);
      return context.json(await answerProjection(parts, read.value, { ...ask, opened }), 200);
    });
  });
}

function mountList(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/scenarios`,
    operationId: 'listScenarios',
    summary: 'Scenarios that are kept',
    tags: TAGS,
    responses: { 200: jsonOf(ScenarioList, 'Scenarios.'), ...problemsOf('login_needed') },
  });
  app.openapi(route, async (context) => {
    const kept = standingForecasts(await parts.registry.forecasts.decisions('scenario'));
    return context.json({ scenarios: kept.map(presentScenario) }, 200);
  });
}

function mountShow(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/scenarios/{id}`,
    operationId: 'showScenario',
    summary: 'One scenario',
    tags: TAGS,
    request: { params: idParams },
    responses: { 200: jsonOf(SavedScenario, 'The scenario.'), ...problemsOf('login_needed', 'not_found') },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const found = await findScenario(parts, id);
    return found === undefined ? refuseAbsent(context, id) : context.json(presentScenario(found), 200);
  });
}

function mountSave(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'forecasts:write', {
    method: 'post',
    path: `${API_PREFIX}/scenarios`,
    operationId: 'saveScenario',
    summary: 'Keep a scenario under its name',
    tags: TAGS,
    request: {
      headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }),
      body: body(SaveScenario),
    },
    responses: { 201: jsonOf(SavedScenario, 'The scenario.'), ...problemsOf(...WRITING, 'scenario_exists') },
  });
  const idempotency = createIdempotency<ForecastDeciding>(parts.now);
  app.openapi(route, async (context) => {
    const { reason = '', ...draft } = context.req.valid('json');
    return answering(context, async () => {
      const problems = await problemsWith(parts, draft);
      if (problems.length > 0) return refuseFields(context, problems);
      const id = idOf(draft.name);
      const decide = () =>
        parts.registry.forecasts.decide(
          {
            kind: 'scenario',
            id,
            action: 'set',
            body: bodyOf(draft),
            reason,
            fresh: true,
            most: MOST_SCENARIOS,
          },
          context.get('actor'),
        );
      const once = await idempotency.once(
        context.req.valid('header')['idempotency-key'],
        { ...draft, reason },
        decide,
      );
      if (once.kind === 'conflict')
        return refuse(
          context,
          'idempotency_conflict',
          'This Idempotency-Key was used for another scenario. Nothing was changed; use a new key for a new request.',
        );
      if (once.answer.kind !== 'decided') return refuseSaving(context, once.answer, id);
      return context.json(presentScenario(once.answer.decision), 201);
    });
  });
}

function mountChange(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'forecasts:write', {
    method: 'put',
    path: `${API_PREFIX}/scenarios/{id}`,
    operationId: 'changeScenario',
    summary: 'Set the next version of a scenario; plans that were made from earlier ones stay as they are',
    tags: TAGS,
    request: { params: idParams, body: body(SaveScenario) },
    responses: { 200: jsonOf(SavedScenario, 'The scenario.'), ...problemsOf(...WRITING, 'not_found') },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { reason = '', ...draft } = context.req.valid('json');
    return answering(context, async () => {
      const problems = await problemsWith(parts, draft);
      if (problems.length > 0) return refuseFields(context, problems);
      if ((await findScenario(parts, id)) === undefined) return refuseAbsent(context, id);
      const ask = { kind: 'scenario', id, action: 'set', body: bodyOf(draft), reason } as const;
      const outcome = await parts.registry.forecasts.decide(ask, context.get('actor'));
      if (outcome.kind !== 'decided') return refuseAbsent(context, id);
      return context.json(presentScenario(outcome.decision), 200);
    });
  });
}

function mountEnd(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'forecasts:write', {
    method: 'delete',
    path: `${API_PREFIX}/scenarios/{id}`,
    operationId: 'removeScenario',
    summary: 'Keep a scenario no longer; its versions stay in the audit chain',
    tags: TAGS,
    request: { params: idParams, query: z.strictObject({ reason: z.string().max(1_000).optional() }) },
    responses: {
      200: jsonOf(SavedScenario, 'The scenario that was kept.'),
      ...problemsOf('bad_request', 'login_needed', 'origin_not_allowed', 'not_found'),
    },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { reason = '' } = context.req.valid('query');
    const ask = { kind: 'scenario', id, action: 'end', reason } as const;
    const outcome = await parts.registry.forecasts.decide(ask, context.get('actor'));
    if (outcome.kind !== 'decided') return refuseAbsent(context, id);
    return context.json(presentScenario(outcome.decision), 200);
  });
}

async function problemsWith(parts: ApiParts, draft: ScenarioDraft) {
  const read = readForecastAsk({ workflow: draft.workflow, team: draft.team }, parts);
  if (read.kind === 'problems') return read.problems;
  const { base } = await openBase(parts, read.value, undefined);
  return base.length === 0
    ? [{ path: 'workflow', message: 'the ledger has nothing to forecast this from' }]
    : draftProblems(draft, base, '');
}

export async function findScenario(parts: ApiParts, id: string): Promise<ForecastDecision | undefined> {
  const kept = standingForecasts(await parts.registry.forecasts.decisions('scenario'));
  return kept.find((one) => one.id === id);
}

export function draftOf({ body: kept }: ForecastDecision): ScenarioDraft {
  return kept as unknown as ScenarioDraft;
}

function bodyOf(draft: ScenarioDraft): ForecastBody {
  return draft;
}

function presentScenario(decision: ForecastDecision): ScenarioRecord {
  const { name, workflow, team, changes, note = '' } = draftOf(decision);
  const { id, version, author, decidedAtMs, reason } = decision;
  return {
    id,
    version,
    name,
    scope: scopeOf({ workflow, team }),
    changes,
    note,
    author,
    reason,
    decidedAt: new Date(decidedAtMs).toISOString(),
  };
}

/** Lower-case words of the name; names of other scripts get their code points. */
export function idOf(name: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 48);
  return words === ''
    ? [...name]
        .map((one) => one.codePointAt(0)?.toString(36) ?? '')
        .join('-')
        .slice(0, 48)
    : words;
}

function refuseAbsent(context: Context<ApiEnvironment>, id: string) {
  return refuse(
    context,
    'not_found',
    `There is no scenario "${id}". Nothing was changed. "setpoint scenario list" shows what there is.`,
  );
}

function refuseSaving(
  context: Context<ApiEnvironment>,
  outcome: Exclude<ForecastDeciding, { kind: 'decided' }>,
  id: string,
) {
  return outcome.kind === 'many'
    ? refuse(
        context,
        'scenario_exists',
        `${MOST_SCENARIOS} scenarios are kept, which is the most. Nothing was changed. Remove one first.`,
      )
    : refuse(
        context,
        'scenario_exists',
        `A scenario "${id}" is kept already. Nothing was changed. Change it with PUT /scenarios/${id}, or give the new one another name.`,
      );
}
