/** Rules as they were decided: which are in force, what is wrong with a draft, and whether one can look backwards. */
import type { Dimension } from '../../ledger/question.ts';
import type { AttributionDecision } from '../../registry/registry.ts';
import { OWNER_FIELDS, RULE_SIGNS, tagOf } from '../../rulebook/rulebook.ts';
import type { AttributionRule, RuleSign } from '../../rulebook/rulebook.ts';
import { isTimeZone } from '../../units/period.ts';

/** A rule before it has a version. */
export type RuleDraft = Omit<AttributionRule, 'version'>;

export const RULE_ID = /^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/;
const MOST_CONDITIONS = 12;
const MOST_VALUES = 200;
/** Rules in force at once: each is looked at for a call that says nothing. */
export const MOST_RULES = 500;

/** The newest version of each rule that was not withdrawn. */
export function rulesInForce(decisions: readonly AttributionDecision[]): AttributionRule[] {
  return inForce(decisions).map(toRule);
}

/** Every version of every rule, withdrawn ones included. */
export function everyRule(decisions: readonly AttributionDecision[]): AttributionRule[] {
  return decisions.filter(({ action }) => action === 'set').map(toRule);
}

/** The newest decision on each subject, without the withdrawn. */
export function inForce(decisions: readonly AttributionDecision[]): AttributionDecision[] {
  const newest = new Map<string, AttributionDecision>();
  for (const decision of decisions) newest.set(decision.id, decision);
  return [...newest.values()].filter(({ action }) => action === 'set');
}

export function toRule({ id, version, body }: AttributionDecision): AttributionRule {
  return { ...(body as unknown as Omit<AttributionRule, 'id' | 'version'>), id, version };
}

/** What the registry keeps of a draft. */
export function ruleBody(draft: RuleDraft): Readonly<Record<string, unknown>> {
  const { order, when, hours, set, override, fromMs, untilMs } = draft;
  return { order, when, hours, set, override, fromMs, untilMs };
}

export interface DraftProblem {
  readonly path: string;
  readonly message: string;
}

/** Everything that is wrong with a draft, in words; empty when nothing is. */
export function ruleProblems(draft: RuleDraft): DraftProblem[] {
  const problems: DraftProblem[] = [];
  const say = (path: string, message: string): void => void problems.push({ path, message });
  if (!RULE_ID.test(draft.id))
    say('id', 'use 1 to 48 lower-case letters, digits and "-", beginning and ending with a letter or digit');
  if (draft.when.length === 0 && draft.hours === undefined)
    say('when', 'a rule without a condition would name every call; give at least one');
  if (draft.when.length > MOST_CONDITIONS) say('when', `at most ${MOST_CONDITIONS} conditions`);
  draft.when.forEach((condition, at) => {
    const { sign, is = [], not = [] } = condition;
    if (!isSign(sign))
      say(`when.${at}.sign`, `"${sign}" is not one of ${RULE_SIGNS.join(', ')}, tag:<name>, header:<name>`);
    if (is.length + not.length === 0) say(`when.${at}`, 'says no value');
    if (is.length + not.length > MOST_VALUES) say(`when.${at}`, `at most ${MOST_VALUES} values`);
  });
  if (OWNER_FIELDS.every((field) => draft.set[field] === undefined))
    say('set', `a rule must name a ${OWNER_FIELDS.join(', a ')}`);
  for (const field of OWNER_FIELDS) if (draft.set[field] === '') say(`set.${field}`, 'must not be empty');
  if (draft.fromMs !== undefined && draft.untilMs !== undefined && draft.untilMs <= draft.fromMs)
    say('until', 'is not after the beginning');
  return [...problems, ...hoursProblems(draft)];
}

function hoursProblems({ hours }: RuleDraft): DraftProblem[] {
  if (hours === undefined) return [];
  const problems: DraftProblem[] = [];
  if (hours.days.length === 0 || hours.days.some((day) => !Number.isInteger(day) || day < 1 || day > 7))
    problems.push({ path: 'hours.days', message: 'are days from 1 (Monday) to 7 (Sunday)' });
  for (const field of ['from', 'until'] as const)
    if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(hours[field]))
      problems.push({ path: `hours.${field}`, message: 'is a time of day such as 22:00' });
  if (!isTimeZone(hours.timeZone))
    problems.push({ path: 'hours.timeZone', message: 'is an IANA time zone such as Europe/Zurich' });
  return problems;
}

function isSign(text: string): text is RuleSign {
  return (RULE_SIGNS as readonly string[]).includes(text) || (tagOf(text) ?? '') !== '';
}

/** Why a rule only names calls to come; undefined when it can name past ones too. */
export function forwardOnly(rule: Pick<AttributionRule, 'hours'>): string | undefined {
  return rule.hours === undefined
    ? undefined
    : 'its hours of the week cannot be asked of the ledger, so it names calls to come and moves none that are there';
}

/** The ledger's dimension of a sign. */
export function dimensionOf(sign: RuleSign): Dimension {
  const tag = tagOf(sign);
  return tag === undefined ? (sign as Dimension) : `tag:${tag}`;
}
