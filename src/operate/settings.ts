/**
 * Settings: `setpoint.yaml` < environment `SETPOINT_*` < flags, checked once, at start. Pure: the text of the file,
 * the environment and the flags are arguments.
 */
import type { DecidedBudget } from '../budgets/budgets.ts';
import type { PriceOverride } from '../prices/prices.ts';
import { DEFAULT_LIMITS } from '../rulebook/rulebook.ts';
import type {
  ClientGonePolicy,
  DeploymentRule,
  Dialect,
  Limits,
  OverloadRule,
  WorkflowRule,
} from '../rulebook/rulebook.ts';
import { settledBudgets } from './budget-settings.ts';
import { fillInLedger } from './ledger-settings.ts';
import type { LedgerSettings } from './ledger-settings.ts';
import { meaningProblems } from './meaning.ts';
import { keyPart, keyPlace, masterKeyPlace } from './key-places.ts';
import type { KeyPartPlace, KeyPlace, MasterKeyPlace } from './key-places.ts';
import { explainIssues } from './problems.ts';
import type { SettingProblem } from './problems.ts';
import { presetOf } from './provider-file.ts';
import { fillInRegistry } from './registry-settings.ts';
import type { RegistrySettings } from './registry-settings.ts';
import { fillInOverload, fillInResilience } from './resilience.ts';
import type { ProviderResilience } from './resilience.ts';
import { parseListen, settingsSchema } from './schema.ts';
import type { Listen, ProviderFile, SettingsFile } from './schema.ts';
import { stopSettings } from './stopping.ts';
import { saidOf } from './said.ts';
import type { SaidSettings } from './said.ts';
import { readYaml } from './yaml.ts';

export interface ProviderSettings {
  readonly name: string;
  readonly dialect: Dialect;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly key: KeyPlace;
  readonly models: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  readonly priceProvider: string;
  readonly onClientGone: ClientGonePolicy;
  readonly streamUsage: 'ask' | 'never';
  readonly headers: Readonly<Record<string, string>>;
  /** Header that carries the credential as it is; undefined: the dialect's own way. */
  readonly keyHeader: string | undefined;
  /** The provider's account, project or subscription that pays. */
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly deployments: Readonly<Record<string, DeploymentRule>>;
  /** Private addresses that may be called for it: ranges, or `loopback`. */
  readonly allowPrivate: readonly string[];
  readonly resilience: ProviderResilience;
}

export interface SimulatorSettings {
  readonly enabled: 'auto' | 'always' | 'never';
  readonly listen: Listen;
  /** Multiplies its latencies: 1 is true to life, 0 answers at once. */
  readonly timeScale: number;
  readonly replay:
    | {
        readonly file: string;
        readonly promptColumn: string;
        readonly models: Readonly<Record<string, string>>;
      }
    | undefined;
}

/** Makes the data directory a demo: the demo company is loaded into it at the first start. */
export interface DemoSettings {
  readonly seed: string;
  /** DEMO_NOW, RFC 3339; then it is frozen: `this-month` means its month. Undefined: when it is first loaded. */
  readonly now: string | undefined;
}

export interface Settings {
  readonly gateway: {
    readonly listen: Listen;
    /** Undefined: as many as the machine carries. */
    readonly workers: number | undefined;
    readonly passThroughKeys: boolean;
    readonly durability: 'default' | 'strict';
    readonly stop: ReturnType<typeof stopSettings>;
  };
  readonly api: {
    readonly listen: Listen;
    /** Host names beside the loopback ones under which the API may be called. */
    readonly allowedHosts: readonly string[];
  };
  /** Directory of everything that is kept. */
  readonly data: string;
  /** Undefined: embedded, in the data directory. */
  readonly ledger: LedgerSettings | undefined;
  /** Undefined: SQLite in the data directory. */
  readonly registry: RegistrySettings | undefined;
  /** Where gateways of several machines share what budgets have left; undefined: there is one machine. */
  readonly sharedState: { readonly url: string; readonly password: KeyPartPlace | undefined } | undefined;
  readonly timeZone: string;
  readonly providers: readonly ProviderSettings[];
  readonly workflows: readonly WorkflowRule[];
  readonly priceOverrides: readonly PriceOverride[];
  /** Those that only this file can change. */
  readonly budgets: readonly DecidedBudget[];
  /** Lower-case names of headers that are kept as tags `header.<name>`. */
  readonly attributionHeaders: readonly string[];
  readonly limits: Limits;
  readonly overload: OverloadRule;
  readonly simulator: SimulatorSettings;
  /** Where calls are told on to; undefined: nowhere. */
  readonly telemetryExport:
    | {
        readonly endpoint: string;
        readonly signals: ReadonlyArray<'traces' | 'metrics'>;
        readonly headers: Readonly<Record<string, KeyPartPlace>>;
        /** As for a provider. */
        readonly allowPrivate: readonly string[];
      }
    | undefined;
  /** What the sealed credentials of providers are wrapped under. */
  readonly masterKey: MasterKeyPlace;
  /** Undefined: real calls only. */
  readonly demo: DemoSettings | undefined;
  /** Who said what, for people; absent where settings were made by hand. */
  readonly said?: SaidSettings;
}

interface Lever {
  readonly path: readonly [string] | readonly [string, string];
  readonly environment: string;
  readonly kind: 'text' | 'number' | 'boolean';
}

/** What the environment and the flags can set, beside the file. The key is the flag's name. */
export const SETTING_FLAGS = {
  gatewayListen: { path: ['gateway', 'listen'], environment: 'SETPOINT_GATEWAY_LISTEN', kind: 'text' },
  gatewayWorkers: { path: ['gateway', 'workers'], environment: 'SETPOINT_GATEWAY_WORKERS', kind: 'number' },
  passThroughKeys: {
    path: ['gateway', 'passThroughKeys'],
    environment: 'SETPOINT_PASS_THROUGH_KEYS',
    kind: 'boolean',
  },
  durability: { path: ['gateway', 'durability'], environment: 'SETPOINT_DURABILITY', kind: 'text' },
  apiListen: { path: ['api', 'listen'], environment: 'SETPOINT_API_LISTEN', kind: 'text' },
  data: { path: ['data'], environment: 'SETPOINT_DATA', kind: 'text' },
  ledgerUrl: { path: ['ledger', 'url'], environment: 'SETPOINT_LEDGER_URL', kind: 'text' },
  registryUrl: { path: ['registry', 'url'], environment: 'SETPOINT_REGISTRY_URL', kind: 'text' },
  timeZone: { path: ['timeZone'], environment: 'SETPOINT_TIME_ZONE', kind: 'text' },
  simulator: { path: ['simulator', 'enabled'], environment: 'SETPOINT_SIMULATOR', kind: 'text' },
  simulatorListen: { path: ['simulator', 'listen'], environment: 'SETPOINT_SIMULATOR_LISTEN', kind: 'text' },
  simulatorTimeScale: {
    path: ['simulator', 'timeScale'],
    environment: 'SETPOINT_SIMULATOR_TIME_SCALE',
    kind: 'number',
  },
  demoSeed: { path: ['demo', 'seed'], environment: 'SETPOINT_DEMO_SEED', kind: 'text' },
  demoNow: { path: ['demo', 'now'], environment: 'SETPOINT_DEMO_NOW', kind: 'text' },
} as const satisfies Record<string, Lever>;

export type SettingFlags = {
  readonly [flag in keyof typeof SETTING_FLAGS]?: string | number | boolean | undefined;
};

export interface SettingsSources {
  /** Text of `setpoint.yaml`; empty or undefined when there is none. */
  readonly yamlText?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: SettingFlags;
}

export type SettingsCheck =
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'problems'; readonly problems: readonly SettingProblem[] };

/** Settings that cannot be used; the message lists every problem, one a line. */
export class SettingsError extends Error {
  readonly problems: readonly SettingProblem[];
  constructor(problems: readonly SettingProblem[]) {
    super(
      `The settings cannot be used, so nothing was started:\n${problems.map(({ path, message }) => `  ${path}: ${message}`).join('\n')}`,
    );
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

/** @throws SettingsError when a setting is wrong or unknown. */
export function readSettings(sources: SettingsSources): Settings {
  const check = checkSettings(sources);
  if (check.kind === 'problems') throw new SettingsError(check.problems);
  return check.settings;
}

/** The settings, or everything that is wrong with them. */
export function checkSettings(sources: SettingsSources): SettingsCheck {
  const file = readYaml(sources.yamlText ?? '');
  if ('problem' in file) return { kind: 'problems', problems: [file.problem] };
  const { raw, origins } = overlay(file.raw, sources);
  const parsed = settingsSchema.safeParse(raw);
  if (!parsed.success) {
    const problems = explainIssues(parsed.error.issues, settingsSchema);
    return {
      kind: 'problems',
      problems: problems.map(({ path, message }) => ({ path: origins.get(path) ?? path, message })),
    };
  }
  const problems = meaningProblems(parsed.data);
  return problems.length > 0
    ? { kind: 'problems', problems }
    : { kind: 'settings', settings: { ...fillIn(parsed.data), said: saidOf(raw, file.raw, origins) } };
}

/** Lays environment, then flags, over the file, and notes who said what. */
function overlay(
  file: Record<string, unknown>,
  { environment, flags }: SettingsSources,
): { raw: Record<string, unknown>; origins: Map<string, string> } {
  const raw = structuredClone(file);
  const origins = new Map<string, string>();
  for (const [flag, lever] of Object.entries(SETTING_FLAGS)) {
    const said = environment[lever.environment];
    const flagged = flags[flag as keyof SettingFlags];
    if (flagged === undefined && (said === undefined || said === '')) continue;
    put(raw, lever.path, typed(flagged ?? said, lever.kind));
    const written = `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    origins.set(lever.path.join('.'), flagged === undefined ? lever.environment : written);
  }
  return { raw, origins };
}

function put(raw: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = '', second] = path;
  if (second === undefined) {
    raw[first] = value;
    return;
  }
  const inner = raw[first];
  raw[first] = { ...(typeof inner === 'object' && inner !== null ? inner : {}), [second]: value };
}

function typed(value: string | number | boolean | undefined, kind: Lever['kind']): unknown {
  if (typeof value !== 'string') return value;
  if (kind === 'number' && value.trim() !== '' && !Number.isNaN(Number(value))) return Number(value);
  if (kind === 'boolean' && /^(true|1|yes|on)$/i.test(value)) return true;
  if (kind === 'boolean' && /^(false|0|no|off)$/i.test(value)) return false;
  return value;
}

const DEFAULT_DEMO_SEED = 'harborline';

const BUILT_IN_PROVIDERS: readonly ProviderFile[] = [{ preset: 'openai' }, { preset: 'anthropic' }];

function fillIn(file: SettingsFile): Settings {
  const listen = (text: string | undefined, port: number): Listen =>
    parseListen(text ?? '') ?? { host: '127.0.0.1', port };
  const { gateway, api, simulator, limits } = file;
  return {
    gateway: {
      listen: listen(gateway?.listen, 4000),
      workers: gateway?.workers,
      passThroughKeys: gateway?.passThroughKeys ?? false,
      durability: gateway?.durability ?? 'default',
      stop: stopSettings(gateway),
    },
    api: { listen: listen(api?.listen, 4001), allowedHosts: api?.allowedHosts ?? [] },
    data: file.data ?? './.setpoint',
    ledger: fillInLedger(file),
    registry: fillInRegistry(file),
    sharedState: file.sharedState && {
      url: file.sharedState.url,
      password: file.sharedState.password && keyPart(file.sharedState.password),
    },
    timeZone: file.timeZone ?? 'UTC',
    providers: (file.providers ?? BUILT_IN_PROVIDERS).map(fillInProvider),
    workflows: (file.workflows ?? []).map(({ name, team, retrievalDelimiters }) => ({
      name,
      team: team ?? '',
      retrievalDelimiters: retrievalDelimiters ?? [],
    })),
    priceOverrides: (file.prices?.overrides ?? []) as PriceOverride[],
    budgets: settledBudgets(file.budgets, file.timeZone),
    attributionHeaders: [...new Set((file.attribution?.headers ?? []).map((name) => name.toLowerCase()))],
    limits: { ...DEFAULT_LIMITS, ...limits } as Limits,
    overload: fillInOverload(file.overload),
    simulator: {
      enabled: simulator?.enabled ?? 'auto',
      listen: listen(simulator?.listen, 4002),
      timeScale: simulator?.timeScale ?? 1,
      replay: simulator?.replay,
    },
    telemetryExport: fillInExport(file.telemetry?.export),
    masterKey: masterKeyPlace(file.secrets?.masterKey),
    demo: file.demo && { seed: file.demo.seed ?? DEFAULT_DEMO_SEED, now: file.demo.now },
  };
}

function fillInExport(
  setting: NonNullable<SettingsFile['telemetry']>['export'],
): Settings['telemetryExport'] {
  if (setting === undefined) return undefined;
  const { endpoint, signals = ['traces', 'metrics'], headers = {}, allowPrivate = [] } = setting;
  return {
    endpoint: endpoint.replace(/\/+$/, ''),
    signals,
    allowPrivate,
    headers: Object.fromEntries(Object.entries(headers).map(([name, place]) => [name, keyPart(place)])),
  };
}

function fillInProvider(provider: ProviderFile): ProviderSettings {
  const preset = presetOf(provider);
  const name = provider.name ?? provider.preset ?? '';
  return {
    name,
    dialect: provider.dialect ?? preset?.dialect ?? 'openai',
    baseUrl: (provider.baseUrl ?? preset?.baseUrl ?? '').replace(/\/+$/, ''),
    key: keyPlace(provider.key, preset?.keyVariable),
    models: provider.models ?? ['*'],
    aliases: provider.aliases ?? {},
    priceProvider: provider.priceProvider ?? preset?.priceProvider ?? name,
    onClientGone: provider.onClientGone ?? 'drain',
    streamUsage: provider.streamUsage ?? 'ask',
    // In small letters, so that they take the place of a client’s of the same name.
    headers: Object.fromEntries(
      Object.entries(provider.headers ?? {}).map(([header, value]) => [header.toLowerCase(), value]),
    ),
    keyHeader: (provider.keyHeader ?? preset?.keyHeader)?.toLowerCase(),
    account: provider.account,
    region: provider.region,
    allowPrivate: provider.allowPrivate ?? [],
    deployments: Object.fromEntries(
      Object.entries(provider.deployments ?? {}).map(([deployment, { model, mode }]) => [
        deployment,
        { model: model ?? '', mode: mode ?? 'standard' },
      ]),
    ),
    resilience: fillInResilience(provider),
  };
}
