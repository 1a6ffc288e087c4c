/** `setpoint budget …` */
import { Option } from 'commander';
import type { Command as Tree } from 'commander';

import { AUTHORITY_LOSS, BUDGET_MODES, BUDGET_PERIODS, BUDGET_UNITS } from '../../rulebook/budget-rules.ts';
import type { CheckOptions, SetOptions } from '../commands/budget-edit.ts';
import { collect, filed, shared } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

export function addBudgets(program: Tree, running: Running): void {
  const budget = program
    .command('budget')
    .description('who may spend how much: set, see, check')
    .helpCommand(false);
  addSet(budget, running);
  addSeeing(budget, running);
  addCheck(budget, running);
}

function addSet(budget: Tree, running: Running): void {
  shared(budget.command('set'), [
    'setpoint budget set Support --scope team=CX --amount 500 --per month --warn 80 --reason "agreed for 2027"',
    'setpoint budget set agents --scope workflow=research --amount 40 --rolling 24h --throttle 90:5 --reason "a loop cost $900"',
    "setpoint budget set customers --scope 'customer=*' --amount 2000000 --unit tokens --per day --reason fairness",
  ])
    .description('set a budget, or change the one of that id; gateways obey it at once')
    .argument('<name>', 'what people call it; its id is made of it')
    .requiredOption(
      '--scope <whose>',
      'organisation, team=, workflow=, customer=, key= or tag:<name>=; * for each',
    )
    .requiredOption('--amount <amount>', 'dollars, or tokens or calls, of one window')
    .addOption(new Option('--unit <unit>', 'what is counted').choices([...BUDGET_UNITS]))
    .addOption(new Option('--per <period>', 'calendar window').choices([...BUDGET_PERIODS]))
    .option('--rolling <length>', 'window that ends now, 24h or 30d')
    .option('--time-zone <name>', 'where a calendar window begins')
    .addOption(new Option('--mode <mode>', 'hard (default): overrun 0').choices([...BUDGET_MODES]))
    .option('--warn <percent>', 'tell from there on; may be repeated', collect)
    .option(
      '--throttle <percent:calls>',
      'at most so many new calls a second and worker from there on',
      collect,
    )
    .option('--downgrade <percent:model>', 'ask a cheaper model from there on', collect)
    .option('--block <percent>', 'refuse from there on; at 100 it does so anyway', collect)
    .addOption(
      new Option('--on-loss <policy>', 'while the budget authority is away (local)').choices([
        ...AUTHORITY_LOSS,
      ]),
    )
    .option('--unbounded-call <amount>', 'what a call without an upper bound is taken to cost')
    .option('--id <id>', 'lower-case letters, digits and "-"')
    .requiredOption('--reason <text>', 'why; kept with the decision')
    .action(async (name: string, options: GlobalOptions & SetOptions) => {
      const { runBudgetSet } = await import('../commands/budget-edit.ts');
      running.finish(await runBudgetSet(running.command(options), name, options));
    });
  shared(budget.command('end'), ['setpoint budget end support --reason "the project is over"'])
    .description('end a budget; it limits nothing from now on, and its history stays')
    .argument('<id>', 'from "setpoint budget list"')
    .option('--reason <text>', 'why; kept with the decision')
    .action(async (id: string, options: GlobalOptions & { reason?: string }) => {
      const { runBudgetEnd } = await import('../commands/budget-edit.ts');
      running.finish(await runBudgetEnd(running.command(options), id, options.reason));
    });
}

function addSeeing(budget: Tree, running: Running): void {
  const at = 'as it stood then, by the ledger: 2026-10-15';
  filed(budget.command('list'), ['setpoint budget list', 'setpoint budget list --at 2026-10-15 --json'])
    .description('budgets in force: spent, reserved, left, and when they are used up')
    .option('--at <instant>', at)
    .action(async (options: GlobalOptions & { at?: string }) => {
      const { runBudgetList } = await import('../commands/budget.ts');
      running.finish(await runBudgetList(running.command(options), options.at));
    });
  shared(budget.command('show'), ['setpoint budget show support', 'setpoint budget show support --json'])
    .description('one budget: its accounts, its versions, the windows before')
    .argument('<id>', 'from "setpoint budget list"')
    .option('--at <instant>', at)
    .action(async (id: string, options: GlobalOptions & { at?: string }) => {
      const { runBudgetShow } = await import('../commands/budget.ts');
      running.finish(await runBudgetShow(running.command(options), id, options.at));
    });
}

function addCheck(budget: Tree, running: Running): void {
  shared(budget.command('check'), [
    'setpoint budget check --workflow support --model gpt-4o --input-tokens 8000 --output-tokens 1000',
    'setpoint budget check --key k3Jd81Qz --model anthropic/claude-sonnet-4-5 --input-tokens 200000 --output-tokens 4096 --json',
  ])
    .description('would this call go? reserves nothing; exit code 3 when it would be refused')
    .option('--workflow <name>', 'who calls')
    .option('--team <name>', 'by default the one that owns the workflow')
    .option('--customer <name>', 'for whom')
    .option('--key <id>', 'id of its key; its defaults fill what is not said')
    .option('--tag <name=value>', 'a tag of the call; may be repeated', collect)
    .option('--provider <name>', 'who is asked, where the model does not say')
    .requiredOption('--model <name>', 'model, or provider/model')
    .requiredOption('--input-tokens <count>', 'the most that the input can be')
    .requiredOption('--output-tokens <count>', 'the most that the answer can be: max_tokens × n')
    .action(async (options: GlobalOptions & CheckOptions) => {
      const { runBudgetCheck } = await import('../commands/budget-edit.ts');
      running.finish(await runBudgetCheck(running.command(options), options));
    });
}
