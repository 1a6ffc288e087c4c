/** What spend can be broken down by, in the order in which people ask. */
export const DIMENSIONS: Readonly<Record<string, string>> = {
  workflow: 'Workflow',
  team: 'Team',
  customer: 'Customer',
  model: 'Model',
  provider: 'Provider',
  key: 'Key',
  session: 'Session',
  endpoint: 'Endpoint',
  account: 'Account',
  region: 'Region',
  serviceTier: 'Service tier',
  status: 'Status',
  source: 'Source',
  attributedBy: 'Who named it',
  cause: 'Cause of the correction',
};

/** What one wants to see next inside a value of a dimension. */
const NEXT: Readonly<Record<string, string>> = {
  workflow: 'customer',
  team: 'workflow',
  customer: 'workflow',
  model: 'workflow',
  provider: 'model',
  key: 'workflow',
};

export function titleOf(dimension: string): string {
  return DIMENSIONS[dimension] ?? dimension.replace(/^tag:/, '');
}

export function nextOf(dimension: string): string {
  return NEXT[dimension] ?? 'workflow';
}
