/**
 * Master keys: 256 bits each, from which a key of its own is derived for every purpose (HKDF-SHA-256), so that what
 * opens the rulebook does not open the registry. A text may hold several: the first seals, all of them open, which is
 * what a change of the master key needs.
 */
import { hkdfSync } from 'node:crypto';

/** What sub-keys are derived for. A sub-key of one purpose opens nothing of another. */
export type SealPurpose = 'registry' | 'rulebook';

export interface MasterKey {
  /** 16 hex digits that tell master keys apart; derived one way, no secret. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The key that wraps data keys, for one purpose. */
export interface SealKey {
  /** Of the master key that it comes from. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

const KEY_BYTES = 32;
const ID_BYTES = 8;
const MOST_KEYS = 16;

/**
 * Reads master keys, one a line or with commas between: 64 hex digits, or 32 bytes in base64.
 * @param place where they come from, for words; the text itself is never in an error
 * @throws Error when there is none, or one of them is no key
 */
export function readMasterKeys(text: string, place: string): readonly [MasterKey, ...MasterKey[]] {
  const words = text
    .split(/[\s,]+/)
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const [first, ...rest] = words.slice(0, MOST_KEYS).map((word, index) => {
    const bytes = keyBytes(word);
    if (bytes === undefined)
      throw new Error(
        `${place} holds no master key (entry ${index + 1}): write 64 hex digits or 32 bytes in base64, for example from "openssl rand -hex 32".`,
      );
    return toMasterKey(bytes);
  });
  if (first === undefined) throw new Error(`${place} is empty and should hold a master key.`);
  return [first, ...rest];
}

/** A new master key as text. */
export function makeMasterKey(randomBytes: (count: number) => Uint8Array): string {
  return Buffer.from(randomBytes(KEY_BYTES)).toString('hex');
}

/** The keys of a purpose, in the order of their master keys: the first one seals. */
export function sealKeys(masters: readonly MasterKey[], purpose: SealPurpose): SealKey[] {
  return masters.map(({ id, bytes }) => ({
    id,
    bytes: derive(bytes, `setpoint seal ${purpose}`, KEY_BYTES),
  }));
}

function toMasterKey(bytes: Uint8Array): MasterKey {
  return { id: Buffer.from(derive(bytes, 'setpoint master key id', ID_BYTES)).toString('hex'), bytes };
}

function derive(bytes: Uint8Array, info: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', bytes, new Uint8Array(0), info, length));
}

function keyBytes(word: string): Uint8Array | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(word)) return Buffer.from(word, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(word)) return undefined;
  return Buffer.from(word, 'base64');
}
