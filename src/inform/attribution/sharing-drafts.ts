/** What is wrong with a split or a commitment before it is decided, in words. */
import { parseDollars } from '../../units/money.ts';
import type { Commitment } from './commitments.ts';
import { RULE_ID } from './rules.ts';
import type { DraftProblem } from './rules.ts';
import type { Split } from './shared-cost.ts';
import type { SplitTarget } from './split.ts';

/** A split before it has a version. */
export type SplitDraft = Omit<Split, 'version'>;

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const MOST_TARGETS = 200;
const ID_WORDS =
  'use 1 to 48 lower-case letters, digits and "-", beginning and ending with a letter or digit';

export function splitProblems(draft: SplitDraft, commitments: readonly Commitment[]): DraftProblem[] {
  const problems: DraftProblem[] = [];
  const say = (path: string, message: string): void => void problems.push({ path, message });
  const { id, source, method, from, until } = draft;
  if (!RULE_ID.test(id)) say('id', ID_WORDS);
  if (!MONTH.test(from)) say('from', 'is a month such as 2026-09');
  if (until !== undefined && !MONTH.test(until)) say('until', 'is a month such as 2026-12');
  if (until !== undefined && until < from) say('until', 'is before the first month');
  if (source.kind === 'workflow' && source.workflow === '') say('source.workflow', 'must be named');
  if (source.kind === 'account' && source.account === '') say('source.account', 'must be named');
  if (source.kind === 'amount' && amountOf(source.monthly) === undefined)
    say('source.monthly', `"${source.monthly}" is not a decimal dollar amount such as 1200.50`);
  if (source.kind === 'commitment' && !commitments.some((one) => one.id === source.commitment))
    say('source.commitment', `there is no commitment "${source.commitment}"`);
  if (method.kind !== 'usage') problems.push(...targetProblems(method.targets, source));
  if (method.kind === 'weights') {
    const weights = method.targets.map(({ weight }) => amountOf(weight));
    weights.forEach((weight, at) => {
      if (weight === undefined || weight < 0n)
        say(`method.targets.${at}.weight`, 'is a decimal number, not negative');
    });
    if (weights.every((weight) => weight === 0n)) say('method.targets', 'all weights are zero');
  }
  return problems;
}

function targetProblems(targets: readonly SplitTarget[], source: Split['source']): DraftProblem[] {
  const problems: DraftProblem[] = [];
  if (targets.length === 0) problems.push({ path: 'method.targets', message: 'name at least one target' });
  if (targets.length > MOST_TARGETS)
    problems.push({ path: 'method.targets', message: `at most ${MOST_TARGETS} targets` });
  const seen = new Set<string>();
  targets.forEach(({ workflow, team, customer }, at) => {
    const path = `method.targets.${at}`;
    const name = JSON.stringify([workflow, team, customer]);
    if (workflow === '' && team === '' && customer === '') problems.push({ path, message: 'names nobody' });
    if (seen.has(name)) problems.push({ path, message: 'is there twice' });
    if (source.kind === 'workflow' && workflow === source.workflow)
      problems.push({ path, message: 'is the workflow that is split' });
    seen.add(name);
  });
  return problems;
}

export function commitmentProblems(draft: Omit<Commitment, 'version'>): DraftProblem[] {
  const problems: DraftProblem[] = [];
  const say = (path: string, message: string): void => void problems.push({ path, message });
  if (!RULE_ID.test(draft.id)) say('id', ID_WORDS);
  if (draft.provider === '') say('provider', 'must be named');
  const hourly = amountOf(draft.hourly);
  if (hourly === undefined || hourly < 0n)
    say('hourly', `"${draft.hourly}" is not a decimal dollar amount per hour such as 4.8`);
  if (draft.untilMs !== undefined && draft.untilMs <= draft.fromMs)
    say('until', 'is not after the beginning');
  if (
    draft.tokensPerHour !== undefined &&
    !(Number.isSafeInteger(draft.tokensPerHour) && draft.tokensPerHour > 0)
  )
    say('tokensPerHour', 'is a whole number above zero');
  return problems;
}

function amountOf(text: string): bigint | undefined {
  try {
    return parseDollars(text);
  } catch {
    return undefined;
  }
}
