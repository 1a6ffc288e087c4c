/** `setpoint up|gateway|control`: starts, and says where everything is and what to try first. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { dataFiles, providerRules, readRulebook, readSecrets, SETTING_FLAGS } from '../../operate/operate.ts';
import type { Listen, SettingFlags, Settings } from '../../operate/operate.ts';
import { EXIT } from '../surroundings.ts';
import type { Command, StartAsk } from '../surroundings.ts';

/** @param options all options of the command line; those that are settings are taken. */
export async function runStart(
  command: Command,
  parts: StartAsk['parts'],
  options: StartOptions,
): Promise<number> {
  return startWith(command, parts, () => command.settings(settingFlags(options)), options.log);
}

export interface StartOptions {
  readonly log?: StartAsk['log'];
}

/** Of all options of a command line, those that are settings. */
export function settingFlags(options: object): SettingFlags {
  return Object.fromEntries(
    Object.entries(options).filter(([name]) => name in SETTING_FLAGS),
  ) as SettingFlags;
}

export async function startWith(
  command: Command,
  parts: StartAsk['parts'],
  read: () => Promise<Settings>,
  log: StartAsk['log'],
): Promise<number> {
  const settings = await read();
  await command.around.start({
    settings,
    reread: read,
    log,
    parts,
    onReady: () => command.print(readyText(command, settings, parts)),
  });
  return EXIT.ok;
}

function readyText(command: Command, settings: Settings, parts: StartAsk['parts']): string {
  const { bold } = command.style;
  const gateway = addressOf(settings.gateway.listen);
  const api = addressOf(settings.api.listen);
  return [
    bold(settings.demo === undefined ? 'Setpoint is ready.' : 'Setpoint is ready, with the demo company.'),
    ...(parts === 'control' ? [] : [`  gateway      ${gateway}`]),
    ...(parts === 'gateways' ? [] : [`  web and API  ${api}`]),
    `  data         ${resolve(command.around.workingDirectory, settings.data)}`,
    ...(parts === 'control' ? [] : firstCall(command, settings, gateway)),
    '',
    ...(settings.demo === undefined ? READ_NEXT : READ_DEMO),
  ].join('\n');
}

const READ_NEXT = ['Then read what it cost:', '  npx setpoint ledger --by workflow,team'];
const READ_DEMO = [
  'Then read what last month cost, and what is true of it:',
  '  npx setpoint ledger --by workflow,team --during last-month --limit 5',
  '  npx setpoint demo truth',
  'Take the demo away again:',
  '  npx setpoint demo wipe',
];

function firstCall({ around }: Command, settings: Settings, gateway: string): string[] {
  const rulebook = readRulebook(dataFiles(resolve(around.workingDirectory, settings.data)).rulebook);
  const { secrets } = readSecrets({
    settings,
    environment: around.environment,
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  const providers = rulebook?.providers ?? providerRules(settings, secrets);
  const simulated = providers.some((provider) => provider.simulated);
  const anthropic = providers.every(({ dialect }) => dialect === 'anthropic');
  const model = simulated ? 'sim-small' : anthropic ? 'claude-haiku-4-5' : 'gpt-4o-mini';
  const body = {
    model,
    ...(anthropic && { max_tokens: 100 }),
    messages: [{ role: 'user', content: 'What is a setpoint?' }],
  };
  const headers = [
    'content-type: application/json',
    'x-setpoint-workflow: first-steps',
    'x-setpoint-team: me',
    ...(anthropic ? ['anthropic-version: 2023-06-01'] : []),
    ...(rulebook?.unkeyed === false ? ['authorization: Bearer YOUR_SETPOINT_KEY'] : []),
  ];
  return [
    '',
    simulated
      ? 'Try a call; the simulator answers it and no money is spent:'
      : 'Try a call; it goes to your provider and costs a fraction of a cent:',
    `  curl ${gateway}/v1/${anthropic ? 'messages' : 'chat/completions'} ${headers.map((header) => `-H '${header}'`).join(' ')} -d '${JSON.stringify(body)}'`,
    ...(rulebook?.unkeyed === false ? ['  A key is needed: npx setpoint key create "first steps"'] : []),
  ];
}

function addressOf({ host, port }: Listen): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
