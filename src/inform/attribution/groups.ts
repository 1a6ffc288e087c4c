/**
 * The ledger's lines in groups that rules cannot tell apart: one group per owner, per who named it, and per value of
 * each sign that a rule looks at. What a rule does to a group it does to all its lines, so groups are enough.
 */
import type { Condition, Dimension, LedgerReader, Question, Span } from '../../ledger/question.ts';
import { OWNER_FIELDS, setByRule } from '../../rulebook/rulebook.ts';
import type { AttributionRule, CallSigns, Owner, OwnerField } from '../../rulebook/rulebook.ts';
import { parseDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import { monthSpan } from './months.ts';
import type { MonthSpan } from './months.ts';

export const MOST_GROUPS = 10_000;
/** The ledger's own limit on dimensions at once. */
export const MOST_DIMENSIONS = 8;

export interface Amount {
  readonly cost: Picodollars;
  readonly calls: number;
  readonly unpricedCalls: number;
}

export const NO_AMOUNT: Amount = { cost: 0n, calls: 0, unpricedCalls: 0 };

export interface LineGroup extends Amount {
  readonly owner: Owner;
  /** Who named the workflow, as the ledger says it. */
  readonly by: string;
  readonly values: ReadonlyMap<Dimension, string>;
}

export interface GroupsAsk {
  readonly during: Span;
  readonly dimensions: readonly Dimension[];
  readonly where: readonly Condition[];
  readonly simulated: Question['simulated'];
}

const OWNED: readonly Dimension[] = [...OWNER_FIELDS, 'attributedBy'];

/** @throws RangeError when there are more groups than can be looked at: a part would pass for the whole. */
export async function readGroups(ledger: LedgerReader, ask: GroupsAsk): Promise<LineGroup[]> {
  const by = [...new Set([...ask.dimensions, 'attributedBy' as const])];
  if (by.length > MOST_DIMENSIONS)
    throw new RangeError(
      `These rules look at ${by.join(', ')}: more than the ${MOST_DIMENSIONS} signs that the ledger tells apart at once. Nothing was changed. Take fewer rules at a time.`,
    );
  const answer = await ledger.ask({
    of: ['cost', 'calls', 'unpricedCalls'],
    by,
    during: ask.during,
    where: ask.where,
    timeZone: 'UTC',
    simulated: ask.simulated,
    limit: MOST_GROUPS,
  });
  if (answer.other !== null)
    throw new RangeError(
      `There are more than ${MOST_GROUPS} groups of calls in this period, so a part of it would be left out. Nothing was changed. Take a shorter period or fewer rules.`,
    );
  return answer.rows.map(({ group, figures }) => {
    const values = new Map(by.map((dimension, at) => [dimension, group[at] ?? '']));
    const [workflow = '', team = '', customer = '', attributedBy = ''] = OWNED.map((name) =>
      values.get(name),
    );
    return {
      owner: { workflow, team, customer },
      by: attributedBy,
      values,
      ...toAmount(figures),
    };
  });
}

/** The months of a span that have lines, so that "all" does not mean every month since 1970. */
export async function busyMonths(ledger: LedgerReader, during: Span): Promise<MonthSpan[]> {
  const { rows } = await ledger.ask({
    of: ['cost', 'calls'],
    by: ['month'],
    during,
    where: [],
    timeZone: 'UTC',
    simulated: 'include',
    limit: MOST_GROUPS,
  });
  return rows.map(({ group }) => {
    const whole = monthSpan(group[0] ?? '');
    return {
      month: whole.month,
      fromMs: Math.max(whole.fromMs, during.fromMs),
      toMs: Math.min(whole.toMs, during.toMs),
    };
  });
}

export function toAmount(figures: {
  readonly cost?: string;
  readonly calls?: number;
  readonly unpricedCalls?: number;
}): Amount {
  const { cost = '0', calls = 0, unpricedCalls = 0 } = figures;
  return { cost: parseDollars(cost), calls, unpricedCalls };
}

export function addAmount(left: Amount, right: Amount): Amount {
  return {
    cost: left.cost + right.cost,
    calls: left.calls + right.calls,
    unpricedCalls: left.unpricedCalls + right.unpricedCalls,
  };
}

export function isNothing({ cost, calls, unpricedCalls }: Amount): boolean {
  return cost === 0n && calls === 0 && unpricedCalls === 0;
}

/** A group as the signs of a call, for the matcher that the gateway uses. */
export function signsOf(group: LineGroup, startedAtMs: number): CallSigns {
  const value = (dimension: Dimension): string => group.values.get(dimension) ?? '';
  const tags = Object.fromEntries(
    [...group.values].flatMap(([name, text]) => (name.startsWith('tag:') ? [[name.slice(4), text]] : [])),
  ) as Record<string, string>;
  return {
    key: value('key'),
    path: value('path'),
    provider: value('provider'),
    account: value('account'),
    region: value('region'),
    model: value('model'),
    modelRequested: value('modelRequested'),
    fingerprint: value('fingerprint'),
    tags,
    startedAtMs,
  };
}

/** What is known of rules that named lines before: every version, and the owners of workflows. */
export interface RuleHistory {
  readonly versions: readonly AttributionRule[];
  readonly teamOf: (workflow: string) => string;
}

/**
 * What a rule sets on lines that are in the ledger. As at the source, but that it also names anew what an earlier
 * version of itself named; what another rule named stays.
 * @param by who named the workflow of these lines
 * @returns undefined when it adds nothing
 */
export function setOnLines(
  rule: AttributionRule,
  lines: { readonly owner: Owner; readonly by: string; readonly filled?: ReadonlySet<OwnerField> },
  { versions, teamOf }: RuleHistory,
): Partial<Record<OwnerField, string>> | undefined {
  const { owner, by } = lines;
  const filled = new Set<OwnerField>(lines.filled);
  const named = /^rule:(.+)@(\d+)$/.exec(by);
  if (named === null) return setByRule(rule, owner, filled, teamOf);
  const own = named[1] === rule.id && Number(named[2]) < rule.version;
  if (!own) return setByRule(rule, owner, filled.add('workflow'), teamOf);
  const earlier = versions.find(({ id, version }) => id === rule.id && version === Number(named[2]));
  const given: Partial<Record<OwnerField, string>> = {
    ...earlier?.set,
    workflow: owner.workflow,
    team: earlier?.set.team ?? teamOf(owner.workflow),
  };
  const emptied = Object.fromEntries(
    OWNER_FIELDS.map((field) => [field, owner[field] === given[field] ? '' : owner[field]]),
  ) as Record<OwnerField, string>;
  const set = setByRule(rule, emptied, filled, teamOf);
  if (set === undefined) return undefined;
  // The team came with the workflow of before; where the new workflow has none, that team must not stay.
  if (set.workflow !== undefined && emptied.team === '' && set.team === undefined) set.team = '';
  for (const field of OWNER_FIELDS) if (set[field] === owner[field]) delete set[field];
  return Object.keys(set).length === 0 ? undefined : set;
}
