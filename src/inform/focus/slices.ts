/**
 * Reads a period of the ledger, group by group, and loses none: an answer holds so many groups at most, so the period is
 * asked in slices, and a slice that is cut is asked again in smaller ones. What came back is added up and compared with
 * the total of the same answer.
 */
import type { Answer, Condition, Dimension, LedgerReader, Measure, Span } from '../../ledger/question.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import type { UseGroup } from './charge.ts';

export type Granularity = 'hour' | 'day';

export interface Reach {
  readonly during: Span;
  readonly granularity: Granularity;
  /** Tags beside workflow, team and customer. */
  readonly tags: readonly string[];
  /** Tell charges of different decisions apart. */
  readonly byDecision?: boolean;
}

const MOST_GROUPS = 10_000;
const HOUR_MS = 3_600_000;
const PERIOD_MS = { hour: HOUR_MS, day: 24 * HOUR_MS } as const;
/** Days in the first slice of each granularity. */
const FIRST_DAYS = { hour: 7, day: 31 } as const;

const NAMES = [
  'bucket',
  'rate',
  'provider',
  'account',
  'region',
  'model',
  'serviceTier',
  'cause',
  'forMonth',
  'workflow',
  'team',
  'customer',
] as const satisfies readonly Dimension[];
const TAG_NAMES = ['workflow', 'team', 'customer'] as const;
const MEASURES: readonly Measure[] = ['cost', 'units', 'listCost', 'lines'];
/** What a slice of one hour or day is cut by when even that is too much; the widest first. */
const CUTS = [
  'customer',
  'workflow',
  'model',
  'team',
  'account',
  'bucket',
] as const satisfies readonly Dimension[];
const VALUES_PER_CUT = 400;
/** Conditions of one question; below what the ledger takes. */
const MOST_CONDITIONS = 40;

/** The ledger did not give every line of the period. Nothing of it may be used. */
export class ExportIncomplete extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ExportIncomplete';
  }
}

/** Groups of one slice after the other, in order of time. @throws ExportIncomplete */
export async function* readSlices(
  ledger: Pick<LedgerReader, 'ask'>,
  reach: Reach,
): AsyncGenerator<readonly UseGroup[]> {
  const stepMs = FIRST_DAYS[reach.granularity] * PERIOD_MS.day;
  let fromMs = reach.during.fromMs;
  while (fromMs < reach.during.toMs) {
    const boundary = Math.floor(fromMs / PERIOD_MS.day) * PERIOD_MS.day + stepMs;
    const toMs = Math.min(boundary, reach.during.toMs);
    yield* readSlice(ledger, reach, { fromMs, toMs });
    fromMs = toMs;
  }
}

/** A slice, or its two halves, down to one hour or day. */
async function* readSlice(
  ledger: Pick<LedgerReader, 'ask'>,
  reach: Reach,
  span: Span,
): AsyncGenerator<readonly UseGroup[]> {
  const answer = await ask(ledger, reach, span, []);
  if (answer.other === null) {
    yield groupsOf(answer, reach, span);
    return;
  }
  const periodMs = PERIOD_MS[reach.granularity];
  const first = Math.floor(span.fromMs / periodMs);
  const periods = Math.ceil(span.toMs / periodMs) - first;
  if (periods <= 1) {
    yield* readCut(ledger, reach, span, [], CUTS);
    return;
  }
  const middle = (first + Math.floor(periods / 2)) * periodMs;
  yield* readSlice(ledger, reach, { fromMs: span.fromMs, toMs: middle });
  yield* readSlice(ledger, reach, { fromMs: middle, toMs: span.toMs });
}

/**
 * One hour or day that is too much for one answer: its largest values of a dimension first, some at a time, then all
 * others. A part that is still too much is cut by the next dimension.
 */
async function* readCut(
  ledger: Pick<LedgerReader, 'ask'>,
  reach: Reach,
  span: Span,
  where: readonly Condition[],
  [dimension, ...rest]: readonly Dimension[],
): AsyncGenerator<readonly UseGroup[]> {
  if (dimension === undefined)
    throw new ExportIncomplete(
      `The ledger has more than ${MOST_GROUPS} different charges at ${new Date(span.fromMs).toISOString()} that nothing tells apart. The file would lack some of them, so it was not finished. Export with --granularity hour or fewer tags.`,
    );
  const named = await ledger.ask({
    of: ['cost'],
    by: [dimension],
    during: span,
    where,
    timeZone: 'UTC',
    simulated: 'exclude',
    limit: VALUES_PER_CUT,
  });
  const values = named.rows.map(({ group }) => group[0] ?? '');
  const halves = [values.slice(0, values.length / 2), values.slice(values.length / 2)];
  const parts: readonly Condition[] = [
    ...halves.filter((half) => half.length > 0).map((is) => ({ dimension, is })),
    ...(named.other === null ? [] : [{ dimension, not: values }]),
  ];
  for (const part of parts) {
    const conditions = [...where, part];
    if (part.is === undefined) {
      const again = conditions.length < MOST_CONDITIONS ? [dimension, ...rest] : rest;
      yield* readPart(ledger, reach, span, conditions, again);
      continue;
    }
    const answer = await ask(ledger, reach, span, conditions);
    if (answer.other === null) yield groupsOf(answer, reach, span);
    else
      for (const value of part.is)
        yield* readPart(ledger, reach, span, [...where, { dimension, is: [value] }], rest);
  }
}

async function* readPart(
  ledger: Pick<LedgerReader, 'ask'>,
  reach: Reach,
  span: Span,
  where: readonly Condition[],
  rest: readonly Dimension[],
): AsyncGenerator<readonly UseGroup[]> {
  const answer = await ask(ledger, reach, span, where);
  if (answer.other === null) yield groupsOf(answer, reach, span);
  else yield* readCut(ledger, reach, span, where, rest);
}

function ask(
  ledger: Pick<LedgerReader, 'ask'>,
  { granularity, tags, byDecision = false }: Reach,
  during: Span,
  where: readonly Condition[],
): Promise<Answer> {
  const by: readonly Dimension[] = [
    granularity,
    ...NAMES,
    ...tags.map((tag) => `tag:${tag}` as const),
    ...(byDecision ? (['correction'] as const) : []),
  ];
  return ledger.ask({
    of: MEASURES,
    by,
    during,
    where,
    timeZone: 'UTC',
    simulated: 'exclude',
    limit: MOST_GROUPS,
  });
}

/** @throws ExportIncomplete when the groups are not the whole of their answer. */
function groupsOf(
  answer: Answer,
  { granularity, tags, byDecision = false }: Reach,
  span: Span,
): readonly UseGroup[] {
  const sum = answer.rows.reduce((total, { figures }) => total + parseDollars(figures.cost ?? '0'), 0n);
  const total = answer.total.cost ?? '0';
  if (sum !== parseDollars(total))
    throw new ExportIncomplete(
      `The charges from ${new Date(span.fromMs).toISOString()} until ${new Date(span.toMs).toISOString()} sum to ${formatDollars(sum)} dollars and the ledger says ${total}. The file would not be the bill, so it was not finished. Try again; if it stays, report it.`,
    );
  return answer.rows.map(({ group, figures }) => {
    const [time = '', ...values] = group;
    const named = Object.fromEntries(NAMES.map((name, at) => [name, values[at] ?? ''])) as Record<
      (typeof NAMES)[number],
      string
    >;
    const fromMs = Date.parse(granularity === 'day' ? `${time}T00:00:00Z` : time);
    const own = tags.map((tag, at) => [tag, values[NAMES.length + at] ?? ''] as const);
    return {
      ...named,
      correction: byDecision ? (values[NAMES.length + tags.length] ?? '') : '',
      fromMs,
      toMs: fromMs + PERIOD_MS[granularity],
      tags: Object.fromEntries([...TAG_NAMES.map((name) => [name, named[name]] as const), ...own]),
      units: figures.units ?? 0,
      lines: figures.lines ?? 0,
      cost: figures.cost ?? '0',
      listCost: figures.listCost ?? figures.cost ?? '0',
    };
  });
}
