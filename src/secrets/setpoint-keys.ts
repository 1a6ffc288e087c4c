/**
 * The shape of Setpoint keys: `sp_<environment>_<8-char id>_<43 base62 characters of 256 random bits>_<6-char checksum>`.
 * The checksum lets a mistyped or truncated key be refused, and a leaked one be recognised, without a look-up;
 * it is no secret. What is stored is the id and the SHA-256 digest: a slow hash adds nothing to 256 random bits.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 8;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const SHAPE = /^sp_([a-z0-9]{1,12})_([0-9A-Za-z]{8})_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/;

/** What an environment in a key may be: a word that people and secret scanners read, without meaning for the gateway. */
export const KEY_ENVIRONMENT = /^[a-z0-9]{1,12}$/;
export const DEFAULT_KEY_ENVIRONMENT = 'live';

export interface KeySecret {
  readonly id: string;
  /** The whole key, as the client sends it. Shown once, never stored. */
  readonly secret: string;
}

/**
 * What a credential looks like. It says nothing about whether the key exists.
 * - `whole`: the shape above, and its checksum holds.
 * - `mistyped`: the shape above, but its checksum does not hold: no key that was ever made.
 * - `other`: another shape; an older key may have it.
 */
export type KeyShape =
  | { readonly kind: 'whole'; readonly environment: string; readonly id: string }
  | { readonly kind: 'mistyped' }
  | { readonly kind: 'other' };

/**
 * Makes a key.
 * @param randomBytes a source of cryptographically strong bytes
 * @param of `id` where it is another secret of a key that exists (rotation)
 */
export function createKeySecret(
  randomBytes: (count: number) => Uint8Array,
  of: { readonly environment?: string | undefined; readonly id?: string | undefined } = {},
): KeySecret {
  const environment = of.environment ?? DEFAULT_KEY_ENVIRONMENT;
  if (!KEY_ENVIRONMENT.test(environment))
    throw new RangeError(
      `"${environment}" cannot stand in a key: write 1 to 12 lower-case letters or digits`,
    );
  const id = of.id ?? base62(randomBytes(16), ID_LENGTH); // 128 bits before the modulo, so that its bias is beyond measure
  const body = `sp_${environment}_${id}_${base62(randomBytes(32), SECRET_LENGTH)}`;
  return { id, secret: `${body}_${checksum(body)}` };
}

/** Reads a credential's shape, with no look-up and no secret compared. */
export function readKeyShape(secret: string): KeyShape {
  const match = SHAPE.exec(secret);
  if (match === null) return OTHER;
  const at = secret.length - CHECKSUM_LENGTH;
  if (secret.slice(at) !== checksum(secret.slice(0, at - 1))) return MISTYPED;
  return { kind: 'whole', environment: match[1] ?? '', id: match[2] ?? '' };
}

const OTHER: KeyShape = { kind: 'other' };
const MISTYPED: KeyShape = { kind: 'mistyped' };

/** SHA-256 of a Setpoint key, lower-case hex: the only form in which a key is kept. */
export function keyDigest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** CRC-32 in base 62, which six digits hold with room. In plain numbers: it stands on the path of every call. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let index = 0; index < CHECKSUM_LENGTH; index += 1) {
    digits = (ALPHABET[rest % 62] ?? '') + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

function base62(bytes: Uint8Array, length: number): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (let index = 0; index < length; index += 1) {
    text = (ALPHABET[Number(rest % 62n)] ?? '') + text;
    rest /= 62n;
  }
  return text;
}
