/** Questions that are answered as files too: the same words, and the bytes as the server makes them. */
import type { FileFormat } from '../../tables/formats.ts';
import type { AnomaliesAsk, ChangesAsk } from './anomalies.ts';
import type { CoverageAsk, MissingAsk } from './attribution.ts';
import type { CompositionAsk } from './composition.ts';
import type { CallsAsk, LedgerAsk } from './ledger.ts';
import type { PricesAsk, WhatIfFileAsk } from './prices.ts';
import { queryText } from './reach.ts';
import type { Parameters, Reach } from './reach.ts';

export interface FileAsks {
  readonly ledger: LedgerAsk;
  /** All lines up to the limit, not a page. */
  readonly calls: Omit<CallsAsk, 'cursor'>;
  readonly changes: ChangesAsk;
  readonly composition: CompositionAsk;
  readonly anomalies: AnomaliesAsk;
  readonly coverage: CoverageAsk;
  readonly missing: MissingAsk;
  readonly budgets: { readonly at?: string };
  readonly prices: PricesAsk;
  readonly whatIf: WhatIfFileAsk;
  /** The keys of one reconciliation: with a cause, in a state, or those that differ. */
  readonly reconciliation: { readonly id: string; readonly show?: string };
}

const PATHS: Readonly<Record<keyof FileAsks, string>> = {
  ledger: '/ledger',
  calls: '/calls',
  changes: '/changes',
  composition: '/composition',
  anomalies: '/anomalies',
  coverage: '/attribution/coverage',
  missing: '/attribution/missing',
  budgets: '/budgets',
  prices: '/prices',
  whatIf: '/prices/what-if',
  reconciliation: '/reconciliations/',
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
    /** What such a link, or one like it, leads to. */
    fileAt: (link: string): Promise<Response> => send('GET', link.replace('/api/v1', '')),
  };
}

const REPEATED: ReadonlySet<string> = new Set(['where', 'map']);

/** Lists of names are one word, as in the same question for JSON; conditions are repeated. What has an id is a place. */
function pathOf<Of extends keyof FileAsks>(of: Of, ask: FileAsks[Of], format: FileFormat): string {
  const { id = '', ...said } = ask as { readonly id?: string };
  const words = Object.entries(said).map(([name, value]): [string, Parameters[string]] => [
    name,
    Array.isArray(value) && !REPEATED.has(name) ? value.join(',') : (value as Parameters[string]),
  ]);
  return `${PATHS[of]}${encodeURIComponent(id)}${queryText({ ...Object.fromEntries(words), format })}`;
}
