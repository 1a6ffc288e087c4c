/** `GET /api/v1/composition`: what the spend of a period was made of. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { COST_PARTS, composeSpend } from '../../inform/composition/composition.ts';
import type { Composed } from '../../inform/composition/composition.ts';
import { formatDollars } from '../../units/money.ts';
import { readAsk } from '../asking.ts';
import { CompositionOfSpend, CompositionQuery } from '../contract/composition.ts';
import type { CompositionAnswer } from '../contract/composition.ts';
import { API_PREFIX } from '../contract.ts';
import { ledgerFor } from '../leaving.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuseFields } from '../problems.ts';
import { problemsOf, secured } from '../routing.ts';
import { compositionTable } from '../tables/composition.ts';
import { formatOf, jsonOrFile, questionText, sendFile } from '../tabling.ts';

/** One fewer than the ledger takes: the model is told apart beside them. */
const MOST_DIMENSIONS = 5;

export function mountComposition(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/composition`,
    operationId: 'composition',
    summary: 'Divide spend over what the calls were made of; the parts sum to the cost exactly',
    tags: ['ledger'],
    request: { query: CompositionQuery },
    responses: {
      200: jsonOrFile(CompositionOfSpend, 'Cost by part, for each group, beyond the limit, and in total.'),
      ...problemsOf('bad_request', 'login_needed', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    const { by: byWords = 'workflow', format: saidFormat, ...rest } = context.req.valid('query');
    const read = readAsk({ ...rest, by: byWords }, { nowMs: parts.now(), timeZone: parts.timeZone });
    if (read.kind === 'problems') return refuseFields(context, read.problems);
    const { by, during, duringText, where, timeZone } = read.value;
    const [problem] = problemsOfBy(by);
    if (problem !== undefined) return refuseFields(context, [{ path: 'by', message: problem }]);
    const { groups, beyondLimit, total, answer } = await composeSpend(ledgerFor(parts, context), {
      during,
      by,
      where,
      timeZone,
    });
    const body: CompositionAnswer = {
      dimensions: [...by],
      groups: groups.map((one) => ({ group: [...one.group], ...present(one) })),
      beyondLimit: beyondLimit === null ? null : present(beyondLimit),
      total: present(total),
      basis: 'estimated',
      during: {
        text: duringText,
        from: new Date(during.fromMs).toISOString(),
        to: new Date(during.toMs).toISOString(),
      },
      currency: 'USD',
      timeZone,
      priceVersions: [...answer.priceVersions],
      unpriced: answer.unpricedCalls,
      unattributed: answer.unattributedCalls,
      asOf: new Date(answer.asOfMs).toISOString(),
      completeUntil: new Date(answer.completeUntilMs).toISOString(),
    };
    const format = formatOf(context, saidFormat);
    if (format === undefined) return context.json(body, 200);
    const { completeUntil, unpriced: unpricedCalls } = body;
    const name = ['composition', duringText];
    const table = compositionTable(body, questionText(context));
    return sendFile(context, format, table, { name, completeUntil, unpricedCalls });
  });
}

function problemsOfBy(by: readonly string[]): string[] {
  const within = by.filter((name) => name === 'bucket' || name === 'rate');
  return [
    ...(within.length > 0
      ? [`a composition is that of a whole call: leave out ${within.join(' and ')}`]
      : []),
    ...(by.length > MOST_DIMENSIONS ? [`at most ${MOST_DIMENSIONS} dimensions at once`] : []),
  ];
}

function present({ cost, calls, unpricedCalls, parts }: Composed): CompositionAnswer['total'] {
  return {
    cost: formatDollars(cost),
    calls,
    unpricedCalls,
    parts: Object.fromEntries(
      COST_PARTS.map((part) => [part, formatDollars(parts[part])]),
    ) as CompositionAnswer['total']['parts'],
  };
}
