/** Setpoint keys, and the credentials of providers. */
import type { CreatedKey, KeyList, NewKey, NewRotation, RevokedKey } from '../contract/keys.ts';
import type { MasterRotated, NewProviderKey, ProviderKeyList, ProviderKeysSet } from '../contract/secrets.ts';
import type { Reach } from './reach.ts';

export function keyCalls({ get, post, put, remove }: Reach) {
  return {
    keys: (ask: { limit?: number; cursor?: string } = {}): Promise<KeyList> => get('/keys', ask),
    createKey: (key: NewKey, idempotencyKey?: string): Promise<CreatedKey> =>
      post('/keys', key, idempotencyKey),
    rotateKey: (id: string, rotation: NewRotation, idempotencyKey?: string): Promise<CreatedKey> =>
      post(`/keys/${encodeURIComponent(id)}/rotation`, rotation, idempotencyKey),
    revokeKey: (id: string, ask: { reason?: string } = {}): Promise<RevokedKey> =>
      remove(`/keys/${encodeURIComponent(id)}`, ask),
    providerKeys: (): Promise<ProviderKeyList> => get('/providers/keys'),
    setProviderKey: (name: string, key: NewProviderKey): Promise<ProviderKeysSet> =>
      put(`/providers/${encodeURIComponent(name)}/key`, key),
    removeProviderKey: (name: string, ask: { dialect?: string } = {}): Promise<ProviderKeysSet> =>
      remove(`/providers/${encodeURIComponent(name)}/key`, ask),
    rotateMaster: (): Promise<MasterRotated> => post('/secrets/master-rotation', {}),
  };
}
