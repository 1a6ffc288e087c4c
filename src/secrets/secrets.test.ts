import { randomBytes } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  createKeySecret,
  makeMasterKey,
  open,
  readKeyShape,
  readMasterKeys,
  rewrap,
  seal,
  SealBroken,
  sealKeys,
  TENANT,
} from './secrets.ts';
import type { SealPlace } from './secrets.ts';

describe('Setpoint keys', () => {
  it('have the documented shape and a checksum that holds, in any environment', () => {
    for (const environment of ['live', 'test', 'eu1'])
      for (let round = 0; round < 100; round += 1) {
        const { id, secret } = createKeySecret(randomBytes, { environment });
        expect(secret).toMatch(
          new RegExp(`^sp_${environment}_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$`),
        );
        expect(readKeyShape(secret)).toEqual({ kind: 'whole', environment, id });
      }
  });

  it('carry all 256 bits: the largest value fits and differs from its neighbour', () => {
    const all = createKeySecret((count) => new Uint8Array(count).fill(255)).secret;
    const nearly = createKeySecret((count) => new Uint8Array(count).fill(255, 0, count - 1)).secret;
    expect(all).not.toBe(nearly);
    expect(readKeyShape(all).kind).toBe('whole');
  });

  it('are made and read as the first version made them', () => {
    const former = 'sp_live_ZULz1cZm_0FAE0br7FNXNSiMwMIFF0C1t0KyYFUbUOkYEl9j0BPm_0Zkozg'; // kept from that version
    const bytes = (count: number): Uint8Array => new Uint8Array(count).map((_, index) => index * 7 + 1);
    expect(createKeySecret(bytes).secret).toBe(former);
    expect(readKeyShape(former)).toEqual({ kind: 'whole', environment: 'live', id: 'ZULz1cZm' });
    expect(readKeyShape(`${former.slice(0, -6)}000000`)).toEqual({ kind: 'mistyped' });
  });

  it('are no whole keys after any one-character change', () => {
    const { secret } = createKeySecret(randomBytes);
    fc.assert(
      fc.property(fc.nat(secret.length - 1), fc.constantFrom(...'0aZ_x9'), (at, character) => {
        fc.pre(secret[at] !== character);
        const shape = readKeyShape(secret.slice(0, at) + character + secret.slice(at + 1));
        expect(shape.kind).not.toBe('whole');
      }),
    );
  });

  it('have an environment that is a word', () => {
    expect(() => createKeySecret(randomBytes, { environment: 'a_b' })).toThrow(/lower-case/);
  });
});

const KEYS = readMasterKeys(`${makeMasterKey(randomBytes)},${makeMasterKey(randomBytes)}`, 'test');
const REGISTRY = sealKeys(KEYS, 'registry');
const PLACE: SealPlace = { tenant: TENANT, id: 'provider/openai/openai', version: 3 };
const SECRET = 'sk-proj-ümläut-0123456789';

describe('sealing', () => {
  const sealed = seal(SECRET, PLACE, REGISTRY[0]!, randomBytes);

  it('gives the text back for its own place, and shows none of it', () => {
    expect(open(sealed, PLACE, REGISTRY)).toBe(SECRET);
    expect(JSON.stringify(sealed)).not.toContain(SECRET.slice(0, 8));
    expect(Buffer.from(sealed.text, 'base64url').toString('latin1')).not.toContain('sk-proj');
  });

  it.each([
    ['another tenant', { ...PLACE, tenant: 'other' }],
    ['another secret', { ...PLACE, id: 'provider/anthropic/anthropic' }],
    ['another version', { ...PLACE, version: 2 }],
    [
      'parts that run together to the same text',
      { ...PLACE, tenant: `${TENANT}provider`, id: '/openai/openai' },
    ],
  ])('does not open for %s, and says so', (_, place) => {
    expect(() => open(sealed, place, REGISTRY)).toThrow(/was changed, or it is the seal of another secret/);
  });

  it('does not open under the sub-key of another purpose, nor under another master key', () => {
    expect(() => open(sealed, PLACE, sealKeys(KEYS, 'rulebook'))).toThrow(SealBroken);
    expect(() => open(sealed, PLACE, REGISTRY.slice(1))).toThrow(/not among those given/);
  });

  it('does not open after any one-bit change of any part', () => {
    fc.assert(
      fc.property(fc.constantFrom('dek' as const, 'text' as const), fc.nat(10_000), (part, bit) => {
        const bytes = Buffer.from(sealed[part], 'base64url');
        const at = bit % (bytes.length * 8);
        bytes[at >> 3]! ^= 1 << (at & 7);
        expect(() => open({ ...sealed, [part]: bytes.toString('base64url') }, PLACE, REGISTRY)).toThrow(
          SealBroken,
        );
      }),
    );
    for (const text of ['', 'AA', sealed.text.slice(0, 20)])
      expect(() => open({ ...sealed, text }, PLACE, REGISTRY)).toThrow(SealBroken);
  });

  it('never seals the same text the same way', () => {
    const twice = [1, 2].map(() => JSON.stringify(seal(SECRET, PLACE, REGISTRY[0]!, randomBytes)));
    expect(twice[0]).not.toBe(twice[1]);
  });

  it('is wrapped anew under the next master key without opening the secret', () => {
    const next = rewrap(sealed, PLACE, REGISTRY, REGISTRY[1]!, randomBytes);
    expect(next.text).toBe(sealed.text);
    expect(open(next, PLACE, REGISTRY.slice(1))).toBe(SECRET);
    expect(() => open(next, PLACE, REGISTRY.slice(0, 1))).toThrow(/not among those given/);
  });
});

describe('master keys', () => {
  it('are read in hex and base64, and the same bytes are the same key', () => {
    const hex = 'ab'.repeat(32);
    const base64 = Buffer.from(hex, 'hex').toString('base64');
    const [one, two] = readMasterKeys(`${hex}\n${base64}\n`, 'the file');
    expect(one.id).toBe(two?.id);
    expect(one.id).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each(['', '  \n', 'abc', 'zz'.repeat(32), `${'ab'.repeat(32)}0`])(
    'are refused where they are none: %j',
    (text) => {
      const word = text.trim();
      expect(() => readMasterKeys(text, 'the file')).toThrow(/the file/);
      if (word !== '') expect(() => readMasterKeys(text, 'the file')).not.toThrow(word);
    },
  );
});
