/** `/api/v1/budgets`: what is set, and where each account of it stands and goes. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { answering, idParams } from '../attributing.ts';
import {
  absentWords,
  instant,
  openBudgeting,
  presentAccounts,
  presentHistory,
  presentStanding,
  rulesOf,
  setBudgets,
} from '../budgeting.ts';
import type { ReadStandings, SetBudget } from '../budgeting.ts';
import { API_PREFIX } from '../contract.ts';
import {
  BudgetAccounts,
  BudgetDetail,
  BudgetList,
  BudgetListQuery,
  BudgetsQuery,
} from '../contract/budgets.ts';
import type { PastWindow } from '../contract/budgets.ts';
import { amountText, budgetsSentence, readPastWindows, windowText } from '../../inform/budgets/budgets.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse, refuseFields } from '../problems.ts';
import type { FieldProblem } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';
import { budgetsTable } from '../tables/budgets.ts';
import { formatOf, jsonOrFile, questionText, sendFile } from '../tabling.ts';
import type { BudgetRule } from '../../rulebook/rulebook.ts';
import { mountBudgetCheck } from './budget-check.ts';
import { mountBudgetDecisions } from './budget-decisions.ts';

const PAST_WINDOWS = 3;
const MOST_PAST_VALUES = 10;

export function mountBudgets(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const standingsOf = openBudgeting(parts);
  mountBudgetCheck(app, parts, standingsOf);
  mountList(app, parts, standingsOf);
  mountDetail(app, parts, standingsOf);
  mountAccounts(app, parts, standingsOf);
  mountBudgetDecisions(app, parts);
}

function mountList(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts, standingsOf: ReadStandings): void {
  const route = secured(parts.access, 'budgets:read', {
    method: 'get',
    path: `${API_PREFIX}/budgets`,
    operationId: 'listBudgets',
    summary: 'Budgets in force, where their accounts stand, and when they are used up at the present pace',
    tags: ['budgets'],
    request: { query: BudgetListQuery },
    responses: { 200: jsonOrFile(BudgetList, 'Budgets.'), ...problemsOf('bad_request', 'login_needed') },
  });
  app.openapi(route, async (context) => {
    const { at, format: saidFormat } = context.req.valid('query');
    const problem = futureProblem(parts, at);
    if (problem !== undefined) return refuseFields(context, [problem]);
    const sets = setBudgets(parts, await parts.registry.budgets.decisions());
    return answering(context, async () => {
      const { standings, atMs, around } = await standingsOf(rulesOf(sets), at);
      const budgets = sets.map((set, index) => presentStanding(set, standings[index]!));
      const body = { sentence: budgetsSentence(standings, atMs), budgets, ...around };
      const format = formatOf(context, saidFormat);
      if (format === undefined) return context.json(body, 200);
      const { completeUntil } = around;
      return sendFile(context, format, budgetsTable(body, questionText(context)), {
        name: ['budgets'],
        completeUntil,
      });
    });
  });
}

function mountDetail(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts, standingsOf: ReadStandings): void {
  const route = secured(parts.access, 'budgets:read', {
    method: 'get',
    path: `${API_PREFIX}/budgets/{id}`,
    operationId: 'showBudget',
    summary: 'One budget: its accounts, every version with its author and reason, and the windows before',
    tags: ['budgets'],
    request: { params: idParams, query: BudgetsQuery },
    responses: {
      200: jsonOf(BudgetDetail, 'The budget.'),
      ...problemsOf('bad_request', 'login_needed', 'not_found'),
    },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { at } = context.req.valid('query');
    const problem = futureProblem(parts, at);
    if (problem !== undefined) return refuseFields(context, [problem]);
    const decisions = await parts.registry.budgets.decisions();
    const set = setBudgets(parts, decisions).find(({ budget }) => budget.id === id);
    if (set === undefined) return refuse(context, 'not_found', absentWords(id));
    return answering(context, async () => {
      const rules = rulesOf([set]);
      const { standings, atMs, around } = await standingsOf(rules, at);
      const [rule] = rules;
      const past = around.ledger === 'away' ? [] : await pastOf(parts, rule!, atMs);
      const history = presentHistory(parts, decisions, id);
      return context.json({ budget: presentStanding(set, standings[0]!), history, past, ...around }, 200);
    });
  });
}

function mountAccounts(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts, standingsOf: ReadStandings): void {
  const route = secured(parts.access, 'budgets:read', {
    method: 'get',
    path: `${API_PREFIX}/budgets/{id}/accounts`,
    operationId: 'budgetAccounts',
    summary: 'The accounts of one budget: spent, reserved, presumed, left',
    tags: ['budgets'],
    request: { params: idParams, query: BudgetsQuery },
    responses: {
      200: jsonOf(BudgetAccounts, 'Accounts, nearest to the cap first.'),
      ...problemsOf('bad_request', 'login_needed', 'not_found'),
    },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { at } = context.req.valid('query');
    const problem = futureProblem(parts, at);
    if (problem !== undefined) return refuseFields(context, [problem]);
    const set = await findBudget(parts, id);
    if (set === undefined) return refuse(context, 'not_found', absentWords(id));
    const { unit } = set.budget;
    return answering(context, async () => {
      const { standings, around } = await standingsOf(rulesOf([set]), at);
      const currency = unit === 'money' ? ('USD' as const) : null;
      return context.json({ id, unit, currency, ...presentAccounts(standings[0]!), ...around }, 200);
    });
  });
}

async function findBudget(parts: ApiParts, id: string): Promise<SetBudget | undefined> {
  return setBudgets(parts, await parts.registry.budgets.decisions()).find(({ budget }) => budget.id === id);
}

function futureProblem(parts: ApiParts, at: string | undefined): FieldProblem | undefined {
  if (at === undefined || Date.parse(at) <= parts.now()) return undefined;
  return { path: 'at', message: `${at} has not come yet; leave it out to ask about now` };
}

/** The windows that ended before, against the budget as it is now. */
async function pastOf(parts: ApiParts, rule: BudgetRule, atMs: number): Promise<PastWindow[]> {
  const windows = await readPastWindows(parts.ledger, rule, atMs, PAST_WINDOWS);
  return windows.flatMap(({ accounts }) =>
    accounts.slice(0, MOST_PAST_VALUES).map(({ value, spent = 0n, spentPercent = 0, span, burn }) => ({
      value,
      window: { text: windowText(rule.window, span), from: instant(span.fromMs), to: instant(span.toMs) },
      spent: amountText(spent, rule.unit),
      percent: spentPercent,
      crossed:
        burn.crossed === undefined ? null : { from: instant(burn.crossed.fromMs), step: burn.crossed.step },
    })),
  );
}
