/** `/api/v1/plans`: a scenario that was proposed and locked is a plan, and months are held to the plan that stood before they began. */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { ACCURACY_TARGET, judgeMonth, VARIANCE_TARGET } from '../../operate/forecast/forecast.ts';
import type { JudgedMonth, PlanBody } from '../../operate/forecast/forecast.ts';
import type { ForecastDeciding } from '../../registry/registry.ts';
import { moneyText } from '../../units/figures.ts';
import { formatDollars } from '../../units/money.ts';
import { answering, idParams } from '../attributing.ts';
import { API_PREFIX } from '../contract.ts';
import { DecidePlan, Plan, PlanAccuracy, PlanList, ProposePlan } from '../contract/plans.ts';
import type { PlanAccuracyAnswer, PlanProposal, PlanRecord } from '../contract/plans.ts';
import { rounded } from '../forecasting/amounts.ts';
import { monthName } from '../forecasting/answer.ts';
import { readForecastAsk, scopeOf } from '../forecasting/asks.ts';
import type { ReadAsk } from '../forecasting/asks.ts';
import { judgedMonths } from '../forecasting/judging.ts';
import type { PlannedMonth } from '../forecasting/judging.ts';
import { plansOf, presentPlan } from '../forecasting/planned.ts';
import { changesOf } from '../forecasting/projecting.ts';
import { planOf } from '../forecasting/planning.ts';
import { createIdempotency } from '../idempotency.ts';
import { ledgerFor } from '../leaving.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse, refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';
import { draftOf, findScenario, idOf } from './scenarios.ts';

const MOST_PLANS = 500;
const WRITING = [
  'bad_request',
  'login_needed',
  'origin_not_allowed',
  'not_found',
  'plan_settled',
  'unsupported_media_type',
  'ledger_unavailable',
] as const;
const TAGS = ['forecast'];

export function mountPlans(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountAccuracy(app, parts); // before the ids: /plans/accuracy is none
  mountList(app, parts);
  mountShow(app, parts);
  mountPropose(app, parts);
  mountDecide(app, parts, 'lock');
  mountDecide(app, parts, 'withdraw');
}

function mountList(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/plans`,
    operationId: 'listPlans',
    summary: 'Plans, newest first: proposed, locked and withdrawn',
    tags: TAGS,
    responses: { 200: jsonOf(PlanList, 'Plans.'), ...problemsOf('login_needed') },
  });
  app.openapi(route, async (context) => {
    const plans = plansOf(await parts.registry.forecasts.decisions('plan'));
    return context.json({ sentence: listSentence(plans), plans }, 200);
  });
}

function listSentence(plans: readonly PlanRecord[]): string {
  const locked = plans.filter(({ state }) => state === 'locked').length;
  const waiting = plans.filter(({ state }) => state === 'proposed').length;
  if (plans.length === 0) return 'No plan was proposed yet, so no month can be held to one.';
  const rest = waiting === 0 ? '' : `; ${waiting} wait for somebody to lock them`;
  return `${locked} of ${plans.length} plans are locked${rest}.`;
}

function mountShow(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/plans/{id}`,
    operationId: 'showPlan',
    summary: 'One plan',
    tags: TAGS,
    request: { params: idParams },
    responses: { 200: jsonOf(Plan, 'The plan.'), ...problemsOf('login_needed', 'not_found') },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const plan = plansOf(await parts.registry.forecasts.decisions('plan')).find((one) => one.id === id);
    return plan === undefined ? refuseAbsent(context, id) : context.json(plan, 200);
  });
}

function mountPropose(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'forecasts:write', {
    method: 'post',
    path: `${API_PREFIX}/plans`,
    operationId: 'proposePlan',
    summary: 'Propose the forecast, or a scenario over it, as a plan; its figures are frozen as they are now',
    tags: TAGS,
    request: {
      headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }),
      body: { required: true, content: { 'application/json': { schema: ProposePlan } } },
    },
    responses: { 201: jsonOf(Plan, 'The plan, proposed.'), ...problemsOf(...WRITING, 'scenario_exists') },
  });
  const idempotency = createIdempotency<ForecastDeciding>(parts.now);
  app.openapi(route, async (context) => {
    const proposal = context.req.valid('json');
    const read = readForecastAsk(proposal, parts);
    if (read.kind === 'problems') return refuseFields(context, read.problems);
    const scenario =
      proposal.scenario === undefined ? undefined : await findScenario(parts, proposal.scenario);
    if (proposal.scenario !== undefined && scenario === undefined)
      return refuse(
        context,
        'not_found',
        `There is no scenario "${proposal.scenario}". Nothing was proposed.`,
      );
    return answering(context, async () => {
      const propose = async (): Promise<ForecastDeciding> => {
        const body = await bodyOf(parts, read.value, proposal, scenario);
        const known = await parts.registry.forecasts.decisions('plan');
        const id = nextId(idOf(proposal.name), new Set(known.map((one) => one.id)));
        const { reason = '' } = proposal;
        return parts.registry.forecasts.decide(
          {
            kind: 'plan',
            id,
            action: 'propose',
            body: { ...body },
            reason,
            most: MOST_PLANS,
          },
          context.get('actor'),
        );
      };
      const once = await idempotency.once(context.req.valid('header')['idempotency-key'], proposal, propose);
      if (once.kind === 'conflict')
        return refuse(
          context,
          'idempotency_conflict',
          'This Idempotency-Key was used for another plan. Nothing was changed; use a new key for a new request.',
        );
      if (once.answer.kind !== 'decided')
        return refuse(
          context,
          'scenario_exists',
          `${MOST_PLANS} plans stand, which is the most. Nothing was proposed. Withdraw one first.`,
        );
      return context.json(presentPlan([once.answer.decision]), 201);
    });
  });
}

/** Versions of a plan share its name: `board`, `board-2`, `board-3`. */
function nextId(id: string, taken: ReadonlySet<string>): string {
  if (!taken.has(id)) return id;
  for (let version = 2; ; version += 1) {
    const next = `${id.slice(0, 44)}-${version}`;
    if (!taken.has(next)) return next;
  }
}

async function bodyOf(
  parts: ApiParts,
  ask: ReadAsk,
  { name }: PlanProposal,
  scenario: Awaited<ReturnType<typeof findScenario>>,
): Promise<PlanBody> {
  const draft = scenario === undefined ? undefined : draftOf(scenario);
  const scope = draft === undefined ? ask.scope : { workflow: draft.workflow, team: draft.team };
  return planOf(
    parts,
    { ...ask, scope },
    {
      name,
      scope: scopeOf(scope),
      scenario: {
        id: scenario?.id ?? null,
        version: scenario?.version ?? null,
        name: draft?.name ?? 'The forecast as it is',
        changes: draft === undefined ? [] : changesOf(draft),
      },
      madeFrom: new Date(ask.atMs).toISOString(),
      timeZone: ask.timeZone,
    },
  );
}

const DECISIONS = {
  lock: ['lockPlan', 'Lock a plan: from now on its months are held to it, and nothing changes it'],
  withdraw: ['withdrawPlan', 'Withdraw a plan that is not locked'],
} as const;

function mountDecide(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts, action: 'lock' | 'withdraw'): void {
  const [operationId, summary] = DECISIONS[action];
  const route = secured(parts.access, 'forecasts:write', {
    method: 'post',
    path: `${API_PREFIX}/plans/{id}/${action}`,
    operationId,
    summary,
    tags: TAGS,
    request: {
      params: idParams,
      body: { required: true, content: { 'application/json': { schema: DecidePlan } } },
    },
    responses: { 200: jsonOf(Plan, 'The plan.'), ...problemsOf(...WRITING) },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { reason = '' } = context.req.valid('json');
    const ask = { kind: 'plan', id, action, reason } as const;
    const outcome = await parts.registry.forecasts.decide(ask, context.get('actor'));
    if (outcome.kind !== 'decided') return refuseDeciding(context, outcome, id);
    const versions = await parts.registry.forecasts.decisions('plan');
    return context.json(presentPlan(versions.filter((one) => one.id === id)), 200);
  });
}

function refuseDeciding(
  context: Context<ApiEnvironment>,
  outcome: Exclude<ForecastDeciding, { kind: 'decided' }>,
  id: string,
) {
  if (outcome.kind === 'many' || outcome.last === undefined) return refuseAbsent(context, id);
  const state = outcome.last.action === 'lock' ? 'locked' : 'withdrawn';
  return refuse(
    context,
    'plan_settled',
    `Plan "${id}" was ${state} on ${new Date(outcome.last.decidedAtMs).toISOString().slice(0, 10)} and does not change any more. Nothing was changed. Propose the next version.`,
  );
}

function refuseAbsent(context: Context<ApiEnvironment>, id: string) {
  return refuse(
    context,
    'not_found',
    `There is no plan "${id}". Nothing was changed. "setpoint plan list" shows what there is.`,
  );
}

const AccuracyQuery = z.strictObject({
  months: z.string().max(3).optional().openapi({ description: 'Months back, 1 to 36. Default: 12.' }),
  timeZone: z.string().max(64).optional(),
});

function mountAccuracy(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/plans/accuracy`,
    operationId: 'planAccuracy',
    summary: 'Months against the plan that was locked before each began, and against the budget',
    tags: TAGS,
    request: { query: AccuracyQuery },
    responses: {
      200: jsonOf(PlanAccuracy, 'Months.'),
      ...problemsOf('bad_request', 'login_needed', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    const { months = '12', timeZone } = context.req.valid('query');
    const read = readForecastAsk({ timeZone }, parts);
    const count = Number(months);
    if (read.kind === 'problems') return refuseFields(context, read.problems);
    if (!Number.isInteger(count) || count < 1 || count > 36)
      return refuseFields(context, [{ path: 'months', message: 'a whole number of months, 1 to 36' }]);
    const asked = { ...parts, ledger: ledgerFor(parts, context) };
    return answering(context, async () => {
      const planned = await judgedMonths(asked, read.value, count);
      const judged = planned.map((one) => ({ ...one, judged: judgeMonth(one, one.plans, read.value.atMs) }));
      const body: PlanAccuracyAnswer = {
        sentence: accuracySentence(judged.map((one) => one.judged)),
        months: judged.map((one) => presentMonth(one, one.judged)),
        accuracyTarget: ACCURACY_TARGET,
        varianceTarget: VARIANCE_TARGET,
        timeZone: read.value.timeZone,
        asOf: new Date(read.value.atMs).toISOString(),
      };
      return context.json(body, 200);
    });
  });
}

function presentMonth({ scope }: PlannedMonth, one: JudgedMonth): PlanAccuracyAnswer['months'][number] {
  const { plan } = one;
  const show = (value: number | null): number | null => (value === null ? null : rounded(value, 4));
  return {
    month: one.month,
    scope,
    state: one.state,
    plan:
      plan === undefined
        ? null
        : {
            id: plan.plan,
            name: plan.name,
            amount: formatDollars(plan.amount),
            low: formatDollars(plan.low),
            high: formatDollars(plan.high),
            lockedAt: new Date(plan.lockedAtMs).toISOString(),
          },
    actual: formatDollars(one.actual),
    error: show(one.error),
    errorOfForecast: show(one.errorOfForecast),
    within: one.within,
    budget: one.budget === undefined ? null : formatDollars(one.budget),
    variance: show(one.variance),
    withinBudget: one.withinBudget,
    why: one.why,
  };
}

function accuracySentence(months: readonly JudgedMonth[]): string {
  const judged = months.filter(({ error }) => error !== null);
  const last = judged.at(-1);
  if (last?.plan === undefined) return 'No month that ended had a plan that was locked before it began.';
  const within = judged.filter((one) => one.within === true).length;
  const off = `${Math.abs((last.error ?? 0) * 100).toFixed(1)} %`;
  const side = (last.error ?? 0) < 0 ? 'above' : 'below';
  const figures = `${moneyText(formatDollars(last.actual))} came where ${moneyText(formatDollars(last.plan.amount))} were planned`;
  return `${monthName(last.month)} ended ${off} ${side} its plan (${figures}); ${within} of ${judged.length} months were within ${ACCURACY_TARGET * 100} %.`;
}
