/** Secrets: the shape of Setpoint keys, and how the credentials of others are sealed. Pure. The front door. */
export { createKeySecret, DEFAULT_KEY_ENVIRONMENT, keyDigest, readKeyShape } from './setpoint-keys.ts';
export type { KeySecret, KeyShape } from './setpoint-keys.ts';
export { makeMasterKey, readMasterKeys, sealKeys } from './master-keys.ts';
export type { MasterKey, SealKey, SealPurpose } from './master-keys.ts';
export { open, rewrap, seal, SealBroken, TENANT } from './sealing.ts';
export type { SealedText, SealPlace } from './sealing.ts';
