/** Reading a secret from its place, each time anew: what rotates there needs no restart here. */
import { readFileSync } from 'node:fs';

import type { KeyPartPlace } from './key-places.ts';

/**
 * @returns undefined where a variable is not set, or empty
 * @throws when the place is a file that cannot be read
 */
export function readSecretAt(
  place: KeyPartPlace,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (place.kind === 'file') return readFileSync(place.path, 'utf8').trim();
  const value = environment[place.name];
  return value === undefined || value === '' ? undefined : value;
}
