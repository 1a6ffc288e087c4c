/** Where each provider's credential is: what the vault keeps, and what the settings name. Never the credential. */
import type { Dialect } from '../rulebook/rulebook.ts';
import type { KeyPlace } from './key-places.ts';
import { secretName } from './providers.ts';
import type { ProviderSettings } from './settings.ts';
import type { SealedCredential } from './vault.ts';

export interface CredentialView {
  readonly provider: string;
  readonly dialect: Dialect;
  /** `sealed`: given to Setpoint itself, which goes before the place that the settings name. */
  readonly place: 'sealed' | 'env' | 'file' | 'none';
  /** The variable or the path; empty where the place has none. */
  readonly where: string;
  readonly state: 'set' | 'missing' | 'unreadable' | 'not-needed';
  readonly hint: string;
  readonly setAt: string | null;
  readonly setBy: string;
  readonly masterKey: string;
  readonly trouble: string;
}

/** @param isSet whether a place of the settings holds a credential, by `secretName` */
export function describeCredentials(
  providers: ReadonlyArray<Pick<ProviderSettings, 'name' | 'dialect' | 'key'>>,
  sealed: readonly SealedCredential[],
  isSet: (name: string) => boolean,
): CredentialView[] {
  const kept = new Map(sealed.map((one) => [secretName({ ...one, name: one.provider }), one]));
  return providers.map(({ name, dialect, key }) => {
    const own = kept.get(secretName({ name, dialect }));
    const rest = own === undefined ? ofSettings(key, isSet(secretName({ name, dialect }))) : ofVault(own);
    return { provider: name, dialect, ...rest };
  });
}

type Rest = Omit<CredentialView, 'provider' | 'dialect'>;

function ofVault({ hint, setAtMs, actor, masterKey, trouble }: SealedCredential): Rest {
  const state = trouble === '' ? 'set' : 'unreadable';
  const setAt = new Date(setAtMs).toISOString();
  return { place: 'sealed', where: '', state, hint, setAt, setBy: actor, masterKey, trouble };
}

function ofSettings(key: KeyPlace, set: boolean): Rest {
  const nothing = { hint: '', setAt: null, setBy: '', masterKey: '', trouble: '' };
  if (key.kind === 'none') return { place: 'none', where: '', state: 'not-needed', ...nothing };
  const part = key.kind === 'aws' ? key.accessKeyId : key;
  const where = part.kind === 'env' ? part.name : part.path;
  return { place: part.kind, where, state: set ? 'set' : 'missing', ...nothing };
}
