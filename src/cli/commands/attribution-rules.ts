/** `setpoint attribution rules` and `setpoint attribution rule add|withdraw`. */
import type { NewRule, Rule } from '../../api/contract/attribution.ts';
import { NONE } from '../../units/figures.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import type { Sheet } from '../table.ts';
import { showSheet } from './sheets.ts';

export interface RuleOptions {
  readonly when?: readonly string[];
  readonly hours?: string;
  readonly workflow?: string;
  readonly team?: string;
  readonly customer?: string;
  readonly override?: readonly string[];
  readonly order?: number;
  readonly from?: string;
  readonly until?: string;
  readonly reason?: string;
}

export async function runRules(command: Command, all: boolean): Promise<number> {
  const answer = await (await command.client()).attribution.rules(all);
  showSheet(command, {
    answer,
    rows: answer.rules.map((rule) => ({
      id: rule.id,
      version: rule.version,
      state: rule.state,
      order: rule.order,
      when: whenText(rule),
      workflow: rule.set.workflow ?? '',
      team: rule.set.team ?? '',
      customer: rule.set.customer ?? '',
      author: rule.author,
      reason: rule.reason,
      decidedAt: rule.decidedAt,
    })),
    sheet: () => rulesSheet(answer.rules),
    empty: 'There are no rules. "setpoint attribution suggest" proposes some.',
  });
  return EXIT.ok;
}

function rulesSheet(rules: readonly Rule[]): Sheet {
  return {
    columns: [
      { header: 'Order', align: 'right' },
      { header: 'Rule', align: 'left' },
      { header: 'When', align: 'left' },
      { header: 'Names', align: 'left' },
      { header: 'State', align: 'left' },
      { header: 'Reason', align: 'left' },
    ],
    rows: rules.map((rule) => [
      String(rule.order),
      `${rule.id}@${rule.version}`,
      whenText(rule),
      Object.entries(rule.set)
        .map(([field, value]) => `${field} ${value}`)
        .join(', '),
      rule.state,
      rule.reason === '' ? NONE : rule.reason,
    ]),
  };
}

function whenText({ when, hours }: Pick<Rule, 'when' | 'hours'>): string {
  const words = when.flatMap(({ sign, is, not }) => [
    ...(is ? [`${sign}=${is.join('|')}`] : []),
    ...(not ? [`${sign}!=${not.join('|')}`] : []),
  ]);
  return [
    ...words,
    ...(hours === null ? [] : [`${hours.from}-${hours.until} on days ${hours.days.join(',')}`]),
  ].join(' and ');
}

export async function runRuleAdd(command: Command, id: string, options: RuleOptions): Promise<number> {
  const { rule, published } = await (await command.client()).attribution.addRule(newRule(id, options));
  if (command.format === 'json' || command.format === 'ndjson') command.print(JSON.stringify(rule));
  else command.print(`${rule.id}@${rule.version}`);
  command.say(
    published
      ? 'The gateway names calls by it from now on.'
      : 'The gateways could not be told yet; they will be at the next publication.',
  );
  command.say(
    rule.forwardOnly === null
      ? `What is in the ledger stays as it is until "setpoint attribution apply --rule ${rule.id}".`
      : `Note: ${rule.forwardOnly}.`,
  );
  return EXIT.ok;
}

export async function runRuleWithdraw(
  command: Command,
  id: string,
  reason: string | undefined,
): Promise<number> {
  const { rule, published } = await (await command.client()).attribution.withdrawRule(id, reason);
  if (command.format === 'json' || command.format === 'ndjson') command.print(JSON.stringify(rule));
  command.say(`Rule "${id}" is withdrawn; what it named stays named.`);
  if (!published) command.say('The gateways could not be told yet; they will be at the next publication.');
  return EXIT.ok;
}

/** A draft from the words of a command line. @throws CliError when a word cannot be read. */
export function newRule(id: string, options: RuleOptions): NewRule {
  const { workflow, team, customer, override, order, from, until, reason } = options;
  return {
    id,
    when: (options.when ?? []).map(conditionOf),
    set: {
      ...(workflow !== undefined && { workflow }),
      ...(team !== undefined && { team }),
      ...(customer !== undefined && { customer }),
    },
    ...(options.hours !== undefined && { hours: hoursOf(options.hours) }),
    ...(override !== undefined && { override: [...override] }),
    ...(order !== undefined && { order }),
    ...(from !== undefined && { from: instantOf('--from', from) }),
    ...(until !== undefined && { until: instantOf('--until', until) }),
    ...(reason !== undefined && { reason }),
  };
}

function conditionOf(text: string): NewRule['when'][number] {
  const match = /^([^=!]+)(!?)=(.*)$/s.exec(text);
  if (match === null)
    throw new CliError(
      `--when "${text}" is not sign=value or sign!=value, for example key=k3Jd81Qz`,
      EXIT.usage,
    );
  const values = (match[3] ?? '').split('|');
  const sign = match[1] ?? '';
  return match[2] === '!' ? { sign, not: values } : { sign, is: values };
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function hoursOf(text: string): NonNullable<NewRule['hours']> {
  const match = /^([a-z,-]+)\s+(\d{2}:\d{2})-(\d{2}:\d{2})(?:\s+(\S+))?$/i.exec(text.trim());
  const days = match === null ? [] : daysOf((match[1] ?? '').toLowerCase());
  if (match === null || days.length === 0)
    throw new CliError(
      `--hours "${text}" is not days and hours, for example "mon-fri 22:00-06:00 Europe/Zurich"`,
      EXIT.usage,
    );
  return { days, from: match[2] ?? '', until: match[3] ?? '', timeZone: match[4] ?? 'UTC' };
}

function daysOf(text: string): number[] {
  const days = text.split(',').flatMap((word) => {
    const [first = '', last = first] = word.split('-');
    const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
    if (from === -1 || to === -1) return [];
    const count = ((to - from + 7) % 7) + 1;
    return Array.from({ length: count }, (_, at) => ((from + at) % 7) + 1);
  });
  return [...new Set(days)].toSorted((a, b) => a - b);
}

export function instantOf(flag: string, text: string): string {
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new CliError(`${flag} "${text}" is no date or instant, for example 2026-09-01`, EXIT.usage);
  return new Date(ms).toISOString();
}
