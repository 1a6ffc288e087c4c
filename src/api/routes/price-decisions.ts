/** `/api/v1/prices/decisions` and `/prices/import`: prices are decided, superseded, withdrawn, restored; each is published at once. */
import { createHash } from 'node:crypto';

import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';

import { API_PREFIX } from '../contract.ts';
import {
  NewPrice,
  NewPriceSheet,
  NewRestoration,
  NewWithdrawal,
  PriceDecisions,
  PricesDecided,
} from '../contract/prices.ts';
import { createIdempotency } from '../idempotency.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { answer, attempt, instantText, openDeciding, refusePrices, toView } from '../price-deciding.ts';
import type { Decided } from '../price-deciding.ts';
import { toPrice } from '../pricing.ts';
import { refuse } from '../problems.ts';
import { tryPublish } from '../publication.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';
import { readPriceCsv } from '../../operate/operate.ts';
import { closedMonth } from '../../prices/prices.ts';
import type { NewDecision } from '../../registry/registry.ts';

const HEADERS = z.object({ 'idempotency-key': z.string().min(1).max(255).optional() });
const PARAMS = z.object({
  id: z
    .string()
    .min(1)
    .max(40)
    .openapi({ param: { name: 'id', in: 'path' } }),
});
const WRITING = [
  'bad_request',
  'login_needed',
  'origin_not_allowed',
  'idempotency_conflict',
  'price_refused',
  'too_large',
  'unsupported_media_type',
] as const;

export function mountPriceDecisions(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountList(app, parts);
  mountSet(app, parts);
  mountWithdraw(app, parts);
  mountRestore(app, parts);
  mountImport(app, parts);
}

function mountList(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'prices:read', {
    method: 'get',
    path: `${API_PREFIX}/prices/decisions`,
    operationId: 'listPriceDecisions',
    summary: 'Everything that was decided about prices, newest first, and what became of it',
    tags: ['prices'],
    request: {
      query: z.strictObject({
        provider: z.string().max(128).optional(),
        model: z.string().max(256).optional(),
      }),
    },
    responses: { 200: jsonOf(PriceDecisions, 'Decisions.'), ...problemsOf('bad_request', 'login_needed') },
  });
  app.openapi(route, async (context) => {
    const { provider, model } = context.req.valid('query');
    const all = await parts.registry.prices.list();
    const decisions = all
      .map((one) => toView(one, all, parts.now()))
      .filter(
        (one) =>
          (provider === undefined || one.provider === provider) &&
          (model === undefined || one.model === model),
      )
      .toReversed();
    return context.json({ decisions, priceBookVersion: parts.priceBook().version }, 200);
  });
}

function mountSet(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'prices:write', {
    method: 'post',
    path: `${API_PREFIX}/prices/decisions`,
    operationId: 'setPrice',
    summary:
      'Decide a price: rates or a discount, for everybody, a team or an account; a suspicious one must be confirmed',
    tags: ['prices'],
    request: {
      headers: HEADERS,
      body: { required: true, content: { 'application/json': { schema: NewPrice } } },
    },
    responses: { 201: jsonOf(PricesDecided, 'The decision.'), ...problemsOf(...WRITING) },
  });
  const deciding = openDeciding(parts);
  app.openapi(route, async (context) => {
    const ask = context.req.valid('json');
    const { reason, supersedes = '', confirm, dryRun = false, ...edit } = ask;
    const read = attempt(() => toPrice({ from: instantText(parts.now()), ...edit }));
    if (!read.ok) return refuse(context, 'price_refused', `${read.message}. Nothing was changed.`);
    const drafts = [{ price: read.value, supersedes, where: '' }];
    const key = context.req.valid('header')['idempotency-key'];
    return deciding(context, { drafts, reason, origin: 'set', confirm, dryRun }, { key, body: ask });
  });
}

function mountImport(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'prices:write', {
    method: 'post',
    path: `${API_PREFIX}/prices/import`,
    operationId: 'importPrices',
    summary: 'Decide all prices of a sheet (CSV), or none: problems come with the numbers of their rows',
    tags: ['prices'],
    request: {
      headers: HEADERS,
      body: { required: true, content: { 'application/json': { schema: NewPriceSheet } } },
    },
    responses: { 201: jsonOf(PricesDecided, 'The decisions.'), ...problemsOf(...WRITING) },
  });
  const deciding = openDeciding(parts);
  app.openapi(route, async (context) => {
    const ask = context.req.valid('json');
    const { csv, columns = {}, reason, confirm, dryRun = false } = ask;
    const sheet = readPriceCsv(csv, columns);
    if (sheet.kind === 'problems')
      return refusePrices(
        context,
        sheet.problems.map(({ row, message }) => ({ path: row === 0 ? 'file' : `row ${row}`, message })),
        'Nothing of the sheet was taken. Correct these rows and import it again.',
      );
    const from = instantText(parts.now());
    const drafts = sheet.prices.map(({ row, price }) => ({
      price: { from, ...price },
      supersedes: '',
      where: `row ${row}`,
    }));
    const origin = `import:${createHash('sha256').update(csv).digest('hex').slice(0, 16)}`;
    const key = context.req.valid('header')['idempotency-key'];
    return deciding(context, { drafts, reason, origin, confirm, dryRun }, { key, body: ask });
  });
}

function mountWithdraw(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'prices:write', {
    method: 'post',
    path: `${API_PREFIX}/prices/decisions/{id}/withdrawal`,
    operationId: 'withdrawPrice',
    summary: 'A decided price holds no longer, from now or a later time on; what was priced by it stays',
    tags: ['prices'],
    request: {
      headers: HEADERS,
      params: PARAMS,
      body: { required: true, content: { 'application/json': { schema: NewWithdrawal } } },
    },
    responses: { 201: jsonOf(PricesDecided, 'The withdrawal.'), ...problemsOf(...WRITING, 'not_found') },
  });
  const idempotency = createIdempotency<Decided>(parts.now);
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const ask = context.req.valid('json');
    const { reason, from = instantText(parts.now()) } = ask;
    const closed = closedMonth(
      from,
      (await parts.ledger.lockedMonths()).map(({ month }) => month),
    );
    if (closed)
      return refusePrices(context, [{ path: closed.code, message: closed.message }], 'Nothing was changed.');
    const once = await idempotency
      .once(context.req.valid('header')['idempotency-key'], { id, ...ask }, async () => {
        const withdrawal: NewDecision = {
          action: 'withdraw',
          withdraws: id,
          from,
          reason,
          origin: 'set',
          confirmed: [],
        };
        const made = await parts.registry.prices.decide([withdrawal], context.get('actor'));
        const published = await tryPublish(parts, context.get('requestId'));
        const all = await parts.registry.prices.list();
        const decisions = made.map((one) => toView(one, all, parts.now()));
        return {
          decisions,
          warnings: [],
          lastMonth: null,
          priceBookVersion: parts.priceBook().version,
          published,
          dryRun: false,
        };
      })
      .catch((error: unknown) => {
        if (error instanceof RangeError) return error;
        throw error;
      });
    if (once instanceof RangeError) return refuse(context, 'price_refused', once.message);
    return answer(context, once);
  });
}

/** It was judged when it was decided and held until it was withdrawn: what is suspicious about it is confirmed by that. */
function mountRestore(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'prices:write', {
    method: 'post',
    path: `${API_PREFIX}/prices/decisions/{id}/restoration`,
    operationId: 'restorePrice',
    summary:
      'A withdrawn price holds again from now on, as it was decided; refused once its model was decided about since',
    tags: ['prices'],
    request: {
      headers: HEADERS,
      params: PARAMS,
      body: { required: true, content: { 'application/json': { schema: NewRestoration } } },
    },
    responses: { 201: jsonOf(PricesDecided, 'The new decision.'), ...problemsOf(...WRITING, 'not_found') },
  });
  const deciding = openDeciding(parts);
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { reason } = context.req.valid('json');
    const decision = (await parts.registry.prices.list()).find((one) => one.id === id);
    if (decision?.action !== 'set')
      return refuse(
        context,
        'not_found',
        `There is no price decision "${id}". Nothing was changed; "setpoint price history" shows the ids.`,
      );
    const now = instantText(parts.now());
    const { from = now, ...same } = decision.price;
    // What came in between is booked at the price before it: it holds from now on, or from when it was announced for.
    const price = { ...same, from: Date.parse(from) > parts.now() ? from : now };
    const drafts = [{ price, supersedes: '', restores: id, where: '' }];
    const key = context.req.valid('header')['idempotency-key'];
    const origin = `restore:${id}`;
    return deciding(
      context,
      { drafts, reason, origin, confirm: reason, dryRun: false },
      { key, body: { id, reason } },
    );
  });
}
