/** Where credentials are: settings hold the place, never the credential. */
import type { ProviderFile, SettingsFile } from './schema.ts';

export type KeyPlace =
  | { readonly kind: 'none' }
  | KeyPartPlace
  /** An access key of AWS, whose parts have a place each. */
  | {
      readonly kind: 'aws';
      readonly accessKeyId: KeyPartPlace;
      readonly secretAccessKey: KeyPartPlace;
      readonly sessionToken: KeyPartPlace | undefined;
    };

export type KeyPartPlace =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string };

/**
 * Where the master key is. `default`: the variable SETPOINT_MASTER_KEY, else a file in the data directory that is made
 * when it is first needed. `command`: what a program of the operator's prints, for example a client of a KMS.
 */
export type MasterKeyPlace =
  | { readonly kind: 'default' }
  | KeyPartPlace
  | { readonly kind: 'command'; readonly argv: readonly string[] };

/** @param usual the variable that usually holds the key of such a provider; undefined: none is needed. */
export function keyPlace(key: ProviderFile['key'], usual: string | undefined): KeyPlace {
  if (key === undefined) return usual === undefined ? { kind: 'none' } : { kind: 'env', name: usual };
  if (key === 'none') return { kind: 'none' };
  if (!('accessKeyId' in key)) return keyPart(key);
  return {
    kind: 'aws',
    accessKeyId: keyPart(key.accessKeyId),
    secretAccessKey: keyPart(key.secretAccessKey),
    sessionToken: key.sessionToken && keyPart(key.sessionToken),
  };
}

export function keyPart(place: { env: string } | { file: string }): KeyPartPlace {
  return 'env' in place ? { kind: 'env', name: place.env } : { kind: 'file', path: place.file };
}

export function masterKeyPlace(place: NonNullable<SettingsFile['secrets']>['masterKey']): MasterKeyPlace {
  if (place === undefined) return { kind: 'default' };
  return 'command' in place ? { kind: 'command', argv: place.command } : keyPart(place);
}
