import { describe, expect, it } from 'vitest';

import { fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import { runCommand } from '../../test/fakes/command-line.ts';
import type { FakeApi } from '../../test/fakes/api.ts';
import { effectiveSettings, readSettings } from '../operate/operate.ts';

function run(fake: FakeApi, ...argv: readonly string[]) {
  return runCommand(argv, { fake });
}

function system() {
  const settings = readSettings({ yamlText: 'timeZone: Asia/Tokyo', environment: {}, flags: {} });
  const text = JSON.stringify({ choices: [{ message: { content: 'On its way.' } }] });
  return fakeApi({
    rules: () => ({
      version: 7,
      publishedAtMs: NOW_MS,
      unkeyed: true,
      providers: [
        {
          name: 'openai',
          dialect: 'openai',
          models: ['gpt-*'],
          aliases: { fast: 'gpt-4o-mini' },
          priceProvider: 'openai',
          simulated: false,
        },
      ],
    }),
    callGateway: async () => ({ status: 200, call: '0195-call', text }),
    effectiveSettings: () => effectiveSettings(settings),
  });
}

describe('setpoint provider, route and worker list', () => {
  it('show what the page shows', async () => {
    const fake = await system();
    const providers = await run(fake, 'provider', 'list');
    expect([providers.code, providers.out]).toEqual([0, expect.stringMatching(/openai +openai +yes +set/)]);
    const routes = await run(fake, 'route', 'list', '--output', 'csv');
    expect(routes.out).toContain('openai,fast,openai,gpt-4o-mini,–');
    const workers = await run(fake, 'worker', 'list', '--json');
    expect(JSON.parse(workers.out)).toBeNull();
  });
});

describe('setpoint call try', () => {
  it('says the bound first and sends nothing that costs money without --pay', async () => {
    const fake = await system();
    const dry = await run(fake, 'call', 'try', 'gpt-4o', 'Where is it?', '--dry');
    expect([dry.code, dry.out.trim()]).toEqual([0, '0.00275']);
    const held = await run(fake, 'call', 'try', 'gpt-4o', 'Where is it?');
    expect([held.code, held.out]).toEqual([2, '']);
    expect(held.words).toContain('costs at most $0.00275');
    const sent = await run(fake, 'call', 'try', 'gpt-4o', 'Where is it?', '--pay');
    expect([sent.code, sent.out.trim()]).toEqual([0, 'On its way.']);
    expect(sent.words).toContain('setpoint call show 0195-call');
  });
});

describe('setpoint config show and export', () => {
  it('show who said what, and a file that says the same', async () => {
    const fake = await system();
    const { out } = await run(fake, 'config', 'show', '--json');
    expect(JSON.parse(out)).toMatchObject({ sentence: expect.stringMatching(/1 of \d+ settings/) });
    expect((await run(fake, 'config', 'show')).out).toMatch(/timeZone +Asia\/Tokyo/);
    expect((await run(fake, 'config', 'export')).out).toContain('timeZone: Asia/Tokyo');
  });
});
