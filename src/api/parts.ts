/** What the API is built from; joined in main.ts. */
import type { AccountView, DecidedBudget } from '../budgets/budgets.ts';
import type { LedgerPoster } from '../ledger/posting.ts';
import type { LedgerReader } from '../ledger/question.ts';
import type { ProviderRule } from '../rulebook/rulebook.ts';
import type {
  BackupAsk,
  EffectiveSettings,
  ProviderSettings,
  ProviderView,
  Vault,
  Verification,
  Workspace,
} from '../operate/operate.ts';
import type { PriceBookData } from '../prices/prices.ts';
import type { KeyRecord, Registry, Standing } from '../registry/registry.ts';
import type { Backup, HealthReport } from './contract/operations.ts';

/** What a caller may do. A route without one of these cannot be mounted. */
export type Permission =
  | 'public'
  | 'ledger:read'
  | 'prices:read'
  | 'prices:write'
  | 'providers:read'
  | 'providers:write'
  | 'secrets:write'
  | 'invoices:read'
  | 'invoices:write'
  | 'attribution:read'
  | 'attribution:write'
  | 'budgets:read'
  | 'budgets:write'
  | 'forecasts:write'
  | 'views:read'
  | 'views:write'
  | 'workspace:read'
  | 'workspace:write'
  /** Sending a call through the gateway, which may cost money. */
  | 'calls:write'
  | 'keys:read'
  | 'keys:write'
  | 'anomalies:write'
  | 'operations:read'
  | 'operations:write'
  /** The administrator, or the holder of a Setpoint key: the route looks for the key itself. */
  | 'telemetry:write';

/**
 * Who is asked for a login. On loopback, the machine's own user is the administrator. `holderOf` finds the active key of
 * a credential, so that a Setpoint key made for it may ask the API; who shows one is its holder and no more, on loopback too.
 */
export type Access = (
  | { readonly kind: 'loopback' }
  | { readonly kind: 'token'; readonly adminToken: string }
) & { readonly holderOf?: (secret: string) => Promise<KeyRecord | undefined> };

export interface HealthPart {
  readonly name: string;
  readonly ready: boolean;
  /** What is wrong and what to do; empty when all is well. Holds nothing of the configuration. */
  readonly detail: string;
}

/** What only the process that looks after the data can do. */
export interface OperatingParts {
  verify(): Promise<Verification>;
  /** @throws RangeError when the directory cannot take one. */
  backUp(ask: BackupAsk): Promise<Backup>;
  /** Where a backup is made: as asked, or a new place below the data; undefined: not there. */
  backupDirectory(asked: string | undefined): string | undefined;
  /** Of the data directory's file system; undefined where it cannot be asked. */
  disk(): Promise<{ readonly freeBytes: number; readonly totalBytes: number } | undefined>;
  /** Asks the supervisor to take the settings in anew; absent where there is none. */
  readonly reload?: (() => void) | undefined;
  /** What became of the last reload; undefined where no supervisor runs. */
  lastReload(): HealthReport['reload'] | undefined;
}

/** One gateway process of this machine, as it last said that it stands. */
export interface WorkerStanding {
  /** The name of its journal's writer: `gateway-1`. */
  readonly slot: string;
  readonly pid: number;
  readonly atMs: number;
  readonly startedAtMs: number;
  /** `draining`: it takes no more calls and finishes those under way. */
  readonly state: 'serving' | 'draining';
  /** Calls under way. */
  readonly inFlight: number;
  /** Version of the rulebook that it obeys. */
  readonly rulebook: number;
  readonly rulebookAgeSeconds: number;
  /** `open`, or why its journal cannot be written. */
  readonly journal: string;
  readonly syncLagMs: number;
  /** The step of its overload ladder. */
  readonly overload: string;
  readonly busyShare: number;
  readonly memoryShare: number;
  /** What lies in journals of this machine and is not in the ledger yet. */
  readonly spoolBytes: number;
  readonly spoolShare: number;
  /** Routes that it does not ask now, since they failed again and again. */
  readonly brokenRoutes: ReadonlyArray<{
    readonly provider: string;
    readonly dialect: string;
    readonly model: string;
  }>;
}

/** What of the rulebook in force can be shown: no credential is in it. */
export interface GatewayRules {
  readonly version: number;
  readonly publishedAtMs: number;
  /** Calls without a key are served. */
  readonly unkeyed: boolean;
  readonly providers: ReadonlyArray<
    Pick<
      ProviderRule,
      'name' | 'dialect' | 'models' | 'aliases' | 'fallbacks' | 'priceProvider' | 'simulated'
    >
  >;
}

/** A call of the playground: to the gateway of this installation and to nowhere else. */
export interface GatewayAsk {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
export interface GatewayAnswer {
  readonly status: number;
  /** The call's id in the ledger; empty where the gateway refused before it had one. */
  readonly call: string;
  readonly text: string;
}

export interface ApiParts {
  /** Absent: this API only reads. */
  readonly operating?: OperatingParts;
  readonly ledger: LedgerReader;
  /** Lines that no gateway wrote go into the ledger through this, and through nothing else. */
  readonly poster: LedgerPoster;
  readonly registry: Registry;
  /** Whether this control leads, so that it may write; absent: it is alone. */
  readonly standing?: () => ControlStanding;
  /** Compiles and publishes the next rulebook; called after each decision. */
  readonly publish: () => Promise<void>;
  /** Parts beside the ledger whose readiness counts. */
  readonly health: () => Promise<readonly HealthPart[]>;
  readonly providers: () => readonly ProviderView[];
  /** Credentials that were given to Setpoint itself; absent: this API takes none. */
  readonly vault?: Vault;
  /** Providers of the settings with the places of their credentials. */
  readonly providerSettings?: ReadonlyArray<Pick<ProviderSettings, 'name' | 'dialect' | 'key'>>;
  /** Where the gateway of the same settings listens. */
  readonly gateway?: { readonly host: string; readonly port: number };
  /** The rulebook in force; undefined: none is published, absent: this API was not told. */
  readonly rules?: () => GatewayRules | undefined;
  /** Gateway processes of this machine; absent: this process is told of none. */
  readonly workers?: () => readonly WorkerStanding[];
  /** Sends a call to the gateway. Absent: no gateway is known. @throws when it does not answer. */
  readonly callGateway?: (ask: GatewayAsk) => Promise<GatewayAnswer>;
  /** The settings in force and who said each; absent: this API was not told. */
  readonly effectiveSettings?: () => EffectiveSettings;
  /** The team that owns a workflow by the settings; empty when they do not say. */
  readonly teamOf?: (workflow: string) => string;
  /** Budgets of the settings, which only the settings change. */
  readonly settledBudgets?: readonly DecidedBudget[];
  /** What the budget authority counts now. Absent, or throwing: it cannot be asked. */
  readonly budgetAccounts?: () => readonly AccountView[];
  /** Headers that the gateway keeps of each call, lower case. */
  readonly attributionHeaders?: readonly string[];
  /** What the data directory holds; absent: real calls. */
  readonly workspace?: () => Workspace;
  /** Stops everything and takes the demo's data away; absent where this process cannot. */
  readonly wipe?: () => void;
  /** The price book in force. */
  readonly priceBook: () => PriceBookData;
  /** The FOCUS requirements model that was added, as text; undefined where none was. */
  readonly focusModel?: () => Promise<string | undefined>;
  /** Where calls are told on to, and how that goes; absent: nowhere. */
  readonly telemetryExport?: () => {
    readonly endpoint: string;
    readonly signals: ReadonlyArray<'traces' | 'metrics'>;
    readonly lines: number;
    readonly last: string | null;
    readonly trouble: string;
  };
  /** Reporting time zone where a question names none. */
  readonly timeZone: string;
  readonly now: () => number;
  /** The clock itself, where `now` is the frozen one of a demo; absent: `now`. */
  readonly clockMs?: () => number;
  /** Waits; absent: as long as it says. */
  readonly pause?: (ms: number) => Promise<void>;
  readonly access: Access;
  /** Host names beside the loopback ones under which the API may be called, without ports. Empty and with a login: any. */
  readonly allowedHosts: readonly string[];
  /** Directory of the built web app; undefined or absent: a short built-in page. */
  readonly webDirectory?: string | undefined;
  /** Told of failures that the caller only gets a request id for. */
  readonly onTrouble?: (trouble: { readonly requestId: string; readonly error: unknown }) => void;
  /** How often a live tail looks for new lines. */
  readonly tailIntervalMs?: number;
}

/** `alone`: with SQLite there is one control. */
export type ControlStanding = Standing | { readonly kind: 'alone' };

export interface ApiEnvironment {
  /** `holder` is the Setpoint key with which the caller came; undefined: the administrator, or nobody in particular. */
  Variables: { requestId: string; actor: string; holder: KeyRecord | undefined; standing: ControlStanding };
}
