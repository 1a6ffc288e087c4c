import { describe, expect, it } from 'vitest';

import { baseOf, modelsOf } from './surroundings.ts';
import { snippetsOf } from './snippets.ts';

const MODELS = { openai: 'sim-small', anthropic: 'sim-small', google: 'gemini-2.5-flash' };
const BASE = 'http://127.0.0.1:4000';

describe('snippets', () => {
  const all = snippetsOf({ base: BASE, key: '', models: MODELS });

  it.each(all.map(({ name, code }) => [name, code]))(
    '%s names this gateway, a model and an owner',
    (_, code) => {
      expect(code).toContain(BASE);
      expect(code).toMatch(/sim-small|gemini/);
      expect(code).toContain('x-setpoint-workflow');
    },
  );

  it('send no key while none is needed, and the made one when one is', () => {
    expect(all.find(({ name }) => name === 'curl')?.code).not.toContain('authorization');
    for (const { code } of snippetsOf({ base: BASE, key: 'sp_live_x', models: MODELS }))
      expect(code).toContain('sp_live_x');
  });

  it('of curl are one command that a shell reads', () => {
    const code = all[0]?.code ?? '';
    const body = /-d '(.*)'$/.exec(code)?.[1] ?? '';
    expect(JSON.parse(body)).toMatchObject({ model: 'sim-small' });
  });
});

describe('what is around', () => {
  const provider = {
    name: 'openai',
    dialect: 'openai' as const,
    baseUrl: '',
    models: ['*'],
    aliases: {},
    priceProvider: 'openai',
    simulated: false,
    credential: 'set' as const,
    serving: true,
  };

  it('has an address as a client writes it', () => {
    expect(baseOf({ host: '::1', port: 4000 }, 'x')).toBe('http://[::1]:4000');
    expect(baseOf({ host: null, port: 4000 }, 'build.lan')).toBe('http://build.lan:4000');
    expect(baseOf(null, 'localhost')).toBe('http://localhost:4000');
  });

  it('names a model that is served: the simulator first, since it costs nothing', () => {
    const simulator = { ...provider, name: 'simulator', models: ['sim-*'], simulated: true };
    expect(modelsOf([provider, simulator]).openai).toBe('sim-small');
    expect(modelsOf([provider]).openai).toBe('gpt-4o-mini');
    expect(modelsOf([{ ...provider, name: 'groq', models: ['llama-3.1-8b', '*'] }]).openai).toBe(
      'llama-3.1-8b',
    );
    expect(modelsOf([{ ...provider, aliases: { fast: 'x' } }]).openai).toBe('fast');
  });
});
