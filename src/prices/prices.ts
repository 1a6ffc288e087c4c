/**
 * The price book: dated, versioned prices; usage × price = cost. Pure: no clock, no files, no network. The front door.
 */
export type { PriceBookData, PriceOverride, PriceSource, RateKey } from './book.ts';
export { openPriceBook } from './charge.ts';
export type { Cost, PriceAsk, PriceBook, PricedBucket } from './charge.ts';
export { seedPriceBook } from './seed.ts';
export { overrideProblems, withOverrides, withProvider } from './overrides.ts';
export { diffPrices, listPrices } from './list.ts';
export type { PriceChange, PriceListing } from './list.ts';
export { decidedPrices, standingOf } from './decisions.ts';
export type { PriceDecision } from './decisions.ts';
export { closedMonth, judgeEdit } from './plausible.ts';
export type { Finding } from './plausible.ts';
export { rateChanges } from './rate-changes.ts';
export type { RateChange } from './rate-changes.ts';
export { repriceUses } from './reprice.ts';
export type { ModelMapping, Repriced, Use } from './reprice.ts';
export { priceOutlook } from './outlook.ts';
export type { PriceNotice } from './outlook.ts';
export { spendOf } from './spend.ts';
export type { SpentBucket } from './spend.ts';
