/** Questions that are answered as files too: the same words, and the bytes as the server makes them. */
import type { FileFormat } from '../../tables/formats.ts';
import type { AnomaliesAsk, ChangesAsk } from './anomalies.ts';
import type { CoverageAsk } from './attribution.ts';
import type { CompositionAsk } from './composition.ts';
import type { CallsAsk, LedgerAsk } from './ledger.ts';
import type { PricesAsk } from './prices.ts';
import { queryText } from './reach.ts';
import type { Reach } from './reach.ts';

export interface FileAsks {
  readonly ledger: LedgerAsk;
  /** All lines up to the limit, not a page. */
  readonly calls: Omit<CallsAsk, 'cursor'>;
  readonly changes: ChangesAsk;
  readonly composition: CompositionAsk;
  readonly anomalies: AnomaliesAsk;
  readonly coverage: CoverageAsk;
  readonly budgets: { readonly at?: string };
  readonly prices: PricesAsk;
}

const PATHS: Readonly<Record<keyof FileAsks, string>> = {
  ledger: '/ledger',
  calls: '/calls',
  changes: '/changes',
  composition: '/composition',
  anomalies: '/anomalies',
  coverage: '/attribution/coverage',
  budgets: '/budgets',
  prices: '/prices',
};

/** Where a browser finds the file on its own origin. */
export function fileLink<Of extends keyof FileAsks>(of: Of, ask: FileAsks[Of], format: FileFormat): string {
  return `/api/v1${pathOf(of, ask, format)}`;
}

export function fileCalls({ send }: Reach) {
  return {
    /** The file as it is made; headers say until when it is complete and what has no price. */
    file: <Of extends keyof FileAsks>(of: Of, ask: FileAsks[Of], format: FileFormat): Promise<Response> =>
      send('GET', pathOf(of, ask, format)),
  };
}

/** Lists of names are one word, as in the same question for JSON; conditions are repeated. */
function pathOf<Of extends keyof FileAsks>(of: Of, ask: FileAsks[Of], format: FileFormat): string {
  const words = Object.entries(ask).map(([name, value]): [string, string | readonly string[] | undefined] => [
    name,
    Array.isArray(value)
      ? name === 'where'
        ? value
        : value.join(',')
      : value === undefined
        ? undefined
        : String(value),
  ]);
  return `${PATHS[of]}${queryText({ ...Object.fromEntries(words), format })}`;
}
