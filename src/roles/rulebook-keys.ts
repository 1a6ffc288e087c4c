/**
 * How a gateway worker gets the keys that open the rulebook: from the master key where it can read it, else from control
 * by way of the supervisor, which passes them on and forgets nothing while it runs. Gateways run no command.
 */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';

import { MASTER_KEY_VARIABLE, openMasterKeys } from '../operate/operate.ts';
import type { Settings } from '../operate/operate.ts';
import { sealKeys } from '../secrets/secrets.ts';
import type { SealKey } from '../secrets/secrets.ts';
import type { RoleWorld } from './places.ts';
import { isRulebookKeys } from './publisher.ts';
import type { RulebookKeysMessage } from './publisher.ts';

/** The keys as they are now; asked whenever the rulebook file has changed, so that a new master key needs no restart. */
export type RulebookKeys = () => Promise<readonly SealKey[]>;

export function followRulebookKeys(
  settings: Settings,
  world: Pick<RoleWorld, 'environment' | 'onParentMessage' | 'tellParent'>,
): RulebookKeys {
  const { environment } = world;
  const given = (environment[MASTER_KEY_VARIABLE] ?? '') !== '';
  if (settings.masterKey.kind === 'command' && !given) {
    let keys: readonly SealKey[] = [];
    world.onParentMessage((message) => {
      if (isRulebookKeys(message)) keys = message.rulebookKeys.map(toKey);
    });
    world.tellParent({ [ASKING]: true }); // what was sent before anybody listened is lost
    return async () => keys;
  }
  const place = settings.masterKey.kind === 'command' ? ({ kind: 'default' } as const) : settings.masterKey;
  const masters = openMasterKeys({ data: settings.data, masterKey: place }, { environment, randomBytes });
  return async () => sealKeys((await masters.read()) ?? [], 'rulebook');
}

function toKey({ id, bytes }: RulebookKeysMessage['rulebookKeys'][number]): SealKey {
  return { id, bytes: Buffer.from(bytes, 'base64') };
}

const ASKING = 'asksForRulebookKeys';

export interface KeyRelay {
  /** What control says; other messages are left alone. */
  readonly onControl: (message: unknown) => void;
  /** What a gateway says: one that has just started asks, also while control is down. */
  readonly onGateway: (message: unknown, child: ChildProcess) => void;
}

export function createKeyRelay(): KeyRelay {
  let last: RulebookKeysMessage | undefined;
  const gateways = new Set<ChildProcess>();
  return {
    onControl(message) {
      if (!isRulebookKeys(message)) return;
      last = message;
      for (const gateway of gateways) tell(gateway, message);
    },
    onGateway(message, child) {
      if (typeof message !== 'object' || message === null || !(ASKING in message)) return;
      gateways.add(child);
      child.once('exit', () => gateways.delete(child));
      if (last !== undefined) tell(child, last);
    },
  };
}

/** One that is just ending cannot be told, and need not be. */
function tell(child: ChildProcess, message: RulebookKeysMessage): void {
  if (child.connected) child.send(message, () => undefined);
}
