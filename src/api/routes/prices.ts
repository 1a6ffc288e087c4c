/** `GET /api/v1/prices` (the price book in force) and `GET /api/v1/providers`. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { API_PREFIX, ProviderList } from '../contract.ts';
import type { GatewayAddress } from '../contract.ts';
import { PriceList, PricesQuery, PriceVersions } from '../contract/prices.ts';
import type { Price } from '../contract/prices.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { bookOf, sourceOf, unknownVersion } from '../pricing.ts';
import { listPrices } from '../../prices/prices.ts';
import type { PriceListing } from '../../prices/prices.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';
import { pricesTable } from '../tables/prices.ts';
import { formatOf, jsonOrFile, questionText, sendFile } from '../tabling.ts';

const DEFAULT_PRICES = 2_000;
const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '*', '']);

export function mountPrices(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'prices:read', {
    method: 'get',
    path: `${API_PREFIX}/prices`,
    operationId: 'listPrices',
    summary: 'Prices in force now, or at a time, or of an older version: decided prices first, then list',
    tags: ['prices'],
    request: { query: PricesQuery },
    responses: {
      200: jsonOrFile(PriceList, 'Prices.'),
      ...problemsOf('bad_request', 'login_needed', 'not_found'),
    },
  });
  app.openapi(route, async (context) => {
    const { provider, model, version, at, limit = DEFAULT_PRICES, ...query } = context.req.valid('query');
    const book = await bookOf(parts, version);
    if (book === undefined) return unknownVersion(context, version);
    const atMs = at === undefined ? parts.now() : Date.parse(at);
    const listings = listPrices(book, {
      atMs,
      ...(provider !== undefined && { provider }),
      ...(model !== undefined && { model }),
    });
    const prices = listings.slice(0, limit).map(toPrice);
    const body = {
      priceBookVersion: book.version,
      source: sourceOf(book),
      at: new Date(atMs).toISOString(),
      currency: 'USD' as const,
      prices,
      hasMore: listings.length > limit,
    };
    const format = formatOf(context, query.format);
    if (format === undefined) return context.json(body, 200);
    return sendFile(context, format, pricesTable(body, questionText(context)), {
      name: ['prices', book.version],
    });
  });
  mountVersions(app, parts);
}

const MOST_VERSIONS = 1_000;

function mountVersions(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'prices:read', {
    method: 'get',
    path: `${API_PREFIX}/prices/versions`,
    operationId: 'listPriceVersions',
    summary: 'Published versions of the price book, newest first, with the source of each',
    tags: ['prices'],
    responses: { 200: jsonOf(PriceVersions, 'Versions.'), ...problemsOf('login_needed') },
  });
  app.openapi(route, async (context) => {
    const kept = await parts.registry.prices.books(MOST_VERSIONS);
    const versions = kept.map((one) => ({ ...one, source: sourceOf(one) }));
    return context.json({ inForce: parts.priceBook().version, versions }, 200);
  });
}

function toPrice(listing: PriceListing): Price {
  const { provider, model, origin, source, note } = listing;
  return {
    provider,
    model,
    origin,
    source,
    note,
    from: listing.from ?? null,
    until: listing.until ?? null,
    daily: listing.daily ?? null,
    tier: listing.tier ?? null,
    multiplier: listing.multiplier ?? null,
    team: listing.team ?? null,
    account: listing.account ?? null,
    region: listing.region ?? null,
    kind: listing.kind,
    decision: listing.decision ?? null,
    rates: listing.rates.map(({ key, dollarsPerMillion, aboveTokens }) => ({
      bucket: key,
      rate: dollarsPerMillion,
      aboveTokens: aboveTokens ?? null,
    })),
  };
}

export function mountProviders(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'providers:read', {
    method: 'get',
    path: `${API_PREFIX}/providers`,
    operationId: 'listProviders',
    summary: 'Providers, whether each serves, and whether its credential is there; never the credential',
    tags: ['providers'],
    responses: { 200: jsonOf(ProviderList, 'Providers.'), ...problemsOf('login_needed') },
  });
  app.openapi(route, async (context) => {
    const providers = parts.providers().map((provider) => ({ ...provider, models: [...provider.models] }));
    return context.json({ gateway: toGateway(parts.gateway), providers }, 200);
  });
}

function toGateway(listen: ApiParts['gateway']): GatewayAddress | null {
  if (listen === undefined) return null;
  return { host: EVERY_ADDRESS.has(listen.host) ? null : listen.host, port: listen.port };
}
