import { describe, expect, it } from 'vitest';

import { seedPriceBook } from '../prices/prices.ts';
import { PRESET_NAMES, PRESETS } from './presets.ts';
import type { Preset } from './presets.ts';
import { describeProviders, providerRules } from './providers.ts';
import { checkSettings, readSettings } from './settings.ts';
import type { Settings } from './settings.ts';

function read(yamlText: string): Settings {
  return readSettings({ yamlText, environment: {}, flags: {} });
}

function problemsOf(yamlText: string): string[] {
  const check = checkSettings({ yamlText, environment: {}, flags: {} });
  return check.kind === 'settings' ? [] : check.problems.map(({ path, message }) => `${path}: ${message}`);
}

/** They run on machines of one's own, so no list has their prices. */
const WITHOUT_LIST = new Set(['ollama', 'vllm']);

describe('presets', () => {
  it.each(PRESET_NAMES)('%s makes a provider', (name) => {
    const preset: Preset = PRESETS[name];
    const address = preset.baseUrl === '' ? `, baseUrl: "${preset.example}"` : '';
    const [provider] = read(`providers: [{preset: ${name}${address}}]`).providers;
    expect(provider).toMatchObject({
      name,
      dialect: preset.dialect,
      baseUrl: preset.baseUrl === '' ? preset.example : preset.baseUrl,
      priceProvider: preset.priceProvider,
      key: preset.keyVariable === undefined ? { kind: 'none' } : { kind: 'env', name: preset.keyVariable },
    });
  });

  it('name providers that the price list has', async () => {
    const listed = new Set((await seedPriceBook()).providers?.map(({ id }) => id));
    const unlisted = PRESET_NAMES.filter((name) => !listed.has(PRESETS[name].priceProvider));
    expect(new Set(unlisted)).toEqual(WITHOUT_LIST);
  });

  it('are without settings what they were: OpenAI and Anthropic', () =>
    expect(read('').providers.map(({ name, baseUrl }) => [name, baseUrl])).toEqual([
      ['openai', 'https://api.openai.com/v1'],
      ['anthropic', 'https://api.anthropic.com/v1'],
    ]));

  it('yield to what an entry says itself', () => {
    const [provider] = read(
      'providers: [{preset: groq, name: fast, baseUrl: "https://proxy/v1", key: {env: OTHER}, priceProvider: own, keyHeader: X-Key, account: team-7, region: eu}]',
    ).providers;
    expect(provider).toMatchObject({
      name: 'fast',
      baseUrl: 'https://proxy/v1',
      key: { kind: 'env', name: 'OTHER' },
      priceProvider: 'own',
      keyHeader: 'x-key',
      account: 'team-7',
      region: 'eu',
    });
    const rules = providerRules(
      read(
        'providers: [{preset: azure-v1, baseUrl: "https://r/openai/v1", key: none}]\nsimulator: {enabled: never}',
      ),
      new Map(),
    );
    expect(rules[0]).toMatchObject({ name: 'azure-v1', dialect: 'openai', keyHeader: 'api-key' });
  });

  it.each([
    [
      'providers: [{preset: azure}]',
      /^providers\[0\]\.baseUrl: this address is your own; write for example https:/,
    ],
    ['providers: [{name: a, dialect: openai}]', /^providers\[0\]\.baseUrl: write its address/],
    ['providers: [{name: a, baseUrl: "https://a/v1"}]', /^providers\[0\]\.dialect: say which API it speaks/],
    ['providers: [{dialect: openai, baseUrl: "https://a/v1"}]', /^providers\[0\]\.name: give it a name/],
    ['providers: [{preset: groqq}]', /^providers\[0\]\.preset: /],
    ['providers: [{preset: groq}, {preset: groq}]', /^providers\[1\]\.name: "groq" is there twice/],
  ])('%s says what is missing', (yaml, message) => {
    const problems = problemsOf(yaml);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  it('are shown with where their key must be', () => {
    const views = describeProviders(read('providers: [{preset: mistral}]'), new Map());
    expect(views[0]).toMatchObject({ name: 'mistral', credential: 'missing', serving: false });
  });
});
