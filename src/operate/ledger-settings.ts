/** Where the ledger is kept, when it is not the data directory. */
import { keyPart } from './key-places.ts';
import type { KeyPartPlace } from './key-places.ts';
import type { SettingsFile } from './schema.ts';

/** A ClickHouse server: then several hosts may write to one ledger. */
export interface LedgerSettings {
  /** Without user and password. */
  readonly url: string;
  readonly database: string;
  readonly user: string | undefined;
  readonly password: KeyPartPlace | undefined;
  readonly cluster: string | undefined;
}

/** A demo touches nothing outside its own directory, whatever the settings say. */
export function fillInLedger({ ledger, demo }: SettingsFile): LedgerSettings | undefined {
  if (ledger?.url === undefined || demo !== undefined) return undefined;
  const { url, database = 'setpoint', user, password, cluster } = ledger;
  return { url, database, user, password: password && keyPart(password), cluster };
}
