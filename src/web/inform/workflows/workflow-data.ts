/** The questions behind the page of one workflow, all under the same filters. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import type { LedgerAsk } from '../../../api/client.ts';
import type { LedgerAnswer } from '../../../api/contract.ts';
import type { ChangesAnswer } from '../../../api/contract/anomalies.ts';
import type { CompositionAnswer } from '../../../api/contract/composition.ts';
import type { ExportLink } from '../../parts/exports.tsx';
import { askOf } from '../../parts/filters.ts';
import type { FilterState } from '../../parts/filters.ts';
import { asking } from '../../parts/server.ts';
import { filesOf } from '../files.ts';
import type { Grain } from '../spend/buckets.ts';
import { grainOf } from '../spend/spend-data.ts';
import { onlyWorkflow } from './address.ts';
import { FACTORS } from './workflow-figures.ts';
import { REFRESH_MS } from './workflows-data.ts';

const ROWS = 10;
const MINUTE_MS = 60_000;

export interface WorkflowFacts {
  /** By model; its total is that of the workflow. */
  readonly models: LedgerAnswer | undefined;
  readonly customers: LedgerAnswer | undefined;
  readonly teams: LedgerAnswer | undefined;
  readonly composition: CompositionAnswer | undefined;
  readonly history: CompositionAnswer | undefined;
  readonly changes: ChangesAnswer | undefined;
  /** Undefined: not known yet, or not asked since there are calls in the period. */
  readonly everCalled: boolean | undefined;
  readonly error: Error | null;
  readonly isOld: boolean;
}

export function useWorkflow(filters: FilterState, name: string): WorkflowFacts {
  const own = { ...filters, where: onlyWorkflow(filters.where, name) };
  const scope = askOf(own);
  const models = useFigures(own, 'model');
  const customers = useFigures(own, 'customer');
  const teams = useFigures(own, 'team');
  const composition = useComposition(scope, ['workflow']);
  const history = useComposition(scope, ['workflow', stepOf(filters)]);
  const { during, ...rest } = scope;
  // A change is measured from something, also where the tables compare with nothing.
  const before = filters.compare === 'off' ? 'previous' : filters.compare;
  const changes = useQuery({
    queryKey: ['workflow', 'changes', scope, before],
    queryFn: ({ signal }) =>
      asking(signal).changes({ ...rest, after: during, before, by: ['model'], limit: 1 }),
    staleTime: MINUTE_MS,
  });
  const ever = useQuery({
    queryKey: ['workflow', 'ever', name],
    queryFn: ({ signal }) =>
      asking(signal).ledger({
        during: 'all',
        where: [`workflow=${name}`],
        of: ['lines'],
        simulated: 'include',
      }),
    enabled: models.data !== undefined && isEmpty(models.data),
  });
  return {
    models: models.data,
    customers: customers.data,
    teams: teams.data,
    composition: composition.data,
    history: history.data,
    changes: changes.data,
    everCalled: ever.data === undefined ? undefined : (ever.data.total.lines ?? 0) > 0,
    error: models.error ?? composition.error ?? history.error ?? customers.error ?? ever.error,
    isOld: models.isPlaceholderData || composition.isPlaceholderData,
  };
}

export function isEmpty({ total, rows }: LedgerAnswer): boolean {
  return (total.calls ?? 0) === 0 && rows.length === 0;
}

/** Of a composition there are no hours. */
export function stepOf({ grain }: FilterState): Exclude<Grain, 'hour'> {
  const step = grainOf(grain);
  return step === 'hour' ? 'day' : step;
}

export function workflowFiles(filters: FilterState, name: string): ExportLink[] {
  const own = { ...filters, where: onlyWorkflow(filters.where, name) };
  return [
    ...filesOf('Models', 'ledger', figuresAsk(own, 'model')),
    ...filesOf('Customers', 'ledger', figuresAsk(own, 'customer')),
    ...filesOf(
      'What its dollars were made of',
      'composition',
      { ...askOf(own), by: ['workflow', stepOf(filters)] },
      'dollars by part and step of time, estimated, every digit',
    ),
  ];
}

function figuresAsk(filters: FilterState, by: string): LedgerAsk {
  return {
    ...askOf(filters),
    ...(filters.compare !== 'off' && { compare: filters.compare }),
    by: [by],
    of: [...FACTORS],
    limit: ROWS,
  };
}

function useFigures(filters: FilterState, by: string) {
  const ask = figuresAsk(filters, by);
  return useQuery({
    queryKey: ['workflow', ask],
    queryFn: ({ signal }) => asking(signal).ledger(ask),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}

function useComposition(scope: ReturnType<typeof askOf>, by: readonly string[]) {
  return useQuery({
    queryKey: ['workflow', 'composition', scope, by],
    queryFn: ({ signal }) => asking(signal).composition({ ...scope, by }),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}
