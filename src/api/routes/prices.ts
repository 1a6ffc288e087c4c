/** `GET /api/v1/prices` (the price book in force) and `GET /api/v1/providers`. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { API_PREFIX, ProviderList } from '../contract.ts';
import type { GatewayAddress } from '../contract.ts';
import { PriceList, PricesQuery } from '../contract/prices.ts';
import type { Price } from '../contract/prices.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { listPrices } from '../../prices/prices.ts';
import type { PriceListing } from '../../prices/prices.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const DEFAULT_PRICES = 2_000;
const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '*', '']);

export function mountPrices(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'prices:read', {
    method: 'get',
    path: `${API_PREFIX}/prices`,
    operationId: 'listPrices',
    summary: 'Prices in force now: overrides first, then list',
    tags: ['prices'],
    request: { query: PricesQuery },
    responses: { 200: jsonOf(PriceList, 'Prices.'), ...problemsOf('bad_request', 'login_needed') },
  });
  app.openapi(route, async (context) => {
    const { provider, model, limit = DEFAULT_PRICES } = context.req.valid('query');
    const book = parts.priceBook();
    const listings = listPrices(book, {
      atMs: parts.now(),
      ...(provider !== undefined && { provider }),
      ...(model !== undefined && { model }),
    });
    const prices = listings.slice(0, limit).map(toPrice);
    return context.json(
      { priceBookVersion: book.version, currency: 'USD' as const, prices, hasMore: listings.length > limit },
      200,
    );
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
