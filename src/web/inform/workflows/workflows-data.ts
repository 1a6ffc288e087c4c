/** What the list of workflows is made of: figures, compositions and teams, each asked of the server for all workflows at once. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import type { LedgerAsk } from '../../../api/client.ts';
import type { LedgerAnswer } from '../../../api/contract.ts';
import type { CompositionAnswer } from '../../../api/contract/composition.ts';
import type { ExportLink } from '../../parts/exports.tsx';
import { askOf } from '../../parts/filters.ts';
import type { FilterState } from '../../parts/filters.ts';
import { asking } from '../../parts/server.ts';
import { filesOf } from '../files.ts';
import { FACTORS } from './workflow-figures.ts';

export const REFRESH_MS = 15_000;
const MOST_WORKFLOWS = 500;
const MOST_TEAMS = 2_000;

export interface Workflows {
  readonly answer: LedgerAnswer | undefined;
  readonly composition: CompositionAnswer | undefined;
  /** Teams of a workflow, the one that spent most first; none named is an empty string. */
  readonly teams: ReadonlyMap<string, readonly string[]>;
  readonly error: Error | null;
  readonly isOld: boolean;
}

export function useWorkflows(filters: FilterState): Workflows {
  const scope = askOf(filters);
  const figures = figuresAsk(filters);
  const answer = useQuery({
    queryKey: ['workflows', figures],
    queryFn: ({ signal }) => asking(signal).ledger(figures),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
  const composition = useQuery({
    queryKey: ['workflows', 'composition', scope],
    queryFn: ({ signal }) => asking(signal).composition({ ...scope, by: ['workflow'] }),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
  const teams = useQuery({
    queryKey: ['workflows', 'teams', scope],
    queryFn: ({ signal }) =>
      asking(signal).ledger({ ...scope, by: ['workflow', 'team'], of: ['cost'], limit: MOST_TEAMS }),
    placeholderData: keepPreviousData,
  });
  return {
    answer: answer.data,
    composition: composition.data,
    teams: teamsOf(teams.data),
    error: answer.error ?? composition.error ?? teams.error,
    isOld: answer.isPlaceholderData || composition.isPlaceholderData,
  };
}

export function workflowsFiles(filters: FilterState): ExportLink[] {
  return [
    ...filesOf('This table', 'ledger', figuresAsk(filters)),
    ...filesOf(
      'What dollars were made of',
      'composition',
      { ...askOf(filters), by: ['workflow'] },
      'dollars by part of each workflow, estimated, every digit',
    ),
  ];
}

function figuresAsk(filters: FilterState): LedgerAsk {
  return {
    ...askOf(filters),
    ...(filters.compare !== 'off' && { compare: filters.compare }),
    by: ['workflow'],
    of: [...FACTORS],
    limit: MOST_WORKFLOWS,
  };
}

/** Rows come with the largest cost first. */
function teamsOf(answer: LedgerAnswer | undefined): Map<string, string[]> {
  const teams = new Map<string, string[]>();
  for (const { group } of answer?.rows ?? []) {
    const [workflow = '', team = ''] = group;
    teams.set(workflow, [...(teams.get(workflow) ?? []), team]);
  }
  return teams;
}
