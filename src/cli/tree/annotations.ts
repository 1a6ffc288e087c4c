/** `setpoint annotations`. */
import type { Command as Tree } from 'commander';

import { collect, shared } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

interface AnnotationOptions extends GlobalOptions {
  readonly during?: string;
  readonly where?: readonly string[];
  readonly timeZone?: string;
}

export function addAnnotations(program: Tree, running: Running): void {
  shared(program.command('annotations'), [
    'setpoint annotations',
    'setpoint annotations --during 2026 --where team=CX --json',
  ])
    .description('what happened: prices, commitments, budgets, anomalies, rules, closed months, plans')
    .option('--during <period>', 'this-month, last-month, 90d, 2026 …', 'this-month')
    .option('--where <condition>', 'workflow, team, model or provider; may be repeated', collect)
    .option('--time-zone <name>', 'IANA time zone of the period and its times')
    .action(async ({ during, where, timeZone, ...options }: AnnotationOptions) => {
      const { runAnnotations } = await import('../commands/annotations.ts');
      running.finish(
        await runAnnotations(running.command(options), {
          ...(during !== undefined && { during }),
          ...(where !== undefined && { where }),
          ...(timeZone !== undefined && { timeZone }),
        }),
      );
    });
}
