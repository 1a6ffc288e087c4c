/** `GET /api/v1/ledger`: one question, one answer. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { readAsk, toQuestion } from '../asking.ts';
import type { Ask } from '../asking.ts';
import { askCompared, readCompare } from '../comparing.ts';
import { API_PREFIX, LedgerAnswer, LedgerQuery } from '../contract.ts';
import type { Answer, Question, Span } from '../../ledger/question.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const DEFAULT_GROUPS = 1_000;

export function mountLedger(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/ledger`,
    operationId: 'askLedger',
    summary: 'Ask the ledger one question',
    tags: ['ledger'],
    request: { query: LedgerQuery },
    responses: {
      200: jsonOf(LedgerAnswer, 'Figures per group, the rest, and the total.'),
      ...problemsOf('bad_request', 'login_needed', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    const query = context.req.valid('query');
    const ask = readAsk(query, { nowMs: parts.now(), timeZone: parts.timeZone });
    if (ask.kind === 'problems') return refuseFields(context, ask.problems);
    const simulated = query.simulated ?? 'exclude';
    const question = toQuestion(ask.value, simulated, query.limit ?? DEFAULT_GROUPS);
    if (query.compare === undefined)
      return context.json(present(ask.value, simulated, await parts.ledger.ask(question)), 200);
    const around = { nowMs: parts.now(), timeZone: ask.value.timeZone };
    const other = readCompare(query.compare, ask.value.during, around);
    if (other.kind === 'problems') return refuseFields(context, other.problems);
    const answer = await parts.ledger.ask(question);
    const compared = await askCompared(parts.ledger, question, answer, other.value);
    const during = { text: query.compare, ...spanText(other.value) };
    return context.json({ ...present(ask.value, simulated, answer), compared: { during, ...compared } }, 200);
  });
}

/** The ledger's answer under the names of the contract, with instants that people can read beside the exact ones. */
function present(ask: Ask, simulated: Question['simulated'], answer: Answer): LedgerAnswer {
  const { during, duringText: text, of, by } = ask;
  return {
    ...answer,
    rows: answer.rows.map(({ group, figures }) => ({ group: [...group], figures })),
    priceVersions: [...answer.priceVersions],
    of: [...of],
    by: [...by],
    during: { text, ...spanText(during) },
    simulated,
    currency: 'USD',
    priceBookVersion: answer.priceVersions[0] ?? '',
    asOf: instantText(answer.asOfMs),
    completeUntil: instantText(answer.completeUntilMs),
    unpriced: answer.unpricedCalls,
    unattributed: answer.unattributedCalls,
  };
}

function spanText({ fromMs, toMs }: Span): { from: string; to: string } {
  return { from: instantText(fromMs), to: instantText(toMs) };
}

function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
