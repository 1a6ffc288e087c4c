/** `setpoint reload`: asks the supervisor of this data directory to take the settings in anew, and says what became of it. */
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { readSupervisorFile } from '../../roles/supervisor-file.ts';
import type { ReloadState } from '../../roles/supervisor-file.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';

const LOOK_MS = 100;
/** New gateways and control come up within seconds; a store that is upgraded may take minutes. */
const MOST_MS = 300_000;

export async function runReload(command: Command, options: { readonly data?: string }): Promise<number> {
  const { nowMs, workingDirectory } = command.around;
  const data = await dataOf(command, options, workingDirectory);
  const found = readSupervisorFile(data, nowMs());
  if (found === undefined)
    throw new CliError(
      `No Setpoint runs with ${data} on this machine, so there is nothing to reload. Start it with "setpoint up", or name its directory with --data.`,
      EXIT.unreachable,
    );
  const before = found.reload.number;
  process.kill(found.owner.pid, 'SIGUSR2');
  const outcome = await awaitReload(data, before, nowMs);
  if (command.format === 'table' || command.format === 'md') command.say(outcome.words);
  else command.print(JSON.stringify(outcome));
  if (outcome.state === 'done') return EXIT.ok;
  return outcome.state === 'refused' ? EXIT.usage : EXIT.failure;
}

/** The settings themselves may be what is wrong: then the directory must be named, and the supervisor says the rest. */
async function dataOf(command: Command, { data }: { data?: string }, from: string): Promise<string> {
  if (data !== undefined) return resolve(from, data);
  const { environment } = command.around;
  if (environment['SETPOINT_DATA']) return resolve(from, environment['SETPOINT_DATA']);
  try {
    return (await command.settings()).data;
  } catch (fault) {
    const words = fault instanceof Error ? fault.message : String(fault);
    throw new CliError(
      `Nothing was changed: the running settings stay in force and calls go on.\n${words}`,
      EXIT.usage,
    );
  }
}

async function awaitReload(data: string, before: number, nowMs: () => number): Promise<ReloadState> {
  const untilMs = nowMs() + MOST_MS;
  while (nowMs() < untilMs) {
    await pause(LOOK_MS);
    const file = readSupervisorFile(data, nowMs());
    if (file === undefined)
      throw new CliError('The supervisor ended during the reload; its log says why.', EXIT.failure);
    const { reload } = file;
    if (reload.number > before && reload.state !== 'running') return reload;
  }
  throw new CliError(
    `The reload has not ended after ${MOST_MS / 1_000} s. Calls are served meanwhile; the log says what it waits for.`,
  );
}
