/** `/api/v1/budgets/check|preview`: would a call go, and what would a budget count. Nothing is written or reserved. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { readBudgetDraft, toBudgetRule } from '../../budgets/budgets.ts';
import type { CallOwner } from '../../budgets/budgets.ts';
import { callBound, checkAccount, countingRules, EACH } from '../../inform/budgets/budgets.ts';
import type { AccountCheck, BudgetStanding } from '../../inform/budgets/budgets.ts';
import { openPriceBook } from '../../prices/prices.ts';
import { formatDollars } from '../../units/money.ts';
import { answering } from '../attributing.ts';
import { presentAccounts, presentBudget, rulesOf, setBudgets, textOf } from '../budgeting.ts';
import type { ReadStandings } from '../budgeting.ts';
import { API_PREFIX } from '../contract.ts';
import { BudgetCheck, BudgetCheckAsk, BudgetPreview, NewBudget } from '../contract/budgets.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const DEFAULT_PROVIDER = 'openai';

export function mountBudgetCheck(
  app: OpenAPIHono<ApiEnvironment>,
  parts: ApiParts,
  standingsOf: ReadStandings,
): void {
  mountCheck(app, parts, standingsOf);
  mountPreview(app, parts, standingsOf);
}

function mountCheck(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts, standingsOf: ReadStandings): void {
  const route = secured(parts.access, 'budgets:read', {
    method: 'post',
    path: `${API_PREFIX}/budgets/check`,
    operationId: 'checkBudgets',
    summary:
      'Would this call go: which budgets count it, what it would reserve, what is left; nothing is reserved',
    tags: ['budgets'],
    request: { body: { required: true, content: { 'application/json': { schema: BudgetCheckAsk } } } },
    responses: {
      200: jsonOf(BudgetCheck, 'The verdict.'),
      ...problemsOf('bad_request', 'login_needed', 'unsupported_media_type'),
    },
  });
  app.openapi(route, async (context) => {
    const ask = context.req.valid('json');
    const owner = await ownerOf(parts, ask);
    const sets = setBudgets(parts, await parts.registry.budgets.decisions());
    const counting = countingRules(rulesOf(sets), owner);
    const call = modelOf(ask);
    const { inputTokens, outputTokens } = ask;
    const bound = callBound(openPriceBook(parts.priceBook()), {
      ...call,
      inputTokens,
      outputTokens,
      team: owner.team,
      atMs: parts.now(),
    });
    return answering(context, async () => {
      // A budget that gives each value its own is asked as if it were this value's: one that spent nothing has one too.
      const narrowed = counting.map(({ rule, value }) => ({ ...rule, scope: { ...rule.scope, value } }));
      const { standings } = await standingsOf(narrowed);
      const checks = standings.map(({ rule, accounts }) =>
        checkAccount(
          rule,
          accounts.find(({ simulated }) => !simulated)!,
          bound,
        ),
      );
      const verdict = worstOf(checks);
      return context.json(
        {
          verdict,
          sentence: sentenceOf(verdict, checks),
          call: {
            ...owner,
            tags: { ...owner.tags },
            ...call,
            atMost: {
              tokens: Number(bound.tokens),
              cost: bound.cost === undefined ? null : formatDollars(bound.cost),
            },
          },
          currency: 'USD' as const,
          budgets: checks.map((check, index) => presentCheck(check, counting[index]!.value)),
          notCounting: sets.length - counting.length,
        },
        200,
      );
    });
  });
}

function mountPreview(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts, standingsOf: ReadStandings): void {
  const route = secured(parts.access, 'budgets:read', {
    method: 'post',
    path: `${API_PREFIX}/budgets/preview`,
    operationId: 'previewBudget',
    summary: 'What a budget would count if it were set, and what is wrong with it; nothing is written',
    tags: ['budgets'],
    request: { body: { required: true, content: { 'application/json': { schema: NewBudget } } } },
    responses: {
      200: jsonOf(BudgetPreview, 'The preview.'),
      ...problemsOf('bad_request', 'login_needed', 'unsupported_media_type'),
    },
  });
  app.openapi(route, async (context) => {
    const { reason: _, ...draft } = context.req.valid('json');
    const read = readBudgetDraft(draft, parts.timeZone);
    if (read.kind === 'problems')
      return context.json({ problems: [...read.problems], standing: null, replaces: null }, 200);
    const sets = setBudgets(parts, await parts.registry.budgets.decisions());
    const before = sets.find(({ budget }) => budget.id === read.budget.id);
    return answering(context, async () => {
      const { standings } = await standingsOf([toBudgetRule(read.budget)]);
      const standing = standings[0] as BudgetStanding;
      return context.json(
        {
          problems: [],
          standing: { id: read.budget.id, unit: read.budget.unit, ...presentAccounts(standing) },
          replaces: before === undefined ? null : presentBudget(before, 'in-force'),
        },
        200,
      );
    });
  });
}

type Asked = BudgetCheckAsk;

/** As the gateway names a caller: what is said first, then what its key says, then the team that owns the workflow. */
async function ownerOf(parts: ApiParts, ask: Asked): Promise<CallOwner> {
  const { key = '' } = ask;
  const record = key === '' ? undefined : (await parts.registry.keys.list()).find(({ id }) => id === key);
  const workflow = ask.workflow ?? record?.workflow ?? '';
  const team = ask.team ?? (record?.team || parts.teamOf?.(workflow)) ?? '';
  return {
    workflow,
    team,
    customer: ask.customer ?? record?.customer ?? '',
    key,
    tags: { ...record?.tags, ...ask.tags },
  };
}

function modelOf({ provider, model }: Asked): { readonly provider: string; readonly model: string } {
  const slash = model.indexOf('/');
  if (provider !== undefined || slash < 1) return { provider: provider ?? DEFAULT_PROVIDER, model };
  return { provider: model.slice(0, slash), model: model.slice(slash + 1) };
}

function worstOf(checks: readonly AccountCheck[]): BudgetCheck['verdict'] {
  for (const verdict of ['refused', 'unknown', 'waits'] as const)
    if (checks.some((check) => check.verdict === verdict)) return verdict;
  return 'go';
}

function sentenceOf(verdict: BudgetCheck['verdict'], checks: readonly AccountCheck[]): string {
  if (checks.length === 0) return 'No budget counts this call: it goes.';
  const first = checks.find((check) => check.verdict === verdict)!;
  const because = `${first.rule.name}: ${first.words}`;
  switch (verdict) {
    case 'go':
      return `It goes: ${checks.length === 1 ? 'the budget that counts it has' : `all ${checks.length} budgets that count it have`} room.`;
    case 'waits':
      return `It waits, and is refused if nothing comes free. ${because}`;
    case 'refused':
      return `It is refused. ${because}`;
    case 'unknown':
      return `Whether it goes is not known now. ${because}`;
  }
}

function presentCheck(check: AccountCheck, value: string): BudgetCheck['budgets'][number] {
  const { rule, standing, verdict, reserves, most, acting, words } = check;
  const { name, unit, mode } = rule;
  return {
    id: rule.id.split('@')[0]!,
    name,
    unit,
    mode,
    value: value === EACH ? '' : value,
    verdict,
    reserves: textOf(reserves, unit),
    atMost: textOf(most, unit),
    remaining: textOf(standing.remaining, unit),
    acting: acting.map(({ percent, action }) => ({ percent, action: { ...action } })),
    words,
  };
}
