/** `setpoint attribution split …` and `setpoint attribution commitment …`. */
import type { Allocation, NewSplit, SplitOutcome, SplitOutcomes } from '../../api/contract/sharing.ts';
import { countText, moneyText, NONE } from '../../units/figures.ts';
import { exactDollars, moneyColumn } from '../figures.ts';
import { listed } from '../options.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import type { Sheet } from '../table.ts';
import { instantOf } from './attribution-rules.ts';
import { showSheet } from './sheets.ts';

export interface SplitOptions {
  readonly of: string;
  readonly from: string;
  readonly until?: string;
  readonly provider?: string;
  readonly account?: string;
  readonly even?: string;
  readonly weights?: string;
  readonly byUsage?: string;
  readonly among?: string;
  readonly name?: string;
  readonly reason?: string;
}

export async function runSplitAdd(command: Command, id: string, options: SplitOptions): Promise<number> {
  const { from, until, name, reason } = options;
  const split = await (
    await command.client()
  ).attribution.addSplit({
    id,
    source: sourceOf(options),
    method: methodOf(options),
    from,
    ...(until !== undefined && { until }),
    ...(name !== undefined && { name }),
    ...(reason !== undefined && { reason }),
  });
  if (command.format === 'json' || command.format === 'ndjson') command.print(JSON.stringify(split));
  else command.print(`${split.id}@${split.version}`);
  command.say(
    `It divides nothing until "setpoint attribution split apply ${id}"; "preview" shows what it would do.`,
  );
  return EXIT.ok;
}

function sourceOf({ of, provider, account }: SplitOptions): NewSplit['source'] {
  const at = of.indexOf('=');
  const [kind, value] = [of.slice(0, at), of.slice(at + 1)];
  const slash = value.indexOf('/');
  switch (kind) {
    case 'workflow':
      return { kind, workflow: value };
    case 'commitment':
      return { kind, commitment: value };
    case 'account':
      if (slash < 1) throw new CliError(`--of "${of}" is not account=<provider>/<account>`, EXIT.usage);
      return { kind, provider: value.slice(0, slash), account: value.slice(slash + 1) };
    case 'amount':
      if (provider === undefined)
        throw new CliError('A stated amount needs --provider: whose bill it is on.', EXIT.usage);
      return { kind, monthly: value, provider, ...(account !== undefined && { account }) };
    default:
      throw new CliError(
        `--of "${of}" is not workflow=<name>, account=<provider>/<account>, amount=<dollars>, commitment=<id>`,
        EXIT.usage,
      );
  }
}

function methodOf({ even, weights, byUsage, among }: SplitOptions): NewSplit['method'] {
  const said = [even, weights, byUsage].filter((one) => one !== undefined);
  if (said.length !== 1)
    throw new CliError('Say how to divide it with one of --even, --weights, --by-usage.', EXIT.usage);
  if (even !== undefined) return { kind: 'even', targets: listed(even).map(targetOf) };
  if (weights !== undefined)
    return {
      kind: 'weights',
      targets: listed(weights).map((text) => {
        const at = text.lastIndexOf('=');
        if (at < 1) throw new CliError(`--weights "${text}" is not workflow=weight`, EXIT.usage);
        return { ...targetOf(text.slice(0, at)), weight: text.slice(at + 1) };
      }),
    };
  if (byUsage !== 'cost' && byUsage !== 'tokens' && byUsage !== 'calls')
    throw new CliError(`--by-usage "${byUsage ?? ''}" is not cost, tokens or calls`, EXIT.usage);
  return { kind: 'usage', measure: byUsage, ...(among !== undefined && { workflows: listed(among) }) };
}

function targetOf(text: string): { workflow: string; team?: string } {
  const slash = text.indexOf('/');
  return slash === -1 ? { workflow: text } : { workflow: text.slice(0, slash), team: text.slice(slash + 1) };
}

export async function runSplitList(command: Command): Promise<number> {
  const answer = await (await command.client()).attribution.splits();
  const rows = answer.splits.map(({ id, version, name, source, method, from, until }) => ({
    id,
    version,
    name,
    of: Object.values(source).join(' '),
    method: method.kind === 'usage' ? `usage by ${method.measure}` : method.kind,
    from,
    until,
  }));
  showSheet(command, {
    answer,
    rows,
    sheet: () =>
      plainSheet(
        ['Split', 'Name', 'Of', 'Divided', 'From', 'Until'],
        [],
        rows.map((row) => [
          `${row.id}@${row.version}`,
          row.name,
          row.of,
          row.method,
          row.from,
          row.until ?? NONE,
        ]),
      ),
    empty: 'There are no splits.',
  });
  return EXIT.ok;
}

export async function runSplitWithdraw(command: Command, id: string): Promise<number> {
  const split = await (await command.client()).attribution.withdrawSplit(id);
  if (command.format === 'json' || command.format === 'ndjson') command.print(JSON.stringify(split));
  command.say(`Split "${id}" is withdrawn; what it divided stays divided until it is reversed.`);
  return EXIT.ok;
}

export async function runSplitMonth(
  command: Command,
  action: 'preview' | 'reverse',
  id: string,
  month: string,
): Promise<number> {
  const client = (await command.client()).attribution;
  const answer = await (action === 'preview'
    ? client.previewSplit(id, month)
    : client.reverseSplit(id, month));
  showOutcomes(command, answer);
  if (action === 'preview') command.say('Nothing was written.');
  return EXIT.ok;
}

export async function runSplitApply(command: Command, id: string, during: string): Promise<number> {
  showOutcomes(command, await (await command.client()).attribution.applySplit(id, { during }));
  return EXIT.ok;
}

export async function runAllocations(command: Command, month: string): Promise<number> {
  const answer = await (await command.client()).attribution.allocations(month);
  showAllocations(command, answer, answer.allocations, `No split divided anything in ${month}.`);
  return EXIT.ok;
}

function showOutcomes(command: Command, answer: SplitOutcomes): void {
  const allocations = answer.outcomes.flatMap(({ allocation }) => allocation ?? []);
  showAllocations(command, answer, allocations, 'Nothing was divided.');
  for (const outcome of answer.outcomes) command.say(outcomeWords(outcome));
}

function outcomeWords({ kind, month, amount, reason }: SplitOutcome): string {
  switch (kind) {
    case 'left':
      return `${month}: ${moneyText(amount)} stays where it is: ${reason}.`;
    case 'reversed':
      return `${month}: ${moneyText(amount)} was taken back from those who had shares.`;
    case 'preview':
      return `${month}: ${moneyText(amount)} would be divided.`;
    case 'split':
      return `${month}: ${moneyText(amount)} was divided; totals of providers and accounts are what they were.`;
  }
}

function showAllocations(
  command: Command,
  answer: unknown,
  allocations: readonly Allocation[],
  empty: string,
): void {
  const rows = allocations.flatMap(({ month, split, method, bookedIn, shares }) =>
    shares.map(({ workflow, team, customer, ratio, amount }) => ({
      month,
      split,
      method,
      bookedIn,
      workflow,
      team,
      customer,
      ratio,
      amount,
    })),
  );
  showSheet(command, {
    answer,
    rows,
    sheet: () =>
      plainSheet(
        ['Month', 'Split', 'Workflow', 'Team', 'Ratio', 'Amount'],
        ['Ratio', 'Amount'],
        rows.map((row) => [
          row.bookedIn === null ? row.month : `${row.month}, booked in ${row.bookedIn}`,
          row.split,
          row.workflow === '' ? 'unattributed' : row.workflow,
          row.team,
          row.ratio,
          exactDollars(row.amount, 2),
        ]),
      ),
    empty,
  });
}

export interface CommitmentOptions {
  readonly provider: string;
  readonly hourly: string;
  readonly from: string;
  readonly until?: string;
  readonly account?: string;
  readonly model?: string;
  readonly tokensPerHour?: number;
  readonly monthly?: boolean;
  readonly reason?: string;
}

export async function runCommitmentAdd(
  command: Command,
  id: string,
  options: CommitmentOptions,
): Promise<number> {
  const { provider, hourly, from, until, account, model, tokensPerHour, monthly, reason } = options;
  const commitment = await (
    await command.client()
  ).attribution.addCommitment({
    id,
    provider,
    hourly,
    from: instantOf('--from', from),
    lines: monthly === true ? 'monthly' : 'daily',
    ...(until !== undefined && { until: instantOf('--until', until) }),
    ...(account !== undefined && { account }),
    ...(model !== undefined && { model }),
    ...(tokensPerHour !== undefined && { tokensPerHour }),
    ...(reason !== undefined && { reason }),
  });
  if (command.format === 'json' || command.format === 'ndjson') command.print(JSON.stringify(commitment));
  else command.print(`${commitment.id}@${commitment.version}`);
  command.say(
    `"setpoint attribution commitment post ${id}" puts what is over into the ledger, under "unused".`,
  );
  return EXIT.ok;
}

export async function runCommitmentList(command: Command): Promise<number> {
  const answer = await (await command.client()).attribution.commitments();
  showSheet(command, {
    answer,
    rows: answer.commitments,
    sheet: () =>
      plainSheet(
        ['Commitment', 'Provider', 'Account', 'Model', 'Per hour', 'Tokens per hour', 'From', 'Until'],
        ['Per hour', 'Tokens per hour'],
        answer.commitments.map((one) => [
          `${one.id}@${one.version}`,
          one.provider,
          one.account === '' ? 'any' : one.account,
          one.model === '' ? 'any' : one.model,
          exactDollars(one.hourly, 2),
          one.tokensPerHour === null ? 'unknown' : countText(one.tokensPerHour),
          one.from.slice(0, 10),
          one.until?.slice(0, 10) ?? NONE,
        ]),
      ),
    empty: 'There are no commitments.',
  });
  return EXIT.ok;
}

export async function runCommitmentPost(command: Command, id: string, during: string): Promise<number> {
  const answer = await (await command.client()).attribution.postCommitment(id, { during });
  const money = moneyColumn(answer.periods.map(({ cost }) => cost));
  showSheet(command, {
    answer,
    rows: answer.periods,
    sheet: () =>
      plainSheet(
        ['Period', 'Cost', 'Lines'],
        ['Cost', 'Lines'],
        answer.periods.map(({ period, cost, lines }) => [period, money(cost), String(lines)]),
      ),
    empty: 'Nothing was left to post: what is over of this period is in the ledger.',
  });
  return EXIT.ok;
}

export async function runCommitmentWithdraw(command: Command, id: string): Promise<number> {
  const commitment = await (await command.client()).attribution.withdrawCommitment(id);
  if (command.format === 'json' || command.format === 'ndjson') command.print(JSON.stringify(commitment));
  command.say(`Commitment "${id}" is withdrawn; what was posted of it stays.`);
  return EXIT.ok;
}

function plainSheet(headers: readonly string[], right: readonly string[], rows: readonly string[][]): Sheet {
  return {
    columns: headers.map((header) => ({ header, align: right.includes(header) ? 'right' : 'left' })),
    rows,
  };
}
