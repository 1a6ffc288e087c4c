/** `setpoint key …`, `setpoint provider key …`, `setpoint secret …` */
import type { Command as Tree } from 'commander';

import type { KeyOptions, RotateOptions } from '../commands/key.ts';
import type { ProviderKeyOptions } from '../commands/provider-key.ts';
import { collect, shared } from '../options.ts';
import { addProviderList } from './gateway.ts';
import type { GlobalOptions, Running } from '../options.ts';

export function addKeys(program: Tree, running: Running): void {
  const key = program.command('key').description('Setpoint keys').helpCommand(false);
  addKeyCreate(key, running);
  shared(key.command('list'), ['setpoint key list', 'setpoint key list --json'])
    .description('list keys, never their secrets')
    .action(async (options: GlobalOptions) => {
      const { runKeyList } = await import('../commands/key.ts');
      running.finish(await runKeyList(running.command(options)));
    });
  shared(key.command('rotate'), [
    'setpoint key rotate k3Jd81Qz --overlap 24h',
    'setpoint key rotate k3Jd81Qz --overlap 0',
  ])
    .description('give a key a new secret, shown this once; its id, owner and limits stay')
    .argument('<id>', 'from "setpoint key list"')
    .option('--overlap <time>', 'how long the secret of before still works: 0, 30m, 24h, 7d', '24h')
    .action(async (id: string, options: GlobalOptions & RotateOptions) => {
      const { runKeyRotate } = await import('../commands/key.ts');
      running.finish(await runKeyRotate(running.command(options), id, options));
    });
  shared(key.command('revoke'), [
    'setpoint key revoke k3Jd81Qz',
    'setpoint key revoke k3Jd81Qz --reason "was in a public repository"',
  ])
    .description('refuse a key from now on, and the keys that were made with it')
    .argument('<id>', 'from "setpoint key list"')
    .option('--reason <words>', 'why; kept with the decision')
    .action(async (id: string, options: GlobalOptions & { reason?: string }) => {
      const { runKeyRevoke } = await import('../commands/key.ts');
      running.finish(await runKeyRevoke(running.command(options), id, options.reason));
    });
}

function addKeyCreate(key: Tree, running: Running): void {
  shared(key.command('create'), [
    'setpoint key create "support production" --workflow support --team CX',
    'setpoint key create ci --expires 90d --tag env=ci --allow-models "gpt-4o*,claude-haiku*"',
    'setpoint key create acme --allow-customers acme --allow-endpoints inference,embeddings',
    'setpoint key create dashboard --use read',
  ])
    .description('create a key; it is shown this once')
    .argument('<name>', 'what people call it')
    .option('--environment <word>', 'a word that stands in the key: live, test, … (default: live)')
    .option('--workflow <name>', 'workflow of calls that name none')
    .option('--team <name>', 'team of calls that name none')
    .option('--customer <name>', 'customer of calls that name none')
    .option('--tag <name=value>', 'tag on every call; may be repeated', collect)
    .option('--expires <when>', 'days (90d) or a date (2027-01-01)')
    .option(
      '--use <uses>',
      'calls (through the gateway), read (questions to the API), keys (making keys) (default: calls)',
    )
    .option('--allow-models <patterns>', 'models that it may call; * stands for anything')
    .option('--allow-endpoints <names>', 'what its calls may be: inference, embeddings, images, …')
    .option('--allow-wires <names>', 'wires that it may use: openai-chat, anthropic-messages, …')
    .option('--allow-workflows <patterns>', 'workflows of its calls')
    .option('--allow-teams <patterns>', 'teams of its calls')
    .option('--allow-customers <patterns>', 'customers of its calls')
    .action(async (name: string, options: GlobalOptions & KeyOptions) => {
      const { runKeyCreate } = await import('../commands/key.ts');
      running.finish(await runKeyCreate(running.command(options), name, options));
    });
}

export function addProviderKeys(program: Tree, running: Running): void {
  const provider = program.command('provider').description('providers').helpCommand(false);
  addProviderList(provider, running);
  const key = provider.command('key').description('credentials of providers').helpCommand(false);
  shared(key.command('set'), [
    'setpoint provider key set openai < key.txt',
    'pass show openai | setpoint provider key set openai',
    'setpoint provider key set openai',
  ])
    .description('give Setpoint the key of a provider, from standard input or asked for; it is sealed')
    .argument('<provider>', 'its name in the settings')
    .option('--dialect <name>', 'where the name stands for several dialects: the one that is meant')
    .action(async (name: string, options: GlobalOptions & ProviderKeyOptions) => {
      const { runProviderKeySet } = await import('../commands/provider-key.ts');
      running.finish(await runProviderKeySet(running.command(options), name, options));
    });
  shared(key.command('list'), ['setpoint provider key list', 'setpoint provider key list --json'])
    .description('show where the key of each provider is, when it was set and used; never the key')
    .action(async (options: GlobalOptions) => {
      const { runProviderKeyList } = await import('../commands/provider-key.ts');
      running.finish(await runProviderKeyList(running.command(options)));
    });
  shared(key.command('remove'), ['setpoint provider key remove openai'])
    .description('take away a key that was given; the place that the settings name holds again')
    .argument('<provider>', 'its name in the settings')
    .option('--dialect <name>', 'where the name stands for several dialects: the one that is meant')
    .action(async (name: string, options: GlobalOptions & ProviderKeyOptions) => {
      const { runProviderKeyRemove } = await import('../commands/provider-key.ts');
      running.finish(await runProviderKeyRemove(running.command(options), name, options));
    });
  const secret = program.command('secret').description('sealed secrets').helpCommand(false);
  shared(secret.command('rotate-master'), ['setpoint secret rotate-master'])
    .description('wrap every sealed key under a new master key; the keys themselves stay as they are')
    .action(async (options: GlobalOptions) => {
      const { runRotateMaster } = await import('../commands/provider-key.ts');
      running.finish(await runRotateMaster(running.command(options)));
    });
}
