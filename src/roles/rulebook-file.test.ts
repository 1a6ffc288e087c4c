import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { publishRulebook } from '../operate/operate.ts';
import { DEFAULT_LIMITS, sealRulebook } from '../rulebook/rulebook.ts';
import type { KeyRule, RulebookData } from '../rulebook/rulebook.ts';
import { createKeySecret, keyDigest, makeMasterKey, readMasterKeys, sealKeys } from '../secrets/secrets.ts';
import type { SealKey } from '../secrets/secrets.ts';
import { followRulebook } from './rulebook-file.ts';

const { id, secret } = createKeySecret(randomBytes);
const KEY: KeyRule = {
  id,
  digest: keyDigest(secret),
  workflow: '',
  team: '',
  customer: '',
  tags: {},
  expiresAtMs: undefined,
};

function newKey(): SealKey {
  return sealKeys(readMasterKeys(makeMasterKey(randomBytes), 'test'), 'rulebook')[0] as SealKey;
}

function data(version: number, keys: readonly KeyRule[], secretOfProvider = 'sk-upstream'): RulebookData {
  return {
    version,
    publishedAtMs: 0,
    unkeyed: false,
    passThroughKeys: false,
    providers: [
      {
        name: 'openai',
        dialect: 'openai',
        baseUrl: 'http://127.0.0.1:1/v1',
        secret: secretOfProvider,
        models: ['*'],
        aliases: {},
        priceProvider: 'openai',
        simulated: false,
        onClientGone: 'drain',
        streamUsage: 'ask',
        headers: {},
      },
    ],
    keys,
    workflows: [],
    limits: DEFAULT_LIMITS,
    prices: { version: 'test' },
  };
}

/** Workers that follow one file, and look when they are told to. */
async function follow(workers: number, keys: () => readonly SealKey[], path: string) {
  const said: string[] = [];
  return Promise.all(
    Array.from({ length: workers }, async () => {
      let release: () => void = () => undefined;
      let looked: () => void = () => undefined;
      let looks = 0;
      const file = await followRulebook({
        path,
        keys: async () => keys(),
        say: (text) => void said.push(text),
        pause: () => {
          looked();
          return new Promise((resolve) => (release = resolve));
        },
      });
      return {
        said,
        file,
        looks: () => looks,
        /** One look, and everything that follows from it. */
        look(): Promise<void> {
          looks += 1;
          return new Promise((resolve) => {
            looked = resolve; // it pauses again when it has looked
            release();
          });
        },
        serves: () => typeof file.current().findKey(secret, 0) === 'object',
        provider: () => file.current().providers[0]?.secret,
      };
    }),
  );
}

const place = (): string => join(mkdtempSync(join(tmpdir(), 'setpoint-follow-')), 'rulebook.json');

describe('a revocation', () => {
  it('is obeyed by every worker at its first look after the publication, and by none that has not looked', async () => {
    const key = newKey();
    const path = place();
    publishRulebook(path, sealRulebook(data(1, [KEY]), key, randomBytes));
    const workers = await follow(4, () => [key], path);
    expect(workers.map((worker) => worker.serves())).toEqual([true, true, true, true]);
    for (const worker of workers) await worker.look(); // nothing is new: nothing changes
    expect(workers.map((worker) => worker.serves())).toEqual([true, true, true, true]);
    publishRulebook(path, sealRulebook(data(2, []), key, randomBytes));
    for (const [index, worker] of workers.entries()) {
      expect(worker.serves()).toBe(true); // the control: without a look, the old rulebook holds
      await worker.look();
      expect([index, worker.serves(), worker.looks()]).toEqual([index, false, 2]);
    }
    for (const { file } of workers) file.stop();
  });
});

describe('credentials in the file', () => {
  it('change without a restart', async () => {
    const key = newKey();
    const path = place();
    publishRulebook(path, sealRulebook(data(1, [], 'first'), key, randomBytes));
    const [worker] = await follow(1, () => [key], path);
    expect(worker?.provider()).toBe('first');
    publishRulebook(path, sealRulebook(data(2, [], 'second'), key, randomBytes));
    await worker?.look();
    expect(worker?.provider()).toBe('second');
    worker?.file.stop();
  });

  it('under a key that is not there yet leave the old rulebook in force, and open at the look after it came', async () => {
    const [former, next] = [newKey(), newKey()];
    let keys = [former];
    const path = place();
    publishRulebook(path, sealRulebook(data(1, [KEY], 'first'), former, randomBytes));
    const [worker] = await follow(1, () => keys, path);
    publishRulebook(path, sealRulebook(data(2, [], 'second'), next, randomBytes));
    await worker?.look();
    await worker?.look();
    expect([worker?.provider(), worker?.serves()]).toEqual(['first', true]);
    expect(worker?.said.filter((text) => /old one stays.*not among those given/.test(text))).toHaveLength(1);
    keys = [next, former];
    await worker?.look();
    expect([worker?.provider(), worker?.serves()]).toEqual(['second', false]);
    worker?.file.stop();
  });

  it('that were moved from one provider to another are not taken', async () => {
    const key = newKey();
    const path = place();
    const two = (version: number): RulebookData => {
      const one = data(version, [], 'first');
      const other = { ...one.providers[0]!, name: 'groq', secret: 'other' };
      return { ...one, providers: [...one.providers, other] };
    };
    publishRulebook(path, sealRulebook(two(1), key, randomBytes));
    const [worker] = await follow(1, () => [key], path);
    const file = sealRulebook(two(2), key, randomBytes);
    const [first, second] = file.providers;
    const swapped = [
      { ...first!, sealed: second!.sealed! },
      { ...second!, sealed: first!.sealed! },
    ];
    publishRulebook(path, { ...file, providers: swapped });
    await worker?.look();
    expect(worker?.file.current().version).toBe(1);
    expect(worker?.said.at(-1)).toMatch(/provider\/openai\/openai.*the seal of another secret/);
    worker?.file.stop();
  });

  it('a broken file is said once and does no harm', async () => {
    const key = newKey();
    const path = place();
    publishRulebook(path, sealRulebook(data(1, [KEY]), key, randomBytes));
    const [worker] = await follow(1, () => [key], path);
    writeFileSync(path, '{');
    await worker?.look();
    await worker?.look();
    expect(worker?.serves()).toBe(true);
    expect(worker?.said.filter((text) => text.includes('the old one stays'))).toHaveLength(1);
    worker?.file.stop();
  });
});
