/**
 * Applies rules to the past: correcting lines, rule by rule in their order, month by month. What moves is what the
 * ledger says now, so a second time moves nothing and a later version goes on from where the earlier one left.
 *
 * Each move is written down in the registry before the ledger is told of it. What a crash left between the two is
 * told again first, under the same id, which the ledger knows or does not know: either way it is there once.
 */
import type { Condition, Dimension, LedgerReader, LockedMonth, Span } from '../../ledger/question.ts';
import type { LedgerPoster, Move } from '../../ledger/posting.ts';
import type { AttributionPosting, AttributionRegistry } from '../../registry/registry.ts';
import { inOrder, OWNER_FIELDS, ruleName, valueMatcher } from '../../rulebook/rulebook.ts';
import type { AttributionRule, OwnerField, RuleCondition } from '../../rulebook/rulebook.ts';
import { addAmount, busyMonths, isNothing, NO_AMOUNT, readGroups, setOnLines } from './groups.ts';
import type { Amount, LineGroup, RuleHistory } from './groups.ts';
import { bookingOf, monthOf, placesOf } from './months.ts';
import type { MonthSpan, Place } from './months.ts';
import { dimensionOf, forwardOnly } from './rules.ts';

/** Values of one condition; the ledger's limit. */
const MOST_VALUES = 1_000;

export interface ApplyParts {
  readonly ledger: LedgerReader;
  readonly poster: Pick<LedgerPoster, 'move'>;
  readonly registry: Pick<AttributionRegistry, 'plan' | 'finish' | 'postings'>;
}

export interface ApplyAsk {
  /** All rules in force, so that each finds only what those before it left. */
  readonly rules: readonly AttributionRule[];
  readonly history: RuleHistory;
  readonly during: Span;
  readonly actor: string;
}

export interface AppliedMove extends Amount {
  readonly id: string;
  readonly rule: string;
  readonly month: string;
  readonly from: Partial<Record<OwnerField, string>>;
  readonly set: Partial<Record<OwnerField, string>>;
  /** The month in which it is booked, where its own is locked. */
  readonly bookedIn: string | undefined;
  readonly lines: number;
}

export interface Applied {
  readonly moves: readonly AppliedMove[];
  /** Moves that an earlier run had begun and this one ended. */
  readonly resumed: number;
  readonly moved: Amount;
}

/** @throws RangeError when a month has more groups than can be looked at; months before it are done by then. */
export async function applyRules(parts: ApplyParts, ask: ApplyAsk): Promise<Applied> {
  const resumed = await resumeMoves(parts);
  const locked = await parts.ledger.lockedMonths();
  const known = await parts.registry.postings('rule');
  const moves: AppliedMove[] = [];
  for (const month of await busyMonths(parts.ledger, ask.during)) {
    for (const rule of inOrder(ask.rules)) {
      if (forwardOnly(rule) !== undefined) continue;
      const during = overlap(month, rule);
      if (during !== undefined)
        moves.push(...(await applyRule(parts, { ...ask, rule, during, locked, known })));
    }
  }
  return { moves, resumed, moved: moves.reduce<Amount>(addAmount, NO_AMOUNT) };
}

/** Tells the ledger what was planned and perhaps never told. */
export async function resumeMoves({ poster, registry }: Omit<ApplyParts, 'ledger'>): Promise<number> {
  const open = (await registry.postings('rule')).filter(({ doneAtMs }) => doneAtMs === undefined);
  for (const { id, body } of open) {
    const { lines } = await poster.move(body as unknown as Move);
    await registry.finish(id, lines);
  }
  return open.length;
}

function overlap(
  month: MonthSpan,
  { fromMs = -Infinity, untilMs = Infinity }: AttributionRule,
): MonthSpan | undefined {
  const cut = {
    month: month.month,
    fromMs: Math.max(month.fromMs, fromMs),
    toMs: Math.min(month.toMs, untilMs),
  };
  return cut.fromMs < cut.toMs ? cut : undefined;
}

interface RuleMonth extends Omit<ApplyAsk, 'rules' | 'during'> {
  readonly rule: AttributionRule;
  readonly during: MonthSpan;
  readonly locked: readonly LockedMonth[];
  readonly known: readonly AttributionPosting[];
}

async function applyRule(parts: ApplyParts, ask: RuleMonth): Promise<AppliedMove[]> {
  const { rule, during } = ask;
  const exact = rule.when.filter((condition) => !hasPattern(condition)).map(toCondition);
  const patterns = rule.when.filter(hasPattern);
  const touched: OwnerField[] = rule.set.customer === undefined ? ['workflow', 'team'] : [...OWNER_FIELDS];
  const places = placesOf(during, ask.locked);
  const found = await Promise.all(
    places.map((place) =>
      readGroups(parts.ledger, {
        during: place.during,
        dimensions: [...touched, ...patterns.map(({ sign }) => dimensionOf(sign))],
        where: [...exact, ...place.where],
        simulated: 'include',
      }),
    ),
  );
  const groups = found.flatMap((some, at) => some.map((group) => ({ ...group, place: places[at] as Place })));
  const matching = groups.filter((group) => patterns.every((one) => holds(one, group)));
  const bookAtMs = bookingOf(during.month, ask.locked);
  const moves: AppliedMove[] = [];
  let number = ask.known.filter(
    (one) => one.subject === rule.id && one.version === rule.version && one.month === during.month,
  ).length;
  for (const kind of classesOf(matching, touched, ask)) {
    for (const piece of places.flatMap((place) => piecesOf(kind, place, exact, patterns))) {
      number += 1;
      moves.push(await post(parts, ask, { ...kind, ...piece, number, bookAtMs }));
    }
  }
  return moves;
}

async function post(
  { poster, registry }: ApplyParts,
  { rule, during: { month }, actor }: RuleMonth,
  piece: LineClass & Piece & { readonly number: number; readonly bookAtMs: number | undefined },
): Promise<AppliedMove> {
  const { where, set, from, by, during, groups, bookAtMs } = piece;
  const id = `rule.${rule.id}.${rule.version}.${month}.${piece.number}`;
  const move: Move = {
    id,
    during,
    where,
    set,
    by: set.workflow === undefined ? by : ruleName(rule),
    correction: ruleName(rule),
    cause: 'attribution',
    ...(bookAtMs !== undefined && { bookAtMs }),
  };
  const body = move as unknown as Readonly<Record<string, unknown>>;
  await registry.plan({ id, kind: 'rule', subject: rule.id, version: rule.version, month, body }, actor);
  const { lines } = await poster.move(move);
  await registry.finish(id, lines);
  const bookedIn = bookAtMs === undefined ? undefined : monthOf(bookAtMs);
  const amount = groups.reduce<Amount>(addAmount, NO_AMOUNT);
  return { id, rule: ruleName(rule), month, from, set, bookedIn, lines, ...amount };
}

type PlacedGroup = LineGroup & { readonly place: Place };

/** Lines that have the same owner and go to the same one. */
interface LineClass {
  readonly from: Partial<Record<OwnerField, string>>;
  readonly by: string;
  readonly set: Partial<Record<OwnerField, string>>;
  readonly groups: readonly PlacedGroup[];
}

/** A class that sums to nothing over all places was taken back already: its lines lie in a locked month as they were. */
function classesOf(
  groups: readonly PlacedGroup[],
  touched: readonly OwnerField[],
  ask: RuleMonth,
): LineClass[] {
  const classes = Map.groupBy(groups, (group) =>
    JSON.stringify([...touched.map((field) => group.owner[field]), group.by]),
  );
  return [...classes.values()].flatMap((members) => {
    const [first] = members;
    const set = first && setOnLines(ask.rule, first, ask.history);
    if (first === undefined || set === undefined) return [];
    if (isNothing(members.reduce<Amount>(addAmount, NO_AMOUNT))) return [];
    const from = Object.fromEntries(touched.map((field) => [field, first.owner[field]]));
    return [{ from, by: first.by, set, groups: members }];
  });
}

interface Piece {
  readonly during: Span;
  readonly where: readonly Condition[];
  readonly groups: readonly PlacedGroup[];
}

/** The class in one place as conditions of the ledger; several where a pattern stands for more values than one takes. */
function piecesOf(
  { from, by, groups }: LineClass,
  place: Place,
  exact: readonly Condition[],
  patterns: readonly RuleCondition[],
): Piece[] {
  // What was booked later and only takes back is not there to be moved.
  const own = groups.filter((group) => group.place === place && !isNothing(group) && isThere(group));
  if (own.length === 0) return [];
  const owned: Condition[] = [
    ...Object.entries(from).map(([field, value]) => ({ dimension: field as OwnerField, is: [value] })),
    { dimension: 'attributedBy', is: [by] },
  ];
  const { during } = place;
  let pieces: Piece[] = [{ during, where: [...exact, ...place.where, ...owned], groups: own }];
  for (const dimension of new Set(patterns.map(({ sign }) => dimensionOf(sign)))) {
    const valueOf = (group: LineGroup): string => group.values.get(dimension) ?? '';
    pieces = pieces.flatMap((piece) =>
      chunks([...new Set(piece.groups.map(valueOf))]).map((is): Piece => ({
        during,
        where: [...piece.where, { dimension, is }],
        groups: piece.groups.filter((group) => is.includes(valueOf(group))),
      })),
    );
  }
  return pieces;
}

function isThere({ place, cost, calls, unpricedCalls }: PlacedGroup): boolean {
  return !place.isLater || cost > 0n || calls > 0 || unpricedCalls > 0;
}

function chunks(values: readonly string[]): string[][] {
  const count = Math.ceil(values.length / MOST_VALUES);
  return Array.from({ length: count }, (_, at) => values.slice(at * MOST_VALUES, (at + 1) * MOST_VALUES));
}

function hasPattern({ is = [], not = [] }: RuleCondition): boolean {
  return [...is, ...not].some((value) => value.includes('*'));
}

function toCondition({ sign, is, not }: RuleCondition): Condition {
  return { dimension: dimensionOf(sign), ...(is && { is }), ...(not && { not }) };
}

function holds(condition: RuleCondition, group: LineGroup): boolean {
  const dimension: Dimension = dimensionOf(condition.sign);
  return valueMatcher(condition)(group.values.get(dimension) ?? '');
}
