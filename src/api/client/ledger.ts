/** The ledger's question and its lines, as the client asks. */
import type { CallsPage, LedgerAnswer, Receipt } from '../contract.ts';
import type { Reach } from './reach.ts';

export interface LedgerAsk {
  readonly of?: readonly string[];
  readonly by?: readonly string[];
  readonly during?: string;
  /** `dimension=value` or `dimension!=value`. */
  readonly where?: readonly string[];
  readonly timeZone?: string;
  readonly simulated?: 'exclude' | 'include' | 'only';
  readonly limit?: number;
  /** `previous`, `year` or a period, beside the answer. */
  readonly compare?: string;
  /** What names nobody is a row of its own, even beyond the limit. */
  readonly unattributed?: 'apart';
}

export interface CallsAsk extends Omit<LedgerAsk, 'of' | 'by' | 'compare' | 'unattributed'> {
  readonly cursor?: string;
}

export function ledgerCalls({ get }: Reach) {
  return {
    ledger: (ask: LedgerAsk): Promise<LedgerAnswer> =>
      get('/ledger', { ...ask, of: ask.of?.join(','), by: ask.by?.join(',') }),
    calls: (ask: CallsAsk): Promise<CallsPage> => get('/calls', { ...ask }),
    receipt: (call: string): Promise<Receipt> => get(`/calls/${encodeURIComponent(call)}`),
  };
}
