/** `setpoint route list`, `setpoint worker list` and `setpoint call try`; `provider list` is beside the keys of providers. */
import type { Command as Tree } from 'commander';

import type { TryOptions } from '../commands/gateway.ts';
import { shared, wholeNumber } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

export function addGateway(program: Tree, running: Running): void {
  const route = program.command('route').description('which way calls go').helpCommand(false);
  shared(route.command('list'), ['setpoint route list', 'setpoint route list --json'])
    .description('models and the providers that they lead to, in the order in which they are tried')
    .action(async (options: GlobalOptions) => {
      const { runRouteList } = await import('../commands/gateway.ts');
      running.finish(await runRouteList(running.command(options)));
    });
  const worker = program.command('worker').description('processes of the gateway').helpCommand(false);
  shared(worker.command('list'), ['setpoint worker list', 'setpoint worker list --json'])
    .description('the gateway’s processes on the server’s machine: calls under way, rulebook, journal, load')
    .action(async (options: GlobalOptions) => {
      const { runWorkerList } = await import('../commands/gateway.ts');
      running.finish(await runWorkerList(running.command(options)));
    });
}

export function addProviderList(provider: Tree, running: Running): void {
  shared(provider.command('list'), ['setpoint provider list', 'setpoint provider list --json'])
    .description('providers: whether each serves, and how it did in the last minutes')
    .action(async (options: GlobalOptions) => {
      const { runProviderList } = await import('../commands/gateway.ts');
      running.finish(await runProviderList(running.command(options)));
    });
}

export function addCallTry(call: Tree, running: Running): void {
  shared(call.command('try'), [
    'setpoint call try sim-small "Where is my order?"',
    'setpoint call try gpt-4o-mini "Where is my order?" --provider openai --dry',
    'setpoint call try gpt-4o-mini "Where is my order?" --provider openai --pay',
  ])
    .description('send one call through the gateway; what it costs at most is said before')
    .argument('<model>', 'as the provider names it')
    .argument('<message>', 'what is asked')
    .option('--provider <name>', 'who is asked (default: the first that serves)')
    .option('--dialect <name>', 'openai or anthropic, where the provider speaks both')
    .option('--system <text>', 'instructions before the message')
    .option('--max-tokens <count>', 'most tokens of the answer (default: 256)', wholeNumber)
    .option('--workflow <name>', 'whose workflow it is')
    .option('--team <name>', 'whose team it is')
    .option('--dry', 'only say what it costs at most')
    .option('--pay', 'send it although it costs money')
    .action(
      async (model: string, message: string, options: GlobalOptions & TryOptions & { pay?: boolean }) => {
        const { runCallTry } = await import('../commands/gateway.ts');
        running.finish(await runCallTry(running.command(options), [model, message], options));
      },
    );
}
