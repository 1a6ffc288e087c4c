/** `setpoint ledger ddl` */
import type { Command as Tree } from 'commander';

import { shared } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

export function addLedgerDdl(ledger: Tree, running: Running): void {
  shared(ledger.command('ddl'), [
    'setpoint ledger ddl --cluster main',
    'setpoint ledger ddl --cluster main --out deploy/clickhouse',
  ])
    .description('print the tables of a ledger on a ClickHouse cluster as SQL, or write them to files')
    .option('--cluster <name>', 'as in remote_servers of ClickHouse; by default that of the settings')
    .option('--database <name>', 'by default that of the settings, else setpoint')
    .option('--out <directory>', 'one file for each step, instead of printing')
    .action(async (_: unknown, tree: Tree) => {
      const options = tree.optsWithGlobals<
        GlobalOptions & { cluster?: string; database?: string; out?: string }
      >();
      const { runLedgerDdl } = await import('../commands/ledger-ddl.ts');
      running.finish(await runLedgerDdl(running.command(options), options));
    });
}
