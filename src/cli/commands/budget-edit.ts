/** `setpoint budget set|end|check`. */
import type { Budget, BudgetCheck, NewBudget } from '../../api/contract/budgets.ts';
import { budgetIdOf } from '../../budgets/budgets.ts';
import { NONE } from '../../units/figures.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import type { Sheet } from '../table.ts';
import { actionText } from '../../rulebook/budget-rules.ts';
import { amountText, budgetText } from './budget.ts';
import { showSheet } from './sheets.ts';

export interface SetOptions {
  readonly scope: string;
  readonly amount: string;
  readonly unit?: NewBudget['unit'];
  readonly per?: Extract<NewBudget['window'], { kind: 'calendar' }>['unit'];
  readonly rolling?: string;
  readonly timeZone?: string;
  readonly mode?: NewBudget['mode'];
  readonly warn?: readonly string[];
  readonly throttle?: readonly string[];
  readonly downgrade?: readonly string[];
  readonly block?: readonly string[];
  readonly onLoss?: NewBudget['onAuthorityLoss'];
  readonly unboundedCall?: string;
  readonly id?: string;
  readonly reason: string;
}

export interface CheckOptions {
  readonly workflow?: string;
  readonly team?: string;
  readonly customer?: string;
  readonly key?: string;
  readonly tag?: readonly string[];
  readonly provider?: string;
  readonly model: string;
  readonly inputTokens: string;
  readonly outputTokens: string;
}

export async function runBudgetSet(command: Command, name: string, options: SetOptions): Promise<number> {
  const ask = newBudget(name, options);
  const { budgets } = await command.client();
  const answer = await budgets.set(ask).catch((error: unknown) => {
    if (!isProblem(error, 'budget_exists')) throw error;
    const { id = budgetIdOf(name), ...change } = ask;
    return budgets.change(id, change);
  });
  tell(command, answer.budget, answer.published);
  command.say(`${budgetText(answer.budget)}.`);
  if (answer.published) command.say('The gateways obey it from now on; what was spent in its window counts.');
  return EXIT.ok;
}

export async function runBudgetEnd(
  command: Command,
  id: string,
  reason: string | undefined,
): Promise<number> {
  const { budget, published } = await (await command.client()).budgets.end(id, reason);
  tell(command, budget, published);
  command.say(`Budget "${id}" has ended: it limits nothing from now on. Its history stays.`);
  return EXIT.ok;
}

function tell(command: Command, budget: Budget, published: boolean): void {
  if (command.format === 'json' || command.format === 'ndjson') command.print(JSON.stringify(budget));
  else command.print(budget.id);
  if (!published) command.say('The gateways could not be told yet; they will be at the next publication.');
}

/** Exit code 0: it goes; 3: it is refused; 1: nobody can tell now. */
export async function runBudgetCheck(command: Command, options: CheckOptions): Promise<number> {
  const { tag = [], inputTokens, outputTokens, workflow, team, customer, key, provider, model } = options;
  const answer = await (
    await command.client()
  ).budgets.check({
    ...(workflow !== undefined && { workflow }),
    ...(team !== undefined && { team }),
    ...(customer !== undefined && { customer }),
    ...(key !== undefined && { key }),
    ...(provider !== undefined && { provider }),
    ...(tag.length > 0 && { tags: Object.fromEntries(tag.map(tagOf)) }),
    model,
    inputTokens: countOf('--input-tokens', inputTokens),
    outputTokens: countOf('--output-tokens', outputTokens),
  });
  showSheet(command, {
    answer,
    rows: answer.budgets.map((one) => {
      const { id, name, unit, mode, value, verdict, reserves, atMost, remaining, words } = one;
      return { id, name, unit, mode, value, verdict, reserves, atMost, remaining, words };
    }),
    sheet: () => checkSheet(answer),
    empty: 'No budget counts this call.',
  });
  if (command.format !== 'json') command.say(answer.sentence);
  return answer.verdict === 'refused' ? EXIT.gate : answer.verdict === 'unknown' ? EXIT.failure : EXIT.ok;
}

function checkSheet({ budgets }: BudgetCheck): Sheet {
  return {
    columns: [
      { header: 'Budget', align: 'left' },
      { header: 'Mode', align: 'left' },
      { header: 'Verdict', align: 'left' },
      { header: 'Reserves', align: 'right' },
      { header: 'Left', align: 'right' },
      { header: 'In force', align: 'left' },
    ],
    rows: budgets.map((one) => [
      one.id,
      one.mode,
      one.verdict,
      one.reserves === null ? NONE : amountText(one.reserves, one.unit),
      amountText(one.remaining, one.unit),
      one.acting.length === 0 ? NONE : one.acting.map(({ action }) => actionText(action)).join(', '),
    ]),
  };
}

/** The budget of a command line's words. @throws CliError when a word cannot be read. */
export function newBudget(name: string, options: SetOptions): NewBudget {
  const { amount, unit, mode, onLoss, unboundedCall, id, reason } = options;
  return {
    ...(id !== undefined && { id }),
    name,
    scope: scopeOf(options.scope),
    ...(unit !== undefined && { unit }),
    amount,
    window: windowOf(options),
    ...(mode !== undefined && { mode }),
    thresholds: thresholdsOf(options),
    ...(onLoss !== undefined && { onAuthorityLoss: onLoss }),
    ...(unboundedCall !== undefined && { unboundedCall }),
    reason,
  };
}

function scopeOf(text: string): NewBudget['scope'] {
  if (text === 'organisation' || text === 'organization') return { kind: 'organisation' };
  const match = /^(team|workflow|customer|key|tag:([^=]+))=(.+)$/s.exec(text);
  if (match === null)
    throw new CliError(
      `--scope "${text}" is none of organisation, team=NAME, workflow=NAME, customer=NAME, key=ID, tag:NAME=VALUE; * as the value is a budget for each`,
      EXIT.usage,
    );
  const [, kind = '', tag, value = ''] = match;
  return tag === undefined ? { kind: kind as 'team', value } : { kind: 'tag', tag, value };
}

function windowOf({ per, rolling, timeZone }: SetOptions): NewBudget['window'] {
  if ((per === undefined) === (rolling === undefined))
    throw new CliError('Say either --per month (or another calendar unit) or --rolling 24h.', EXIT.usage);
  if (per !== undefined) return { kind: 'calendar', unit: per, ...(timeZone !== undefined && { timeZone }) };
  const match = /^([1-9]\d{0,4})(h|d)$/.exec(rolling ?? '');
  if (match === null)
    throw new CliError(`--rolling "${rolling}" is neither hours (24h) nor days (30d)`, EXIT.usage);
  return { kind: 'rolling', hours: Number(match[1]) * (match[2] === 'd' ? 24 : 1) };
}

function thresholdsOf({ warn = [], throttle = [], downgrade = [], block = [] }: SetOptions) {
  const simple = (flag: string, texts: readonly string[], kind: 'warn' | 'block') =>
    texts.map((text) => ({ percent: percentOf(flag, text), action: { kind } as const }));
  return [
    ...simple('--warn', warn, 'warn'),
    ...throttle.map((text) => {
      const [percent, calls] = pair('--throttle', text, '90:5');
      const callsPerSecond = Number(calls);
      if (calls.trim() === '' || Number.isNaN(callsPerSecond))
        throw new CliError(
          `--throttle "${text}" does not say how many calls a second, as 90:5 does`,
          EXIT.usage,
        );
      return {
        percent: percentOf('--throttle', percent),
        action: { kind: 'throttle' as const, callsPerSecond },
      };
    }),
    ...downgrade.map((text) => {
      const [percent, model] = pair('--downgrade', text, '95:gpt-4o-mini');
      return { percent: percentOf('--downgrade', percent), action: { kind: 'downgrade' as const, model } };
    }),
    ...simple('--block', block, 'block'),
  ];
}

function pair(flag: string, text: string, example: string): [string, string] {
  const colon = text.indexOf(':');
  if (colon < 1)
    throw new CliError(
      `${flag} "${text}" is not a percentage and what follows, as ${example} is`,
      EXIT.usage,
    );
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function percentOf(flag: string, text: string): number {
  const match = /^(\d{1,3})%?$/.exec(text.trim());
  if (match === null) throw new CliError(`${flag} "${text}" is no percentage from 1 to 100`, EXIT.usage);
  return Number(match[1]);
}

function countOf(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new CliError(`${flag} "${text}" is no whole number of tokens`, EXIT.usage);
  return Number(text);
}

function tagOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new CliError(`--tag "${text}" is not name=value`, EXIT.usage);
  return [text.slice(0, at), text.slice(at + 1)];
}

function isProblem(error: unknown, code: string): boolean {
  return error instanceof Error && 'problem' in error && (error.problem as { code?: string }).code === code;
}
