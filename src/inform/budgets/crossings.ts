/**
 * When budgets were crossed: the first step of a window by whose end the ledger holds as much as the budget that was in force
 * then gave, or as a threshold of it at which calls are refused. A budget that is changed later changes nothing of that.
 */
import { windowsOf } from '../../budgets/budgets.ts';
import type { Amount } from '../../budgets/budgets.ts';
import type { Figures, LedgerReader, Span } from '../../ledger/question.ts';
import type { BudgetRule } from '../../rulebook/rulebook.ts';
import { amountIn, beginOf, chunks, chunkSize, dimensionOf, EACH, largest, question } from './spending.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Hours tell more than days do, and are many: so long a stretch is read in them at most. */
const MOST_HOURS = 62 * 24;
/** And so many days where each value has a budget of its own. */
const MOST_DAYS_EACH = 400;

/** A version of a budget, and the time in which it was in force. */
export interface StoodBudget extends Span {
  readonly rule: BudgetRule;
}

export interface Crossing {
  readonly rule: BudgetRule;
  readonly value: string;
  /** 100: the amount; less: a threshold at which calls are refused. */
  readonly percent: number;
  /** Begin of the hour or day in which it was crossed, or when the version came into force in it. */
  readonly atMs: number;
  /** By the end of that hour or day. */
  readonly spent: Amount;
}

export interface Crossings {
  readonly crossings: readonly Crossing[];
  /** Budgets of which it cannot be told: the period has too many of the hours or days that it takes. */
  readonly untold: readonly string[];
}

interface Step extends Span {
  readonly figures: Figures;
}

/** @throws LedgerAway when the ledger cannot be asked. */
export async function readCrossings(
  ledger: LedgerReader,
  stood: readonly StoodBudget[],
  during: Span,
): Promise<Crossings> {
  const concerned = stood.filter(({ fromMs, toMs }) => fromMs < during.toMs && toMs > during.fromMs);
  const asked = concerned.map((one) => ({ one, ask: askOf(one, during) }));
  const untold = asked.flatMap(({ one, ask }) => (ask === undefined ? [one.rule.name || one.rule.id] : []));
  const groups = Map.groupBy(
    asked.flatMap(({ one, ask }) => (ask === undefined ? [] : [{ one, ask }])),
    ({ ask }) => JSON.stringify(ask),
  );
  const crossings: Crossing[] = [];
  for (const members of groups.values()) {
    const steps = await readSteps(
      ledger,
      members[0]!.ask,
      members.map(({ one }) => one.rule.scope.value),
    );
    crossings.push(
      ...crossingsIn(
        steps,
        members.map(({ one }) => one),
      ),
    );
  }
  return {
    crossings: crossings.filter(({ atMs }) => atMs >= during.fromMs && atMs < during.toMs),
    untold: [...new Set(untold)],
  };
}

interface Ask {
  readonly dimension: ReturnType<typeof dimensionOf>;
  readonly each: boolean;
  readonly during: Span;
  readonly step: 'day' | 'hour';
  readonly timeZone: string;
}

/** What has to be asked of a version, from the begin of the window that it is first looked at in; undefined: it is too much. */
function askOf({ rule: { scope, window }, ...stood }: StoodBudget, period: Span): Ask | undefined {
  const firstMs = Math.max(period.fromMs, stood.fromMs);
  const { fromMs: beginMs, lengthMs } = windowsOf(window)(firstMs);
  const during = { fromMs: lengthMs === 0 ? beginMs : firstMs - lengthMs, toMs: period.toMs };
  const each = scope.value === EACH;
  const hours = (during.toMs - during.fromMs) / HOUR_MS;
  const needsHours = lengthMs > 0 || (window.kind === 'calendar' && window.unit === 'hour');
  if (hours > (needsHours ? MOST_HOURS : each ? MOST_DAYS_EACH * 24 : Infinity)) return undefined;
  const step = needsHours || (!each && hours <= MOST_HOURS) ? 'hour' : 'day';
  const timeZone = window.kind === 'calendar' ? window.timeZone : 'UTC';
  return { dimension: dimensionOf(scope), each, during, step, timeZone };
}

/** The steps of each value, in order of time. */
async function readSteps(
  ledger: LedgerReader,
  { dimension, each, during, step, timeZone }: Ask,
  named: readonly string[],
): Promise<ReadonlyMap<string, readonly Step[]>> {
  const values = each && dimension !== undefined ? (await largest(ledger, dimension, during)).each : named;
  const by = dimension === undefined ? [] : [dimension];
  const steps = new Map<string, Step[]>();
  for (const some of chunks([...new Set(values)], chunkSize(during, step))) {
    const where = dimension === undefined ? [] : [{ dimension, is: some }];
    const { rows } = await ledger.ask({ ...question([...by, step], during, timeZone), where });
    for (const { group, figures } of rows) {
      const [value, text] = dimension === undefined ? ['', group[0]] : group;
      const fromMs = beginOf(text ?? '', step, timeZone);
      const list = steps.get(value ?? '') ?? [];
      if (list.length === 0) steps.set(value ?? '', list);
      list.push({ fromMs, toMs: fromMs + (step === 'day' ? DAY_MS : HOUR_MS), figures });
    }
  }
  for (const list of steps.values()) list.sort((a, b) => a.fromMs - b.fromMs);
  return steps;
}

/** @param stood versions of budgets of one scope's kind, older ones of a budget first */
export function crossingsIn(
  steps: ReadonlyMap<string, readonly Step[]>,
  stood: readonly StoodBudget[],
): Crossing[] {
  // A version that leaves the amount as it was does not cross it once more.
  const told = new Set<string>();
  return stood.flatMap((version) => {
    const { value } = version.rule.scope;
    const values = value === EACH ? [...steps.keys()] : [value];
    return values.flatMap((one) => crossingsOf(version, one, steps.get(one) ?? [], told));
  });
}

function crossingsOf(
  { rule, fromMs, toMs }: StoodBudget,
  value: string,
  steps: readonly Step[],
  told: Set<string>,
): Crossing[] {
  const spentBy = spentIn(rule, steps);
  const cap = BigInt(rule.amount);
  return steps.flatMap((step, at) => {
    // Of a step in which the version ended it is not known what was spent before it did.
    if (step.toMs <= fromMs || step.toMs > toMs) return [];
    const { spent, windowMs } = spentBy[at]!;
    const levels = levelsOf(rule).filter((percent) => spent * 100n >= cap * BigInt(percent));
    const fresh = levels.filter((percent) => {
      const name = `${rule.id} ${value} ${windowMs} ${cap * BigInt(percent)}`;
      return !told.has(name) && told.add(name);
    });
    const [highest] = fresh.toSorted((a, b) => b - a);
    return highest === undefined
      ? []
      : [{ rule, value, percent: highest, atMs: Math.max(step.fromMs, fromMs), spent }];
  });
}

/** The amount, and the thresholds from which calls are refused. */
function levelsOf({ thresholds }: BudgetRule): number[] {
  const blocking = thresholds.filter(({ action }) => action.kind === 'block');
  return [...new Set([...blocking.map(({ percent }) => percent), 100])];
}

/** What each step's window had come to by its end. A rolling one is told of at most once in its length. */
function spentIn(
  { unit, window }: BudgetRule,
  steps: readonly Step[],
): Array<{ readonly spent: Amount; readonly windowMs: number }> {
  const windowAt = windowsOf(window);
  let [sum, first, windowMs] = [0n, 0, Number.NaN];
  return steps.map(({ fromMs, toMs, figures }) => {
    const { fromMs: beginMs, lengthMs } = windowAt(fromMs);
    if (lengthMs > 0) {
      for (; steps[first]!.fromMs < toMs - lengthMs; first += 1) sum -= amountIn(steps[first]!.figures, unit);
      if (Number.isNaN(windowMs) || fromMs - windowMs >= lengthMs) windowMs = fromMs;
    } else if (windowMs !== beginMs) [sum, windowMs] = [0n, beginMs];
    sum += amountIn(figures, unit);
    return { spent: sum, windowMs };
  });
}
