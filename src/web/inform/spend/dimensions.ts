/** What one wants to see next inside a value of a dimension. */
const NEXT: Readonly<Record<string, string>> = {
  workflow: 'customer',
  team: 'workflow',
  customer: 'workflow',
  model: 'workflow',
  provider: 'model',
  key: 'workflow',
};

export function nextOf(dimension: string): string {
  return NEXT[dimension] ?? 'workflow';
}
