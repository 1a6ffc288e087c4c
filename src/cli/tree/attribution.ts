/** `setpoint attribution …` */
import { Option } from 'commander';
import type { Command as Tree } from 'commander';

import type { RuleOptions } from '../commands/attribution-rules.ts';
import { collect, filed, shared, wholeNumber } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';
import { addSharing } from './sharing.ts';

interface SpanOptions extends GlobalOptions {
  readonly during?: string;
  readonly timeZone?: string;
  readonly simulated?: 'exclude' | 'include' | 'only';
}

const DURING = 'this-month, last-month, 30d, 2026-03, 2026-03-01..2026-03-08, all';

export function addAttribution(program: Tree, running: Running): void {
  const tree = program
    .command('attribution')
    .description('who caused the spend that said nothing: coverage, rules, shared cost')
    .helpCommand(false);
  addCoverage(tree, running);
  addMissing(tree, running);
  addPreviewAndApply(tree, running);
  addRules(tree, running);
  addSharing(tree, running);
}

function spanned(command: Tree, lines: readonly string[], share = shared): Tree {
  return share(command, lines)
    .option('--during <period>', DURING, 'this-month')
    .option('--time-zone <name>', 'IANA time zone of days, weeks and months')
    .addOption(new Option('--simulated <mode>', 'simulated calls').choices(['exclude', 'include', 'only']));
}

/** Options of a draft; the same for adding a rule and for trying one. */
function ruled(command: Tree): Tree {
  return command
    .option(
      '--when <sign=value>',
      'condition, also sign!=value; values a|b, * matches any run; may be repeated',
      collect,
    )
    .option('--hours <days from-until zone>', 'hours of the week, "mon-fri 22:00-06:00 Europe/Zurich"')
    .option('--workflow <name>', 'the workflow to name')
    .option('--team <name>', 'the team to name; by default the one that owns the workflow')
    .option('--customer <name>', 'the customer to name')
    .option('--override <value>', 'a said value that counts as not said; may be repeated', collect)
    .option('--order <number>', 'lower goes first (100)', wholeNumber)
    .option('--from <instant>', 'calls that started from then on, 2026-09-01')
    .option('--until <instant>', 'calls that started before then');
}

function addCoverage(tree: Tree, running: Running): void {
  const examples = [
    'setpoint attribution coverage',
    'setpoint attribution coverage --during last-month --by week',
  ];
  spanned(tree.command('coverage'), examples, filed)
    .description('the share of spend that has a workflow, a team, a customer')
    .addOption(new Option('--by <length>', 'length of the periods').choices(['day', 'week', 'month']))
    .option('--where <condition>', 'dimension=value or dimension!=value; may be repeated', collect)
    .action(async (options: SpanOptions & { by?: 'day' | 'week' | 'month'; where?: string[] }) => {
      const { runCoverage } = await import('../commands/attribution.ts');
      const { by, where } = options;
      const ask = {
        ...spanOf(options),
        ...(by !== undefined && { by }),
        ...(where !== undefined && { where }),
      };
      running.finish(await runCoverage(running.command(options), ask));
    });
}

function addMissing(tree: Tree, running: Running): void {
  const examples = ['setpoint attribution missing', 'setpoint attribution missing --limit 5 --format csv'];
  spanned(tree.command('missing'), examples, filed)
    .description('what has no workflow, biggest first, by the sign that tells most')
    .option('--limit <parts>', 'most parts', wholeNumber)
    .action(async (options: SpanOptions & { limit?: number }) => {
      const { runMissing } = await import('../commands/attribution.ts');
      const { limit } = options;
      running.finish(
        await runMissing(running.command(options), {
          ...spanOf(options),
          ...(limit !== undefined && { limit }),
        }),
      );
    });
  spanned(tree.command('suggest'), [
    'setpoint attribution suggest',
    'setpoint attribution suggest --during 30d',
  ])
    .description('commands that would add a rule for each part that is missing')
    .option('--limit <parts>', 'most parts', wholeNumber)
    .action(async (options: SpanOptions & { limit?: number }) => {
      const { runSuggest } = await import('../commands/attribution.ts');
      const { limit } = options;
      running.finish(
        await runSuggest(running.command(options), {
          ...spanOf(options),
          ...(limit !== undefined && { limit }),
        }),
      );
    });
}

function addPreviewAndApply(tree: Tree, running: Running): void {
  ruled(
    spanned(tree.command('preview'), [
      'setpoint attribution preview --during 90d',
      "setpoint attribution preview --when 'path=/v1/batch*' --workflow nightly-batch",
    ]),
  )
    .description('what rules would move of the past; writes nothing')
    .option('--rule <id>', 'only this rule; may be repeated', collect)
    .action(async (options: SpanOptions & RuleOptions & { rule?: string[] }) => {
      const { runPreview } = await import('../commands/attribution.ts');
      running.finish(await runPreview(running.command(options), spanOf(options), options));
    });
  shared(tree.command('apply'), [
    'setpoint attribution apply --during last-month',
    'setpoint attribution apply --rule nightly-batch --during 90d',
  ])
    .description('move the past by the rules in force, with correcting lines; again moves nothing')
    .option('--during <period>', DURING, 'this-month')
    .option('--time-zone <name>', 'IANA time zone of the period')
    .option('--rule <id>', 'only this rule; may be repeated', collect)
    .action(async (options: SpanOptions & { rule?: string[] }) => {
      const { runApply } = await import('../commands/attribution.ts');
      running.finish(await runApply(running.command(options), spanOf(options), options.rule ?? []));
    });
}

function addRules(tree: Tree, running: Running): void {
  shared(tree.command('rules'), ['setpoint attribution rules', 'setpoint attribution rules --all --json'])
    .description('rules in force, in the order in which they are tried')
    .option('--all', 'replaced and withdrawn versions too')
    .action(async (options: GlobalOptions & { all?: boolean }) => {
      const { runRules } = await import('../commands/attribution-rules.ts');
      running.finish(await runRules(running.command(options), options.all === true));
    });
  const rule = tree.command('rule').description('one rule').helpCommand(false);
  ruled(
    shared(rule.command('add'), [
      "setpoint attribution rule add nightly-batch --when 'path=/v1/batch*' --workflow nightly-batch --reason 'the batch job says nothing'",
      'setpoint attribution rule add legacy --when key=k3Jd81Qz --workflow support --override default',
    ]),
  )
    .description('add a rule, or the next version of one; calls to come are named by it at once')
    .argument('<id>', 'lower-case letters, digits and "-"')
    .option('--reason <text>', 'why; kept with the decision')
    .action(async (id: string, options: GlobalOptions & RuleOptions) => {
      const { runRuleAdd } = await import('../commands/attribution-rules.ts');
      running.finish(await runRuleAdd(running.command(options), id, options));
    });
  shared(rule.command('withdraw'), ['setpoint attribution rule withdraw nightly-batch'])
    .description('withdraw a rule; what it named stays named')
    .argument('<id>', 'from "setpoint attribution rules"')
    .option('--reason <text>', 'why; kept with the decision')
    .action(async (id: string, options: GlobalOptions & { reason?: string }) => {
      const { runRuleWithdraw } = await import('../commands/attribution-rules.ts');
      running.finish(await runRuleWithdraw(running.command(options), id, options.reason));
    });
}

function spanOf({ during, timeZone, simulated }: SpanOptions): {
  during?: string;
  timeZone?: string;
  simulated?: 'exclude' | 'include' | 'only';
} {
  return {
    ...(during !== undefined && { during }),
    ...(timeZone !== undefined && { timeZone }),
    ...(simulated !== undefined && { simulated }),
  };
}
