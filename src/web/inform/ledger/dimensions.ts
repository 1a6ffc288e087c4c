/** What rows can be broken down by, as people say it. */

export const DIMENSION_NAMES: Readonly<Record<string, string>> = {
  workflow: 'Workflow',
  team: 'Team',
  customer: 'Customer',
  provider: 'Provider',
  model: 'Model',
  modelRequested: 'Model asked for',
  key: 'Key',
  account: 'Account',
  region: 'Region',
  day: 'Day',
  month: 'Month',
  request: 'Request',
  session: 'Session',
  endpoint: 'Endpoint',
  status: 'Status',
  kind: 'Kind of attempt',
  basis: 'Basis',
  serviceTier: 'Service tier',
  attributedBy: 'Named by',
  source: 'Source',
  cause: 'Cause of the correction',
  priceVersion: 'Price book',
  contextBand: 'Size of the input',
};

/** Values of these are spans of time: their lines are found by the period, and not by a condition. */
const SPANS: ReadonlySet<string> = new Set(['day', 'month']);
/** Where somebody should have given a name. */
const OWNED: ReadonlySet<string> = new Set(['workflow', 'team', 'customer']);
const TAG = 'tag:';
export const MOST_LEVELS = 4;

export function dimensionName(dimension: string): string {
  if (dimension.startsWith(TAG)) return `Tag ${dimension.slice(TAG.length)}`;
  return DIMENSION_NAMES[dimension] ?? dimension;
}

/** Inside a sentence: `workflow`, `tag environment`. */
export function dimensionWord(dimension: string): string {
  const name = dimensionName(dimension);
  return `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
}

export function isSpan(dimension: string): boolean {
  return SPANS.has(dimension);
}

export function isOwned(dimension: string): boolean {
  return OWNED.has(dimension);
}

/** `workflow,customer` as levels, each dimension once; never empty. */
export function levelsOf(by: string): readonly string[] {
  const levels = [...new Set(by.split(',').filter((one) => one !== ''))].slice(0, MOST_LEVELS);
  return levels.length === 0 ? ['workflow'] : levels;
}

/** Sets, adds or (with an empty dimension) removes a level; a dimension that stood elsewhere leaves that place. */
export function withLevel(levels: readonly string[], at: number, dimension: string): string {
  const others = levels.map((one, place) => (place === at || one === dimension ? '' : one));
  return [...others.slice(0, at), dimension, ...others.slice(at + 1)].filter((one) => one !== '').join(',');
}

/** The conditions of a row apart: what lines fulfil, and the span of time they are in. */
export function splitSpans(conditions: readonly string[]): {
  readonly where: readonly string[];
  readonly during: string | undefined;
} {
  const isTime = (condition: string): boolean => isSpan(condition.slice(0, condition.indexOf('=')));
  const span = conditions.findLast(isTime);
  return {
    where: conditions.filter((condition) => !isTime(condition)),
    during: span?.slice(span.indexOf('=') + 1),
  };
}
