/**
 * What rules would move if they were applied to the past: how much, from whom to whom, and what coverage becomes.
 * Nothing is written. The same matcher and the same order as at the source, asked of groups of lines.
 */
import type { Dimension, LedgerReader, Question, Span } from '../../ledger/question.ts';
import { compileRule, inOrder, OWNER_FIELDS, ruleName } from '../../rulebook/rulebook.ts';
import type { AttributionRule, Owner, OwnerField } from '../../rulebook/rulebook.ts';
import { addAmount, busyMonths, isNothing, NO_AMOUNT, readGroups, setOnLines, signsOf } from './groups.ts';
import type { Amount, LineGroup, RuleHistory } from './groups.ts';
import { placesOf } from './months.ts';
import type { Place } from './months.ts';
import { dimensionOf, forwardOnly } from './rules.ts';

export interface PreviewAsk {
  /** The whole set as it would be in force: what an earlier rule takes, a later one does not. */
  readonly rules: readonly AttributionRule[];
  readonly history: RuleHistory;
  readonly during: Span;
  readonly simulated: Question['simulated'];
}

export interface PreviewedMove extends Amount {
  readonly from: Owner;
  readonly to: Owner;
}

export interface PreviewedRule extends Amount {
  readonly rule: AttributionRule;
  /** Why it moves nothing of the past, whatever there is; undefined when it can. */
  readonly forwardOnly: string | undefined;
  /** Largest first. */
  readonly moves: readonly PreviewedMove[];
}

export interface Preview {
  readonly total: Amount;
  /** What has no workflow, before and after. */
  readonly before: Amount;
  readonly after: Amount;
  /** What would move at all; lines that two rules move (one names the workflow, another the customer) count once. */
  readonly moved: Amount;
  readonly rules: readonly PreviewedRule[];
}

/** @throws RangeError when the question is too large to be answered whole. */
export async function previewRules(ledger: LedgerReader, ask: PreviewAsk): Promise<Preview> {
  const rules = inOrder(ask.rules);
  const backward = rules.filter((rule) => forwardOnly(rule) === undefined);
  const tally = new Tally();
  for (const { during, place } of await piecesOf(ledger, ask.during, backward)) {
    const groups = await readGroups(ledger, {
      during: place.during,
      dimensions: dimensionsOf(backward),
      where: place.where,
      simulated: ask.simulated,
    });
    const steps = backward
      .filter(({ fromMs = -Infinity, untilMs = Infinity }) => fromMs < during.toMs && untilMs > during.fromMs)
      .map((rule) => ({ rule, matches: compileRule(rule) }));
    for (const group of groups) tally.add(group, simulate(group, during.fromMs, steps, ask.history));
  }
  return tally.preview(rules);
}

/** Pieces of the span in which the same rules hold, each with the places where its lines and their corrections are. */
async function piecesOf(
  ledger: LedgerReader,
  during: Span,
  rules: readonly AttributionRule[],
): Promise<Array<{ readonly during: Span; readonly place: Pick<Place, 'during' | 'where'> }>> {
  const locked = await ledger.lockedMonths();
  if (locked.length === 0)
    return spansBetween(during, rules).map((span) => ({ during: span, place: { during: span, where: [] } }));
  const months = await busyMonths(ledger, during);
  return months.flatMap((month) =>
    spansBetween(month, rules).flatMap((span) =>
      placesOf({ ...span, month: month.month }, locked).map((place) => ({ during: span, place })),
    ),
  );
}

interface Step {
  readonly rule: AttributionRule;
  readonly matches: ReturnType<typeof compileRule>;
}

interface Taken {
  readonly rule: AttributionRule;
  readonly from: Owner;
  readonly to: Owner;
}

function simulate(group: LineGroup, atMs: number, steps: readonly Step[], history: RuleHistory): Taken[] {
  let { owner, by } = group;
  const filled = new Set<OwnerField>();
  const signs = signsOf(group, atMs);
  const taken: Taken[] = [];
  for (const { rule, matches } of steps) {
    const set = setOnLines(rule, { owner, by, filled }, history);
    if (set === undefined || !matches(owner, signs)) continue;
    const to = { ...owner, ...set };
    taken.push({ rule, from: owner, to });
    for (const field of OWNER_FIELDS) if (set[field] !== undefined) filled.add(field);
    if (set.workflow !== undefined) by = ruleName(rule);
    owner = to;
  }
  return taken;
}

class Tally {
  #total: Amount = NO_AMOUNT;
  #before: Amount = NO_AMOUNT;
  #after: Amount = NO_AMOUNT;
  #moved: Amount = NO_AMOUNT;
  readonly #moves = new Map<string, Map<string, PreviewedMove>>();

  add(group: LineGroup, taken: readonly Taken[]): void {
    this.#total = addAmount(this.#total, group);
    if (group.owner.workflow === '') this.#before = addAmount(this.#before, group);
    if ((taken.at(-1)?.to ?? group.owner).workflow === '') this.#after = addAmount(this.#after, group);
    if (taken.length > 0) this.#moved = addAmount(this.#moved, group);
    for (const { rule, from, to } of taken) {
      const moves = this.#moves.get(rule.id) ?? new Map<string, PreviewedMove>();
      const name = JSON.stringify([from, to]);
      moves.set(name, { from, to, ...addAmount(moves.get(name) ?? NO_AMOUNT, group) });
      this.#moves.set(rule.id, moves);
    }
  }

  preview(rules: readonly AttributionRule[]): Preview {
    return {
      total: this.#total,
      before: this.#before,
      after: this.#after,
      moved: this.#moved,
      rules: rules.map((rule) => {
        const moves = [...(this.#moves.get(rule.id)?.values() ?? [])]
          .filter((move) => !isNothing(move))
          .toSorted((a, b) => (a.cost === b.cost ? b.calls - a.calls : a.cost < b.cost ? 1 : -1));
        return { rule, forwardOnly: forwardOnly(rule), moves, ...moves.reduce<Amount>(addAmount, NO_AMOUNT) };
      }),
    };
  }
}

/** All that any of the rules looks at or names. The customer is a long list, so it is told apart only where it matters. */
function dimensionsOf(rules: readonly AttributionRule[]): Dimension[] {
  const signs = rules.flatMap(({ when }) => when.map(({ sign }) => dimensionOf(sign)));
  const named = rules.some(({ set }) => set.customer !== undefined) ? (['customer'] as const) : [];
  return [...new Set<Dimension>(['workflow', 'team', ...named, ...signs])];
}

/** The span, cut where a rule begins or ends in it: within each piece the same rules hold throughout. */
function spansBetween(during: Span, rules: readonly AttributionRule[]): Span[] {
  const cuts = rules
    .flatMap(({ fromMs, untilMs }) => [fromMs, untilMs])
    .filter((at): at is number => at !== undefined && at > during.fromMs && at < during.toMs);
  const edges = [during.fromMs, ...[...new Set(cuts)].toSorted((a, b) => a - b), during.toMs];
  return edges.slice(1).map((toMs, at) => ({ fromMs: edges[at] ?? 0, toMs }));
}
