/** Places of secrets, which settings hold in place of the secrets themselves. */
import type { Preset } from './presets.ts';
import type { ProviderFile } from './schema.ts';

export type KeyPartPlace =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string };

export function keyPart(place: { env: string } | { file: string }): KeyPartPlace {
  return 'env' in place ? { kind: 'env', name: place.env } : { kind: 'file', path: place.file };
}

/** Where a provider's credential is. Settings hold the place, never the credential. */
export type KeyPlace =
  | { readonly kind: 'none' }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  /** An access key of AWS, whose parts have a place each. */
  | {
      readonly kind: 'aws';
      readonly accessKeyId: KeyPartPlace;
      readonly secretAccessKey: KeyPartPlace;
      readonly sessionToken: KeyPartPlace | undefined;
    };

export function keyPlace(key: ProviderFile['key'], preset: Preset | undefined): KeyPlace {
  if (key === undefined)
    return preset?.keyVariable === undefined ? { kind: 'none' } : { kind: 'env', name: preset.keyVariable };
  if (key === 'none') return { kind: 'none' };
  if (!('accessKeyId' in key)) return keyPart(key);
  return {
    kind: 'aws',
    accessKeyId: keyPart(key.accessKeyId),
    secretAccessKey: keyPart(key.secretAccessKey),
    sessionToken: key.sessionToken && keyPart(key.sessionToken),
  };
}
