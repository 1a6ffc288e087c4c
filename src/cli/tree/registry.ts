/** `setpoint registry …` */
import type { Command as Tree } from 'commander';

import { shared } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

interface CopyOptions extends GlobalOptions {
  readonly from?: string;
}

export function addRegistry(program: Tree, running: Running): void {
  const registry = program
    .command('registry')
    .description('where keys and decisions are kept')
    .helpCommand(false);
  shared(registry.command('copy'), [
    'setpoint registry copy',
    'setpoint registry copy --from /var/backups/registry.sqlite',
  ])
    .description('copy the SQLite registry of this host into the empty PostgreSQL that the settings name')
    .option('--from <file>', 'another SQLite registry than that of the data directory')
    .action(async (options: CopyOptions) => {
      const { runRegistryCopy } = await import('../commands/registry.ts');
      running.finish(await runRegistryCopy(running.command(options), options.from));
    });
}
