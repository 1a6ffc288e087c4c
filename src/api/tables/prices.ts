/** The price book as a file, a rate a row. Pure. */
import type { PriceList } from '../contract/prices.ts';
import type { FileTable, Stored } from '../../tables/tables.ts';
import { cellsOf, columnsOf, MONEY, tableOf } from './shape.ts';
import type { MarkedRow } from './shape.ts';

const STORED: Readonly<Record<string, Stored>> = {
  provider: 'text',
  model: 'text',
  origin: 'text',
  kind: 'text',
  source: 'text',
  from: 'text',
  until: 'text',
  dailyFromSecond: 'count',
  dailyUntilSecond: 'count',
  tier: 'text',
  team: 'text',
  account: 'text',
  region: 'text',
  multiplier: 'text',
  bucket: 'text',
  dollarsPerMillion: MONEY,
  aboveTokens: 'count',
  decision: 'text',
  note: 'text',
};

export function pricesTable(answer: PriceList, question: string): FileTable {
  const rows = answer.prices.flatMap(({ rates, daily, ...price }): MarkedRow[] => {
    const when = { dailyFromSecond: daily?.fromSecond, dailyUntilSecond: daily?.untilSecond };
    // A multiple of the list alone states no rate of its own.
    const own = rates.length > 0 ? rates : [{ bucket: null, rate: null, aboveTokens: null }];
    return own.map(({ bucket, rate, aboveTokens }): MarkedRow => [
      'group',
      cellsOf({ ...price, ...when, bucket, dollarsPerMillion: rate, aboveTokens }),
    ]);
  });
  const rest: MarkedRow[] = answer.hasMore ? [['other', { note: 'more prices, beyond the limit' }]] : [];
  const facts = {
    currency: 'USD',
    priceVersions: [answer.priceBookVersion],
    asOf: answer.at,
  } as const;
  return tableOf({ columns: columnsOf(STORED), facts, question }, [...rows, ...rest]);
}
