/** `setpoint demo …` */
import type { Command as Tree } from 'commander';

import type { DemoOptions } from '../commands/demo.ts';
import { listening, shared } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

export function addDemo(program: Tree, running: Running): void {
  const demo = shared(program.command('demo'), [
    'setpoint demo',
    'setpoint demo --now 2026-11-25T16:00:00Z --fresh',
    'setpoint demo truth',
    'setpoint demo wipe',
  ])
    .description('run everything with a fictional company of fifteen months, in a directory of its own')
    .helpCommand(false);
  withCompany(listening(demo))
    .option('--fresh', 'take an older demo in the directory away first')
    .action(async (options: GlobalOptions & DemoOptions) => {
      const { runDemo } = await import('../commands/demo.ts');
      running.finish(await runDemo(running.command(options), options));
    });
  withCompany(
    shared(demo.command('truth'), ['setpoint demo truth', 'setpoint demo truth --now 2026-11-25T16:00:00Z']),
  )
    .description('print every sum and every story’s answer as JSON, worked out without the ledger')
    .action(async (options: GlobalOptions & DemoOptions) => {
      const { runDemoTruth } = await import('../commands/demo.ts');
      running.finish(await runDemoTruth(running.command(options), options));
    });
  shared(demo.command('wipe'), ['setpoint demo wipe'])
    .description('stop the demo and take its data away; real data are never touched')
    .option('--data <directory>', 'where the demo is kept (default: ./.setpoint-demo)')
    .action(async (options: GlobalOptions & DemoOptions) => {
      const { runDemoWipe } = await import('../commands/demo.ts');
      running.finish(await runDemoWipe(running.command(options), options));
    });
}

function withCompany(command: Tree): Tree {
  return command
    .option('--seed <word>', 'the same word gives the same company')
    .option('--now <instant>', 'where its history ends, and what this-month means (default: this hour)')
    .option('--data <directory>', 'where the demo is kept (default: ./.setpoint-demo)');
}
