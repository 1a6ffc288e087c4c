/** What the data directory holds, and the server's clock: a demo may be asked as of another day than the browser's. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { Workspace } from '../../api/contract/workspace.ts';
import { monthBefore } from './instants.ts';
import { asking } from './server.ts';

const FRESH_MS = 60_000;
const LOADING_MS = 1_000;

export function useWorkspace(): Workspace | undefined {
  return useQuery({
    queryKey: ['workspace'],
    queryFn: ({ signal }) => asking(signal).workspace(),
    staleTime: FRESH_MS,
    refetchInterval: ({ state }) => isLoading(state.data) && LOADING_MS,
  }).data;
}

/** A demo that is still being filled: what is summed meanwhile is a part. */
export function isLoading(workspace: Workspace | undefined): boolean {
  return workspace?.kind === 'demo' && workspace.loadedAt === null;
}

/** A month to be chosen, at first the last one that is over by the server's clock; empty until that is known. */
export function useLastMonth(): [string, (month: string) => void] {
  const at = useWorkspace()?.at;
  const [chosen, choose] = useState<string>();
  return [chosen ?? (at === undefined ? '' : monthBefore(at)), choose];
}
