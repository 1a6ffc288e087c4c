/**
 * Envelope encryption of credentials: each secret is sealed under a data key of its own (AES-256-GCM), the data key is
 * wrapped under the master key's sub-key, and both are bound to whose secret it is and to its version. So a new
 * master key means wrapping data keys anew, and a sealed text that is moved elsewhere does not open.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';

import type { SealKey } from './master-keys.ts';

/** A secret as it lies on disk. Base64url; `dek` and `text` are nonce, ciphertext and tag one after the other. */
export interface SealedText {
  /** Id of the master key that wraps the data key. */
  readonly key: string;
  readonly dek: string;
  readonly text: string;
}

/** What a sealed text is bound to: it opens for this and nothing else. */
export interface SealPlace {
  readonly tenant: string;
  /** `provider/openai/openai` */
  readonly id: string;
  readonly version: number;
}

/** An installation serves one tenant; the word is bound into every seal, so that a second one would be another. */
export const TENANT = 'main';

/** A sealed text that does not open; the message says which and what to do, and holds none of it. */
export class SealBroken extends Error {
  /** `unknown-key`: a master key that this process does not have (yet). `broken`: it was changed or moved. */
  readonly reason: 'unknown-key' | 'broken';
  constructor(reason: SealBroken['reason'], message: string) {
    super(message);
    this.name = 'SealBroken';
    this.reason = reason;
  }
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const DATA_KEY_BYTES = 32;

type RandomBytes = (count: number) => Uint8Array;

/** Seals a text under a fresh data key. */
export function seal(text: string, place: SealPlace, key: SealKey, randomBytes: RandomBytes): SealedText {
  const dataKey = randomBytes(DATA_KEY_BYTES);
  return {
    key: key.id,
    dek: encrypt(dataKey, key.bytes, bound(place, 'data key'), randomBytes),
    text: encrypt(Buffer.from(text, 'utf8'), dataKey, bound(place, 'secret'), randomBytes),
  };
}

/**
 * @param keys those that may have wrapped it, of the same purpose as it was sealed for
 * @throws SealBroken when it is under another master key, was changed, or belongs to another secret or version
 */
export function open(sealed: SealedText, place: SealPlace, keys: readonly SealKey[]): string {
  const dataKey = unwrap(sealed, place, keys);
  return decrypt(sealed.text, dataKey, bound(place, 'secret'), place).toString('utf8');
}

/** Wraps the data key under another key; the secret itself stays as it lies and is not opened. @throws SealBroken */
export function rewrap(
  sealed: SealedText,
  place: SealPlace,
  keys: readonly SealKey[],
  under: SealKey,
  randomBytes: RandomBytes,
): SealedText {
  const dataKey = unwrap(sealed, place, keys);
  return {
    key: under.id,
    dek: encrypt(dataKey, under.bytes, bound(place, 'data key'), randomBytes),
    text: sealed.text,
  };
}

function unwrap(sealed: SealedText, place: SealPlace, keys: readonly SealKey[]): Uint8Array {
  const key = keys.find(({ id }) => id === sealed.key);
  if (key === undefined)
    throw new SealBroken(
      'unknown-key',
      `The sealed secret ${place.id} is under the master key ${sealed.key}, which is not among those given (${keys.map(({ id }) => id).join(', ') || 'none'}). Give that key back, or set the secret anew.`,
    );
  return decrypt(sealed.dek, key.bytes, bound(place, 'data key'), place);
}

/** Every part with its length, so that no two places read the same. */
function bound({ tenant, id, version }: SealPlace, what: 'data key' | 'secret'): Buffer {
  return Buffer.from(
    [what, tenant, id, String(version)].map((part) => `${Buffer.byteLength(part)}:${part}`).join(''),
  );
}

function encrypt(plain: Uint8Array, key: Uint8Array, aad: Buffer, randomBytes: RandomBytes): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(aad);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  );
}

function decrypt(text: string, key: Uint8Array, aad: Buffer, place: SealPlace): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  try {
    const tagAt = bytes.length - TAG_BYTES;
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(aad)
      .setAuthTag(bytes.subarray(tagAt));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, tagAt)), decipher.final()]);
  } catch {
    throw new SealBroken(
      'broken',
      `The sealed secret ${place.id} (version ${place.version}) does not open: it was changed, or it is the seal of another secret or version put in its place. Set it anew, and find out who wrote there.`,
    );
  }
}
