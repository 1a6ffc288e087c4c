/** Keeping a running system well: `reload`, `doctor`, `backup`, `restore`, `verify`. */
import type { Command as Tree } from 'commander';

import type { BackupOptions } from '../commands/backup.ts';
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
  addBackups(program, running);
}

function addBackups(program: Tree, running: Running): void {
  shared(program.command('backup'), [
    'setpoint backup /mnt/backups/2026-11-25',
    'setpoint backup /mnt/backups/today --base /mnt/backups/yesterday',
  ])
    .description('copy everything that cannot be made again, also while calls are served')
    .argument('[directory]', 'new or empty, best on another disk (default: in backups of the data directory)')
    .option('--base <backup>', 'an earlier backup; files that did not change become links to its files')
    .option('--with-keys', 'key files too, by which sealed secrets can be opened')
    .option('--data <directory>', 'a data directory that no server runs with')
    .action(async (directory: string | undefined, options: GlobalOptions & BackupOptions) => {
      const { runBackup } = await import('../commands/backup.ts');
      running.finish(await runBackup(running.command(options), directory, options));
    });
  shared(program.command('restore'), ['setpoint restore /mnt/backups/2026-11-25 --data ./.setpoint'])
    .description('make a data directory out of a backup, and verify it')
    .argument('<backup>', 'the directory that "setpoint backup" wrote')
    .option('--data <directory>', 'new or empty (default: data of the settings)')
    .action(async (backup: string, options: GlobalOptions & { data?: string }) => {
      const { runRestore } = await import('../commands/backup.ts');
      running.finish(await runRestore(running.command(options), backup, options));
    });
  shared(program.command('verify'), [
    'setpoint verify',
    'setpoint verify /mnt/backups/2026-11-25',
    'setpoint verify /var/lib/setpoint --json',
  ])
    .description('whether every line and every decision is there, once, and is what it was')
    .argument(
      '[directory]',
      'a backup, or a data directory that no server runs with (default: ask the server)',
    )
    .option('--data <directory>', 'a data directory that no server runs with')
    .action(async (directory: string | undefined, options: GlobalOptions & { data?: string }) => {
      const { runVerify } = await import('../commands/backup.ts');
      running.finish(await runVerify(running.command(options), directory, options));
    });
}
