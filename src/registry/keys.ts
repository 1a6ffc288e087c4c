/**
 * Setpoint keys: `sp_live_<8-char id>_<43 base62 characters of 256 random bits>_<6-char checksum>`.
 * The checksum lets a mistyped or truncated key be refused, and a leaked one be recognised, without a look-up;
 * it is no secret. What is stored is the id and the SHA-256 digest: a slow hash adds nothing to 256 random bits.
 */
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX = 'sp_live_';
const ID_LENGTH = 8;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const SHAPE = /^sp_live_([0-9A-Za-z]{8})_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/;

export interface KeySecret {
  readonly id: string;
  /** The whole key, as the client sends it. Shown once, never stored. */
  readonly secret: string;
}

/** Makes a key from a source of cryptographically strong random bytes. */
export function createKeySecret(randomBytes: (count: number) => Uint8Array): KeySecret {
  const id = base62(randomBytes(16), ID_LENGTH); // 128 bits before the modulo, so that its bias is beyond measure
  const body = `${PREFIX}${id}_${base62(randomBytes(32), SECRET_LENGTH)}`;
  return { id, secret: `${body}_${checksum(body)}` };
}

/** @returns the id of a well-formed key whose checksum holds, else undefined. It says nothing about whether the key exists. */
export function parseKey(secret: string): { readonly id: string } | undefined {
  const id = SHAPE.exec(secret)?.[1];
  if (id === undefined) return undefined;
  const body = secret.slice(0, -(CHECKSUM_LENGTH + 1));
  return secret.endsWith(`_${checksum(body)}`) ? { id } : undefined;
}

function checksum(text: string): string {
  return digits(BigInt(crc32(text)), CHECKSUM_LENGTH);
}

function base62(bytes: Uint8Array, length: number): string {
  return digits(BigInt(`0x${Buffer.from(bytes).toString('hex')}`), length);
}

function digits(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let index = 0; index < length; index += 1) {
    text = (ALPHABET[Number(rest % 62n)] ?? '') + text;
    rest /= 62n;
  }
  return text;
}
