/** `setpoint demo`: the demo company in a directory of its own, what is true of it, and its end. */
import { existsSync, readFileSync } from 'node:fs';

import { demoFiles, holdsOther, readWorkspace, removeDemo } from '../../operate/operate.ts';
import type { Settings } from '../../operate/operate.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { settingFlags, startWith } from './up.ts';
import type { StartOptions } from './up.ts';

export interface DemoOptions {
  readonly seed?: string;
  readonly now?: string;
  readonly data?: string;
  readonly fresh?: boolean;
  readonly log?: StartOptions['log'];
}

const DEMO_DIRECTORY = './.setpoint-demo';
const DEFAULT_SEED = 'harborline';

export async function runDemo(command: Command, options: DemoOptions): Promise<number> {
  const settings = await demoSettings(command, options);
  if (holdsOther(settings.data)) {
    throw new CliError(
      `${settings.data} holds real data, and a demo is never mixed with it. Nothing was changed. Name another directory with --data.`,
    );
  }
  if (options.fresh === true) removeDemo(settings.data);
  const found = readWorkspace(settings.data);
  command.say(
    found.kind === 'demo' && found.loadedAt !== null
      ? `DEMO: the fictional company ${found.company} as of ${found.now}, loaded ${found.loadedAt}. --fresh makes it anew.`
      : 'DEMO: making a fictional company of fifteen months; this takes a few seconds.',
  );
  return startWith(command, 'all', () => demoSettings(command, options), options.log);
}

/** Never a real provider, whatever keys the environment holds: what a demo is tried with must cost nothing. */
async function demoSettings(command: Command, options: DemoOptions): Promise<Settings> {
  const settings = await command.settings({
    ...settingFlags(options),
    data: options.data ?? DEMO_DIRECTORY,
    demoSeed: options.seed ?? DEFAULT_SEED,
    ...(options.now !== undefined && { demoNow: options.now }),
  });
  return { ...settings, providers: [], simulator: { ...settings.simulator, enabled: 'always' } };
}

/** From the loaded demo; where there is none, or another one is asked for, made anew without a ledger. */
export async function runDemoTruth(command: Command, options: DemoOptions): Promise<number> {
  const { data, demo } = await demoSettings(command, options);
  const { truth } = demoFiles(data);
  const asked = options.seed !== undefined || options.now !== undefined;
  if (!asked && existsSync(truth)) {
    command.print(readFileSync(truth, 'utf8'));
    return EXIT.ok;
  }
  const { createDemo, truthOf } = await import('../../demo/demo.ts');
  const now = demo?.now === undefined ? command.around.nowMs() : Date.parse(demo.now);
  const made = await createDemo({ seed: demo?.seed ?? DEFAULT_SEED, nowMs: now });
  command.print(JSON.stringify(truthOf(made), null, 2));
  return EXIT.ok;
}

export async function runDemoWipe(command: Command, options: DemoOptions): Promise<number> {
  const { data } = await demoSettings(command, options);
  if (options.data === undefined && (await wipedByServer(command))) {
    command.say('The demo was wiped: its server stops, and its data are gone.');
    return EXIT.ok;
  }
  command.say(removeDemo(data) ? `The demo in ${data} was wiped.` : `There is no demo in ${data}.`);
  return EXIT.ok;
}

async function wipedByServer(command: Command): Promise<boolean> {
  const client = await command.client();
  try {
    if ((await client.workspace()).kind !== 'demo') return false;
  } catch (error) {
    if (error instanceof Error && error.name === 'ApiUnreachable' && !command.addressNamed) return false;
    throw error;
  }
  await client.wipe();
  return true;
}
