import { describe, expect, it } from 'vitest';

import { checkSettings, describeProviders, readSecrets, readSettings } from './operate.ts';
import { providerRules } from './providers.ts';

const CLOUDS = `
providers:
  - preset: vertex
    baseUrl: https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/publishers/google
    key: {file: /run/secrets/vertex-token}
  - preset: azure
    baseUrl: https://acme.openai.azure.com/
    account: sub-7
    region: swedencentral
    deployments:
      our-chat: {model: gpt-4o, mode: provisioned}
      router: {}
  - preset: bedrock
    baseUrl: https://bedrock-runtime.eu-central-1.amazonaws.com
    key:
      accessKeyId: {env: AWS_ACCESS_KEY_ID}
      secretAccessKey: {file: /run/secrets/aws}
      sessionToken: {env: AWS_SESSION_TOKEN}
`;
const FILES: Readonly<Record<string, string>> = {
  '/run/secrets/vertex-token': 'ya29.x\n',
  '/run/secrets/aws': 'shh\n',
};
const ENVIRONMENT = {
  AZURE_OPENAI_API_KEY: 'azure-key',
  AWS_ACCESS_KEY_ID: 'AKIA',
  AWS_SESSION_TOKEN: 'token',
};
const readFile = (path: string): string => {
  const text = FILES[path];
  if (text === undefined) throw new Error('no such file');
  return text;
};
const settings = readSettings({ yamlText: CLOUDS, environment: {}, flags: {} });
const secretsOf = (environment: Readonly<Record<string, string | undefined>>) =>
  readSecrets({ settings, environment, readFile });

function problemsOf(yamlText: string): string[] {
  const check = checkSettings({ yamlText, environment: {}, flags: {} });
  return check.kind === 'problems' ? check.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

describe('settings of clouds', () => {
  it('become the rules that the gateway obeys', () => {
    const { secrets, problems } = secretsOf(ENVIRONMENT);
    expect(problems).toEqual([]);
    const rules = providerRules(settings, secrets).filter(({ simulated }) => !simulated);
    expect(rules).toMatchObject([
      { name: 'vertex', dialect: 'google', secret: 'ya29.x', priceProvider: 'google' },
      {
        name: 'azure',
        dialect: 'azure',
        baseUrl: 'https://acme.openai.azure.com',
        secret: 'azure-key',
        account: 'sub-7',
        region: 'swedencentral',
        deployments: {
          'our-chat': { model: 'gpt-4o', mode: 'provisioned' },
          router: { model: '', mode: 'standard' },
        },
      },
      { name: 'bedrock', dialect: 'bedrock', priceProvider: 'aws' },
    ]);
    expect(rules[0]).not.toHaveProperty('deployments');
    expect(JSON.parse(rules[2]!.secret ?? '')).toEqual({
      accessKeyId: 'AKIA',
      secretAccessKey: 'shh',
      sessionToken: 'token',
    });
  });

  it('say which part of an access key is missing, and never the parts that are there', () => {
    const { secrets, problems } = secretsOf({ ...ENVIRONMENT, AWS_SESSION_TOKEN: '' });
    expect(problems).toEqual([
      { path: 'bedrock', message: 'the variable AWS_SESSION_TOKEN is not set, so this provider is not used' },
    ]);
    expect(describeProviders(settings, secrets).find(({ name }) => name === 'bedrock')).toMatchObject({
      credential: 'missing',
      serving: false,
    });
    expect(JSON.stringify(describeProviders(settings, secretsOf(ENVIRONMENT).secrets))).not.toContain('shh');
  });

  it.each([
    ['key: {accessKeyId: {env: A}}', /providers\[0\]\.key/],
    ['key: {accessKeyId: AKIA, secretAccessKey: {env: B}}', /providers\[0\]\.key/],
    ['deployments: {d: {mode: ptu}}', /providers\[0\]\.deployments\.d\.mode/],
    ['deployments: {d: {model: ""}}', /providers\[0\]\.deployments\.d\.model/],
    ['deployments: {d: {modle: gpt-4o}}', /modle/],
  ])('that make no sense are refused: %s', (line, message) =>
    expect(
      problemsOf(`providers:\n  - preset: bedrock\n    baseUrl: https://x.example\n    ${line}`).join('\n'),
    ).toMatch(message),
  );

  it.each(['vertex', 'azure', 'bedrock'])('of %s need an address of their own', (preset) =>
    expect(problemsOf(`providers: [{preset: ${preset}}]`).join()).toMatch(
      /baseUrl: .*write for example https:/,
    ),
  );
});
