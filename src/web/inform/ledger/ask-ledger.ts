/** The questions of the page. Every figure is the ledger's: nothing is added up here. */
import type { Figures, LedgerAnswer } from '../../../api/contract.ts';
import { askOf } from '../../parts/filters.ts';
import type { FilterState } from '../../parts/filters.ts';
import { api } from '../../parts/server.ts';
import { isOwned } from './dimensions.ts';

export const MEASURES = ['calls', 'averageInputTokens', 'costPerCall', 'share', 'cost', 'unpricedCalls'];

export interface BreakdownAsk {
  readonly filters: FilterState;
  readonly by: readonly string[];
  readonly simulated: string;
  readonly limit: number;
}

/** Real money when there is any; else the simulator's calls, said to be simulated. */
export async function askLedger({ filters, by, simulated, limit }: BreakdownAsk): Promise<LedgerAnswer> {
  const compare = filters.compare === 'off' ? {} : { compare: filters.compare };
  const ask = { ...askOf(filters), ...compare, of: MEASURES, by, limit };
  if (simulated !== 'auto') return whole({ ...ask, simulated: simulated as 'only' | 'exclude' });
  const real = await whole({ ...ask, simulated: 'exclude' });
  const onlySimulated = (real.total.calls ?? 0) === 0 && real.simulatedCalls > 0;
  return onlySimulated ? whole({ ...ask, simulated: 'only' }) : real;
}

type Ask = Parameters<typeof api.ledger>[0] & { readonly by: readonly string[] };

/**
 * What names nobody is a row of its own, however small: where the limit would put it into "everything else", it is asked for
 * apart, and everything else without it.
 */
async function whole(ask: Ask): Promise<LedgerAnswer> {
  const answer = await api.ledger(ask);
  const [first = ''] = ask.by;
  const isThere = answer.rows.some(({ group }) => group[0] === '');
  if (answer.other === null || isThere || !isOwned(first)) return answer;
  const where = ask.where ?? [];
  const [nobody, named] = await Promise.all([
    api.ledger({ ...ask, where: [...where, `${first}=`] }),
    api.ledger({ ...ask, where: [...where, `${first}!=`] }),
  ]);
  if (nobody.rows.length === 0) return answer;
  const ofAll = (figures: Figures): Figures => ({
    ...figures,
    share: shareOf(figures.cost, answer.total.cost),
  });
  return {
    ...answer,
    rows: [...named.rows, ...nobody.rows].map(({ group, figures }) => ({ group, figures: ofAll(figures) })),
    other: named.other === null ? null : ofAll(named.other),
    ...(answer.compared !== undefined && {
      compared: {
        ...answer.compared,
        rows: [...(named.compared?.rows ?? []), ...(nobody.compared?.rows ?? [])],
        other: named.compared?.other ?? null,
      },
    }),
  };
}

/** For the length of a mark and its percentage; money stays text. */
function shareOf(cost: string | undefined, total: string | undefined): number | null {
  return total === undefined || Number(total) === 0 ? null : Number(cost ?? '0') / Number(total);
}
