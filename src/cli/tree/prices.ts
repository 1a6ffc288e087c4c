/** `setpoint price …` */
import type { Command as Tree } from 'commander';

import { shared } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

export function addPrices(program: Tree, running: Running): void {
  const price = program.command('price').description('the price book').helpCommand(false);
  shared(price.command('list'), [
    "setpoint price list --model 'gpt-4o*'",
    'setpoint price list --provider anthropic --output csv',
  ])
    .description('list the prices in force')
    .option('--provider <name>', 'of one provider')
    .option('--model <pattern>', 'of one model; * matches any run of characters')
    .action(async (options: GlobalOptions & { provider?: string; model?: string }) => {
      const { runPriceList } = await import('../commands/price.ts');
      const { provider, model } = options;
      running.finish(
        await runPriceList(running.command(options), {
          ...(provider !== undefined && { provider }),
          ...(model !== undefined && { model }),
        }),
      );
    });
}
