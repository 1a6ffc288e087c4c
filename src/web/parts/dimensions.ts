/** What spend can be told apart by, as people call it. Any tag is one more: `tag:<name>`. */
import type { NamedDimension } from '../../ledger/question.ts';

const LABELS: Readonly<Partial<Record<NamedDimension, string>>> = {
  workflow: 'Workflow',
  team: 'Team',
  customer: 'Customer',
  model: 'Model',
  provider: 'Provider',
  key: 'Key',
  account: 'Account',
  region: 'Region',
  modelRequested: 'Model asked for',
  status: 'Status',
  source: 'Source',
  attributedBy: 'Who named it',
  basis: 'Basis of the figures',
  serviceTier: 'Service tier',
  contextBand: 'Size of the input',
  bucket: 'What was paid for',
  rate: 'Price a million',
  priceVersion: 'Price version',
  wire: 'Wire',
  endpoint: 'Endpoint',
  path: 'Path',
  fingerprint: 'System prompt',
  kind: 'Kind of line',
  leg: 'Why it was written',
  cause: 'Cause of a correction',
  stream: 'Streamed',
  geo: 'Geography',
  session: 'Session',
};

export const DIMENSION_CHOICES: readonly { readonly value: string; readonly label: string }[] =
  Object.entries(LABELS).map(([value, label]) => ({ value, label }));

const TIMES: Readonly<Record<string, string>> = { hour: 'Hour', day: 'Day', week: 'Week', month: 'Month' };

export function dimensionLabel(dimension: string): string {
  if (dimension.startsWith('tag:')) return `Tag ${dimension.slice('tag:'.length)}`;
  return (LABELS as Record<string, string>)[dimension] ?? TIMES[dimension] ?? dimension;
}

/** `Workflow, then customer`. */
export function breakdownLabel(by: string): string {
  if (by === '') return 'Nothing';
  const [first = '', ...then] = by.split(',').map(dimensionLabel);
  return [first, ...then.map((one) => one.charAt(0).toLowerCase() + one.slice(1))].join(', then ');
}
