/** The questions of the page. Every figure is the ledger's: nothing is added up here. */
import type { LedgerAsk } from '../../../api/client.ts';
import type { LedgerAnswer } from '../../../api/contract.ts';
import { askOf } from '../../parts/filters.ts';
import type { FilterState } from '../../parts/filters.ts';
import { asking } from '../../parts/server.ts';

export const MEASURES = [
  'calls',
  'averageInputTokens',
  'costPerCall',
  'share',
  'cost',
  'listCost',
  'unpricedCalls',
];

export interface BreakdownAsk {
  readonly filters: FilterState;
  readonly by: readonly string[];
  readonly simulated: string;
  readonly limit: number;
}

/** Real money when there is any; else the simulator's calls, said to be simulated. */
export async function askLedger(asked: BreakdownAsk, signal: AbortSignal): Promise<LedgerAnswer> {
  const { ledger } = asking(signal);
  if (asked.simulated !== 'auto') return ledger(breakdownAsk(asked, asked.simulated as 'only' | 'exclude'));
  const real = await ledger(breakdownAsk(asked, 'exclude'));
  const onlySimulated = (real.total.calls ?? 0) === 0 && real.simulatedCalls > 0;
  return onlySimulated ? ledger(breakdownAsk(asked, 'only')) : real;
}

/** What names nobody is a row of its own, however small. */
export function breakdownAsk(
  { filters, by, limit }: BreakdownAsk,
  simulated: LedgerAnswer['simulated'],
): LedgerAsk {
  const compare = filters.compare === 'off' ? {} : { compare: filters.compare };
  return { ...askOf(filters), ...compare, of: MEASURES, by, limit, unattributed: 'apart', simulated };
}
