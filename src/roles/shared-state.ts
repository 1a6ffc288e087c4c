/** The shared state of several machines, where settings name one. Its client is loaded only then. */
import { readFileSync } from 'node:fs';

import type { Settings } from '../operate/operate.ts';
import type { SharedAuthority } from './budget-redis.ts';
import type { RoleWorld } from './places.ts';

/** @throws when the place of the password is named and holds none. */
export async function openSharedState(
  { sharedState }: Settings,
  world: Pick<RoleWorld, 'environment' | 'monotonicMs'>,
): Promise<SharedAuthority | undefined> {
  if (sharedState === undefined) return undefined;
  const { shareAuthority } = await import('./budget-redis.ts');
  const { url, password: place } = sharedState;
  const password = passwordAt(place, world.environment);
  if (password === '')
    throw new Error(
      `the password of sharedState was not found (${place?.kind === 'file' ? place.path : place?.name}), so budgets cannot be asked. Put it there, or take sharedState.password out of the settings.`,
    );
  return shareAuthority({ url, password, monotonicMs: world.monotonicMs });
}

function passwordAt(
  place: NonNullable<Settings['sharedState']>['password'],
  environment: RoleWorld['environment'],
): string | undefined {
  if (place === undefined) return undefined;
  return place.kind === 'env' ? (environment[place.name] ?? '') : readFileSync(place.path, 'utf8').trim();
}
