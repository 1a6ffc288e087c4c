/** Where keys and decisions are kept, when it is not the data directory. */
import { keyPart } from './key-places.ts';
import type { KeyPartPlace } from './key-places.ts';
import type { SettingsFile } from './schema.ts';

/** PostgreSQL: then there may be several controls, of which one leads. */
export interface RegistrySettings {
  /** Without a password. */
  readonly url: string;
  readonly password: KeyPartPlace;
}

/** A demo touches nothing outside its own directory, whatever the settings say. */
export function fillInRegistry({ registry, demo }: SettingsFile): RegistrySettings | undefined {
  if (registry?.url === undefined || demo !== undefined) return undefined;
  const { url, password = { env: 'SETPOINT_REGISTRY_PASSWORD' } } = registry;
  return { url, password: keyPart(password) };
}
