/** `/api/v1/attribution/rules`: rules that name calls that say nothing, version by version. */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';

import { attributingOf, idParams } from '../attributing.ts';
import { API_PREFIX } from '../contract.ts';
import { DecidedRule, NewRule, reason, RuleList, RulesQuery } from '../contract/attribution.ts';
import type { Rule } from '../contract/attribution.ts';
import { ifVersionQuery } from '../contract/words.ts';
import { forwardOnly } from '../../inform/attribution/attribution.ts';
import type { RuleDraft } from '../../inform/attribution/attribution.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse, refuseFields } from '../problems.ts';
import { tryPublish } from '../publication.ts';
import type { AttributionDecision } from '../../registry/registry.ts';
import { inOrder, ruleName } from '../../rulebook/rulebook.ts';
import type { AttributionRule, RuleCondition } from '../../rulebook/rulebook.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const DEFAULT_ORDER = 100;

export function mountAttributionRules(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountList(app, parts);
  mountDecide(app, parts);
  mountWithdraw(app, parts);
}

function mountList(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'attribution:read', {
    method: 'get',
    path: `${API_PREFIX}/attribution/rules`,
    operationId: 'listAttributionRules',
    summary: 'Rules in force, in the order in which they are tried',
    tags: ['attribution'],
    request: { query: RulesQuery },
    responses: { 200: jsonOf(RuleList, 'Rules.'), ...problemsOf('bad_request', 'login_needed') },
  });
  app.openapi(route, async (context) => {
    const decisions = await parts.registry.attribution.decisions('rule');
    const all = decisions.filter(({ action }) => action === 'set').map((one) => toRule(one, decisions));
    const shown =
      context.req.valid('query').all === 'true' ? all : all.filter(({ state }) => state === 'in-force');
    return context.json({ rules: inOrder(shown) }, 200);
  });
}

function mountDecide(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'attribution:write', {
    method: 'post',
    path: `${API_PREFIX}/attribution/rules`,
    operationId: 'decideAttributionRule',
    summary:
      'Add a rule, or the next version of one; calls to come are named by it at once, past ones by apply',
    tags: ['attribution'],
    request: { body: { required: true, content: { 'application/json': { schema: NewRule } } } },
    responses: {
      201: jsonOf(DecidedRule, 'The rule with its version.'),
      ...problemsOf(
        'bad_request',
        'login_needed',
        'origin_not_allowed',
        'version_moved',
        'too_large',
        'unsupported_media_type',
      ),
    },
  });
  app.openapi(route, async (context) => {
    const ask = context.req.valid('json');
    const decided = await attributingOf(parts).decideRule(
      toDraft(ask),
      ask.reason ?? '',
      context.get('actor'),
      ask.ifVersion,
    );
    if (decided.kind === 'problems') return refuseFields(context, decided.problems);
    const rule = toRule(decided.decision, [decided.decision]);
    return context.json({ rule, published: await tryPublish(parts, context.get('requestId')) }, 201);
  });
}

function mountWithdraw(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'attribution:write', {
    method: 'delete',
    path: `${API_PREFIX}/attribution/rules/{id}`,
    operationId: 'withdrawAttributionRule',
    summary: 'Withdraw a rule; what it named stays named',
    tags: ['attribution'],
    request: {
      params: idParams,
      query: z.strictObject({ reason: reason.optional(), ifVersion: ifVersionQuery }),
    },
    responses: {
      200: jsonOf(DecidedRule, 'The withdrawn rule.'),
      ...problemsOf('bad_request', 'login_needed', 'origin_not_allowed', 'not_found', 'version_moved'),
    },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { reason: why = '', ifVersion: seen } = context.req.valid('query');
    const decision = await attributingOf(parts).withdraw('rule', id, why, context.get('actor'), seen);
    if (decision === undefined)
      return refuse(
        context,
        'not_found',
        `There is no rule "${id}" in force. Nothing was changed. "setpoint attribution rules" shows the ids.`,
      );
    const rule = toRule(decision, [decision]);
    return context.json({ rule, published: await tryPublish(parts, context.get('requestId')) }, 200);
  });
}

/** The draft of a request, with instants as the rulebook has them. */
export function toDraft(ask: NewRule): RuleDraft {
  const { id, set, order = DEFAULT_ORDER, when, hours, override = [], from, until } = ask;
  return {
    id,
    order,
    set: set as RuleDraft['set'],
    when: when as readonly RuleCondition[],
    ...(hours !== undefined && { hours }),
    ...(override.length > 0 && { override }),
    ...(from !== undefined && { fromMs: Date.parse(from) }),
    ...(until !== undefined && { untilMs: Date.parse(until) }),
  };
}

function toRule(decision: AttributionDecision, decisions: readonly AttributionDecision[]): Rule {
  const { id, version, author, reason: why } = decision;
  const rule = { ...decision.body, id, version } as unknown as AttributionRule;
  const { order, when, hours, set, override = [], fromMs, untilMs } = rule;
  const newest = decisions.findLast((one) => one.id === id) ?? decision;
  const instant = (ms: number | undefined): string | null =>
    ms === undefined ? null : new Date(ms).toISOString();
  return {
    id,
    version,
    name: ruleName(rule),
    order,
    when: when.map(({ sign, is, not }) => ({
      sign,
      ...(is && { is: [...is] }),
      ...(not && { not: [...not] }),
    })),
    hours: hours === undefined ? null : { ...hours, days: [...hours.days] },
    set: { ...set },
    override: [...override],
    from: instant(fromMs),
    until: instant(untilMs),
    author,
    reason: why,
    decidedAt: new Date(decision.decidedAtMs).toISOString(),
    state: newest.action === 'withdraw' ? 'withdrawn' : newest.version === version ? 'in-force' : 'replaced',
    forwardOnly: forwardOnly(rule) ?? null,
  };
}
