/** The command tree: names, options and help. What a command does is loaded only when it is run. */
import { Command as Tree, Option } from 'commander';

import type { LedgerAsk } from '../api/client.ts';
import { DIMENSIONS, MEASURES } from '../ledger/question.ts';
import type { SettingFlags } from '../operate/operate.ts';
import type { Shell } from './commands/completion.ts';
import type { StartOptions } from './commands/up.ts';
import { collect, examples, filed, listed, listening, shared, wholeNumber } from './options.ts';
import type { GlobalOptions, Running } from './options.ts';
import { addAnnotations } from './tree/annotations.ts';
import { addAttribution } from './tree/attribution.ts';
import { addAnomalies, addChanges } from './tree/anomalies.ts';
import { addCallList } from './tree/calls.ts';
import { addComposition } from './tree/composition.ts';
import { addBudgets } from './tree/budgets.ts';
import { addForecast } from './tree/forecast.ts';
import { addFocus } from './tree/focus.ts';
import { addDemo } from './tree/demo.ts';
import { addLedgerDdl } from './tree/ledger-ddl.ts';
import { addOperations } from './tree/operations.ts';
import { addCallTry, addGateway } from './tree/gateway.ts';
import { addInvoices } from './tree/invoices.ts';
import { addKeys, addProviderKeys } from './tree/keys.ts';
import { addPrices } from './tree/prices.ts';
import { addRegistry } from './tree/registry.ts';
import { addViews } from './tree/views.ts';
import { addTelemetry } from './tree/telemetry.ts';

/** Every command says where it is explained by example, before its options. */
export function buildProgram(running: Running): Tree {
  const program = new Tree('setpoint')
    .description(
      'The thermostat for AI spend: a gateway, a ledger that equals the invoice, and the controls that bend the curve.',
    )
    .version(running.version, '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .addHelpText(
      'before',
      examples([
        'setpoint up',
        'setpoint ledger --by workflow,team',
        'setpoint tail',
        'setpoint key create "support production" --workflow support --team CX',
      ]),
    );
  addServers(program, running);
  addDemo(program, running);
  addLedger(program, running);
  addCalls(program, running);
  addKeys(program, running);
  addProviderKeys(program, running);
  addGateway(program, running);
  addPrices(program, running);
  addAttribution(program, running);
  addBudgets(program, running);
  addInvoices(program, running);
  addChanges(program, running);
  addAnnotations(program, running);
  addComposition(program, running);
  addAnomalies(program, running);
  addViews(program, running);
  addForecast(program, running);
  addFocus(program, running);
  addTelemetry(program, running);
  addRegistry(program, running);
  addOperations(program, running);
  addUpkeep(program, running);
  return program;
}

function addServers(program: Tree, running: Running): void {
  const starters = [
    ['up', 'run gateway, API and web app on this machine', 'all'],
    ['gateway', 'run gateway workers alone', 'gateways'],
    ['control', 'run the ledger, the API and the web app alone; several share a PostgreSQL', 'control'],
  ] as const;
  for (const [name, description, parts] of starters) {
    const command = shared(program.command(name), [
      `setpoint ${name}`,
      `setpoint ${name} --gateway-listen 0.0.0.0:4000`,
    ])
      .description(description)
      .option('--pass-through-keys', 'pass on clients’ own provider keys, unstored')
      .option('--data <directory>', 'where everything is kept')
      .addOption(
        new Option('--durability <mode>', 'strict: behind the disk, so a power cut takes no call').choices([
          'default',
          'strict',
        ]),
      )
      .addOption(
        new Option('--simulator <when>', 'run the built-in simulator').choices(['auto', 'always', 'never']),
      );
    listening(command);
    command.action(async (options: GlobalOptions & SettingFlags & StartOptions) => {
      const { runStart } = await import('./commands/up.ts');
      running.finish(await runStart(running.command(options), parts, options));
    });
  }
}

interface LedgerOptions extends GlobalOptions {
  readonly by?: string;
  readonly of?: string;
  readonly during?: string;
  readonly where?: readonly string[];
  readonly timeZone?: string;
  readonly simulated?: 'exclude' | 'include' | 'only';
  readonly limit?: number;
  readonly compare?: string;
  readonly unattributed?: 'apart';
}

function addLedger(program: Tree, running: Running): void {
  const ledger = program.command('ledger');
  addLedgerDdl(ledger, running);
  filed(ledger, [
    'setpoint ledger --by workflow,team',
    'setpoint ledger --by customer --during last-month --limit 10',
    'setpoint ledger --by day --of calls,cost --where workflow=support --time-zone Europe/Zurich',
    'setpoint ledger --by model --during 2026-03-01..2026-03-08 --format csv',
    'setpoint ledger --by customer --during 2026-03 --output customers.parquet',
    'setpoint ledger --by workflow --compare previous',
    'setpoint ledger --by bucket,rate --of units,cost --where account=proj_a',
  ])
    .description('ask the ledger: calls, tokens and cost by any dimension')
    .addHelpText('after', askable)
    .option('--by <dimensions>', 'group by these, in this order; they are listed below', 'workflow,team')
    .option('--of <measures>', 'figures of each group; they are listed below')
    .option(
      '--during <period>',
      'this-month, last-month, today, 30d, 24h, 2026-03, 2026-03-01..2026-03-08, all',
      'this-month',
    )
    .option('--where <condition>', 'dimension=value or dimension!=value; may be repeated', collect)
    .option('--time-zone <name>', 'IANA time zone of days, weeks and months')
    .addOption(new Option('--simulated <mode>', 'simulated calls').choices(['exclude', 'include', 'only']))
    .option('--compare <period>', 'the change of cost against: previous, year, or a period')
    .option('--limit <groups>', 'most groups; the rest is one row', wholeNumber)
    .addOption(
      new Option('--unattributed <place>', 'a row of its own even beyond the limit').choices(['apart']),
    )
    .action(async (options: LedgerOptions) => {
      const { runLedger } = await import('./commands/ledger.ts');
      const { of, by, during, where, timeZone, simulated, limit, compare, unattributed } = options;
      const ask: LedgerAsk = {
        by: listed(by ?? ''),
        ...(of !== undefined && { of: listed(of) }),
        ...(during !== undefined && { during }),
        ...(where !== undefined && { where }),
        ...(timeZone !== undefined && { timeZone }),
        ...(simulated !== undefined && { simulated }),
        ...(limit !== undefined && { limit }),
        ...(compare !== undefined && { compare }),
        ...(unattributed !== undefined && { unattributed }),
      };
      running.finish(await runLedger(running.command(options), ask));
    });
}

/** What `--by`, `--where` and `--of` can say: the ledger's own words. */
function askable(): string {
  return [
    '',
    `Dimensions: ${DIMENSIONS.join(', ')}, tag:<name>`,
    '',
    `Measures: ${MEASURES.join(', ')}`,
  ].join('\n');
}

function addCalls(program: Tree, running: Running): void {
  const call = program.command('call').description('single calls').helpCommand(false);
  shared(call.command('show'), ['setpoint call show 0195c3f2-7d0a-7c11-8d4e-2f6a1b0c9d3e'])
    .description('print the receipt of one call')
    .argument('<id>', 'the call, from the header x-setpoint-call-id or from tail')
    .action(async (id: string, options: GlobalOptions) => {
      const { runCallShow } = await import('./commands/call.ts');
      running.finish(await runCallShow(running.command(options), id));
    });
  addCallList(call, running);
  addCallTry(call, running);
  shared(program.command('tail'), ['setpoint tail', 'setpoint tail --where workflow=support --json'])
    .description('show calls as they end')
    .option('--where <condition>', 'dimension=value or dimension!=value; may be repeated', collect)
    .option('--limit <calls>', 'stop after so many', wholeNumber)
    .action(async (options: GlobalOptions & { where?: string[]; limit?: number }) => {
      const { runTail } = await import('./commands/tail.ts');
      running.finish(await runTail(running.command(options), options.where ?? [], options.limit));
    });
}

function addUpkeep(program: Tree, running: Running): void {
  const config = program.command('config').description('settings').helpCommand(false);
  shared(config.command('validate'), [
    'setpoint config validate',
    'setpoint config validate deploy/setpoint.yaml --json',
  ])
    .description('check the settings and change nothing')
    .argument('[file]', 'settings file')
    .action(async (file: string | undefined, options: GlobalOptions) => {
      const { runConfigValidate } = await import('./commands/config.ts');
      running.finish(runConfigValidate(running.command(options), file));
    });
  addRunningConfig(config, running);
  program
    .command('completion')
    .description('print shell completion')
    .addHelpText(
      'before',
      examples(['source <(setpoint completion bash)', 'setpoint completion fish | source']),
    )
    .addArgument(program.createArgument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: Shell) => {
      const { completionScript } = await import('./commands/completion.ts');
      running.command({}).print(completionScript(program, shell));
      running.finish(0);
    });
}

function addRunningConfig(config: Tree, running: Running): void {
  shared(config.command('show'), ['setpoint config show', 'setpoint config show --all --json'])
    .description('the settings that the server runs with, each with who said it; never a secret')
    .option('--all', 'limits too')
    .action(async (options: GlobalOptions & { all?: boolean }) => {
      const { runConfigShow } = await import('./commands/config.ts');
      running.finish(await runConfigShow(running.command(options), options.all ?? false));
    });
  shared(config.command('export'), ['setpoint config export > setpoint.yaml'])
    .description('the settings that the server runs with, as a settings file without secrets')
    .action(async (options: GlobalOptions) => {
      const { runConfigExport } = await import('./commands/config.ts');
      running.finish(await runConfigExport(running.command(options)));
    });
}
