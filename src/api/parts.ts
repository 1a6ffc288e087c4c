/** What the API is built from; joined in main.ts. */
import type { AccountView, DecidedBudget } from '../budgets/budgets.ts';
import type { LedgerPoster } from '../ledger/posting.ts';
import type { LedgerReader } from '../ledger/question.ts';
import type {
  BackupAsk,
  ProviderSettings,
  ProviderView,
  Vault,
  Verification,
  Workspace,
} from '../operate/operate.ts';
import type { PriceBookData } from '../prices/prices.ts';
import type { KeyRecord, Registry } from '../registry/registry.ts';
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
  | 'workspace:read'
  | 'workspace:write'
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

export interface ApiParts {
  /** Absent: this API only reads. */
  readonly operating?: OperatingParts;
  readonly ledger: LedgerReader;
  /** Lines that no gateway wrote go into the ledger through this, and through nothing else. */
  readonly poster: LedgerPoster;
  readonly registry: Registry;
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

export interface ApiEnvironment {
  /** `holder` is the Setpoint key with which the caller came; undefined: the administrator, or nobody in particular. */
  Variables: { requestId: string; actor: string; holder: KeyRecord | undefined };
}
