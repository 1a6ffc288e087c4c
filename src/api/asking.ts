/** From the words of a URL to the ledger's question. Pure. */
import { DIMENSIONS, MEASURES } from '../ledger/question.ts';
import type { Condition, Dimension, Measure, Question, Span } from '../ledger/question.ts';
import { isTimeZone, parsePeriod } from '../units/period.ts';
import type { FieldProblem } from './problems.ts';

export const DEFAULT_MEASURES: readonly Measure[] = ['calls', 'averageInputTokens', 'share', 'cost'];
const DEFAULT_PERIOD = 'this-month';
const MOST_DIMENSIONS = 6;
const MOST_CONDITIONS = 50;

type Repeatable = string | readonly string[] | undefined;

export interface Words {
  readonly of?: Repeatable;
  readonly by?: Repeatable;
  readonly during?: string | undefined;
  readonly where?: Repeatable;
  readonly timeZone?: string | undefined;
}

export interface Around {
  readonly nowMs: number;
  readonly timeZone: string;
}

export type Reading<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'problems'; readonly problems: readonly FieldProblem[] };

export interface Scope {
  readonly during: Span;
  readonly duringText: string;
  readonly where: readonly Condition[];
  readonly timeZone: string;
}

/** What is asked of which lines: the part that the ledger's question, its lines and the tail have in common. */
export function readScope(words: Words, around: Around): Reading<Scope> {
  const problems: FieldProblem[] = [];
  const timeZone = words.timeZone ?? around.timeZone;
  if (!isTimeZone(timeZone))
    return {
      kind: 'problems',
      problems: [
        { path: 'timeZone', message: `"${timeZone}" is no IANA time zone; write for example Europe/Zurich` },
      ],
    };
  const duringText = words.during ?? DEFAULT_PERIOD;
  const during = readPeriod(duringText, { nowMs: around.nowMs, timeZone }, problems);
  const where = readConditions(list(words.where), problems);
  if (during === undefined || problems.length > 0) return { kind: 'problems', problems };
  return { kind: 'read', value: { during, duringText, where, timeZone } };
}

export interface Ask extends Scope {
  readonly of: readonly Measure[];
  readonly by: readonly Dimension[];
}

export function readAsk(words: Words, around: Around): Reading<Ask> {
  const problems: FieldProblem[] = [];
  const of = named(words.of, 'of', isMeasure, MEASURES, problems);
  const by = named(words.by, 'by', isDimension, DIMENSIONS, problems);
  if (by.length > MOST_DIMENSIONS)
    problems.push({ path: 'by', message: `at most ${MOST_DIMENSIONS} dimensions at once` });
  const scope = readScope(words, around);
  if (scope.kind === 'problems') return { kind: 'problems', problems: [...problems, ...scope.problems] };
  if (problems.length > 0) return { kind: 'problems', problems };
  return { kind: 'read', value: { ...scope.value, of: of.length === 0 ? DEFAULT_MEASURES : of, by } };
}

export function toQuestion(ask: Ask, simulated: Question['simulated'], limit: number): Question {
  const { of, by, during, where, timeZone } = ask;
  return { of, by, during, where, timeZone, simulated, limit };
}

function named<T extends string>(
  words: Repeatable,
  path: string,
  is: (text: string) => text is T,
  known: readonly string[],
  problems: FieldProblem[],
): T[] {
  const texts = list(words)
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const unique = [...new Set(texts)];
  for (const text of unique.filter((one) => !is(one))) {
    problems.push({
      path,
      message: `"${text}" is not one of ${known.join(', ')}${path === 'by' ? ', tag:<name>' : ''}`,
    });
  }
  return unique.filter(is);
}

/** Conditions on one dimension are alternatives; a dimension may be asked for and excluded in the same question. */
function readConditions(texts: readonly string[], problems: FieldProblem[]): Condition[] {
  if (texts.length > MOST_CONDITIONS)
    problems.push({ path: 'where', message: `at most ${MOST_CONDITIONS} conditions at once` });
  const found = new Map<Dimension, { is: string[]; not: string[] }>();
  for (const text of texts.slice(0, MOST_CONDITIONS)) {
    const match = /^([^=]+?)(!?)=(.*)$/s.exec(text);
    const dimension = match?.[1] ?? '';
    if (match === null || !isDimension(dimension)) {
      problems.push({
        path: 'where',
        message: `"${text}" is not dimension=value or dimension!=value with one of ${DIMENSIONS.join(', ')}, tag:<name>`,
      });
      continue;
    }
    const values = found.get(dimension) ?? { is: [], not: [] };
    (match[2] === '!' ? values.not : values.is).push(match[3] ?? '');
    found.set(dimension, values);
  }
  return [...found].map(([dimension, { is, not }]) => ({
    dimension,
    ...(is.length > 0 && { is }),
    ...(not.length > 0 && { not }),
  }));
}

function list(words: Repeatable): readonly string[] {
  if (words === undefined) return [];
  return typeof words === 'string' ? [words] : words;
}

function isDimension(text: string): text is Dimension {
  return (DIMENSIONS as readonly string[]).includes(text) || /^tag:[^\p{Cc}]{1,128}$/u.test(text);
}

function isMeasure(text: string): text is Measure {
  return (MEASURES as readonly string[]).includes(text);
}

function readPeriod(
  text: string,
  setting: { readonly nowMs: number; readonly timeZone: string },
  problems: FieldProblem[],
): Span | undefined {
  try {
    return parsePeriod(text, setting);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.push({ path: 'during', message: error.message });
    return undefined;
  }
}
