/** `GET /api/v1/focus` (the ledger as a FOCUS file) and `POST /api/v1/focus/check` (a file against the specification). */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';

import {
  checkFocus,
  exportFocus,
  ModelError,
  readModel,
  TOKEN_PROVIDER,
  WHERE_TO_GET_IT,
} from '../../inform/focus/focus.ts';
import type { CheckReport, ExportHead } from '../../inform/focus/focus.ts';
import { tableOfBytes, TableUnreadable } from '../../tables/tables.ts';
import { readScope } from '../asking.ts';
import { allocatedShares, invoiceOfIn } from '../focusing.ts';
import { API_PREFIX } from '../contract.ts';
import { FocusCheckQuery, FocusQuery, FocusReport } from '../contract/focus.ts';
import { ledgerFor } from '../leaving.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const MEDIA = { csv: 'text/csv; charset=utf-8', parquet: 'application/vnd.apache.parquet' } as const;
const MOST_TAGS = 3;

export function mountFocus(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountExport(app, parts);
  mountCheck(app, parts);
}

function mountExport(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/focus`,
    operationId: 'exportFocus',
    summary: 'The ledger of a period as a FOCUS file (CSV or Parquet), streamed; days and months are UTC',
    tags: ['focus'],
    request: { query: FocusQuery },
    responses: {
      200: {
        description: 'The file. The headers x-setpoint-focus-… say spec, period, cost and price book.',
        content: {
          'text/csv': { schema: z.string() },
          'application/vnd.apache.parquet': { schema: z.string() },
        },
      },
      ...problemsOf('bad_request', 'login_needed', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    const query = context.req.valid('query');
    const { spec = '1.2', format = 'csv', granularity = 'day' } = query;
    const scope = readScope({ during: query.during }, { nowMs: parts.now(), timeZone: 'UTC' });
    if (scope.kind === 'problems') return refuseFields(context, scope.problems);
    const tags = (query.tags ?? '').split(',').filter((tag) => tag.trim() !== '');
    if (tags.length > MOST_TAGS)
      return refuseFields(context, [{ path: 'tags', message: `at most ${MOST_TAGS} tags` }]);
    const { during, duringText } = scope.value;
    const [invoiceOf, allocations] = await Promise.all([invoiceOfIn(parts, during), allocatedShares(parts)]);
    const beside = { invoiceOf, allocations };
    const file = await exportFocus(ledgerFor(parts, context), {
      spec,
      format,
      granularity,
      during,
      tags,
      ...beside,
    });
    const name = `focus-${spec}-${duringText.replace(/[^A-Za-z0-9-]+/g, '_')}.${format}`;
    const stream = ReadableStream.from(file.bytes) as ReadableStream<Uint8Array<ArrayBuffer>>;
    return context.body(stream, 200, {
      'content-type': MEDIA[format],
      'content-disposition': `attachment; filename="${name}"`,
      ...headersOf(file.head),
    });
  });
}

function headersOf(head: ExportHead): Record<string, string> {
  return {
    'x-setpoint-focus-spec': head.spec,
    'x-setpoint-focus-period': `${head.from}/${head.to}`,
    'x-setpoint-focus-granularity': head.granularity,
    'x-setpoint-focus-cost': head.cost,
    'x-setpoint-focus-unpriced-calls': String(head.unpricedCalls),
    'x-setpoint-focus-price-book-version': head.priceBookVersion,
    'x-setpoint-focus-complete-until': head.completeUntil,
  };
}

function mountCheck(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const body = z.any().openapi({ type: 'string', format: 'binary' });
  const route = secured(parts.access, 'ledger:read', {
    method: 'post',
    path: `${API_PREFIX}/focus/check`,
    operationId: 'checkFocus',
    summary: 'Check a FOCUS file (the body: CSV or Parquet) rule by rule; nothing is kept',
    tags: ['focus'],
    request: {
      query: FocusCheckQuery,
      body: {
        content: {
          'text/csv': { schema: body },
          'application/vnd.apache.parquet': { schema: body },
          'application/octet-stream': { schema: body },
        },
      },
    },
    responses: {
      200: jsonOf(FocusReport, 'A verdict for every rule.'),
      ...problemsOf('bad_request', 'login_needed', 'too_large', 'unsupported_media_type'),
    },
  });
  app.openapi(route, async (context) => {
    const { supports = TOKEN_PROVIDER } = context.req.valid('query');
    const bytes = new Uint8Array(await context.req.arrayBuffer());
    try {
      const text = await parts.focusModel?.();
      const model = text === undefined ? undefined : readModel(text);
      const report = await checkFocus(await tableOfBytes(bytes), { model, supports: supports.split(',') });
      const words = model?.name ?? `none: only our own format rules were run. ${WHERE_TO_GET_IT}`;
      return context.json(present(report, words), 200);
    } catch (error) {
      if (!(error instanceof TableUnreadable) && !(error instanceof ModelError)) throw error;
      const path = error instanceof TableUnreadable ? 'body' : 'supports';
      return refuseFields(context, [{ path, message: error.message }]);
    }
  });
}

/** Mutable copies, as the contract's types are. */
function present(report: CheckReport, model: string): FocusReport {
  return structuredClone({ ...report, model }) as FocusReport;
}
