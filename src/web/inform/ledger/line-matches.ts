/** Whether a line that arrives belongs to what is shown: the API's `where` on a line in hand, and its simulated or not. */
import type { LedgerAnswer, LedgerLine } from '../../../api/contract.ts';
import type { Conditions } from '../../parts/conditions.ts';

/** Conditions on one dimension are alternatives, as the API reads them; what is excluded is excluded. */
export function lineMatches(line: LedgerLine, where: Conditions): boolean {
  const wanted = new Map<string, string[]>();
  for (const condition of where) {
    const [, dimension = '', not = '', value = ''] = /^([^=]+?)(!?)=(.*)$/s.exec(condition) ?? [];
    const has = valueOf(line, dimension);
    if (not === '!') {
      if (has === value) return false;
    } else wanted.set(dimension, [...(wanted.get(dimension) ?? []), value]);
  }
  return [...wanted].every(([dimension, values]) => values.includes(valueOf(line, dimension)));
}

export function isOfKind(line: LedgerLine, simulated: LedgerAnswer['simulated']): boolean {
  return simulated === 'include' || line.simulated === (simulated === 'only');
}

function valueOf(line: LedgerLine, dimension: string): string {
  if (dimension.startsWith('tag:')) return line.tags[dimension.slice(4)] ?? '';
  const value = line[dimension as keyof LedgerLine];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}
