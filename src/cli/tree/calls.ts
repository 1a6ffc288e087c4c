/** `setpoint call list`. */
import type { Command as Tree } from 'commander';
import { Option } from 'commander';

import { collect, filed, wholeNumber } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

interface ListOptions extends GlobalOptions {
  readonly during?: string;
  readonly where?: readonly string[];
  readonly timeZone?: string;
  readonly simulated?: 'exclude' | 'include' | 'only';
  readonly limit?: number;
}

export function addCallList(call: Tree, running: Running): void {
  filed(call.command('list'), [
    'setpoint call list --where workflow=support --limit 20',
    'setpoint call list --during 2026-10 --where customer=acme --output acme.parquet',
  ])
    .description('ledger lines, newest first; as a file all of them')
    .option('--during <period>', 'this-month, last-month, 30d, 2026-10 …', 'this-month')
    .option('--where <condition>', 'dimension=value or dimension!=value; may be repeated', collect)
    .option('--time-zone <name>', 'IANA time zone of the period')
    .addOption(new Option('--simulated <mode>', 'simulated calls').choices(['exclude', 'include', 'only']))
    .option(
      '--limit <lines>',
      'most lines: of a table 1,000 (100), of a file 1,000,000 (100,000)',
      wholeNumber,
    )
    .action(async ({ during, where, timeZone, simulated, limit, ...options }: ListOptions) => {
      const { runCallList } = await import('../commands/calls.ts');
      running.finish(
        await runCallList(running.command(options), {
          ...(during !== undefined && { during }),
          ...(where !== undefined && { where }),
          ...(timeZone !== undefined && { timeZone }),
          ...(simulated !== undefined && { simulated }),
          ...(limit !== undefined && { limit }),
        }),
      );
    });
}
