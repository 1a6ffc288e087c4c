import { useQuery } from '@tanstack/react-query';

import { asking } from '../../parts/server.ts';
import { goTo } from '../../parts/path.ts';
import { scopeName, scopeSearch } from './scope.ts';
import type { PageScope } from './scope.ts';

const TEN_MINUTES_MS = 600_000;
const MOST = 100;

/** Whose forecast: everybody's, a team's or a workflow's; those that spent something of late, the largest first. */
export function ScopeChoice({ scope }: { readonly scope: PageScope }) {
  const workflows = useNames('workflow');
  const teams = useNames('team');
  const value = valueOf(scope);
  const offered = [...teams.map((team) => ({ team })), ...workflows.map((workflow) => ({ workflow }))];
  const isListed = value === '' || offered.some((one) => valueOf(one) === value);
  return (
    <label className="filter">
      <span>Of</span>
      <select
        value={value}
        onChange={({ target }) => {
          const [kind = '', ...name] = target.value.split('=');
          goTo('forecast', scopeSearch(kind === '' ? {} : { [kind]: name.join('=') }));
        }}
      >
        <option value="">Organisation</option>
        {!isListed && <option value={value}>{scopeName(scope)}</option>}
        <Options label="Teams" scopes={teams.map((team) => ({ team }))} />
        <Options label="Workflows" scopes={workflows.map((workflow) => ({ workflow }))} />
      </select>
    </label>
  );
}

function Options({ label, scopes }: { readonly label: string; readonly scopes: readonly PageScope[] }) {
  if (scopes.length === 0) return null;
  return (
    <optgroup label={label}>
      {scopes.map((one) => (
        <option key={valueOf(one)} value={valueOf(one)}>
          {scopeName(one)}
        </option>
      ))}
    </optgroup>
  );
}

function valueOf({ workflow, team }: PageScope): string {
  if (workflow !== undefined) return `workflow=${workflow}`;
  return team === undefined ? '' : `team=${team}`;
}

function useNames(dimension: 'workflow' | 'team'): readonly string[] {
  const { data } = useQuery({
    queryKey: ['names', dimension, '90d'],
    queryFn: ({ signal }) =>
      asking(signal).ledger({ by: [dimension], of: ['cost'], during: '90d', limit: MOST }),
    staleTime: TEN_MINUTES_MS,
  });
  return (data?.rows ?? []).flatMap(({ group: [name] }) => (name === undefined ? [] : [name]));
}
