/**
 * Credentials in the rulebook on disk: each is sealed for its own provider and for this version, so that neither a copy
 * of the file nor a credential moved to another provider is of use.
 */
import { open, seal, TENANT } from '../secrets/secrets.ts';
import type { SealedText, SealKey, SealPlace } from '../secrets/secrets.ts';

interface Provider {
  readonly name: string;
  readonly dialect: string;
  readonly secret: string | undefined;
}

/** A rulebook file of an earlier program has `secret` in clear, which is read as it stands; none is written. */
export type Sealed<Rule extends Provider> = Omit<Rule, 'secret'> & {
  readonly secret?: string;
  readonly sealed?: SealedText;
};

/** @param key undefined only where no provider has a credential. @throws Error when one has and there is no key. */
export function sealProviders<Rule extends Provider>(
  { providers, version }: { readonly providers: readonly Rule[]; readonly version: number },
  key: SealKey | undefined,
  randomBytes: (count: number) => Uint8Array,
): Array<Sealed<Rule>> {
  return providers.map((provider): Sealed<Rule> => {
    const { secret, ...rest } = provider;
    if (secret === undefined) return rest;
    if (key === undefined)
      throw new Error('a rulebook with credentials is not written without a key to seal them');
    return { ...rest, sealed: seal(secret, placeOf(provider, version), key, randomBytes) };
  });
}

/** @throws SealBroken when a credential does not open: then the rulebook before stays in force. */
export function unsealProviders<Rule extends Provider>(
  { providers, version }: { readonly providers: ReadonlyArray<Sealed<Rule>>; readonly version: number },
  keys: readonly SealKey[],
): Rule[] {
  return providers.map((provider) => {
    const { sealed, ...rest } = provider;
    const secret = sealed === undefined ? provider.secret : open(sealed, placeOf(provider, version), keys);
    return { ...rest, secret } as unknown as Rule;
  });
}

function placeOf({ name, dialect }: Pick<Provider, 'name' | 'dialect'>, version: number): SealPlace {
  return { tenant: TENANT, id: `provider/${name}/${dialect}`, version };
}
