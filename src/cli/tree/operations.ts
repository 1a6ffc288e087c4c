/** Keeping a running system well: `reload`, `doctor`, `backup`, `restore`, `verify`. */
import type { Command as Tree } from 'commander';

import { shared } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

export function addOperations(program: Tree, running: Running): void {
  shared(program.command('reload'), ['setpoint reload', 'setpoint reload --data /var/lib/setpoint --json'])
    .description('take changed settings in without refusing or cutting a call')
    .option('--data <directory>', 'the data directory of the running system')
    .action(async (options: GlobalOptions & { data?: string }) => {
      const { runReload } = await import('../commands/reload.ts');
      running.finish(await runReload(running.command(options), options));
    });
  shared(program.command('doctor'), ['setpoint doctor', 'setpoint doctor --json'])
    .description('check runtime, settings, data, providers and servers')
    .action(async (options: GlobalOptions) => {
      const { runDoctor } = await import('../commands/doctor.ts');
      running.finish(await runDoctor(running.command(options)));
    });
}
