/** `/api/v1/invoices`: statements as their providers give them, read whole or not at all. */
import type { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';

import { importStatement } from '../../inform/invoices/invoices.ts';
import { formatDollars } from '../../units/money.ts';
import { idParams } from '../attributing.ts';
import { ImportQuery, ImportedInvoice, InvoiceDetail, InvoiceList } from '../contract/invoices.ts';
import { API_PREFIX } from '../contract.ts';
import { invoicingOf } from '../invoicing.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse, refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

export function mountInvoices(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountImport(app, parts);
  mountReading(app, parts);
}

function mountImport(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'invoices:write', {
    method: 'post',
    path: `${API_PREFIX}/invoices`,
    operationId: 'importInvoice',
    summary: 'Import a statement; the same file twice is nothing new',
    tags: ['invoices'],
    request: { query: ImportQuery },
    responses: {
      200: jsonOf(ImportedInvoice, 'It was imported before; nothing is new.'),
      201: jsonOf(ImportedInvoice, 'The import.'),
      ...problemsOf(
        'bad_request',
        'login_needed',
        'origin_not_allowed',
        'idempotency_conflict',
        'too_large',
        'unsupported_media_type',
      ),
    },
  });
  app.openapi(route, async (context) => {
    const { from, file = '', mapping, invoice, month, overlap = 'refuse' } = context.req.valid('query');
    const parsed = readMapping(mapping);
    if (parsed.kind === 'bad') return refuseFields(context, [{ path: 'mapping', message: 'is not JSON' }]);
    const bytes = new Uint8Array(await context.req.arrayBuffer());
    const ask = { kind: from, fileName: file, mapping: parsed.value, invoice, month, overlap };
    const outcome = await importStatement(invoicingOf(parts), bytes, ask, context.get('actor'));
    switch (outcome.kind) {
      case 'problems':
        return refuse(
          context,
          'bad_request',
          `Nothing of the file was imported. ${outcome.problems
            .slice(0, 5)
            .map(({ row, message }) => (row === 0 ? message : `Row ${row} ${message}`))
            .join('. ')}.`,
          outcome.problems.map(({ row, message }) => ({ path: `row ${row}`, message })),
        );
      case 'overlap':
        return refuse(
          context,
          'idempotency_conflict',
          `${outcome.record.fileName || outcome.record.id} of the same kind already tells of days from ${outcome.record.firstDay} to ${outcome.record.lastDay}, and counting both could double the invoice. Nothing was imported. Say overlap=replace if this file stands in for it, overlap=add if it is another part.`,
        );
      default:
        return context.json(
          { ...outcome.record, repeated: outcome.kind === 'repeated' },
          outcome.kind === 'repeated' ? 200 : 201,
        );
    }
  });
}

function readMapping(
  text: string | undefined,
): { readonly kind: 'ok'; readonly value: unknown } | { readonly kind: 'bad' } {
  if (text === undefined) return { kind: 'ok', value: undefined };
  try {
    return { kind: 'ok', value: JSON.parse(text) as unknown };
  } catch {
    return { kind: 'bad' };
  }
}

function mountReading(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const list = secured(parts.access, 'invoices:read', {
    method: 'get',
    path: `${API_PREFIX}/invoices`,
    operationId: 'listInvoices',
    summary: 'Imported statements, newest first',
    tags: ['invoices'],
    responses: { 200: jsonOf(InvoiceList, 'The imports.'), ...problemsOf('login_needed') },
  });
  app.openapi(list, async (context) =>
    context.json({ invoices: await parts.registry.invoices.imports() }, 200),
  );
  const show = secured(parts.access, 'invoices:read', {
    method: 'get',
    path: `${API_PREFIX}/invoices/{id}`,
    operationId: 'showInvoice',
    summary: 'An import with its lines, as they were read',
    tags: ['invoices'],
    request: { params: idParams },
    responses: { 200: jsonOf(InvoiceDetail, 'The import.'), ...problemsOf('login_needed', 'not_found') },
  });
  app.openapi(show, async (context) => {
    const { id } = context.req.valid('param');
    const record = await parts.registry.invoices.find(id);
    if (record === undefined)
      return refuse(context, 'not_found', `There is no import ${id}. "setpoint invoice list" names them.`);
    const lines = await parts.registry.invoices.lines({ importId: id });
    return context.json({ ...record, statement: lines.map(({ body }) => presentLine(body)) }, 200);
  });
}

type LineView = z.infer<typeof InvoiceDetail>['statement'][number];

/** Amounts are kept in picodollars and shown in dollars. */
function presentLine(body: string): LineView {
  const { cost, row, provider, day, charge, account, model, bucket, tier, region, units, text, invoice } =
    JSON.parse(body) as LineView;
  return {
    row,
    provider,
    day,
    charge,
    account,
    model,
    bucket,
    tier,
    region,
    units,
    cost: cost === null ? null : formatDollars(BigInt(cost)),
    text,
    invoice,
  };
}
