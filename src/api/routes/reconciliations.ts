/** `/api/v1/reconciliations`: the ledger beside the invoice, why they differ, and the lines that make them equal. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import {
  applyReconciliation,
  bodyOf,
  closeMonth,
  reconcileMonth,
  sumOf,
} from '../../inform/invoices/invoices.ts';
import type { ReconciliationRecord } from '../../registry/registry.ts';
import { WRITE_PROBLEMS, answering, idParams } from '../attributing.ts';
import {
  AppliedView,
  ApplyAsk,
  CloseAsk,
  ClosedMonth,
  Corrections,
  NewReconciliation,
  Reconciliation,
  ReconciliationList,
  ReconciliationQuery,
} from '../contract/invoices.ts';
import type { Reconciliation as ReconciliationAnswer } from '../contract/invoices.ts';
import { API_PREFIX } from '../contract.ts';
import { invoicingOf } from '../invoicing.ts';
import { ledgerFor } from '../leaving.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';
import { reconciledKeysTable } from '../tables/reconciled-keys.ts';
import { formatOf, jsonOrFile, questionText, sendFile } from '../tabling.ts';

type App = OpenAPIHono<ApiEnvironment>;
const PATH = `${API_PREFIX}/reconciliations`;
const NO_SUCH = 'There is no such reconciliation. "setpoint invoice reconcile --month 2026-10" makes one.';

export function mountReconciliations(app: App, parts: ApiParts): void {
  mountMake(app, parts);
  mountClose(app, parts);
  mountReading(app, parts);
  mountApply(app, parts);
}

function mountMake(app: App, parts: ApiParts): void {
  const route = secured(parts.access, 'invoices:write', {
    method: 'post',
    path: PATH,
    operationId: 'reconcile',
    summary: 'Compare a month of the ledger with its statements and name every difference; posts nothing',
    tags: ['invoices'],
    request: { body: { required: true, content: { 'application/json': { schema: NewReconciliation } } } },
    responses: { 201: jsonOf(Reconciliation, 'The reconciliation.'), ...WRITE_PROBLEMS },
  });
  app.openapi(route, async (context) => {
    const ask = context.req.valid('json');
    // Reading the month stops for who has left; what is read is kept.
    const reading = { ...invoicingOf(parts), ledger: ledgerFor(parts, context) };
    const made = await answering(context, () => reconcileMonth(reading, ask, context.get('actor')));
    return made instanceof Response ? (made as never) : context.json(present(made), 201);
  });
}

function mountReading(app: App, parts: ApiParts): void {
  const { invoices } = parts.registry;
  const about = { method: 'get' as const, tags: ['invoices'] };
  const list = secured(parts.access, 'invoices:read', {
    ...about,
    path: PATH,
    operationId: 'listReconciliations',
    summary: 'Reconciliations, newest first',
    responses: { 200: jsonOf(ReconciliationList, 'The reconciliations.'), ...problemsOf('login_needed') },
  });
  app.openapi(list, async (context) =>
    context.json({ reconciliations: (await invoices.reconciliations()).map(summaryOf) }, 200),
  );
  const show = secured(parts.access, 'invoices:read', {
    ...about,
    path: `${PATH}/{id}`,
    operationId: 'showReconciliation',
    summary: 'From ledger over causes to invoice, down to keys and statement rows',
    request: { params: idParams, query: ReconciliationQuery },
    responses: {
      200: jsonOrFile(Reconciliation, 'It; a file has its keys.'),
      ...problemsOf('bad_request', 'login_needed', 'not_found'),
    },
  });
  app.openapi(show, async (context) => {
    const found = await invoices.reconciliation(context.req.valid('param').id);
    if (found === undefined) return refuse(context, 'not_found', NO_SUCH);
    const query = context.req.valid('query');
    const format = formatOf(context, query.format);
    if (format === undefined) return context.json(present(found), 200);
    const table = reconciledKeysTable(present(found), query.show ?? '', questionText(context));
    return sendFile(context, format, table, { name: [found.id, 'keys'] });
  });
  const preview = secured(parts.access, 'invoices:read', {
    ...about,
    path: `${PATH}/{id}/corrections`,
    operationId: 'previewCorrections',
    summary: 'The lines that applying it adds to the ledger',
    request: { params: idParams },
    responses: { 200: jsonOf(Corrections, 'They.'), ...problemsOf('login_needed', 'not_found') },
  });
  app.openapi(preview, async (context) => {
    const found = await invoices.reconciliation(context.req.valid('param').id);
    if (found === undefined) return refuse(context, 'not_found', NO_SUCH);
    const { corrections } = bodyOf(found);
    return context.json({ id: found.id, sum: sumOf(corrections), corrections: [...corrections] }, 200);
  });
}

function mountApply(app: App, parts: ApiParts): void {
  const route = secured(parts.access, 'invoices:write', {
    method: 'post',
    path: `${PATH}/{id}/apply`,
    operationId: 'applyReconciliation',
    summary: 'Post its corrections, exactly once',
    tags: ['invoices'],
    request: {
      params: idParams,
      body: { required: true, content: { 'application/json': { schema: ApplyAsk } } },
    },
    responses: {
      200: jsonOf(AppliedView, 'What was posted.'),
      ...WRITE_PROBLEMS,
      ...problemsOf('idempotency_conflict'),
    },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { final = false } = context.req.valid('json');
    const applied = await answering(context, () =>
      applyReconciliation(invoicingOf(parts), id, { final }, context.get('actor')),
    );
    if (applied instanceof Response) return applied as never;
    if (applied === undefined) return refuse(context, 'not_found', NO_SUCH);
    if (applied.kind === 'refused') return refuse(context, 'idempotency_conflict', applied.reason);
    const { record, lines, repeated } = applied;
    return context.json({ id, lines, repeated, bookAt: record.bookAt }, 200);
  });
}

function mountClose(app: App, parts: ApiParts): void {
  const route = secured(parts.access, 'invoices:write', {
    method: 'post',
    path: `${PATH}/close`,
    operationId: 'closeMonth',
    summary: 'Lock a month: later corrections are booked in an open month, for it; there is no reopening',
    tags: ['invoices'],
    request: { body: { required: true, content: { 'application/json': { schema: CloseAsk } } } },
    responses: { 200: jsonOf(ClosedMonth, 'What it was frozen as.'), ...WRITE_PROBLEMS },
  });
  app.openapi(route, async (context) => {
    const { month } = context.req.valid('json');
    const closed = await answering(context, () =>
      closeMonth(invoicingOf(parts), month, context.get('actor')),
    );
    if (closed instanceof Response) return closed as never;
    const { lockedAtMs, frozen, movedCost } = closed;
    return context.json(
      {
        month,
        lockedAt: new Date(lockedAtMs).toISOString(),
        lines: frozen.lines,
        cost: frozen.cost,
        movedCost,
      },
      200,
    );
  });
}

function summaryOf({ id, month, provider, actor, at, appliedAt, bookAt, lines }: ReconciliationRecord) {
  return { id, month, provider, actor, at, appliedAt, bookAt, lines };
}

function present(record: ReconciliationRecord): ReconciliationAnswer {
  const { providers, corrections } = bodyOf(record);
  return {
    ...summaryOf(record),
    currency: 'USD',
    corrections: { count: corrections.length, sum: sumOf(corrections) },
    providers: providers as unknown as ReconciliationAnswer['providers'],
  };
}
