/** `setpoint focus export|check|model add` */
import type { Command as Tree } from 'commander';
import { Option } from 'commander';

import { listed, shared } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

interface ExportOptions extends GlobalOptions {
  readonly spec: '1.2' | '1.4' | '1.5-draft';
  readonly format: 'csv' | 'parquet';
  readonly during: string;
  readonly granularity: 'hour' | 'day';
  readonly out?: string;
  readonly tags?: string;
}

interface CheckOptions extends GlobalOptions {
  readonly model?: string;
  readonly supports?: string;
  readonly rules?: boolean;
}

export function addFocus(program: Tree, running: Running): void {
  const focus = program
    .command('focus')
    .description('FOCUS files: the ledger as one, and checks of any')
    .helpCommand(false);
  shared(focus.command('export'), [
    'setpoint focus export --during 2026-10 > focus.csv',
    'setpoint focus export --spec 1.4 --format parquet --during last-month --out focus.parquet',
  ])
    .description('write the ledger of a period as a FOCUS file')
    .addOption(
      new Option('--spec <version>', 'version of FOCUS').choices(['1.2', '1.4', '1.5-draft']).default('1.2'),
    )
    .addOption(
      new Option('--format <format>', 'how the file is stored').choices(['csv', 'parquet']).default('csv'),
    )
    .option(
      '--during <period>',
      'period, in UTC: 2026-10, last-month, 2026-10-01..2026-10-15 …',
      'this-month',
    )
    .addOption(
      new Option('--granularity <length>', 'length of a charge period')
        .choices(['hour', 'day'])
        .default('day'),
    )
    .option('--tags <names>', 'up to three tags beside workflow, team and customer, with commas')
    .option('--out <file>', 'write there; by default to standard output')
    .action(async ({ spec, format, during, granularity, out, tags, ...options }: ExportOptions) => {
      const { runFocusExport } = await import('../commands/focus.ts');
      running.finish(
        await runFocusExport(running.command(options), {
          spec,
          format,
          during,
          granularity,
          tags: listed(tags ?? ''),
          out,
        }),
      );
    });
  addCheck(focus, running);
  addModel(focus, running);
}

function addCheck(focus: Tree, running: Running): void {
  shared(focus.command('check'), [
    'setpoint focus check focus.csv',
    'setpoint focus check focus.parquet --supports TAGGING,SUB_ACCOUNT --json',
  ])
    .description('check a FOCUS file rule by rule; needs no server')
    .argument('<file>', 'CSV or Parquet')
    .option('--model <file>', 'the requirements model; by default the one that was added')
    .option(
      '--supports <criteria>',
      'what the provider of the data supports, with commas; or all, none, token-provider',
      'token-provider',
    )
    .option('--rules', 'print every rule, not only what failed')
    .action(async (file: string, { model, supports, rules, ...options }: CheckOptions) => {
      const { runFocusCheck } = await import('../commands/focus.ts');
      running.finish(
        await runFocusCheck(running.command(options), {
          file,
          model,
          supports: listed(supports ?? ''),
          everyRule: rules === true,
        }),
      );
    });
}

function addModel(focus: Tree, running: Running): void {
  const model = focus
    .command('model')
    .description('the requirements model that checks use')
    .helpCommand(false);
  shared(model.command('add'), ['setpoint focus model add model-1.2.json'])
    .description('keep a requirements model for later checks')
    .argument('<file>', 'rules/model-1.2.json of finopsfoundation/focus_validator')
    .action(async (file: string, options: GlobalOptions) => {
      const { runFocusModelAdd } = await import('../commands/focus.ts');
      running.finish(await runFocusModelAdd(running.command(options), file));
    });
}
