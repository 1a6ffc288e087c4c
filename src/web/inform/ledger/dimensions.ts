/** The dimensions of a breakdown as levels, one within the other. */
import { dimensionLabel } from '../../parts/dimensions.ts';

/** Values of these are spans of time: their lines are found by the period, and not by a condition. */
const SPANS: ReadonlySet<string> = new Set(['day', 'week', 'month', 'hour']);
export const MOST_LEVELS = 4;

/** Inside a sentence: `workflow`, `tag environment`. */
export function dimensionWord(dimension: string): string {
  const name = dimensionLabel(dimension);
  return `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
}

export function isSpan(dimension: string): boolean {
  return SPANS.has(dimension);
}

/** `workflow,customer` as levels, each dimension once; never empty. */
export function levelsOf(by: string): readonly string[] {
  const levels = [...new Set(by.split(',').filter((one) => one !== ''))].slice(0, MOST_LEVELS);
  return levels.length === 0 ? ['workflow'] : levels;
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
