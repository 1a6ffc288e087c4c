import { describe, expect, it } from 'vitest';

import { effectiveSettings, readSettings } from './operate.ts';
import type { SettingFlags } from './operate.ts';

function effective(yamlText: string, environment: Record<string, string> = {}, flags: SettingFlags = {}) {
  const { settings, ...rest } = effectiveSettings(readSettings({ yamlText, environment, flags }));
  const of = (path: string) => settings.find((one) => one.path === path);
  return { ...rest, settings, of };
}

describe('the settings in force', () => {
  it('say who said each: default, file, environment or flag, the last that spoke', () => {
    const { of } = effective(
      'timeZone: Europe/Zurich\ngateway: {workers: 2, listen: "127.0.0.1:1"}\nlimits: {bodyBytes: 5}',
      { SETPOINT_GATEWAY_WORKERS: '3', SETPOINT_DURABILITY: 'strict' },
      { gatewayWorkers: 4 },
    );
    expect(of('timeZone')).toMatchObject({ value: 'Europe/Zurich', origin: 'file' });
    expect(of('gateway.listen')).toMatchObject({ value: '127.0.0.1:1', origin: 'file', fixed: true });
    expect(of('gateway.workers')).toMatchObject({ value: '4', origin: 'flag', where: '--gateway-workers' });
    expect(of('gateway.durability')).toMatchObject({
      value: 'strict',
      origin: 'environment',
      where: 'SETPOINT_DURABILITY',
    });
    expect(of('limits.bodyBytes')).toMatchObject({ value: '5', origin: 'file' });
    expect(of('limits.messages')).toMatchObject({ origin: 'default', where: '' });
    expect(of('api.listen')).toMatchObject({ origin: 'default', note: 'Only this machine reaches it.' });
  });

  it('are exported as a file that means the same', () => {
    const yaml = `
gateway: {listen: '0.0.0.0:8080'}
providers: [{name: groq, dialect: openai, baseUrl: 'https://api.groq.com/openai/v1', key: {env: GROQ_API_KEY}}]
prices: {overrides: [{provider: groq, model: 'llama-*', rates: {freshIn: '0.05'}}]}
`;
    const { yaml: exported } = effective(yaml, {}, { timeZone: 'Asia/Tokyo' });
    const again = readSettings({ yamlText: exported, environment: {}, flags: {} });
    const first = readSettings({ yamlText: yaml, environment: {}, flags: { timeZone: 'Asia/Tokyo' } });
    expect({ ...again, said: undefined }).toEqual({ ...first, said: undefined });
  });

  it('never hold what people put where they should not', () => {
    const found = effective(
      `providers: [{name: a, dialect: openai, baseUrl: 'https://a/v1', headers: {x-token: CANARY}}]\nsecrets: {masterKey: {command: [kms, CANARY]}}`,
    );
    expect(JSON.stringify(found)).not.toContain('CANARY');
    expect(found.yaml).toContain('kept out');
  });

  it('that are too long to carry are not exported, and say so by absence', () => {
    const workflows = Array.from({ length: 2_000 }, (_, at) => ({ name: `workflow-${at}`, team: 'CX' }));
    expect(effective(JSON.stringify({ workflows })).yaml).toBeUndefined();
  });

  it('without a file say that everything is as it comes', () => {
    const { yaml, settings, file } = effective('');
    expect(file).toBe('');
    expect(yaml).toContain('Nothing is set');
    expect(settings.every(({ origin }) => origin === 'default')).toBe(true);
  });
});
