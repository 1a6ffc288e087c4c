/** Matching of provider and model names: the book's name rules, and the `*` patterns people write. */
import type { NameRule } from './book.ts';

export type NameTest = (lowerCaseName: string) => boolean;

/** Compiles a rule once, so that no expression is built per call. Names must be given in lower case. */
export function compileRule(rule: NameRule): NameTest {
  if ('any' in rule) {
    const tests = rule.any.map(compileRule);
    return (name) => tests.some((test) => test(name));
  }
  if ('all' in rule) {
    const tests = rule.all.map(compileRule);
    return (name) => tests.every((test) => test(name));
  }
  if ('regex' in rule) {
    const expression = new RegExp(rule.regex);
    return (name) => expression.test(name);
  }
  if ('equals' in rule) return exactly(rule.equals);
  if ('startsWith' in rule) {
    const start = rule.startsWith.toLowerCase();
    return (name) => name.startsWith(start);
  }
  if ('endsWith' in rule) {
    const end = rule.endsWith.toLowerCase();
    return (name) => name.endsWith(end);
  }
  const part = rule.contains.toLowerCase();
  return (name) => name.includes(part);
}

/** Compiles a pattern in which `*` stands for any run of characters. */
export function compilePattern(pattern: string): NameTest {
  const lower = pattern.toLowerCase().trim();
  if (lower === '*') return () => true;
  if (!lower.includes('*')) return exactly(lower);
  const expression = new RegExp(
    `^${lower.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*')}$`,
    's',
  );
  return (name) => expression.test(name);
}

export function normalizeName(name: string): string {
  return name.toLowerCase().trim();
}

const COMPACT_DATE = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g;

/** `gpt-5-20250807` → `gpt-5-2025-08-07`: some clouds write a model's date without hyphens. */
export function spellDates(name: string): string {
  return name.replace(COMPACT_DATE, (whole, year: string, month: string, day: string) => {
    const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
    return date.getUTCDate() === Number(day) ? `-${year}-${month}-${day}` : whole;
  });
}

function exactly(text: string): NameTest {
  const lower = text.toLowerCase();
  return (name) => name === lower;
}
