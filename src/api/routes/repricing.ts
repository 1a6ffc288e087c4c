/** `/api/v1/prices/diff`, `/reprice` and `/check`: what other prices mean for money, and what needs a person. */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { readAsk } from '../asking.ts';
import { API_PREFIX } from '../contract.ts';
import {
  NewPriceDiff,
  PriceCheck,
  PriceDiff,
  PriceDiffQuery,
  RepriceAnswer,
  RepriceAsk,
} from '../contract/prices.ts';
import { createIdempotency } from '../idempotency.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import {
  bookOf,
  laidOver,
  onlyRangeError,
  orRefusal,
  priceNames,
  sourceOf,
  toPrice,
  unknownVersion,
} from '../pricing.ts';
import { refuse, refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';
import { correctDrift, readSpend } from '../../operate/operate.ts';
import { openPriceBook, priceOutlook, rateChanges, spendOf } from '../../prices/prices.ts';
import type { PriceBookData, SpentBucket } from '../../prices/prices.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';

const DAY_MS = 86_400_000;
const SPEND_DAYS = 30;
const MOST_CHANGES = 5_000;
const READING = ['bad_request', 'login_needed', 'not_found'] as const;
const POSTING = [
  ...READING,
  'price_refused',
  'origin_not_allowed',
  'too_large',
  'unsupported_media_type',
] as const;

export function mountRepricing(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountDiff(app, parts);
  mountDraftDiff(app, parts);
  mountReprice(app, parts);
  mountCheck(app, parts);
}

function mountDiff(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'prices:read', {
    method: 'get',
    path: `${API_PREFIX}/prices/diff`,
    operationId: 'diffPrices',
    summary:
      'What one version of the price book changes against another, with the spend of 30 days that it concerns',
    tags: ['prices'],
    request: { query: PriceDiffQuery },
    responses: { 200: jsonOf(PriceDiff, 'Changes.'), ...problemsOf(...READING) },
  });
  app.openapi(route, async (context) => {
    const { from, to } = context.req.valid('query');
    const [before, after] = [await bookOf(parts, from), await bookOf(parts, to)];
    if (before === undefined) return unknownVersion(context, from);
    if (after === undefined) return unknownVersion(context, to);
    return context.json(await diffOf(parts, before, after), 200);
  });
}

function mountDraftDiff(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'prices:read', {
    method: 'post',
    path: `${API_PREFIX}/prices/diff`,
    operationId: 'diffDraftPrice',
    summary: 'What a draft would change against a version of the price book; nothing is decided',
    tags: ['prices'],
    request: { body: { required: true, content: { 'application/json': { schema: NewPriceDiff } } } },
    responses: { 200: jsonOf(PriceDiff, 'Changes.'), ...problemsOf(...POSTING) },
  });
  app.openapi(route, async (context) => {
    const { from, draft } = context.req.valid('json');
    const before = await bookOf(parts, from);
    if (before === undefined) return unknownVersion(context, from);
    const after = orRefusal(() => laidOver(before, toPrice(draft)));
    if (after instanceof RangeError) return refuse(context, 'price_refused', after.message);
    return context.json(await diffOf(parts, before, after), 200);
  });
}

async function diffOf(
  parts: ApiParts,
  before: PriceBookData,
  after: PriceBookData,
): Promise<z.infer<typeof PriceDiff>> {
  const during = { fromMs: parts.now() - SPEND_DAYS * DAY_MS, toMs: parts.now() };
  const changes = rateChanges(before, after, parts.now());
  const spent = changes.length === 0 ? [] : await spendIn(parts, during);
  const spend = spent && spendOf(changes, spent, openPriceBook(after));
  return {
    from: before.version,
    to: after.version,
    currency: 'USD',
    changes: changes.slice(0, MOST_CHANGES).map(({ scope, ...change }, at) => ({
      ...change,
      ...scope,
      spend: spend === undefined ? null : formatDollars(spend[at] ?? 0n),
    })),
    spendDuring: { from: instantText(during.fromMs), to: instantText(during.toMs) },
    asOf: spent === undefined ? null : instantText(parts.now()),
    hasMore: changes.length > MOST_CHANGES,
  };
}

/** Undefined: the ledger did not answer, so that the spend is not known; the prices are all the same. */
async function spendIn(
  parts: ApiParts,
  during: { readonly fromMs: number; readonly toMs: number },
): Promise<SpentBucket[] | undefined> {
  const name = priceNames(parts);
  const by = [
    'provider',
    'model',
    'bucket',
    'contextBand',
    'team',
    'account',
    'region',
    'serviceTier',
  ] as const;
  const rows = await readSpend(parts.ledger, { during, by }).catch(() => undefined);
  return rows?.map(({ group, cost }) => {
    const [
      provider = '',
      model = '',
      bucket = '',
      band = '',
      team = '',
      account = '',
      region = '',
      tier = '',
    ] = group;
    return {
      provider: name(provider),
      model,
      bucket,
      band,
      scope: { team, account, region, tier },
      cost: parseDollars(cost),
    };
  });
}

function mountReprice(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'prices:write', {
    method: 'post',
    path: `${API_PREFIX}/prices/reprice`,
    operationId: 'repriceLines',
    summary:
      'Find lines of open months that cost another amount at the book’s prices; with apply, correct them by lines',
    tags: ['prices'],
    request: {
      headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }),
      body: { required: true, content: { 'application/json': { schema: RepriceAsk } } },
    },
    responses: {
      200: jsonOf(RepriceAnswer, 'What was found, and what was posted.'),
      ...problemsOf(...POSTING, 'idempotency_conflict', 'months_locked'),
    },
  });
  const idempotency = createIdempotency<z.infer<typeof RepriceAnswer>>(parts.now);
  app.openapi(route, async (context) => {
    const body = context.req.valid('json');
    const { version, apply = false } = body;
    const ask = readAsk(
      { during: body.during, timeZone: body.timeZone },
      { nowMs: parts.now(), timeZone: parts.timeZone },
    );
    if (ask.kind === 'problems') return refuseFields(context, ask.problems);
    const book = await bookOf(parts, version);
    if (book === undefined) return unknownVersion(context, version);
    const { during, duringText: text } = ask.value;
    const once = await idempotency
      .once(context.req.valid('header')['idempotency-key'], body, async () => {
        const drift = await correctDrift(parts, { during, book, priceName: priceNames(parts), apply });
        return {
          ...drift,
          during: { text, from: instantText(during.fromMs), to: instantText(during.toMs) },
          applied: apply,
          priceBookVersion: book.version,
          currency: 'USD' as const,
        };
      })
      .catch(onlyRangeError);
    if (once instanceof RangeError) return refuse(context, 'months_locked', once.message);
    if (once.kind === 'conflict') return conflict(context);
    return context.json(once.answer, 200);
  });
}

function conflict(context: Context<ApiEnvironment>) {
  return refuse(
    context,
    'idempotency_conflict',
    'This Idempotency-Key was used for another request within the last day. Nothing was posted. Send a new one.',
  );
}

function mountCheck(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'prices:read', {
    method: 'get',
    path: `${API_PREFIX}/prices/check`,
    operationId: 'checkPrices',
    summary:
      'What needs a person: unpriced models in use, a stale source, contracts that end, announced changes',
    tags: ['prices'],
    responses: { 200: jsonOf(PriceCheck, 'Notices.'), ...problemsOf('login_needed', 'internal_error') },
  });
  app.openapi(route, async (context) => {
    const book = parts.priceBook();
    const outlook = priceOutlook(book, parts.now()).map((notice) => ({ ...notice, units: null }));
    const notices = [...(await unpricedModels(parts)), ...outlook];
    return context.json(
      {
        ok: notices.every(({ kind }) => kind === 'announced'),
        notices,
        priceBookVersion: book.version,
        source: sourceOf(book),
        asOf: instantText(parts.now()),
      },
      200,
    );
  });
}

type Notice = z.infer<typeof PriceCheck>['notices'][number];

/** Models whose usage has no price, most used first. */
async function unpricedModels(parts: ApiParts): Promise<Notice[]> {
  const during = { fromMs: parts.now() - SPEND_DAYS * DAY_MS, toMs: parts.now() };
  const rows = await readSpend(parts.ledger, {
    during,
    by: ['provider', 'model', 'bucket'],
    where: [
      { dimension: 'rate', is: [''] },
      { dimension: 'bucket', not: [''] },
    ],
  });
  const models = Map.groupBy(
    rows.filter(({ units }) => units !== 0),
    ({ group: [provider = '', model = ''] }) => JSON.stringify([provider, model]),
  );
  return [...models.values()]
    .map((uses): Notice => {
      const [provider = '', model = ''] = uses[0]?.group ?? [];
      const units = uses.reduce((sum, use) => sum + use.units, 0);
      const buckets = uses.map(({ group }) => group[2] ?? '').join(', ');
      const message = `${provider}/${model} used ${units} units (${buckets}) in ${SPEND_DAYS} days that no price is known for: they are in no total. Set one: setpoint price set ${provider}/${model} --input … --output …`;
      return { kind: 'unpriced-model', provider, model, at: '', decision: '', units, message };
    })
    .toSorted((a, b) => (b.units ?? 0) - (a.units ?? 0));
}

function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
