/** `setpoint forecast`, `setpoint scenario …`, `setpoint plan …`. */
import { InvalidArgumentError } from 'commander';
import type { Command as Tree } from 'commander';

import { collect, shared, wholeNumber } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

interface ScopeOptions extends GlobalOptions {
  readonly workflow?: string;
  readonly team?: string;
  readonly months?: number;
  readonly timeZone?: string;
}

interface ForecastOptions extends ScopeOptions {
  readonly asOf?: string;
  readonly level?: number;
  readonly scenario?: readonly string[];
  readonly budget?: string;
  readonly accuracy?: boolean;
}

export function addForecast(program: Tree, running: Running): void {
  const forecast = program.command('forecast');
  addCommitment(forecast, running);
  addHours(forecast, running);
  scoped(
    shared(forecast, [
      'setpoint forecast',
      'setpoint forecast --workflow "Support copilot" --months 6',
      'setpoint forecast --scenario docs/scenarios/support-copilot.yaml',
      'setpoint forecast --accuracy',
      'setpoint forecast commitment --model gpt-4o --unit-tokens 2500000 --unit-price 9.5',
    ]),
  )
    .description('what spend is expected to be by month, from its drivers, with scenarios over it')
    .option('--as-of <date>', 'as it would have been made then, from nothing later')
    .option('--level <share>', 'what intervals shall hold, 0.5 to 0.99', share)
    .option('--scenario <file>', 'work out scenarios of a YAML or JSON file; may be repeated', collect)
    .option('--budget <dollars>', 'a month, in place of the budget in force; with --scenario')
    .option('--accuracy', 'forecasts made again as of the past, against what came')
    .action(async (options: ForecastOptions) => {
      const { runAccuracy, runForecast, runProjection } = await import('../commands/forecast.ts');
      const { workflow, team, months, timeZone, asOf, level, scenario, budget, accuracy } = options;
      const command = running.command(options);
      const scope = { workflow, team, timeZone, level };
      if (scenario !== undefined)
        running.finish(await runProjection(command, scenario, { ...scope, months, budget }));
      else if (accuracy === true) running.finish(await runAccuracy(command, { ...scope, asOf }));
      else running.finish(await runForecast(command, { ...scope, months, asOf }));
    });
  addScenarios(program, running);
  addPlans(program, running);
}

function scoped(command: Tree): Tree {
  return command
    .option('--workflow <name>', 'one workflow; empty: the unattributed')
    .option('--team <name>', 'one team')
    .option('--months <count>', 'calendar months ahead beside this one (3)', wholeNumber)
    .option('--time-zone <name>', 'IANA time zone of days and months');
}

function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0.5 && value <= 0.99)) throw new InvalidArgumentError('It must be between 0.5 and 0.99.');
  return value;
}

function aboveZero(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above zero.');
  return value;
}

interface HoursOptions extends GlobalOptions {
  readonly workflow?: string;
  readonly team?: string;
  readonly days?: number;
  readonly level?: number;
}

function addHours(forecast: Tree, running: Running): void {
  shared(forecast.command('hours'), [
    'setpoint forecast hours --workflow "Support copilot" --days 2',
    'setpoint forecast hours --output csv',
  ])
    .description('the next days by the hour, from eight weeks of hours')
    .option('--workflow <name>', 'one workflow; empty: the unattributed')
    .option('--team <name>', 'one team')
    .option('--days <count>', 'days ahead, at most 14 (7)', wholeNumber)
    .option('--level <share>', 'what intervals shall hold, 0.5 to 0.99', share)
    .action(async ({ workflow, team, days, level, ...options }: HoursOptions) => {
      const { runHours } = await import('../commands/forecast.ts');
      running.finish(await runHours(running.command(options), { workflow, team, days, level }));
    });
}

interface CommitmentOptions extends GlobalOptions {
  readonly model: string;
  readonly provider?: string;
  readonly workflow?: string;
  readonly unitTokens: number;
  readonly unitPrice: string;
  readonly minimum?: number;
  readonly increment?: number;
  readonly days?: number;
}

function addCommitment(forecast: Tree, running: Running): void {
  shared(forecast.command('commitment'), [
    'setpoint forecast commitment --model gpt-4o --unit-tokens 2500000 --unit-price 9.5 --minimum 5 --increment 5',
  ])
    .description('whether throughput paid by the hour pays, from the distribution of hourly demand')
    .requiredOption('--model <name>', 'the model that it would serve')
    .requiredOption('--unit-tokens <count>', 'tokens an hour that one unit serves', aboveZero)
    .requiredOption('--unit-price <dollars>', 'dollars an hour that one unit costs')
    .option('--provider <name>', 'of that provider only')
    .option('--workflow <name>', 'of that workflow only')
    .option('--minimum <units>', 'the least that is sold', wholeNumber)
    .option('--increment <units>', 'the steps in which it is sold', wholeNumber)
    .option('--days <count>', 'days of hourly demand that are read (28)', wholeNumber)
    .action(async (options: CommitmentOptions) => {
      const { runCommitment } = await import('../commands/forecast.ts');
      const { model, provider, workflow, unitTokens, unitPrice, minimum, increment, days } = options;
      const ask = {
        model,
        provider,
        workflow,
        unitTokensPerHour: unitTokens,
        unitPricePerHour: unitPrice,
        minimumUnits: minimum,
        increment,
        days,
      };
      running.finish(await runCommitment(running.command(options), ask));
    });
}

function addScenarios(program: Tree, running: Running): void {
  const scenario = program
    .command('scenario')
    .description('what-ifs over the forecast that are kept')
    .helpCommand(false);
  shared(scenario.command('list'), ['setpoint scenario list'])
    .description('scenarios that are kept')
    .action(async (options: GlobalOptions) => {
      const { runScenarioList } = await import('../commands/plan.ts');
      running.finish(await runScenarioList(running.command(options)));
    });
  shared(scenario.command('show'), ['setpoint scenario show growth', 'setpoint scenario show growth --json'])
    .description('the changes of one scenario')
    .argument('<id>', 'from "setpoint scenario list"')
    .action(async (id: string, options: GlobalOptions) => {
      const { runScenarioShow } = await import('../commands/plan.ts');
      running.finish(await runScenarioShow(running.command(options), id));
    });
  shared(scenario.command('save'), ['setpoint scenario save growth.yaml --reason "for the board"'])
    .description('keep the scenarios of files; one of that name gets its next version')
    .argument('<file...>', 'YAML or JSON')
    .option('--reason <text>', 'why; kept with the decision')
    .action(async (files: string[], options: GlobalOptions & { reason?: string }) => {
      const { runScenarioSave } = await import('../commands/plan.ts');
      running.finish(await runScenarioSave(running.command(options), files, options.reason));
    });
  shared(scenario.command('remove'), ['setpoint scenario remove growth'])
    .description('keep a scenario no longer')
    .argument('<id>', 'from "setpoint scenario list"')
    .option('--reason <text>', 'why; kept with the decision')
    .action(async (id: string, options: GlobalOptions & { reason?: string }) => {
      const { runScenarioRemove } = await import('../commands/plan.ts');
      running.finish(await runScenarioRemove(running.command(options), id, options.reason));
    });
}

interface ProposeOptions extends ScopeOptions {
  readonly scenario?: string;
  readonly reason?: string;
}

function addPlans(program: Tree, running: Running): void {
  const plan = program
    .command('plan')
    .description('scenarios that were locked, and months held to them')
    .helpCommand(false);
  shared(plan.command('list'), ['setpoint plan list'])
    .description('plans, newest first')
    .action(async (options: GlobalOptions) => {
      const { runPlanList } = await import('../commands/plan.ts');
      running.finish(await runPlanList(running.command(options)));
    });
  shared(plan.command('show'), ['setpoint plan show board'])
    .description('one plan by month')
    .argument('<id>', 'from "setpoint plan list"')
    .action(async (id: string, options: GlobalOptions) => {
      const { runPlanShow } = await import('../commands/plan.ts');
      running.finish(await runPlanShow(running.command(options), id));
    });
  scoped(
    shared(plan.command('propose'), ['setpoint plan propose Board --scenario growth --reason "for 2027"']),
  )
    .description('propose the forecast, or a scenario over it; its figures are frozen as they are now')
    .argument('<name>', 'what people call it')
    .option('--scenario <id>', 'a scenario that is kept; absent: the forecast as it is')
    .option('--reason <text>', 'why; kept with the decision')
    .action(async (name: string, options: ProposeOptions) => {
      const { runPlanPropose } = await import('../commands/plan.ts');
      const { workflow, team, months, timeZone, scenario, reason } = options;
      const said = { name, workflow, team, months, timeZone, scenario, reason };
      running.finish(await runPlanPropose(running.command(options), said));
    });
  for (const [action, words] of [
    ['lock', 'lock a plan: its months are held to it, and nothing changes it'],
    ['withdraw', 'withdraw a plan that is not locked'],
  ] as const)
    shared(plan.command(action), [`setpoint plan ${action} board --reason "agreed"`])
      .description(words)
      .argument('<id>', 'from "setpoint plan list"')
      .option('--reason <text>', 'why; kept with the decision')
      .action(async (id: string, options: GlobalOptions & { reason?: string }) => {
        const { runPlanDecide } = await import('../commands/plan.ts');
        running.finish(await runPlanDecide(running.command(options), action, id, options.reason));
      });
  shared(plan.command('accuracy'), ['setpoint plan accuracy', 'setpoint plan accuracy --months 24 --json'])
    .description('months against the plan that was locked before each began, and against the budget')
    .option('--months <count>', 'months back (12)', wholeNumber)
    .action(async (options: GlobalOptions & { months?: number }) => {
      const { runPlanAccuracy } = await import('../commands/plan.ts');
      running.finish(await runPlanAccuracy(running.command(options), options.months));
    });
}
