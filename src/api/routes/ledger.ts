/** `GET /api/v1/ledger`: one question, one answer. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { askApart } from '../apart.ts';
import { readAsk, toQuestion } from '../asking.ts';
import type { Ask } from '../asking.ts';
import { askCompared, readCompare } from '../comparing.ts';
import { API_PREFIX, LedgerAnswer, LedgerQuery } from '../contract.ts';
import type { Answer, Question, Span } from '../../ledger/question.ts';
import { ledgerFor } from '../leaving.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuseFields } from '../problems.ts';
import { problemsOf, secured } from '../routing.ts';
import { ledgerTable, measuresOfFile } from '../tables/ledger.ts';
import { formatOf, jsonOrFile, questionText, sendFile } from '../tabling.ts';

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
      200: jsonOrFile(LedgerAnswer, 'Figures per group, the rest, and the total.'),
      ...problemsOf('bad_request', 'login_needed', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    const query = context.req.valid('query');
    const around = { nowMs: parts.now(), timeZone: parts.timeZone };
    const read = readAsk(query, around);
    if (read.kind === 'problems') return refuseFields(context, read.problems);
    const format = formatOf(context, query.format);
    const ask = format === undefined ? read.value : { ...read.value, of: measuresOfFile(read.value.of) };
    const { during, timeZone } = ask;
    const other =
      query.compare === undefined ? undefined : readCompare(query.compare, during, { ...around, timeZone });
    if (other?.kind === 'problems') return refuseFields(context, other.problems);
    const simulated = query.simulated ?? 'exclude';
    const question = toQuestion(ask, simulated, query.limit ?? DEFAULT_GROUPS);
    const ledger = ledgerFor(parts, context);
    const answer =
      query.unattributed === 'apart' ? await askApart(ledger, question) : await ledger.ask(question);
    const body: LedgerAnswer = {
      ...present(ask, simulated, answer),
      ...(other !== undefined && {
        compared: {
          during: { text: query.compare ?? '', ...spanText(other.value) },
          ...(await askCompared(ledger, question, answer, other.value)),
        },
      }),
    };
    if (format === undefined) return context.json(body, 200);
    const { completeUntil, unpricedCalls } = body;
    const name = ['ledger', ask.duringText];
    return sendFile(context, format, ledgerTable(body, questionText(context)), {
      name,
      completeUntil,
      unpricedCalls,
    });
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
