/** `GET /api/v1/calls` (lines, newest first) and `GET /api/v1/calls/{id}` (the receipt of one call). */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';

import { readScope } from '../asking.ts';
import { API_PREFIX, CallsPage, CallsQuery, Receipt } from '../contract.ts';
import type { LedgerLine } from '../contract.ts';
import { ledgerFor } from '../leaving.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse, refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';
import { linesTable } from '../tables/lines.ts';
import { formatOf, jsonOrFile, questionText, sendFile } from '../tabling.ts';

const DEFAULT_LINES = 100;
const MOST_PAGE_LINES = 1_000;
const DEFAULT_FILE_LINES = 100_000;

export function mountCalls(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountPage(app, parts);
  mountReceipt(app, parts);
}

function mountPage(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/calls`,
    operationId: 'listCalls',
    summary: 'Ledger lines, newest first',
    tags: ['ledger'],
    request: { query: CallsQuery },
    responses: {
      200: jsonOrFile(CallsPage, 'One page; as a file, all lines up to the limit.'),
      ...problemsOf('bad_request', 'login_needed', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    const query = context.req.valid('query');
    const scope = readScope(query, { nowMs: parts.now(), timeZone: parts.timeZone });
    if (scope.kind === 'problems') return refuseFields(context, scope.problems);
    const { during, duringText, where, timeZone } = scope.value;
    const simulated = query.simulated ?? 'include';
    const format = formatOf(context, query.format);
    if (format !== undefined) {
      const { limit = DEFAULT_FILE_LINES, cursor } = query;
      if (cursor !== undefined)
        return refuseFields(context, [
          { path: 'cursor', message: 'a file begins with the newest line; leave it out' },
        ]);
      const ask = { during, where, timeZone, simulated, limit };
      const { table, ...told } = await linesTable(ledgerFor(parts, context), ask, questionText(context));
      return sendFile(context, format, table, { name: ['calls', duringText], ...told });
    }
    if ((query.limit ?? DEFAULT_LINES) > MOST_PAGE_LINES)
      return refuseFields(context, [
        {
          path: 'limit',
          message: `a page has at most ${MOST_PAGE_LINES} lines; go on with its cursor, or ask for a file`,
        },
      ]);
    const page = await ledgerFor(parts, context).page({
      during,
      where,
      simulated,
      limit: query.limit ?? DEFAULT_LINES,
      cursor: query.cursor ?? null,
    });
    return context.json(
      {
        lines: page.lines as LedgerLine[],
        nextCursor: page.nextCursor,
        hasMore: page.nextCursor !== null,
        currency: 'USD' as const,
      },
      200,
    );
  });
}

function mountReceipt(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/calls/{id}`,
    operationId: 'showCall',
    summary: 'The receipt of one call: its lines over all attempts',
    tags: ['ledger'],
    request: {
      params: z.object({
        id: z
          .string()
          .min(1)
          .max(128)
          .openapi({ param: { name: 'id', in: 'path' } }),
      }),
    },
    responses: {
      200: jsonOf(Receipt, 'The receipt.'),
      ...problemsOf('bad_request', 'login_needed', 'not_found', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const receipt = await parts.ledger.receipt(id);
    if (receipt === undefined) {
      return refuse(
        context,
        'not_found',
        `The ledger has no call "${id}". A call appears within about a second of its end; "setpoint tail" shows them as they arrive.`,
      );
    }
    return context.json({ ...receipt, lines: receipt.lines as LedgerLine[], currency: 'USD' as const }, 200);
  });
}
