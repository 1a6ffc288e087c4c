/** `setpoint composition`. */
import type { Command as Tree } from 'commander';

import { collect, filed, listed } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

interface CompositionOptions extends GlobalOptions {
  readonly during?: string;
  readonly where?: readonly string[];
  readonly timeZone?: string;
  readonly by?: string;
}

export function addComposition(program: Tree, running: Running): void {
  filed(program.command('composition'), [
    'setpoint composition',
    'setpoint composition --during last-month --where workflow=support',
    'setpoint composition --by workflow,month --during 2026 --json',
  ])
    .description('what one dollar was made of: system prompt, tools, history, retrieval, user, output …')
    .option('--during <period>', 'this-month, last-month, 30d, 2026-10 …', 'this-month')
    .option('--by <dimensions>', 'groups, at most five; day, week or month for a history', 'workflow')
    .option('--where <condition>', 'dimension=value or dimension!=value; may be repeated', collect)
    .option('--time-zone <name>', 'IANA time zone of days, weeks and months')
    .action(async ({ during, where, timeZone, by, ...options }: CompositionOptions) => {
      const { runComposition } = await import('../commands/composition.ts');
      running.finish(
        await runComposition(running.command(options), {
          ...(during !== undefined && { during }),
          ...(by !== undefined && { by: listed(by) }),
          ...(where !== undefined && { where }),
          ...(timeZone !== undefined && { timeZone }),
        }),
      );
    });
}
