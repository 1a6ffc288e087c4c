/** The price book, as the client asks. */
import type {
  NewPrice,
  NewPriceDiff,
  NewPriceSheet,
  NewRestoration,
  NewWithdrawal,
  PriceCheck,
  PriceDecisions,
  PriceDiff,
  PriceList,
  PricesDecided,
  PriceVersions,
  RepriceAnswer,
  RepriceAsk,
  WhatIfAnswer,
  WhatIfAsk,
} from '../contract/prices.ts';
import type { Reach } from './reach.ts';

export interface PricesAsk {
  readonly provider?: string;
  readonly model?: string;
  readonly limit?: number;
  readonly version?: string;
  readonly at?: string;
}

/** What would be asked in a body, as an address says it. */
export type WhatIfFileAsk = Omit<WhatIfAsk, 'mapping' | 'draft' | 'where'> & {
  readonly where?: readonly string[];
  /** provider/model=provider/model */
  readonly map?: readonly string[];
  /** JSON of the price. */
  readonly draft?: string;
};

export function priceCalls({ get, ask: askOf, post }: Reach) {
  return {
    prices: (ask: PricesAsk = {}): Promise<PriceList> => get('/prices', { ...ask }),
    priceVersions: (): Promise<PriceVersions> => get('/prices/versions'),
    priceDecisions: (ask: { provider?: string; model?: string } = {}): Promise<PriceDecisions> =>
      get('/prices/decisions', ask),
    setPrice: (price: NewPrice, idempotencyKey?: string): Promise<PricesDecided> =>
      post('/prices/decisions', price, idempotencyKey),
    withdrawPrice: (id: string, withdrawal: NewWithdrawal, idempotencyKey?: string): Promise<PricesDecided> =>
      post(`/prices/decisions/${encodeURIComponent(id)}/withdrawal`, withdrawal, idempotencyKey),
    /** A withdrawn price holds again; refused once its model was decided about since. */
    restorePrice: (
      id: string,
      restoration: NewRestoration,
      idempotencyKey?: string,
    ): Promise<PricesDecided> =>
      post(`/prices/decisions/${encodeURIComponent(id)}/restoration`, restoration, idempotencyKey),
    importPrices: (sheet: NewPriceSheet, idempotencyKey?: string): Promise<PricesDecided> =>
      post('/prices/import', sheet, idempotencyKey),
    diffPrices: (ask: { from?: string; to?: string }): Promise<PriceDiff> => get('/prices/diff', ask),
    diffDraft: (ask: NewPriceDiff): Promise<PriceDiff> => askOf('/prices/diff', ask),
    whatIf: (ask: WhatIfAsk): Promise<WhatIfAnswer> => askOf('/prices/what-if', ask),
    reprice: (ask: RepriceAsk, idempotencyKey?: string): Promise<RepriceAnswer> =>
      post('/prices/reprice', ask, idempotencyKey),
    checkPrices: (): Promise<PriceCheck> => get('/prices/check'),
  };
}
