/** From settings and secrets to the providers that the gateway may use. */
import type { Dialect, ProviderRule } from '../rulebook/rulebook.ts';
import { isLoopback } from './schema.ts';
import type { Vault } from './vault.ts';
import type { KeyPartPlace, KeyPlace } from './key-places.ts';
import type { ProviderSettings, Settings } from './settings.ts';

/** Credentials by provider (`secretName`). They live in memory only; the rulebook file has them sealed. */
export type Secrets = ReadonlyMap<string, string>;

export interface SecretsReading {
  readonly secrets: Secrets;
  /** What could not be read and why; a provider without its credential is left out, not fatal. */
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

/** A provider as people see it: where it is and whether it serves, never its credential. */
export interface ProviderView {
  readonly name: string;
  readonly dialect: Dialect;
  readonly baseUrl: string;
  readonly models: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  readonly priceProvider: string;
  readonly simulated: boolean;
  readonly credential: 'set' | 'missing' | 'not-needed' | 'from-client';
  readonly serving: boolean;
}

/** Providers may share a name over two dialects, and then have a credential each. */
export function secretName(provider: { readonly name: string; readonly dialect: string }): string {
  return `${provider.name}/${provider.dialect}`;
}

/**
 * Looks where the settings say that credentials are; one that was given to Setpoint itself (`sealed`) goes before. Reading
 * files is an argument.
 */
export function readSecrets(ask: {
  readonly settings: Settings;
  /** What the vault opened, and what it could not: such a provider is not served by an older key from elsewhere. */
  readonly sealed?: Awaited<ReturnType<Vault['open']>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
}): SecretsReading {
  const secrets = new Map<string, string>();
  const problems: { path: string; message: string }[] = [...(ask.sealed?.problems ?? [])];
  for (const provider of ask.settings.providers) {
    const { key } = provider;
    const name = secretName(provider);
    const sealed = ask.sealed?.secrets.get(name);
    if (sealed !== undefined) secrets.set(name, sealed);
    if (sealed !== undefined || key.kind === 'none' || problems.some(({ path }) => path === name)) continue;
    try {
      const read = readKey(key, ask);
      if ('secret' in read) secrets.set(name, read.secret);
      else problems.push({ path: provider.name, message: `${read.missing}, so this provider is not used` });
    } catch (error) {
      problems.push({
        path: provider.name,
        message: `its key could not be read (${error instanceof Error ? error.message : String(error)}), so this provider is not used`,
      });
    }
  }
  return { secrets, problems };
}

type Places = Pick<Parameters<typeof readSecrets>[0], 'environment' | 'readFile'>;

/** An access key of AWS becomes one text, as the gateway's signing reads it. */
function readKey(
  key: Exclude<KeyPlace, { kind: 'none' }>,
  places: Places,
): { secret: string } | { missing: string } {
  if (key.kind !== 'aws') return readPart(key, places);
  const parts: Record<string, string> = {};
  for (const name of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const) {
    const place = key[name];
    if (place === undefined) continue;
    const part = readPart(place, places);
    if ('missing' in part) return part;
    parts[name] = part.secret;
  }
  return { secret: JSON.stringify(parts) };
}

function readPart(place: KeyPartPlace, places: Places): { secret: string } | { missing: string } {
  const text = place.kind === 'env' ? places.environment[place.name] : places.readFile(place.path);
  const secret = (text ?? '').trim();
  if (secret !== '') return { secret };
  return {
    missing: place.kind === 'env' ? `the variable ${place.name} is not set` : `${place.path} is empty`,
  };
}

/**
 * The rules of every provider that can serve, in order: the simulator's own model names, then real providers in the
 * order of the settings. Only where no real provider can serve does the simulator answer every model.
 */
export function providerRules(settings: Settings, secrets: Secrets): ProviderRule[] {
  const real = settings.providers
    .filter((provider) => canServe(provider, settings, secrets))
    .map((provider) => toRule(provider, secrets));
  if (!simulatorRuns(settings, real.length > 0)) return real;
  return [...simulatorRules(settings, real.length === 0), ...real];
}

/**
 * Whether the simulator is started. `auto`: everywhere but in a gateway that the network can reach and that has a
 * real provider, where a mistyped model name must fail and not be answered by a simulation.
 */
export function simulatorRuns(settings: Settings, hasRealProvider: boolean): boolean {
  const { enabled } = settings.simulator;
  if (enabled !== 'auto') return enabled === 'always';
  return !hasRealProvider || isLoopback(settings.gateway.listen.host);
}

export function describeProviders(settings: Settings, secrets: Secrets): ProviderView[] {
  const rules = providerRules(settings, secrets);
  const simulators = rules
    .filter(({ simulated }) => simulated)
    .map((rule) => toView(rule, 'not-needed', true));
  const real = settings.providers.map((provider) =>
    toView(
      { ...provider, simulated: false },
      credential(provider, settings, secrets),
      canServe(provider, settings, secrets),
    ),
  );
  return [...real, ...simulators];
}

function toView(
  provider: Pick<
    ProviderRule,
    'name' | 'dialect' | 'baseUrl' | 'models' | 'aliases' | 'priceProvider' | 'simulated'
  >,
  state: ProviderView['credential'],
  serving: boolean,
): ProviderView {
  const { name, dialect, baseUrl, models, aliases, priceProvider, simulated } = provider;
  return { name, dialect, baseUrl, models, aliases, priceProvider, simulated, credential: state, serving };
}

function credential(
  provider: ProviderSettings,
  settings: Settings,
  secrets: Secrets,
): ProviderView['credential'] {
  if (secrets.has(secretName(provider))) return 'set';
  if (provider.key.kind === 'none') return 'not-needed';
  return settings.gateway.passThroughKeys ? 'from-client' : 'missing';
}

function canServe(provider: ProviderSettings, settings: Settings, secrets: Secrets): boolean {
  return credential(provider, settings, secrets) !== 'missing';
}

function toRule(provider: ProviderSettings, secrets: Secrets): ProviderRule {
  const { name, dialect, baseUrl, models, aliases, priceProvider, onClientGone, streamUsage, headers } =
    provider;
  const secret = secrets.get(secretName(provider));
  return {
    name,
    dialect,
    baseUrl,
    secret,
    models,
    aliases,
    priceProvider,
    simulated: false,
    onClientGone,
    streamUsage,
    headers,
    ...(provider.keyHeader !== undefined && { keyHeader: provider.keyHeader }),
    ...(provider.account !== undefined && { account: provider.account }),
    ...(provider.region !== undefined && { region: provider.region }),
    ...(provider.allowPrivate.length > 0 && { allowPrivate: provider.allowPrivate }),
    ...(Object.keys(provider.deployments).length > 0 && { deployments: provider.deployments }),
    ...provider.resilience,
  };
}

function simulatorRules(settings: Settings, answersAll: boolean): ProviderRule[] {
  const { port } = settings.simulator.listen;
  const host = reachable(settings.simulator.listen.host);
  const baseUrl = `http://${host.includes(':') ? `[${host}]` : host}:${port}/v1`;
  const models = [
    'sim-*',
    ...Object.keys(settings.simulator.replay?.models ?? {}),
    ...(answersAll ? ['*'] : []),
  ];
  return (['openai', 'anthropic'] as const).map((dialect) => ({
    name: 'simulator',
    dialect,
    baseUrl,
    secret: undefined,
    models,
    aliases: {},
    priceProvider: 'simulator',
    simulated: true,
    onClientGone: 'drain',
    streamUsage: 'ask',
    headers: {},
    allowPrivate: OWN_MACHINE,
  }));
}

/** The simulator is this program's own, wherever the settings let it listen: on the loopback, or in a private network. */
const OWN_MACHINE: readonly string[] = [
  'loopback',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
];

/** A server that listens on every address of a machine is called at its loopback. */
function reachable(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
}
