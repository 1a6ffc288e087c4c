/** Setpoint keys as the gateway knows them: digests only, looked up without the key itself. */
import { timingSafeEqual } from 'node:crypto';

import { keyDigest, readKeyShape } from '../secrets/secrets.ts';
import type { KeyScope } from './key-scope.ts';

export interface KeyRule {
  readonly id: string;
  /** SHA-256 of the whole key, lower-case hex. */
  readonly digest: string;
  /** Digests of secrets that a rotation replaced, each until its overlap ends. Absent: none. */
  readonly former?: ReadonlyArray<{ readonly digest: string; readonly untilMs: number }>;
  /** Defaults for calls that do not say; an empty string is no default. */
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly expiresAtMs: number | undefined;
  /** What it may do; absent: all calls. */
  readonly scope?: KeyScope;
}

/**
 * What became of a credential.
 * - `mistyped`: it has the shape of a key and its checksum does not hold; it was not looked up.
 * - `expired`: the key has ended. `rotated`: this secret of the key was replaced and its overlap is over.
 * - undefined: no such key, or one that was revoked.
 */
export type KeyFinding = KeyRule | 'mistyped' | 'expired' | 'rotated' | undefined;

interface Entry {
  readonly key: KeyRule;
  readonly digest: Buffer;
  /** When this secret ends where the key goes on. */
  readonly untilMs: number;
}

/** Compiles the look-up of one rulebook. A key that was mistyped costs a checksum and no look-up. */
export function openKeys(keys: readonly KeyRule[]): (secret: string, atMs: number) => KeyFinding {
  const entries = new Map<string, Entry>();
  const add = (key: KeyRule, digest: string, untilMs: number): void =>
    void entries.set(digest, { key, digest: Buffer.from(digest, 'hex'), untilMs });
  for (const key of keys) {
    for (const { digest, untilMs } of key.former ?? []) add(key, digest, untilMs);
    add(key, key.digest, Infinity);
  }
  return (secret, atMs) => {
    if (readKeyShape(secret).kind === 'mistyped') return 'mistyped';
    const digest = keyDigest(secret);
    const entry = entries.get(digest);
    if (entry === undefined) return undefined;
    // The look-up compares parts of a digest, which tell nothing of a key. What decides takes the same time always.
    if (!sameBytes(Buffer.from(digest, 'hex'), entry.digest)) return undefined;
    if (entry.key.expiresAtMs !== undefined && entry.key.expiresAtMs <= atMs) return 'expired';
    return entry.untilMs <= atMs ? 'rotated' : entry.key;
  };
}

function sameBytes(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
