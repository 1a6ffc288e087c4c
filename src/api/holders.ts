/** Whose key a credential is: looked up in the registry, so that a revocation holds at once. */
import type { KeyRecord, Registry } from '../registry/registry.ts';
import { secretState } from '../registry/registry.ts';
import { keyDigest, readKeyShape } from '../secrets/secrets.ts';

/** @returns the key while this secret of it is active, else undefined. */
export async function findHolder(
  registry: Pick<Registry, 'keys'>,
  secret: string,
  nowMs: number,
): Promise<KeyRecord | undefined> {
  if (readKeyShape(secret).kind === 'mistyped') return undefined;
  const digest = keyDigest(secret);
  const key = await registry.keys.find(digest);
  return key !== undefined && secretState(key, digest, nowMs) === 'active' ? key : undefined;
}
