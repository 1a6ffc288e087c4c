/** `setpoint registry copy`: from one host to several, with every decision and the chain that proves them. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { ApiUnreachable } from '../../api/client.ts';
import { dataFiles, readSecretAt } from '../../operate/operate.ts';
import type { Settings } from '../../operate/operate.ts';
import { countText } from '../../units/figures.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';

export async function runRegistryCopy(command: Command, from: string | undefined): Promise<number> {
  const { environment, workingDirectory, nowMs } = command.around;
  const settings = await command.settings();
  const { registry } = settings;
  if (registry === undefined)
    throw new CliError(
      'The settings name no PostgreSQL to copy to. Nothing was changed. Set registry.url in setpoint.yaml first.',
      EXIT.usage,
    );
  const file = from === undefined ? ownFile(settings, workingDirectory) : resolve(workingDirectory, from);
  if (!existsSync(file)) throw new CliError(`There is no registry ${file}. Nothing was changed.`, EXIT.usage);
  if (await answers(command))
    throw new CliError(
      'A control is running here. What it decides while this copies would stay behind, so nothing was copied. Stop it, copy, and start it again.',
      EXIT.failure,
    );
  const { copyRegistry } = await import('../../registry/registry.ts');
  const postgres = { url: registry.url, password: () => readSecretAt(registry.password, environment) };
  const { rows, head } = await copyRegistry({ file }, { postgres }, nowMs);
  if (command.format === 'json') command.print(JSON.stringify({ from: file, rows, head }));
  else
    command.say(
      `${countText(rows)} rows copied, audit chain of ${countText(head.seq)} intact, head ${head.hash}. ${file} is as it was and is not used any more. Start control; it publishes at once.`,
    );
  return EXIT.ok;
}

function ownFile({ data }: Settings, workingDirectory: string): string {
  return dataFiles(resolve(workingDirectory, data)).registry;
}

async function answers(command: Command): Promise<boolean> {
  try {
    await (await command.client()).keys();
    return true;
  } catch (error) {
    return !(error instanceof ApiUnreachable);
  }
}
