import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { withOverrides } from '../prices/prices.ts';
import type { KeyRecord } from '../registry/registry.ts';
import { openRulebook, sealRulebook, unsealRulebook } from '../rulebook/rulebook.ts';
import type { RulebookFileData } from '../rulebook/rulebook.ts';
import { sealKeys, readMasterKeys } from '../secrets/secrets.ts';
import {
  compileRulebook,
  describeProviders,
  publishRulebook,
  readFingerprintKey,
  readRulebook,
  readSecrets,
  readSettings,
} from './operate.ts';
import type { RulebookParts, Settings } from './operate.ts';

const NOW_MS = Date.UTC(2026, 2, 1);

const KEY: KeyRecord = {
  id: 'aaaaaaaa',
  digest: 'd'.repeat(64),
  name: 'a',
  workflow: 'support',
  team: '',
  customer: '',
  tags: {},
  hint: 'wxyz',
  createdAtMs: NOW_MS - 1_000,
  expiresAtMs: undefined,
  revokedAtMs: undefined,
  environment: 'live',
  scope: undefined,
  parent: '',
  rotatedAtMs: undefined,
  former: [],
};

function settingsOf(yamlText = ''): Settings {
  return readSettings({ yamlText, environment: {}, flags: {} });
}

function secretsOf(settings: Settings, environment: Record<string, string>): ReadonlyMap<string, string> {
  return readSecrets({ settings, environment, readFile: () => 'from-file\n' }).secrets;
}

function parts(
  yamlText = '',
  environment: Record<string, string> = {},
  more: Partial<RulebookParts> = {},
): RulebookParts {
  const settings = settingsOf(yamlText);
  return {
    settings,
    secrets: secretsOf(settings, environment),
    keys: [],
    priceSeed: { version: 'test' },
    version: 1,
    nowMs: NOW_MS,
    ...more,
  };
}

describe('compiling', () => {
  it('serves unkeyed calls only on loopback and only while no key is active', () => {
    expect(compileRulebook(parts()).unkeyed).toBe(true);
    expect(compileRulebook(parts('gateway: {listen: "0.0.0.0:4000"}')).unkeyed).toBe(false);
    expect(compileRulebook(parts('', {}, { keys: [KEY] })).unkeyed).toBe(false);
    expect(compileRulebook(parts('', {}, { keys: [{ ...KEY, revokedAtMs: NOW_MS }] })).unkeyed).toBe(true);
    expect(compileRulebook(parts('', {}, { keys: [{ ...KEY, expiresAtMs: NOW_MS }] })).unkeyed).toBe(true);
  });

  it('carries the budgets in force; one of the settings stands before a decision of its id', () => {
    const yaml = (amount: string): string =>
      `budgets: [{name: Support, scope: {kind: team, value: CX}, amount: ${amount}, window: {kind: calendar, unit: month}}]`;
    const settled = settingsOf(yaml('500')).budgets;
    const others = settingsOf(yaml('900').replace('Support', 'Other')).budgets;
    expect(compileRulebook(parts()).budgets).toEqual([]);
    const decided = compileRulebook(parts('', {}, { budgets: [...settled, ...others] })).budgets ?? [];
    expect(decided.map(({ name, amount }) => [name, amount])).toEqual([
      ['Support', '500000000000000'],
      ['Other', '900000000000000'],
    ]);
    const both = compileRulebook(parts(yaml('700'), {}, { budgets: [...settled, ...others] })).budgets ?? [];
    expect(both.map(({ name, amount }) => [name, amount])).toEqual([
      ['Support', '700000000000000'],
      ['Other', '900000000000000'],
    ]);
    expect(both[0]?.id).toBe(decided[0]?.id); // another amount is the same count
    expect(openRulebook(compileRulebook(parts(yaml('700')))).budgets).toHaveLength(1);
  });

  it('carries active keys only', () => {
    const keys = [
      KEY,
      { ...KEY, id: 'bbbbbbbb', revokedAtMs: NOW_MS },
      { ...KEY, id: 'cccccccc', expiresAtMs: NOW_MS + 1 },
    ];
    expect(compileRulebook(parts('', {}, { keys })).keys.map(({ id }) => id)).toEqual([
      'aaaaaaaa',
      'cccccccc',
    ]);
  });

  it('lets the simulator answer everything only while no real provider can serve', () => {
    const route = (book: RulebookParts, model: string): string | undefined =>
      openRulebook(compileRulebook(book)).route('openai', model)?.provider.name;
    expect(route(parts(), 'gpt-4o')).toBe('simulator');
    expect(route(parts('', { OPENAI_API_KEY: 'sk' }), 'gpt-4o')).toBe('openai');
    expect(route(parts('', { OPENAI_API_KEY: 'sk' }), 'sim-small')).toBe('simulator');
    expect(route(parts('', { ANTHROPIC_API_KEY: 'sk' }), 'gpt-4o')).toBeUndefined();
    expect(route(parts('', { ANTHROPIC_API_KEY: 'sk' }), 'simulator/gpt-4o')).toBe('simulator');
    expect(route(parts('gateway: {passThroughKeys: true}'), 'gpt-4o')).toBe('openai');
    expect(route(parts('simulator: {enabled: never}'), 'sim-small')).toBeUndefined();
  });

  it('keeps the simulator out of a networked gateway with a real provider, unless it is asked for', () => {
    const yaml = 'gateway: {listen: "0.0.0.0:4000"}';
    const names = (text: string): string[] =>
      compileRulebook(parts(text, { OPENAI_API_KEY: 'sk' })).providers.map(({ name }) => name);
    expect(names(yaml)).toEqual(['openai']);
    expect(names(`${yaml}\nsimulator: {enabled: always}`)).toEqual(['simulator', 'simulator', 'openai']);
  });

  it('serves the models of a replay by the simulator', () => {
    const yaml = 'simulator: {replay: {file: a.csv, promptColumn: prompt, models: {recorded-large: answer}}}';
    const book = openRulebook(compileRulebook(parts(yaml, { OPENAI_API_KEY: 'sk' })));
    expect(book.route('openai', 'recorded-large')?.provider.simulated).toBe(true);
  });

  it('leaves out a provider whose credential is missing, and says so', () => {
    const settings = settingsOf();
    const { secrets, problems } = readSecrets({
      settings,
      environment: { OPENAI_API_KEY: ' sk-canary ' },
      readFile: () => '',
    });
    expect(problems).toEqual([
      {
        path: 'anthropic',
        message: 'the variable ANTHROPIC_API_KEY is not set, so this provider is not used',
      },
    ]);
    const views = describeProviders(settings, secrets);
    expect(views.map(({ name, credential, serving }) => [name, credential, serving])).toEqual([
      ['openai', 'set', true],
      ['anthropic', 'missing', false],
      ['simulator', 'not-needed', true],
      ['simulator', 'not-needed', true],
    ]);
    expect(JSON.stringify(views)).not.toContain('sk-canary');
  });

  it('reads credentials of files, trimmed, one per name and dialect', () => {
    const settings = settingsOf(
      'providers: [{name: a, dialect: openai, baseUrl: "https://a/v1", key: {file: /k}}, {name: a, dialect: anthropic, baseUrl: "https://a/v1", key: {env: K}}]',
    );
    const data = compileRulebook(parts('', {}, { settings, secrets: secretsOf(settings, { K: 'other' }) }));
    expect(data.providers.filter(({ name }) => name === 'a').map(({ secret }) => secret)).toEqual([
      'from-file',
      'other',
    ]);
  });

  it('lays the price overrides of the settings over the seed', () => {
    const yaml =
      'prices: {overrides: [{provider: openai, model: gpt-4o, rates: {freshIn: "1", textOut: "2"}}]}';
    const book = openRulebook(compileRulebook(parts(yaml)));
    expect(book.prices.version).not.toBe('test');
    const cost = book.prices.price({
      provider: 'openai',
      model: 'gpt-4o',
      usage: { freshIn: 10 },
      atMs: NOW_MS,
      serviceTier: '',
      geo: '',
    });
    expect(cost).toMatchObject({ kind: 'priced', total: 10_000_000n });
  });

  it('keeps what the seed itself overrides, such as the simulator’s prices', () => {
    const priceSeed = withOverrides({ version: 'test' }, [
      { provider: 'simulator', model: 'sim-*', rates: { freshIn: '3' } },
    ]);
    const yaml = 'prices: {overrides: [{provider: openai, model: gpt-4o, rates: {freshIn: "1"}}]}';
    const { prices } = compileRulebook(parts(yaml, {}, { priceSeed }));
    expect(prices.overrides?.map(({ provider }) => provider)).toEqual(
      expect.arrayContaining(['simulator', 'openai']),
    );
  });
});

const [SEAL_KEY] = sealKeys(readMasterKeys('ab'.repeat(32), 'test'), 'rulebook');

function sealed(...ask: Parameters<typeof parts>): RulebookFileData {
  return sealRulebook(compileRulebook(parts(...ask)), SEAL_KEY, randomBytes);
}

describe('publishing', () => {
  const place = (): { directory: string; file: string } => {
    const directory = mkdtempSync(join(tmpdir(), 'setpoint-publish-'));
    return { directory, file: join(directory, 'rulebook.json') };
  };

  it('writes a file that only its owner can read and that reads back the same', () => {
    const { directory, file } = place();
    expect(readRulebook(file)).toBeUndefined();
    const data = sealed('', { OPENAI_API_KEY: 'sk' }, { keys: [KEY] });
    publishRulebook(file, data);
    expect(readRulebook(file)).toEqual(JSON.parse(JSON.stringify(data)));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['rulebook.json']);
  });

  it('takes increasing versions only', () => {
    const { file } = place();
    publishRulebook(file, sealed('', {}, { version: 2 }));
    expect(() => publishRulebook(file, sealed('', {}, { version: 2 }))).toThrow(/2 cannot follow 2/);
    publishRulebook(file, sealed('', {}, { version: 3 }));
    expect(readRulebook(file)?.version).toBe(3);
  });

  it('leaves the old rulebook whole when the new one cannot be written', () => {
    const { directory, file } = place();
    publishRulebook(file, sealed());
    const before = readFileSync(file, 'utf8');
    const unwritable = { ...sealed('', {}, { version: 2 }), oops: 1n };
    expect(() => publishRulebook(file, unwritable)).toThrow(/BigInt/);
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readdirSync(directory)).toEqual(['rulebook.json']);
  });

  it.each(['', '{', '[]', 'null', '{"version":1}'])('refuses %j as a rulebook', (text) => {
    const { file } = place();
    writeFileSync(file, text);
    expect(() => readRulebook(file)).toThrow(/is no rulebook/);
  });
});

describe('credentials in the rulebook file', () => {
  const KEYS = {
    OPENAI_API_KEY: 'sk-openai-0123456789',
    ANTHROPIC_API_KEY: 'sk-ant-0123456789',
  };

  it('are sealed, and open to what was sealed', () => {
    const file = sealed('', KEYS);
    for (const key of Object.values(KEYS)) expect(JSON.stringify(file)).not.toContain(key);
    const opened = unsealRulebook(file, [SEAL_KEY!]);
    expect(opened).toEqual(compileRulebook(parts('', KEYS)));
  });

  it('do not open when two providers’ seals change places, or one is kept for a later version', () => {
    const file = sealed('', KEYS);
    const [first, second] = file.providers.filter((one) => one.sealed !== undefined);
    const swapped = file.providers.map((one) => {
      const other = one === first ? second : one === second ? first : undefined;
      return other?.sealed === undefined ? one : { ...one, sealed: other.sealed };
    });
    expect(() => unsealRulebook({ ...file, providers: swapped }, [SEAL_KEY!])).toThrow(
      /provider\/openai\/openai .*the seal of another secret or version/,
    );
    expect(() => unsealRulebook({ ...file, version: 2 }, [SEAL_KEY!])).toThrow(/does not open/);
  });

  it('in clear, as an earlier program wrote them, are read as they stand', () => {
    const clear = JSON.parse(JSON.stringify(compileRulebook(parts('', KEYS)))) as RulebookFileData;
    expect(unsealRulebook(clear, []).providers.map(({ secret }) => secret)).toContain(KEYS.OPENAI_API_KEY);
  });

  it('are never written without a key', () => {
    expect(() => sealRulebook(compileRulebook(parts('', KEYS)), undefined, randomBytes)).toThrow(
      /without a key/,
    );
    expect(sealRulebook(compileRulebook(parts()), undefined, randomBytes).providers.length).toBeGreaterThan(
      0,
    );
  });
});

describe('what rules look at', () => {
  it('rules, kept headers and the key of fingerprints are in the rulebook', () => {
    const rule = {
      id: 'desk',
      version: 2,
      order: 1,
      when: [{ sign: 'header:x-app', is: ['desk'] }],
      set: { workflow: 'desk' },
    } as const;
    const data = compileRulebook(
      parts(
        'attribution: {headers: [X-App, x-app, x-job]}',
        {},
        { attributionRules: [rule], fingerprintKey: 'ab' },
      ),
    );
    expect(data).toMatchObject({ attributionHeaders: ['x-app', 'x-job'], fingerprintKey: 'ab' });
    const filled = openRulebook(data).attribution?.fill(
      { workflow: '', team: '', customer: '' },
      {
        key: '',
        path: '',
        provider: '',
        account: '',
        region: '',
        model: '',
        modelRequested: '',
        fingerprint: '',
        tags: { 'header.x-app': 'desk' },
        startedAtMs: NOW_MS,
      },
    );
    expect(filled).toMatchObject({ workflow: 'desk', by: 'rule:desk@2' });
  });

  it('headers that hold a credential are refused', () => {
    for (const name of ['Authorization', 'cookie', 'X-Api-Key'])
      expect(() => settingsOf(`attribution: {headers: [${name}]}`)).toThrow(/credential/);
  });

  it('the key of fingerprints is made once, and is only its owner’s to read', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'setpoint-fingerprint-')), 'fingerprint.key');
    const made = readFingerprintKey(file, (count) => new Uint8Array(count).fill(7));
    expect(made).toBe('07'.repeat(32));
    expect(readFingerprintKey(file, (count) => new Uint8Array(count).fill(8))).toBe(made);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('a key that is none is refused: fingerprints by another key would match no rule', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'setpoint-fingerprint-')), 'fingerprint.key');
    writeFileSync(file, 'short');
    expect(() => readFingerprintKey(file, (count) => new Uint8Array(count))).toThrow(/no fingerprint key/);
  });
});
