/**
 * What has no workflow, biggest first, by the sign that tells most: and for each a rule that would name it.
 *
 * A sign (a key, a fingerprint, a path …) is telling when calls that have it and do say a workflow nearly all say the
 * same one, or when no call that says a workflow has it. A sign that many workflows share (a common model) tells
 * nothing. Signs with such evidence are tried first, then stronger ones before weaker ones, and within them whatever
 * names the most spend. A strong sign without evidence must name a hundredth of what is missing: a program that writes
 * a new prompt for each call is better known by its key.
 */
import type { Answer, Condition, Dimension, LedgerReader, Question, Span } from '../../ledger/question.ts';
import type { RuleCondition, RuleSign } from '../../rulebook/rulebook.ts';
import type { Picodollars } from '../../units/money.ts';
import { shareOf } from './coverage.ts';
import { addAmount, isNothing, NO_AMOUNT, toAmount } from './groups.ts';
import type { Amount } from './groups.ts';
import { dimensionOf } from './rules.ts';
import type { RuleDraft } from './rules.ts';

/** Signs to try at one time: they compete by spend. */
interface Rank {
  readonly signs: readonly RuleSign[];
  /** Only values with which other calls say a workflow. */
  readonly evidence: boolean;
  /** The least part of what is missing that a value must name, as its divisor: 100 is a hundredth. */
  readonly leastPart?: bigint;
}

const WEAK: readonly Rank[] = [
  { signs: ['path', 'header:user-agent'], evidence: false },
  { signs: ['model'], evidence: false },
];
const HOLDERS: readonly RuleSign[] = ['key', 'account'];
const USER_AGENT = 'header:user-agent' satisfies RuleSign;
/** Keys that are the state of having none. */
const NO_KEYS: ReadonlySet<string> = new Set(['unkeyed', 'pass-through']);
/** The share of a sign's attributed spend that must go to one workflow for the sign to be telling. */
const PURE = 0.9;
const MOST_GROUPS = 10_000;
/** The ledger's limit on dimensions, one kept for the workflow. */
const MOST_SIGNS = 7;

export interface MissingAsk {
  readonly during: Span;
  readonly simulated: Question['simulated'];
  /** Names of headers that the gateway keeps, each a strong sign. */
  readonly headers: readonly string[];
  readonly limit: number;
}

export interface MissingPart extends Amount {
  /** The sign and its value; empty for calls that no sign tells apart. */
  readonly sign: RuleSign | '';
  readonly value: string;
  /** Of all spend in the span. */
  readonly share: number | null;
  /** What these calls have in common and what differs, so that a person can recognise them. */
  readonly seen: ReadonlyArray<{ readonly sign: RuleSign; readonly values: readonly string[] }>;
  readonly suggestion: Suggestion | undefined;
}

export interface Suggestion {
  readonly rule: RuleDraft;
  /** The workflow that calls with this sign name, with the share of their spend; undefined: nobody names one, so a person must. */
  readonly evidence: { readonly workflow: string; readonly team: string; readonly share: number } | undefined;
}

export interface Missing {
  readonly total: Amount;
  readonly missing: Amount;
  readonly parts: readonly MissingPart[];
  /** What lies below the limit, as one. */
  readonly other: Amount;
}

export async function readMissing(ledger: LedgerReader, ask: MissingAsk): Promise<Missing> {
  const ranks = ranksWith(ask.headers);
  const signs = [...new Set(ranks.flatMap((rank) => rank.signs))];
  const put = (by: readonly Dimension[], where: readonly Condition[]): Promise<Answer> =>
    ledger.ask({
      of: ['cost', 'calls', 'unpricedCalls'],
      by,
      during: ask.during,
      where,
      timeZone: 'UTC',
      simulated: ask.simulated,
      limit: MOST_GROUPS,
    });
  const [all, absent] = await Promise.all([
    put([], []),
    put(signs.map(dimensionOf), [{ dimension: 'workflow', is: [''] }]),
  ]);
  const rows: Row[] = absent.rows.map(({ group, figures }) => ({
    values: new Map(signs.map((sign, at) => [sign, group[at] ?? ''])),
    amount: toAmount(figures),
  }));
  const evidence = new Map<RuleSign, ReadonlyMap<string, Said>>();
  for (const sign of signs) {
    const values = new Set(rows.map((row) => row.values.get(sign) ?? '').filter((value) => value !== ''));
    if (values.size > 0)
      evidence.set(
        sign,
        saidBySign(
          await put([dimensionOf(sign), 'workflow', 'team'], [{ dimension: 'workflow', not: [''] }]),
        ),
      );
  }
  const total = toAmount(all.total);
  const parts = cluster(
    rows.filter(({ amount }) => !isNothing(amount)),
    ranks,
    evidence,
  ).map((found) => toPart(found, signs, evidence, total.cost));
  const shown = parts.slice(0, ask.limit);
  const missing = toAmount(absent.total);
  return { total, missing, parts: shown, other: rest(missing, shown) };
}

function ranksWith(headers: readonly string[]): readonly Rank[] {
  const taken = 1 + HOLDERS.length + WEAK.flatMap(({ signs }) => signs).length;
  const own = headers.slice(0, MOST_SIGNS - taken).map((name): RuleSign => `header:${name}`);
  const strong: readonly RuleSign[] = [...own, 'fingerprint'];
  return [
    { signs: strong, evidence: true },
    { signs: HOLDERS, evidence: true },
    { signs: strong, evidence: false, leastPart: 100n },
    { signs: HOLDERS, evidence: false },
    ...WEAK,
  ];
}

interface Row {
  readonly values: ReadonlyMap<RuleSign, string>;
  readonly amount: Amount;
}

/** What calls that have a sign and say a workflow say. */
interface Said {
  readonly workflow: string;
  readonly team: string;
  readonly share: number;
}

function saidBySign(answer: Answer): Map<string, Said> {
  const costs = new Map<string, Map<string, { team: string; cost: Picodollars }>>();
  for (const { group, figures } of answer.rows) {
    const [value = '', workflow = '', team = ''] = group;
    const own = costs.get(value) ?? new Map<string, { team: string; cost: Picodollars }>();
    const before = own.get(workflow);
    own.set(workflow, { team: before?.team || team, cost: (before?.cost ?? 0n) + toAmount(figures).cost });
    costs.set(value, own);
  }
  return new Map(
    [...costs].map(([value, workflows]) => {
      const sum = [...workflows.values()].reduce((total, { cost }) => total + cost, 0n);
      const [best] = [...workflows].toSorted(([, a], [, b]) => (a.cost < b.cost ? 1 : -1));
      const [workflow, { team, cost }] = best ?? ['', { team: '', cost: 0n }];
      return [value, { workflow, team, share: shareOf(cost, sum) ?? (workflows.size === 1 ? 1 : 0) }];
    }),
  );
}

interface Cluster {
  readonly sign: RuleSign | '';
  readonly value: string;
  readonly rows: readonly Row[];
  readonly amount: Amount;
}

function cluster(
  rows: readonly Row[],
  ranks: readonly Rank[],
  evidence: ReadonlyMap<RuleSign, ReadonlyMap<string, Said>>,
): Cluster[] {
  const found: Cluster[] = [];
  const all = sumOf(rows).cost;
  let left = rows;
  for (const rank of ranks) {
    const least = rank.leastPart === undefined ? 0n : all / rank.leastPart;
    for (
      let best = biggest(left, rank, evidence);
      best !== undefined && best.amount.cost >= least;
      best = biggest(left, rank, evidence)
    ) {
      const { sign, value } = best;
      found.push(best);
      left = left.filter((row) => row.values.get(sign as RuleSign) !== value);
    }
  }
  if (left.length > 0) found.push({ sign: '', value: '', rows: left, amount: sumOf(left) });
  return found.toSorted((a, b) => compare(b.amount, a.amount));
}

function biggest(
  rows: readonly Row[],
  rank: Rank,
  evidence: ReadonlyMap<RuleSign, ReadonlyMap<string, Said>>,
): Cluster | undefined {
  let best: Cluster | undefined;
  for (const sign of rank.signs) {
    for (const [value, members] of byValue(rows, sign)) {
      const said = evidence.get(sign)?.get(value);
      if (said === undefined ? rank.evidence : said.share < PURE) continue;
      const amount = sumOf(members);
      if (best === undefined || compare(amount, best.amount) > 0)
        best = { sign, value, rows: members, amount };
    }
  }
  return best;
}

function byValue(rows: readonly Row[], sign: RuleSign): Map<string, Row[]> {
  const values = new Map<string, Row[]>();
  for (const row of rows) {
    const value = row.values.get(sign) ?? '';
    if (value === '' || (sign === 'key' && NO_KEYS.has(value))) continue;
    const members = values.get(value);
    if (members === undefined) values.set(value, [row]);
    else members.push(row);
  }
  return values;
}

function sumOf(rows: readonly Row[]): Amount {
  return rows.reduce<Amount>((sum, { amount }) => addAmount(sum, amount), NO_AMOUNT);
}

/** By cost, then by calls, so that what has no price has a place too. */
function compare(left: Amount, right: Amount): number {
  if (left.cost !== right.cost) return left.cost > right.cost ? 1 : -1;
  return left.calls - right.calls;
}

function toPart(
  { sign, value, rows, amount }: Cluster,
  signs: readonly RuleSign[],
  evidence: ReadonlyMap<RuleSign, ReadonlyMap<string, Said>>,
  total: Picodollars,
): MissingPart {
  const seen = signs
    .map((one) => ({ sign: one, values: [...byValue(rows, one).keys()].slice(0, 5) }))
    .filter(({ values }) => values.length > 0);
  const share = shareOf(amount.cost, total);
  if (sign === '') return { sign, value, ...amount, share, seen, suggestion: undefined };
  const said = evidence.get(sign)?.get(value);
  const when: RuleCondition[] = [{ sign, is: [value] }];
  const set =
    said === undefined ? {} : { workflow: said.workflow, ...(said.team !== '' && { team: said.team }) };
  const rule: RuleDraft = { id: ruleIdOf(sign, value), order: 100, when, set };
  return { sign, value, ...amount, share, seen, suggestion: { rule, evidence: said } };
}

/** An id that a person recognises: `key-k3jd81qz`, `path-v1-batch`. */
function ruleIdOf(sign: RuleSign, value: string): string {
  const word = sign === USER_AGENT ? 'agent' : sign.replace(/^header:/, '');
  const text = `${word}-${value}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return text.slice(0, 48).replace(/^-+|-+$/g, '');
}

function rest(missing: Amount, shown: readonly Amount[]): Amount {
  const sum = shown.reduce<Amount>(addAmount, NO_AMOUNT);
  return {
    cost: missing.cost - sum.cost,
    calls: missing.calls - sum.calls,
    unpricedCalls: missing.unpricedCalls - sum.unpricedCalls,
  };
}
