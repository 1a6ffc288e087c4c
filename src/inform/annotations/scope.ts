/** Whether a mark belongs to a question that is narrowed. Pure. */
import type { Condition } from '../../ledger/question.ts';
import type { AnnotationScope } from './known.ts';

/** Conditions on what a mark does not know leave it: it may concern those who are asked about. */
export function inScope(scope: AnnotationScope, where: readonly Condition[]): boolean {
  return where.every(({ dimension, is = [], not = [] }) => {
    const name = nameOf(scope, dimension);
    if (name === undefined) return true;
    if (is.length > 0 && !is.some((value) => fits(name, value))) return false;
    // A pattern is about other models too, so that leaving one out does not leave it out.
    return !not.includes(name);
  });
}

function nameOf(scope: AnnotationScope, dimension: Condition['dimension']): string | undefined {
  switch (dimension) {
    case 'workflow':
    case 'team':
    case 'model':
    case 'provider':
      return scope[dimension];
    default:
      return undefined;
  }
}

function fits(name: string, value: string): boolean {
  if (!name.includes('*')) return name === value;
  const parts = name.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 'u').test(value);
}
