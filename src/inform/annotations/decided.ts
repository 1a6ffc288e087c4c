/** Marks of what people decided. Pure. */
import type { DecidedBudget } from '../../budgets/budgets.ts';
import type { LockedMonth } from '../../ledger/question.ts';
import type {
  AnomalyNote,
  AttributionDecision,
  BudgetDecision,
  ForecastDecision,
} from '../../registry/registry.ts';
import { moneyText } from '../../units/figures.ts';
import type { Annotation, AnnotationScope, CrossedBudget } from './known.ts';

/** The beginning and the end of each commitment that is not withdrawn. */
export function commitmentMarks(decisions: readonly AttributionDecision[]): Annotation[] {
  return standing(decisions).flatMap(({ id, body }) => {
    const { provider, model, hourly, fromMs, untilMs } = body as {
      readonly provider: string;
      readonly model: string;
      readonly hourly: string;
      readonly fromMs: number;
      readonly untilMs?: number;
    };
    const same = {
      kind: 'commitment' as const,
      link: '/attribution',
      scope: { provider, ...(model !== '' && { model }) },
    };
    const what = `Commitment ${id} to ${provider}${model === '' ? '' : ` ${model}`}`;
    const begins = {
      ...same,
      atMs: fromMs,
      short: `${id} begins`,
      text: `${what} begins: ${moneyText(hourly)} an hour, used or not`,
    };
    if (untilMs === undefined) return [begins];
    return [begins, { ...same, atMs: untilMs, short: `${id} ends`, text: `${what} ends` }];
  });
}

export function budgetMarks(
  decisions: readonly BudgetDecision[],
  amountOf: (budget: DecidedBudget) => string,
): Annotation[] {
  const inForce = new Map<string, string>();
  return decisions.map(({ id, action, budget, decidedAtMs }) => {
    const amount = amountOf(budget);
    const before = inForce.get(id);
    if (action === 'set') inForce.set(id, amount);
    else inForce.delete(id);
    const word = action === 'end' ? 'ended' : before === undefined ? 'set' : 'changed';
    const to =
      word === 'ended'
        ? ''
        : before === undefined
          ? ` to ${amount}`
          : before === amount
            ? `, its amount stays ${amount}`
            : ` from ${before} to ${amount}`;
    return {
      atMs: decidedAtMs,
      kind: 'budget' as const,
      short: `Budget ${word}`,
      text: `Budget ${budget.name || id} ${word}${to}`,
      link: '/budgets',
      scope: budgetScope(budget),
    };
  });
}

/** When budgets were used up, or came to a threshold at which they refuse calls. */
export function crossingMarks(
  crossings: readonly CrossedBudget[],
  amountOf: (budget: DecidedBudget) => string,
): Annotation[] {
  return crossings.map(({ rule, value, percent, atMs, spent }) => {
    const each = rule.scope.value === '*';
    const what = `Budget ${rule.name || rule.id}${each ? ` of ${value}` : ''}`;
    const came = percent === 100 ? 'used up' : `at ${percent}%, where it refuses calls`;
    return {
      atMs,
      kind: 'budget' as const,
      short: percent === 100 ? 'Budget used up' : `Budget at ${percent}%`,
      text: `${what} ${came}: ${amountOf({ ...rule, amount: String(spent) })} of ${amountOf(rule)}`,
      link: `/budgets?show=${encodeURIComponent(rule.id)}`,
      scope: budgetScope(each ? { ...rule, scope: { ...rule.scope, value } } : rule),
    };
  });
}

function budgetScope({ scope: { kind, value } }: DecidedBudget): AnnotationScope {
  if (value === '*' || value === '') return {};
  return kind === 'team' || kind === 'workflow' ? { [kind]: value } : {};
}

/** The last word of each, where it happened; one that was opened again is not spoken of. */
export function anomalyMarks(notes: readonly AnomalyNote[]): Annotation[] {
  const last = new Map(notes.map((note) => [note.anomaly, note]));
  return [...last.values()]
    .filter(({ state, note }) => state !== 'open' || note !== '')
    .map(({ state, note, workflow, fromMs, toMs }) => ({
      atMs: fromMs,
      kind: 'anomaly' as const,
      short: state === 'expected' ? 'Expected' : 'Anomaly',
      text: `Anomaly in ${workflow || 'unattributed calls'}, ${state}${note === '' ? '' : `: ${note}`}`,
      link: `/anomalies?during=${instantText(fromMs)}..${instantText(toMs)}`,
      scope: { workflow },
    }));
}

export function ruleMarks(decisions: readonly AttributionDecision[]): Annotation[] {
  return decisions.map(({ id, version, action, body, decidedAtMs }) => {
    const { workflow, team } = (body['set'] ?? {}) as { readonly workflow?: string; readonly team?: string };
    const word = action === 'withdraw' ? 'withdrawn' : 'in force';
    return {
      atMs: decidedAtMs,
      kind: 'rule' as const,
      short: `Rule ${word}`,
      text: `Attribution rule ${id} ${word}${action === 'set' && version > 1 ? `, version ${version}` : ''}`,
      link: '/attribution',
      scope: { ...(workflow !== undefined && { workflow }), ...(team !== undefined && { team }) },
    };
  });
}

export function closeMarks(closed: readonly LockedMonth[]): Annotation[] {
  return closed.map(({ month, lockedAtMs }) => ({
    atMs: lockedAtMs,
    kind: 'close' as const,
    short: `${month} closed`,
    text: `${month} was closed: later corrections are booked in the month in which they are found`,
    link: '/invoices',
    scope: {},
  }));
}

/** Of the lockings alone: a plan that was only proposed holds nobody to anything. */
export function planMarks(decisions: readonly ForecastDecision[]): Annotation[] {
  return decisions
    .filter(({ action }) => action === 'lock')
    .map(({ id, body, decidedAtMs }) => {
      const name = typeof body['name'] === 'string' && body['name'] !== '' ? body['name'] : id;
      return {
        atMs: decidedAtMs,
        kind: 'plan' as const,
        short: 'Plan locked',
        text: `Plan ${name} locked`,
        link: '/forecast/plans',
        scope: planScope(body['scope']),
      };
    });
}

function planScope(scope: unknown): AnnotationScope {
  const { kind, name } = (scope ?? {}) as { readonly kind?: string; readonly name?: string };
  return (kind === 'team' || kind === 'workflow') && name !== undefined ? { [kind]: name } : {};
}

function standing(decisions: readonly AttributionDecision[]): AttributionDecision[] {
  const newest = new Map(decisions.map((one) => [one.id, one]));
  return [...newest.values()].filter(({ action }) => action === 'set');
}

function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
