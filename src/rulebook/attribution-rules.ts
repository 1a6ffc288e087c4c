/**
 * Rules that name the workflow, team or customer of calls that do not say. One matcher for both directions: the
 * gateway asks it at the source, and a preview asks it of what is in the ledger already.
 *
 * The order, which is all there is to know: rules go by `order`, then by id. A rule matches when all its conditions
 * hold. It fills each field that it sets and that is missing; the first that fills a field wins. A field is missing
 * when it is empty, or when its value is one that the rule says it overrides (`default`). What a rule has filled is
 * not filled again. A rule that names a workflow brings the team that owns it, unless the rule names a team itself.
 */
import { openCalendar } from '../units/period.ts';
import type { Calendar } from '../units/period.ts';

export const OWNER_FIELDS = ['workflow', 'team', 'customer'] as const;
export type OwnerField = (typeof OWNER_FIELDS)[number];
export type Owner = Readonly<Record<OwnerField, string>>;

/** What a rule can look at beside tags; `header:<name>` is what the gateway kept of a header. */
export const RULE_SIGNS = [
  'key',
  'path',
  'provider',
  'account',
  'region',
  'model',
  'modelRequested',
  'fingerprint',
  ...OWNER_FIELDS,
] as const;
export type NamedSign = (typeof RULE_SIGNS)[number];
export type RuleSign = NamedSign | `tag:${string}` | `header:${string}`;

/** `is`: any of the values, `not`: none of them; `*` in a value matches any run of characters. */
export interface RuleCondition {
  readonly sign: RuleSign;
  readonly is?: readonly string[];
  readonly not?: readonly string[];
}

/** Hours of some days of the week, in a time zone. An end at or before the beginning is on the next day. */
export interface RuleHours {
  /** 1 is Monday, 7 is Sunday: the day on which the hours begin. */
  readonly days: readonly number[];
  /** `HH:MM`; the end is not in it. */
  readonly from: string;
  readonly until: string;
  readonly timeZone: string;
}

export interface AttributionRule {
  readonly id: string;
  readonly version: number;
  readonly order: number;
  readonly when: readonly RuleCondition[];
  readonly hours?: RuleHours;
  readonly set: Readonly<Partial<Record<OwnerField, string>>>;
  /** Said values that count as not said. */
  readonly override?: readonly string[];
  /** Calls that started in this half-open span; UTC milliseconds. */
  readonly fromMs?: number;
  readonly untilMs?: number;
}

/** What is known of a call before it is sent, beside its owner. */
export interface CallSigns {
  readonly key: string;
  readonly path: string;
  readonly provider: string;
  readonly account: string;
  readonly region: string;
  readonly model: string;
  readonly modelRequested: string;
  readonly fingerprint: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly startedAtMs: number;
}

export interface Ruled extends Owner {
  /** The rule that named the workflow, `rule:<id>@<version>`; empty when none did. */
  readonly by: string;
  /** The rules that filled something, in the order in which they did. */
  readonly rules: readonly AttributionRule[];
}

export interface AttributionMatcher {
  /** @returns the owner with what the rules add, or undefined when they add nothing. */
  fill(owner: Owner, signs: CallSigns): Ruled | undefined;
}

/** How lines name a rule. */
export function ruleName({ id, version }: Pick<AttributionRule, 'id' | 'version'>): string {
  return `rule:${id}@${version}`;
}

/** The tag under which the gateway keeps a header. */
export function headerTag(name: string): string {
  return `header.${name}`;
}

/** Compiles rules once. Pure: the same call gets the same owner. @returns undefined when there are none. */
export function openAttribution(
  rules: readonly AttributionRule[],
  teamOf: (workflow: string) => string,
): AttributionMatcher | undefined {
  if (rules.length === 0) return undefined;
  const compiled = inOrder(rules).map((rule) => ({ rule, matches: compileRule(rule) }));
  return {
    fill(owner, signs) {
      if (!compiled.some(({ rule }) => canFill(rule, owner))) return undefined;
      const state: Filling = { owner, filled: new Set(), by: '', rules: [] };
      for (const { rule, matches } of compiled) {
        const set = setByRule(rule, state.owner, state.filled, teamOf);
        if (set !== undefined && matches(state.owner, signs)) take(state, rule, set);
      }
      return state.rules.length === 0 ? undefined : { ...state.owner, by: state.by, rules: state.rules };
    },
  };
}

export function inOrder<Rule extends Pick<AttributionRule, 'order' | 'id'>>(rules: readonly Rule[]): Rule[] {
  return rules.toSorted((a, b) => a.order - b.order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

interface Filling {
  owner: Owner;
  readonly filled: Set<OwnerField>;
  by: string;
  readonly rules: AttributionRule[];
}

function take(state: Filling, rule: AttributionRule, set: Partial<Record<OwnerField, string>>): void {
  state.owner = { ...state.owner, ...set };
  for (const field of OWNER_FIELDS) if (set[field] !== undefined) state.filled.add(field);
  if (set.workflow !== undefined) state.by = ruleName(rule);
  state.rules.push(rule);
}

function canFill(rule: AttributionRule, owner: Owner): boolean {
  return OWNER_FIELDS.some((field) => rule.set[field] !== undefined && isMissing(rule, owner[field]));
}

/**
 * What a rule would set on an owner, were its conditions to hold; undefined when it has nothing to add.
 * @param filled fields that other rules filled: they are not missing, whatever their value
 */
export function setByRule(
  rule: AttributionRule,
  owner: Owner,
  filled: ReadonlySet<OwnerField>,
  teamOf: (workflow: string) => string,
): Partial<Record<OwnerField, string>> | undefined {
  const set: Partial<Record<OwnerField, string>> = {};
  for (const field of OWNER_FIELDS) {
    const value = rule.set[field];
    if (value === undefined || filled.has(field) || !isMissing(rule, owner[field])) continue;
    if (value !== owner[field]) set[field] = value;
  }
  if (set.workflow !== undefined && rule.set.team === undefined && !filled.has('team')) {
    const team = teamOf(set.workflow);
    if (team !== '' && team !== owner.team && isMissing(rule, owner.team)) set.team = team;
  }
  return Object.keys(set).length === 0 ? undefined : set;
}

function isMissing(rule: AttributionRule, value: string): boolean {
  return value === '' || (rule.override?.includes(value) ?? false);
}

/** Whether a rule's conditions hold, whatever it sets. Compile once, ask often. */
export function compileRule(rule: AttributionRule): (owner: Owner, signs: CallSigns) => boolean {
  const conditions = rule.when.map(compileCondition);
  const inHours = rule.hours === undefined ? undefined : compileHours(rule.hours);
  const { fromMs = -Infinity, untilMs = Infinity } = rule;
  return (owner, signs) =>
    signs.startedAtMs >= fromMs &&
    signs.startedAtMs < untilMs &&
    conditions.every((holds) => holds(owner, signs)) &&
    (inHours === undefined || inHours(signs.startedAtMs));
}

function compileCondition(condition: RuleCondition): (owner: Owner, signs: CallSigns) => boolean {
  const matches = valueMatcher(condition);
  const { sign } = condition;
  const tag = tagOf(sign);
  if (tag !== undefined) return (_, { tags }) => matches(Object.hasOwn(tags, tag) ? (tags[tag] ?? '') : '');
  if (isOwnerField(sign)) return (owner) => matches(owner[sign]);
  const name = sign as Exclude<NamedSign, OwnerField>;
  return (_, signs) => matches(signs[name]);
}

/** The tag that a sign looks at, or undefined when it looks at none. */
export function tagOf(sign: string): string | undefined {
  if (sign.startsWith('tag:')) return sign.slice('tag:'.length);
  return sign.startsWith('header:') ? headerTag(sign.slice('header:'.length).toLowerCase()) : undefined;
}

function isOwnerField(sign: string): sign is OwnerField {
  return (OWNER_FIELDS as readonly string[]).includes(sign);
}

/** Whether a value is what a condition asks for. */
export function valueMatcher({ is, not }: Pick<RuleCondition, 'is' | 'not'>): (value: string) => boolean {
  const wanted = is === undefined ? undefined : anyOf(is);
  const unwanted = not === undefined ? undefined : anyOf(not);
  return (value) => (wanted === undefined || wanted(value)) && !(unwanted?.(value) ?? false);
}

function anyOf(values: readonly string[]): (value: string) => boolean {
  const exact = new Set(values.filter((value) => !value.includes('*')));
  const patterns = values.filter((value) => value.includes('*')).map((value) => value.split('*'));
  return (value) => exact.has(value) || patterns.some((pieces) => matchesPieces(value, pieces));
}

/** A pattern cut at its stars, found piece by piece: linear, so that no pattern can make a call wait. */
function matchesPieces(value: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last))
    return false;
  const end = value.length - last.length;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = value.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

const DAY_MINUTES = 24 * 60;

function compileHours({ days, from, until, timeZone }: RuleHours): (atMs: number) => boolean {
  const calendar = openCalendar(timeZone);
  const fromMinute = minuteOf(from);
  const untilMinute = minuteOf(until);
  const length = untilMinute > fromMinute ? untilMinute - fromMinute : untilMinute + DAY_MINUTES - fromMinute;
  const wanted = new Set(days);
  return (atMs) => {
    const { day, minute } = weekMinute(calendar, atMs);
    if (wanted.has(day) && minute >= fromMinute && minute < fromMinute + length) return true;
    const yesterday = day === 1 ? 7 : day - 1;
    return wanted.has(yesterday) && minute + DAY_MINUTES < fromMinute + length;
  };
}

function weekMinute(calendar: Calendar, atMs: number): { day: number; minute: number } {
  const local = new Date(atMs + calendar.offsetMs(atMs));
  return { day: local.getUTCDay() || 7, minute: local.getUTCHours() * 60 + local.getUTCMinutes() };
}

function minuteOf(clock: string): number {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return hour * 60 + minute;
}
