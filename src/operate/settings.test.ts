import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { grantsOf, judgeAddress, literalAddress } from '../gateway/egress/addresses.ts';
import { DEFAULT_LIMITS } from '../rulebook/rulebook.ts';
import { checkSettings, providerRules, readSettings, SETTING_FLAGS, SettingsError } from './operate.ts';
import type { SettingFlags, Settings } from './operate.ts';

function read(
  yamlText: string,
  environment: Record<string, string> = {},
  flags: SettingFlags = {},
): Settings {
  return readSettings({ yamlText, environment, flags });
}

function problemsOf(
  yamlText: string,
  environment: Record<string, string> = {},
  flags: SettingFlags = {},
): string[] {
  const check = checkSettings({ yamlText, environment, flags });
  return check.kind === 'problems' ? check.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

describe('budgets in the file', () => {
  const WINDOW = 'window: {kind: calendar, unit: month}';
  const ONE = `{name: Support, scope: {kind: team, value: CX}, amount: 500, ${WINDOW}}`;

  it('are filled in as those of the API are, in the time zone of the file', () => {
    const { budgets } = read(`timeZone: Europe/Zurich\nbudgets: [${ONE}]`);
    expect(budgets).toMatchObject([
      {
        id: 'support',
        amount: '500000000000000',
        mode: 'hard',
        window: { kind: 'calendar', unit: 'month', timeZone: 'Europe/Zurich' },
      },
    ]);
  });

  it('that make no sense are refused at their place', () => {
    expect(problemsOf(`budgets: [${ONE}, ${ONE}]`)).toEqual([
      expect.stringMatching(/^budgets\[1\]\.name: "support" is there twice/),
    ]);
    expect(
      problemsOf(`budgets: [${ONE.replace('500', '-1').replace('}}', '}, onAuthorityLoss: open}')}]`),
    ).toEqual([
      expect.stringMatching(/^budgets\[0\]\.amount: must be above zero/),
      expect.stringMatching(/^budgets\[0\]\.onAuthorityLoss: a hard budget never/),
    ]);
    expect(problemsOf(`budgets: [${ONE.replace('amount', 'ammount')}]`).join()).toContain(
      'did you mean "amount"?',
    );
  });
});

describe('settings without a file', () => {
  it('are those of a newcomer', () => {
    const settings = readSettings({ environment: {}, flags: {} });
    expect(settings).toMatchObject({
      gateway: {
        listen: { host: '127.0.0.1', port: 4000 },
        workers: undefined,
        passThroughKeys: false,
        durability: 'default',
      },
      api: { listen: { host: '127.0.0.1', port: 4001 } },
      data: './.setpoint',
      sharedState: undefined,
      timeZone: 'UTC',
      limits: DEFAULT_LIMITS,
      simulator: { enabled: 'auto', listen: { host: '127.0.0.1', port: 4002 }, timeScale: 1 },
      demo: undefined,
    });
    expect(
      settings.providers.map(({ name, dialect, baseUrl, key }) => [name, dialect, baseUrl, key]),
    ).toEqual([
      ['openai', 'openai', 'https://api.openai.com/v1', { kind: 'env', name: 'OPENAI_API_KEY' }],
      ['anthropic', 'anthropic', 'https://api.anthropic.com/v1', { kind: 'env', name: 'ANTHROPIC_API_KEY' }],
    ]);
  });
});

describe('a settings file', () => {
  it('is read whole', () => {
    const settings = read(`
gateway: {listen: '0.0.0.0:8080', workers: 3, passThroughKeys: true}
api: {listen: '[::1]:9000'}
data: /var/lib/setpoint
timeZone: Europe/Zurich
providers:
  - name: groq
    dialect: openai
    baseUrl: https://api.groq.com/openai/v1/
    key: {env: GROQ_API_KEY}
    models: ['llama-*']
    aliases: {fast: llama-3.1-8b-instant}
    streamUsage: never
    headers: {x-organisation: acme}
  - {name: local, dialect: openai, baseUrl: 'http://127.0.0.1:11434/v1', key: none, onClientGone: cancel}
  - {name: files, dialect: anthropic, baseUrl: 'https://example.com/v1', key: {file: /run/secrets/key}, priceProvider: anthropic}
workflows:
  - {name: support, team: CX, retrievalDelimiters: [['<docs>', '</docs>']]}
prices: {overrides: [{provider: groq, model: 'llama-*', rates: {freshIn: 0.05, textOut: '0.08'}}]}
limits: {bodyBytes: 1000000}
simulator: {enabled: never}
`);
    expect(settings.gateway).toEqual({
      listen: { host: '0.0.0.0', port: 8080 },
      workers: 3,
      passThroughKeys: true,
      stop: { noticeMs: 5_000, finishMs: 900_000 },
      durability: 'default',
    });
    expect(settings.api.listen).toEqual({ host: '::1', port: 9000 });
    expect(settings.providers[0]).toEqual({
      name: 'groq',
      dialect: 'openai',
      baseUrl: 'https://api.groq.com/openai/v1',
      key: { kind: 'env', name: 'GROQ_API_KEY' },
      models: ['llama-*'],
      aliases: { fast: 'llama-3.1-8b-instant' },
      priceProvider: 'groq',
      onClientGone: 'drain',
      streamUsage: 'never',
      headers: { 'x-organisation': 'acme' },
      deployments: {},
      allowPrivate: [],
      resilience: {},
    });
    expect(settings.providers[1]).toMatchObject({
      key: { kind: 'none' },
      onClientGone: 'cancel',
      models: ['*'],
    });
    expect(settings.providers[2]).toMatchObject({
      key: { kind: 'file', path: '/run/secrets/key' },
      priceProvider: 'anthropic',
    });
    expect(settings.workflows).toEqual([
      { name: 'support', team: 'CX', retrievalDelimiters: [['<docs>', '</docs>']] },
    ]);
    expect(settings.priceOverrides[0]?.rates).toEqual({ freshIn: '0.05', textOut: '0.08' });
    expect(settings.limits).toEqual({ ...DEFAULT_LIMITS, bodyBytes: 1_000_000 });
  });

  it('may be empty, or only a comment', () => {
    expect(read('')).toEqual(read('# nothing yet'));
  });
});

describe('messages', () => {
  const CASES: ReadonlyArray<readonly [yaml: string, message: RegExp]> = [
    ['gatway: {}', /^gatway: is no setting; did you mean "gateway"\?$/],
    ['gateway: {lisen: a}', /^gateway\.lisen: is no setting; did you mean "listen"\?$/],
    ['zzz: 1', /^zzz: is no setting; here you can set gateway, api, data/],
    [
      'providers: [{name: a, dialect: openai, baseUrl: "https://a/v1"}, {name: b, dialect: openai, baseUrl: ftp://b}]',
      /^providers\[1\]\.baseUrl: write an http\(s\) address/,
    ],
    [
      'providers: [{name: a, dialect: openai, baseURL: "https://a/v1", baseUrl: "https://a/v1"}]',
      /^providers\[0\]\.baseURL: is no setting; did you mean "baseUrl"\?$/,
    ],
    [
      'providers: [{name: a, dialect: gemini, baseUrl: "https://a/v1"}]',
      /^providers\[0\]\.dialect: .*openai/,
    ],
    [
      'providers: [{name: a, dialect: openai, baseUrl: "https://a/v1", key: sk-secret}]',
      /^providers\[0\]\.key: write none, or a place/,
    ],
    [
      'providers: [{name: simulator, dialect: openai, baseUrl: "https://a/v1"}]',
      /^providers\[0\]\.name: this name is taken/,
    ],
    [
      'providers: [{name: a/b, dialect: openai, baseUrl: "https://a/v1"}]',
      /^providers\[0\]\.name: use letters/,
    ],
    [
      'providers: [{name: a, dialect: openai, baseUrl: "https://u:p@a/v1"}]',
      /^providers\[0\]\.baseUrl: .*without credentials/,
    ],
    [
      'providers: [{name: a, dialect: openai, baseUrl: "https://a/v1"}, {name: a, dialect: openai, baseUrl: "https://b/v1"}]',
      /^providers\[1\]\.name: "a" is there twice/,
    ],
    ['workflows: [{name: a}, {name: a}]', /^workflows\[1\]\.name: "a" is there twice/],
    ['timeZone: Mars/Olympus', /^timeZone: is no IANA time zone/],
    ['gateway: {listen: ":4000"}', /^gateway\.listen: write host:port/],
    ['limits: {bodyBytes: -1}', /^limits\.bodyBytes: /],
    [
      'prices: {overrides: [{provider: openai, model: gpt-4o}]}',
      /^prices\.overrides\[0\]: .*no rate and no multiplier/,
    ],
    [
      'prices: {overrides: [{provider: openai, model: gpt-4o, rates: {fresh: 1}}]}',
      /^prices\.overrides\[0\]: .*"fresh" is no bucket/,
    ],
    ['- a list', /^setpoint\.yaml: must hold settings/],
    ['a: [', /^setpoint\.yaml: /],
  ];

  it.each(CASES)('of %j name the path and the way out', (yaml, message) => {
    const problems = problemsOf(yaml);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  it('never repeat a key that was written in the wrong place', () => {
    const text = 'providers: [{name: a, dialect: openai, baseUrl: "https://a/v1", key: sk-secret}]';
    expect(problemsOf(text).join()).not.toContain('sk-secret');
  });

  it('name the variable or the flag that was wrong', () => {
    expect(problemsOf('', { SETPOINT_GATEWAY_WORKERS: 'many' })[0]).toMatch(
      /^SETPOINT_GATEWAY_WORKERS: expected number/,
    );
    expect(problemsOf('', {}, { apiListen: 'nowhere' })[0]).toMatch(/^--api-listen: write host:port/);
  });

  it('are all there at once, and refuse the start', () => {
    const text = 'timeZone: x\ndata: ""\ngatway: 1';
    expect(problemsOf(text)).toHaveLength(3);
    expect(() => read(text)).toThrow(SettingsError);
  });
});

describe('precedence', () => {
  const VALUES = {
    text: fc.integer({ min: 1, max: 65_535 }).map((port) => `127.0.0.1:${port}`),
    number: fc.integer({ min: 1, max: 200 }),
    boolean: fc.boolean(),
  };
  const SPECIAL = {
    timeZone: fc.constantFrom('UTC', 'Europe/Zurich', 'Asia/Tokyo'),
    simulator: fc.constantFrom('auto', 'always', 'never'),
    durability: fc.constantFrom('default', 'strict'),
    demoSeed: fc.constantFrom('harborline', 'another-1'),
    demoNow: fc.constantFrom('2026-11-25T16:00:00Z', '2026-03-01'),
  };
  const value = (flag: string, kind: keyof typeof VALUES): fc.Arbitrary<string | number | boolean> =>
    flag in SPECIAL ? SPECIAL[flag as keyof typeof SPECIAL] : VALUES[kind];

  function shown(settings: Settings, path: readonly string[]): unknown {
    const found = path.reduce<unknown>(
      (at, step) => (at as Record<string, unknown> | undefined)?.[step],
      settings,
    );
    return typeof found === 'object' && found !== null && 'port' in found
      ? `127.0.0.1:${String(found.port)}`
      : found;
  }

  for (const [flag, { path, environment, kind }] of Object.entries(SETTING_FLAGS)) {
    it(`of ${path.join('.')} is file < ${environment} < flag, whichever of them speak`, () => {
      const one = fc.option(value(flag, kind), { nil: undefined });
      fc.assert(
        fc.property(one, one, one, (inFile, inEnvironment, inFlag) => {
          const nested = path.length === 1 ? { [path[0]]: inFile } : { [path[0]]: { [path[1]]: inFile } };
          const settings = read(
            inFile === undefined ? '' : JSON.stringify(nested),
            inEnvironment === undefined ? {} : { [environment]: String(inEnvironment) },
            inFlag === undefined ? {} : { [flag]: inFlag },
          );
          const expected = inFlag ?? inEnvironment ?? inFile ?? shown(read(''), path);
          expect(shown(settings, path)).toEqual(expected);
        }),
        { numRuns: 60 },
      );
    });
  }
});

describe('addresses that providers may have', () => {
  const provider = (baseUrl: string, grant = ''): string =>
    `providers: [{name: own, dialect: openai, baseUrl: '${baseUrl}', key: none${grant}}]`;

  it.each([
    'http://127.0.0.1:11434/v1',
    'http://localhost:8000/v1',
    'http://[::1]:8000/v1',
    'https://llm.corp/v1',
    'https://104.18.6.192/v1',
  ])('%s needs no grant to be set', (url) => expect(problemsOf(provider(url))).toEqual([]));

  it.each([
    [
      'http://10.1.2.3/v1',
      'lies in 10.0.0.0/8 (a private network), which is not called without a grant; if it is meant, grant it beside it: allowPrivate: ["10.1.2.3"]',
    ],
    ['http://2130706433/v1', '127.0.0.1 lies in 127.0.0.0/8'],
    ['http://0xA.1.2.3/v1', '10.1.2.3 lies in 10.0.0.0/8'],
    ['http://[::ffff:127.0.0.1]/v1', 'no grant can allow it'],
    ['http://169.254.169.254/v1', 'no grant can allow it'],
    ['http://0.0.0.0:8000/v1', 'a server that listens there is called at 127.0.0.1'],
  ])('%s can never be called, and is said before anything starts', (url, says) => {
    expect(problemsOf(provider(url)).join()).toContain('providers[0].baseUrl: ');
    expect(problemsOf(provider(url)).join()).toContain(says);
  });

  it('are granted by range, for a collector too', () => {
    const settings = read(`
${provider('http://10.1.2.3/v1', ", allowPrivate: ['10.1.0.0/16', loopback]")}
telemetry: {export: {endpoint: 'http://192.168.3.4:4318', allowPrivate: [192.168.3.4]}}
`);
    expect(settings.providers[0]?.allowPrivate).toEqual(['10.1.0.0/16', 'loopback']);
    expect(settings.telemetryExport?.allowPrivate).toEqual(['192.168.3.4']);
    expect(problemsOf(`telemetry: {export: {endpoint: 'http://192.168.3.4:4318'}}`).join()).toContain(
      'telemetry.export.endpoint: 192.168.3.4 lies in 192.168.0.0/16',
    );
  });

  it.each([
    ['0.0.0.0/0', 'must lie in one of'],
    ['::/0', 'must lie in one of'],
    ['169.254.169.254/32', 'never called'],
    ['8.8.8.8', 'public addresses need no grant'],
    ['10.0.0.0/33', 'is no range'],
    ['010.0.0.1', 'is no range'],
    ['10.1', 'is no range'],
    ['fe80::1%eth0', 'is no range'],
    ['everything', 'is no range'],
  ])('are not granted by %s', (grant, says) => {
    expect(problemsOf(provider('https://llm.corp/v1', `, allowPrivate: ['${grant}']`)).join()).toContain(
      says,
    );
  });
});

describe('what a rulebook says of addresses', () => {
  it('is what the settings grant, and nothing where they grant nothing', () => {
    const settings = read(`
simulator: {enabled: never}
providers:
  - {name: own, dialect: openai, baseUrl: 'https://llm.corp/v1', key: none, allowPrivate: [10.1.0.0/16]}
  - {name: other, dialect: openai, baseUrl: 'https://llm.corp/v1', key: none}
`);
    expect(providerRules(settings, new Map()).map(({ name, allowPrivate }) => [name, allowPrivate])).toEqual([
      ['own', ['10.1.0.0/16']],
      ['other', undefined],
    ]);
  });

  it.each([
    ['127.0.0.1:4002', 'http://127.0.0.1:4002/v1'],
    ['0.0.0.0:4002', 'http://127.0.0.1:4002/v1'],
    ['[::]:4002', 'http://[::1]:4002/v1'],
    ['10.0.0.5:4002', 'http://10.0.0.5:4002/v1'],
  ])('calls a simulator that listens on %s at %s, and may', (listen, baseUrl) => {
    const [rule] = providerRules(read(`simulator: {listen: '${listen}'}`), new Map());
    expect(rule?.baseUrl).toBe(baseUrl);
    const grants = grantsOf(baseUrl, rule?.allowPrivate);
    expect(judgeAddress(literalAddress(new URL(baseUrl).hostname) ?? '', grants).kind).toBe('allowed');
  });
});

describe('limits of what clients send', () => {
  it('can each be set', () => {
    const limits = {
      jsonKeys: 5,
      connections: 6,
      clientBodyMs: 7,
      clientSendBytesPerSecond: 8,
      clientReadBytesPerSecond: 9,
    };
    expect(read(`limits: ${JSON.stringify(limits)}`).limits).toEqual({ ...DEFAULT_LIMITS, ...limits });
  });

  it.each([
    ['limits: {connections: 0}', 'limits.connections'],
    ['limits: {jsonKeys: -1}', 'limits.jsonKeys'],
    ['limits: {clientBodyMs: 1.5}', 'limits.clientBodyMs'],
    ['limits: {jsonDepth: 513}', 'limits.jsonDepth: is more than programs can walk'],
  ])('%s is refused', (yaml, says) => expect(problemsOf(yaml).join()).toContain(says));
});
