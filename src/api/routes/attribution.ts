/** `/api/v1/attribution/coverage|missing|preview|apply`: how much has an owner, what has none, and rules over the past. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { readScope } from '../asking.ts';
import type { Scope } from '../asking.ts';
import { answering, attributingOf } from '../attributing.ts';
import { API_PREFIX } from '../contract.ts';
import {
  AppliedAnswer,
  ApplyAsk,
  CoverageAnswer,
  CoverageQuery,
  MissingAnswer,
  MissingQuery,
  PreviewAnswer,
  PreviewAsk,
} from '../contract/attribution.ts';
import type { Amount as SaidAmount } from '../contract/attribution.ts';
import {
  COVERAGE_TARGET,
  coverageOf,
  readCoverage,
  readMissing,
  shareOf,
} from '../../inform/attribution/attribution.ts';
import type {
  Amount,
  Applied,
  Coverage,
  FieldCoverage,
  Missing,
  Preview,
} from '../../inform/attribution/attribution.ts';
import type { Question } from '../../ledger/question.ts';
import { ledgerFor } from '../leaving.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';
import { coverageTable } from '../tables/coverage.ts';
import { missingTable } from '../tables/missing.ts';
import { formatOf, jsonOrFile, questionText, sendFile } from '../tabling.ts';
import { ruleName } from '../../rulebook/rulebook.ts';
import { formatDollars } from '../../units/money.ts';
import { toDraft } from './attribution-rules.ts';

const DEFAULT_PARTS = 20;

export function mountAttribution(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountCoverage(app, parts);
  mountMissing(app, parts);
  mountPreview(app, parts);
  mountApply(app, parts);
}

function mountCoverage(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'attribution:read', {
    method: 'get',
    path: `${API_PREFIX}/attribution/coverage`,
    operationId: 'attributionCoverage',
    summary: 'The share of spend that has a workflow, a team, a customer; over time, and how it is known',
    tags: ['attribution'],
    request: { query: CoverageQuery },
    responses: {
      200: jsonOrFile(CoverageAnswer, 'Coverage.'),
      ...problemsOf('bad_request', 'login_needed', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    const query = context.req.valid('query');
    const scope = readScope(query, { nowMs: parts.now(), timeZone: parts.timeZone });
    if (scope.kind === 'problems') return refuseFields(context, scope.problems);
    const { during, timeZone, where } = scope.value;
    const { simulated = 'exclude', by = 'day' } = query;
    return answering(context, async () => {
      const coverage = await readCoverage(ledgerFor(parts, context), {
        during,
        timeZone,
        where,
        simulated,
        by,
      });
      const body = presentCoverage(scope.value, simulated, coverage);
      const format = formatOf(context, query.format);
      if (format === undefined) return context.json(body, 200);
      const name = ['coverage', scope.value.duringText];
      const { completeUntil, total } = body;
      const told = { name, completeUntil, unpricedCalls: total.unpricedCalls };
      return sendFile(context, format, coverageTable(body, questionText(context)), told);
    });
  });
}

function mountMissing(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'attribution:read', {
    method: 'get',
    path: `${API_PREFIX}/attribution/missing`,
    operationId: 'attributionMissing',
    summary:
      'What has no workflow, biggest first, by the sign that tells most, each with a rule that would name it',
    tags: ['attribution'],
    request: { query: MissingQuery },
    responses: {
      200: jsonOrFile(MissingAnswer, 'What is missing.'),
      ...problemsOf('bad_request', 'login_needed', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    const query = context.req.valid('query');
    const scope = readScope(query, { nowMs: parts.now(), timeZone: parts.timeZone });
    if (scope.kind === 'problems') return refuseFields(context, scope.problems);
    const { simulated = 'exclude', limit = DEFAULT_PARTS } = query;
    const headers = parts.attributionHeaders ?? [];
    return answering(context, async () => {
      const missing = await readMissing(ledgerFor(parts, context), {
        during: scope.value.during,
        simulated,
        headers,
        limit,
      });
      const body = presentMissing(scope.value, simulated, missing);
      const format = formatOf(context, query.format);
      if (format === undefined) return context.json(body, 200);
      const told = {
        name: ['missing', scope.value.duringText],
        unpricedCalls: missing.missing.unpricedCalls,
      };
      return sendFile(context, format, missingTable(body, questionText(context)), told);
    });
  });
}

function mountPreview(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'attribution:read', {
    method: 'post',
    path: `${API_PREFIX}/attribution/preview`,
    operationId: 'previewAttribution',
    summary: 'What rules, decided or drafted, would move of the past; nothing is written',
    tags: ['attribution'],
    request: { body: { required: true, content: { 'application/json': { schema: PreviewAsk } } } },
    responses: {
      200: jsonOf(PreviewAnswer, 'The preview.'),
      ...problemsOf('bad_request', 'login_needed', 'ledger_unavailable', 'unsupported_media_type'),
    },
  });
  app.openapi(route, async (context) => {
    const ask = context.req.valid('json');
    const scope = readScope(ask, { nowMs: parts.now(), timeZone: parts.timeZone });
    if (scope.kind === 'problems') return refuseFields(context, scope.problems);
    const { during } = scope.value;
    const { simulated = 'exclude', only = [] } = ask;
    const drafts = (ask.drafts ?? []).map(toDraft);
    return answering(context, async () => {
      const preview = await attributingOf({ ...parts, ledger: ledgerFor(parts, context) }).preview({
        during,
        drafts,
        only,
        simulated,
      });
      return context.json(presentPreview(scope.value, preview), 200);
    });
  });
}

function mountApply(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'attribution:write', {
    method: 'post',
    path: `${API_PREFIX}/attribution/apply`,
    operationId: 'applyAttribution',
    summary: 'Moves the past by the rules in force, with correcting lines; doing it again moves nothing',
    tags: ['attribution'],
    request: { body: { required: true, content: { 'application/json': { schema: ApplyAsk } } } },
    responses: {
      200: jsonOf(AppliedAnswer, 'What was moved.'),
      ...problemsOf(
        'bad_request',
        'login_needed',
        'origin_not_allowed',
        'ledger_unavailable',
        'unsupported_media_type',
      ),
    },
  });
  app.openapi(route, async (context) => {
    const ask = context.req.valid('json');
    const scope = readScope(ask, { nowMs: parts.now(), timeZone: parts.timeZone });
    if (scope.kind === 'problems') return refuseFields(context, scope.problems);
    const { during } = scope.value;
    return answering(context, async () => {
      const applied = await attributingOf(parts).apply({
        during,
        only: ask.only ?? [],
        actor: context.get('actor'),
      });
      return context.json(presentApplied(scope.value, applied), 200);
    });
  });
}

function presentCoverage(scope: Scope, simulated: Question['simulated'], coverage: Coverage): CoverageAnswer {
  return {
    ...spanOf(scope),
    timeZone: scope.timeZone,
    simulated,
    currency: 'USD',
    target: COVERAGE_TARGET,
    total: amountOf(coverage.total),
    fields: fieldsOf(coverage.fields),
    known: coverage.known.map(({ by, share, ...amount }) => ({ by, share, amount: amountOf(amount) })),
    over: coverage.over.map(({ period, total, fields }) => ({
      period,
      total: amountOf(total),
      fields: fieldsOf(fields),
    })),
    asOf: new Date(coverage.asOfMs).toISOString(),
    completeUntil: new Date(coverage.completeUntilMs).toISOString(),
    simulatedCalls: coverage.simulatedCalls,
  };
}

function fieldsOf({ workflow, team, customer }: Coverage['fields']): CoverageAnswer['fields'] {
  const present = ({ tagged, missing, share }: FieldCoverage) => ({
    tagged: amountOf(tagged),
    missing: amountOf(missing),
    share,
  });
  return { workflow: present(workflow), team: present(team), customer: present(customer) };
}

function presentMissing(scope: Scope, simulated: Question['simulated'], missing: Missing): MissingAnswer {
  return {
    ...spanOf(scope),
    timeZone: scope.timeZone,
    simulated,
    currency: 'USD',
    total: amountOf(missing.total),
    missing: amountOf(missing.missing),
    share: shareOf(missing.missing.cost, missing.total.cost),
    parts: missing.parts.map(({ sign, value, share, seen, suggestion, ...amount }) => ({
      sign,
      value,
      amount: amountOf(amount),
      share,
      seen: seen.map((one) => ({ sign: one.sign, values: [...one.values] })),
      suggestion:
        suggestion === undefined
          ? null
          : {
              rule: {
                id: suggestion.rule.id,
                order: suggestion.rule.order,
                when: suggestion.rule.when.map((one) => ({ sign: one.sign, is: [...(one.is ?? [])] })),
                set: { ...suggestion.rule.set },
              },
              evidence: suggestion.evidence ?? null,
            },
    })),
    other: amountOf(missing.other),
  };
}

function presentPreview(scope: Scope, preview: Preview): PreviewAnswer {
  const { total } = preview;
  const coverage = (missing: Amount) => ({
    missing: amountOf(missing),
    share: coverageOf(total, missing).share,
  });
  return {
    ...spanOf(scope),
    currency: 'USD',
    total: amountOf(total),
    before: coverage(preview.before),
    after: coverage(preview.after),
    moved: { amount: amountOf(preview.moved), share: shareOf(preview.moved.cost, total.cost) },
    rules: preview.rules.map(({ rule, forwardOnly, moves, ...amount }) => ({
      name: ruleName(rule),
      forwardOnly: forwardOnly ?? null,
      amount: amountOf(amount),
      share: shareOf(amount.cost, total.cost),
      moves: moves.map(({ from, to, ...moved }) => ({ from, to, amount: amountOf(moved) })),
    })),
  };
}

function presentApplied(scope: Scope, { moves, moved, resumed }: Applied): AppliedAnswer {
  return {
    ...spanOf(scope),
    currency: 'USD',
    moved: amountOf(moved),
    resumed,
    moves: moves.map(({ id, rule, month, bookedIn, from, set, lines, ...amount }) => ({
      id,
      rule,
      month,
      bookedIn: bookedIn ?? null,
      from,
      set,
      lines,
      amount: amountOf(amount),
    })),
  };
}

function amountOf({ cost, calls, unpricedCalls }: Amount): SaidAmount {
  return { cost: formatDollars(cost), calls, unpricedCalls };
}

function spanOf({ during, duringText: text }: Scope) {
  const instant = (ms: number): string => new Date(ms).toISOString();
  return { during: { text, from: instant(during.fromMs), to: instant(during.toMs) } };
}
