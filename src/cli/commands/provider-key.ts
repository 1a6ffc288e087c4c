/** `setpoint provider key set|list|remove` and `setpoint secret rotate-master`. */
import type { MasterRotated, ProviderKey } from '../../api/contract/secrets.ts';
import type { SealedCredential, Settings, Vault } from '../../operate/operate.ts';
import { NONE } from '../../units/figures.ts';
import { ACTOR, OFFLINE_WORDS, publishedWords, reachOr } from '../offline.ts';
import type { Offline } from '../offline.ts';
import { readSecret } from '../secret-input.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderCsv, renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';

export interface ProviderKeyOptions {
  readonly dialect?: ProviderKey['dialect'];
}

interface Changed {
  readonly keys: readonly Pick<ProviderKey, 'provider' | 'dialect' | 'hint'>[];
  readonly published: boolean;
}

export async function runProviderKeySet(
  command: Command,
  name: string,
  { dialect }: ProviderKeyOptions,
): Promise<number> {
  const key = await readSecret(command, `the key of "${name}"`);
  const { answer, offline } = await reachOr<Changed>(
    command,
    async () =>
      (await command.client()).setProviderKey(name, { key, ...(dialect !== undefined && { dialect }) }),
    async (here) => {
      const { secretName } = await import('../../operate/operate.ts');
      const providers = here.settings.providers.filter(
        (one) => one.name === name && (dialect === undefined || one.dialect === dialect),
      );
      if (providers.length === 0)
        throw new CliError(
          `The settings have no provider "${name}". Nothing was changed. Add it under providers in setpoint.yaml first.`,
        );
      for (const provider of providers) await here.vault.set(secretName(provider), key, ACTOR);
      return {
        keys: (await here.vault.list()).filter((one) => one.provider === name).map(shown),
        published: false,
      };
    },
  );
  if (isJson(command)) command.print(JSON.stringify(answer));
  for (const one of answer.keys)
    command.say(
      `The key of ${one.provider} (${one.dialect})${one.hint === '' ? '' : `, ending in ${one.hint},`} is sealed.`,
    );
  command.say(offline ? OFFLINE_WORDS : publishedWords(answer.published, 'Calls use it from now on.'));
  return EXIT.ok;
}

export async function runProviderKeyRemove(
  command: Command,
  name: string,
  { dialect }: ProviderKeyOptions,
): Promise<number> {
  const { answer, offline } = await reachOr<Changed>(
    command,
    async () => (await command.client()).removeProviderKey(name, dialect === undefined ? {} : { dialect }),
    (here) => removeHere(here, name, dialect),
  );
  if (isJson(command)) command.print(JSON.stringify(answer));
  command.say(`The key of ${name} that was given to Setpoint is gone.`);
  command.say(
    offline
      ? OFFLINE_WORDS
      : publishedWords(answer.published, 'Calls use the place that the settings name, where there is one.'),
  );
  return EXIT.ok;
}

async function removeHere({ vault }: Offline, name: string, dialect: string | undefined): Promise<Changed> {
  const { secretName } = await import('../../operate/operate.ts');
  const kept = (await vault.list()).filter(
    (one) => one.provider === name && (dialect === undefined || one.dialect === dialect),
  );
  if (kept.length === 0)
    throw new CliError(`No key of "${name}" was given to Setpoint, so there is none to remove.`);
  for (const one of kept) await vault.remove(secretName({ ...one, name: one.provider }), ACTOR);
  return { keys: [], published: false };
}

export async function runProviderKeyList(command: Command): Promise<number> {
  const { answer } = await reachOr(
    command,
    async () => (await (await command.client()).providerKeys()).keys,
    ({ vault, settings }) => listHere(vault, settings, command),
  );
  command.print(render(command, answer));
  return EXIT.ok;
}

/** What can be known without the server: not when a key was last used. */
async function listHere(vault: Vault, settings: Settings, command: Command): Promise<ProviderKey[]> {
  const { describeCredentials, readSecrets } = await import('../../operate/operate.ts');
  const { readFileSync } = await import('node:fs');
  const { environment } = command.around;
  const { secrets } = readSecrets({ settings, environment, readFile: (path) => readFileSync(path, 'utf8') });
  const views = describeCredentials(settings.providers, await vault.list(), (name) => secrets.has(name));
  return views.map((view) => ({ ...view, usedAt: null }));
}

export async function runRotateMaster(command: Command): Promise<number> {
  const { answer, offline } = await reachOr<MasterRotated>(
    command,
    async () => (await command.client()).rotateMaster(),
    async ({ vault }) => {
      // The rulebook stays under the former key until the next start publishes it anew, so that key is kept.
      const { from, ...rotation } = await vault.rotateMaster(ACTOR);
      return { ...rotation, from: [...from], published: false };
    },
  );
  if (isJson(command)) command.print(JSON.stringify(answer));
  const { unchanged, secrets, place, to } = answer;
  if (unchanged) {
    command.say(
      `Everything is under the first key of ${place} already (${to}), so nothing was changed. Put a new key in front of it, then do this again.`,
    );
    return EXIT.ok;
  }
  command.say(
    `${secrets} ${secrets === 1 ? 'secret is' : 'secrets are'} under the master key ${to} now (${place}).`,
  );
  command.say('Backups of before need the former master key: keep it as long as you keep them.');
  command.say(
    offline ? OFFLINE_WORDS : publishedWords(answer.published, 'The gateways have the rulebook under it.'),
  );
  return EXIT.ok;
}

function shown({ provider, dialect, hint }: SealedCredential): Changed['keys'][number] {
  return { provider, dialect: dialect as ProviderKey['dialect'], hint };
}

function isJson({ format }: Command): boolean {
  return format === 'json' || format === 'ndjson';
}

const FIELDS = [
  'provider',
  'dialect',
  'place',
  'where',
  'state',
  'hint',
  'setAt',
  'setBy',
  'usedAt',
  'masterKey',
  'trouble',
] as const;

function render(command: Command, keys: readonly ProviderKey[]): string {
  switch (command.format) {
    case 'json':
      return JSON.stringify(keys, null, 2);
    case 'ndjson':
      return keys.map((key) => JSON.stringify(key)).join('\n');
    case 'csv':
      return renderCsv([[...FIELDS], ...keys.map((key) => FIELDS.map((field) => key[field]))]);
    case 'md':
      return renderMarkdown(sheet(keys));
    default:
      return [
        renderTable(sheet(keys), command.style),
        ...keys
          .filter(({ trouble }) => trouble !== '')
          .map(({ provider, trouble }) => `${provider}: ${trouble}`),
      ].join('\n');
  }
}

function sheet(keys: readonly ProviderKey[]): Sheet {
  const columns = ['Provider', 'Dialect', 'Key', 'State', 'Ends in', 'Set', 'By', 'Last used'].map(
    (header) => ({
      header,
      align: 'left' as const,
    }),
  );
  const minute = (instant: string | null): string => instant?.slice(0, 16).replace('T', ' ') ?? NONE;
  const rows = keys.map((key) => [
    key.provider,
    key.dialect,
    key.where === '' ? key.place : `${key.place} ${key.where}`,
    key.state,
    key.hint === '' ? NONE : `…${key.hint}`,
    minute(key.setAt),
    key.setBy || NONE,
    minute(key.usedAt),
  ]);
  return { columns, rows };
}
