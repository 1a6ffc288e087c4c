/** `setpoint scenario …` and `setpoint plan …`. */
import type { PlanProposal, PlanRecord, ScenarioRecord } from '../../api/contract/plans.ts';
import { NONE } from '../../units/figures.ts';
import { moneyColumn } from '../figures.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { left, right, signed } from './forecast.ts';
import { readScenarioFiles } from './scenario-files.ts';
import { showSheet } from './sheets.ts';

export async function runScenarioList(command: Command): Promise<number> {
  const answer = await (await command.client()).forecast.scenarios();
  const row = ({ id, version, name, scope, changes, author, decidedAt }: ScenarioRecord) => ({
    id,
    version,
    name,
    scope: scopeText(scope),
    changes: changes.length,
    author,
    decidedAt,
  });
  showSheet(command, {
    answer,
    rows: answer.scenarios.map(row),
    sheet: () => ({
      columns: [left('Id'), left('Name'), left('Of'), right('Changes'), left('By'), left('On')],
      rows: answer.scenarios.map((one) => [
        one.id,
        one.name,
        scopeText(one.scope),
        String(one.changes.length),
        one.author,
        one.decidedAt.slice(0, 10),
      ]),
    }),
    empty: 'No scenario is kept. "setpoint scenario save growth.yaml" keeps one.',
  });
  return EXIT.ok;
}

export async function runScenarioShow(command: Command, id: string): Promise<number> {
  const answer = await (await command.client()).forecast.scenario(id);
  showSheet(command, {
    answer,
    rows: answer.changes,
    sheet: () => ({
      columns: [
        left('Driver'),
        right('Change'),
        left('Of'),
        left('From'),
        left('Until'),
        left('Basis'),
        left('Note'),
      ],
      rows: answer.changes.map((one) => [
        one.driver,
        one.times === undefined ? `to ${one.to ?? NONE}` : `× ${one.times}`,
        [one.workflow, one.model].filter((name) => name !== undefined).join(', ') || 'all',
        one.from ?? NONE,
        one.until ?? NONE,
        one.basis ?? 'assumed',
        one.note ?? '',
      ]),
    }),
    empty: `"${answer.name}" changes nothing.`,
  });
  return EXIT.ok;
}

/** Saves each scenario of the files; one that is kept already gets its next version. */
export async function runScenarioSave(
  command: Command,
  files: readonly string[],
  reason: string | undefined,
): Promise<number> {
  const read = await readScenarioFiles(command, files);
  if (read.base !== undefined)
    throw new CliError(
      'A scenario that is kept starts from the ledger, and this file states a base of its own. Nothing was kept. Leave "base" out, or work it out with "setpoint forecast --scenario".',
      EXIT.usage,
    );
  const { forecast } = await command.client();
  const kept = new Map((await forecast.scenarios()).scenarios.map((one) => [one.name, one.id]));
  for (const scenario of read.scenarios) {
    const scope = {
      ...(read.workflow !== undefined && { workflow: read.workflow }),
      ...(read.team !== undefined && { team: read.team }),
    };
    const draft = { ...scope, ...scenario, ...(reason !== undefined && { reason }) };
    const id = kept.get(scenario.name);
    const saved =
      id === undefined ? await forecast.saveScenario(draft) : await forecast.changeScenario(id, draft);
    command.print(`${saved.id} version ${saved.version}`);
  }
  return EXIT.ok;
}

export async function runScenarioRemove(
  command: Command,
  id: string,
  reason: string | undefined,
): Promise<number> {
  const { name } = await (await command.client()).forecast.removeScenario(id, reason);
  command.print(`"${name}" is kept no longer; its versions stay in the audit chain.`);
  return EXIT.ok;
}

export async function runPlanList(command: Command): Promise<number> {
  const answer = await (await command.client()).forecast.plans();
  showPlans(command, answer, answer.plans);
  if (command.format !== 'json') command.say(answer.sentence);
  return EXIT.ok;
}

export async function runPlanShow(command: Command, id: string): Promise<number> {
  const plan = await (await command.client()).forecast.plan(id);
  showPlans(command, plan, [plan]);
  if (command.format !== 'json') command.say(planText(plan));
  return EXIT.ok;
}

export async function runPlanPropose(command: Command, proposal: PlanProposal): Promise<number> {
  const plan = await (await command.client()).forecast.proposePlan(proposal);
  showPlans(command, plan, [plan]);
  if (command.format !== 'json')
    command.say(`Proposed. "setpoint plan lock ${plan.id}" locks it: nothing changes it after that.`);
  return EXIT.ok;
}

export async function runPlanDecide(
  command: Command,
  action: 'lock' | 'withdraw',
  id: string,
  reason: string | undefined,
): Promise<number> {
  const { forecast } = await command.client();
  const plan = await (action === 'lock' ? forecast.lockPlan(id, reason) : forecast.withdrawPlan(id, reason));
  command.print(planText(plan));
  return EXIT.ok;
}

export async function runPlanAccuracy(command: Command, months: number | undefined): Promise<number> {
  const answer = await (await command.client()).forecast.planAccuracy(months === undefined ? {} : { months });
  const rows = answer.months.map(({ scope, plan, ...one }) => ({
    ...one,
    scope: scopeText(scope),
    plan: plan?.id ?? null,
    planned: plan?.amount ?? null,
  }));
  showSheet(command, {
    answer,
    rows,
    sheet: () => {
      const show = moneyColumn(rows.flatMap(({ actual, planned }) => [actual, planned]));
      const told = (value: boolean | null): string => (value === null ? NONE : value ? 'yes' : 'no');
      return {
        columns: [
          left('Month'),
          left('Of'),
          left('Plan'),
          right('Planned'),
          right('Actual'),
          right('Error'),
          left('Within 10%'),
          right('Budget'),
          right('Variance'),
          left('Within 5%'),
        ],
        rows: rows.map((one) => [
          one.month,
          one.scope,
          one.plan ?? 'none before it began',
          show(one.planned),
          show(one.actual),
          signed(one.error),
          told(one.within),
          show(one.budget),
          signed(one.variance),
          told(one.withinBudget),
        ]),
      };
    },
    empty: 'No month to judge.',
  });
  if (command.format !== 'json') command.say(answer.sentence);
  return EXIT.ok;
}

function showPlans(command: Command, answer: unknown, plans: readonly PlanRecord[]): void {
  const rows = plans.flatMap(({ id, name, state, scope, months, basis }) =>
    months.map(({ month, amount, low, high }) => ({
      id,
      name,
      state,
      scope: scopeText(scope),
      month,
      amount,
      low,
      high,
      basis,
    })),
  );
  showSheet(command, {
    answer,
    rows,
    sheet: () => {
      const show = moneyColumn(rows.map(({ high }) => high));
      return {
        columns: [
          left('Id'),
          left('State'),
          left('Of'),
          left('Month'),
          right('Amount'),
          right('Low'),
          right('High'),
          left('Basis'),
        ],
        rows: rows.map((one) => [
          one.id,
          one.state,
          one.scope,
          one.month,
          show(one.amount),
          show(one.low),
          show(one.high),
          one.basis,
        ]),
      };
    },
    empty: 'No plan was proposed. "setpoint plan propose Board" proposes the forecast as it is.',
  });
}

function planText({ id, name, state, scenario, locked, digest }: PlanRecord): string {
  const since = locked === null ? '' : ` on ${locked.decidedAt.slice(0, 10)} by ${locked.author}`;
  return `${name} (${id}) is ${state}${since}; it is "${scenario.name}", digest ${digest.slice(0, 12)}.`;
}

function scopeText({ kind, name }: PlanRecord['scope']): string {
  return kind === 'organisation' ? 'organisation' : `${kind} ${name === '' ? 'unattributed' : name}`;
}
