/** Calls that arrive while the page is open, by the live tail, and the newest one from before. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';

import type { LedgerLine } from '../../../api/contract.ts';
import { TailConnection } from '../../inform/ledger/tail-connection.ts';
import type { TailState } from '../../inform/ledger/tail-connection.ts';
import { api } from '../../parts/server.ts';

export interface Arrivals {
  readonly state: TailState;
  /** Newest first. */
  readonly lines: readonly LedgerLine[];
  /** The newest of before; null: there is none, undefined: not known yet. */
  readonly before: LedgerLine | null | undefined;
}

const MOST_SHOWN = 5;
const NEWEST = ['start', 'newest'] as const;

export function useArrivals(): Arrivals {
  const [state, setState] = useState<TailState>('off');
  const [lines, setLines] = useState<readonly LedgerLine[]>([]);
  const queries = useQueryClient();
  const newest = useQuery({
    queryKey: NEWEST,
    queryFn: async () =>
      (await api.calls({ during: 'all', limit: 1, simulated: 'include' })).lines[0] ?? null,
  });
  const connection = useMemo(
    () =>
      new TailConnection({
        open: (following) => api.tail({}, following),
        onState: setState,
        // A call may have come between the first answer and the tail's beginning.
        onBegun: () => void queries.invalidateQueries({ queryKey: NEWEST }),
        onLines: (arrived) => setLines((seen) => [...arrived.toReversed(), ...seen].slice(0, MOST_SHOWN)),
      }),
    [queries],
  );
  useEffect(() => {
    connection.start();
    return () => connection.stop('off');
  }, [connection]);
  return { state, lines, before: newest.data };
}
