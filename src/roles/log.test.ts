/** Lines of the log: their form, and what cannot get into them. */
import { describe, expect, it } from 'vitest';

import { createSay, faultWords, logFormat, logLevel } from './log.ts';
import type { LogAbout, LogOptions, Say } from './log.ts';

function saying(more: Partial<LogOptions> = {}): { say: Say; lines: string[] } {
  const lines: string[] = [];
  const options: LogOptions = {
    format: 'json',
    least: 'info',
    process: 'gateway',
    slot: 'gateway-1',
    nowMs: () => Date.UTC(2026, 10, 25, 16),
    write: (line) => void lines.push(line),
    ...more,
  };
  return { say: createSay(options), lines };
}

describe('a line', () => {
  it('is one JSON object with stable names', () => {
    const { say, lines } = saying();
    say('obeys rulebook 7', { event: 'rulebook.obeyed', fields: { rulebook: 7 } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '2026-11-25T16:00:00.000Z',
      level: 'info',
      process: 'gateway',
      slot: 'gateway-1',
      event: 'rulebook.obeyed',
      message: 'obeys rulebook 7',
      rulebook: 7,
    });
  });

  it('is words on a terminal, without what would steer it', () => {
    const { say, lines } = saying({ format: 'text' });
    say('\u001b[31mred\u0007', { event: 'said', level: 'warning' });
    expect(lines).toEqual(['2026-11-25T16:00:00.000Z gateway-1: warning:  [31mred \n']);
  });

  it('below the least level is not written', () => {
    const { say, lines } = saying({ least: 'warning' });
    say('all is well', { event: 'said' });
    say('look here', { event: 'said', level: 'error' });
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(['error']);
  });

  it('stays one line and short whatever is said', () => {
    const { say, lines } = saying();
    say(`a\nb${'x'.repeat(50_000)}`);
    expect(lines[0]?.match(/\n/g)).toHaveLength(1);
    expect(lines[0]?.length).toBeLessThan(2_300);
  });
});

describe('what cannot get into a line', () => {
  it('fields that are not on the list, and values that are not flat', () => {
    const { say, lines } = saying();
    const fields = { prompt: 'My diagnosis is', journal: { secret: 1 }, name: 'control', body: 'x' };
    say('ended', { event: 'process.ended', fields } as unknown as LogAbout);
    expect(Object.keys(JSON.parse(lines[0] ?? '') as object).toSorted()).toEqual([
      'event',
      'level',
      'message',
      'name',
      'process',
      'slot',
      'time',
    ]);
    expect(lines[0]).not.toMatch(/diagnosis|secret/);
  });

  it.each([
    'sp_live_k3Jd81Qz_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG_abcdef',
    'sk-proj-abcdefghijklmnop',
    'AKIAABCDEFGHIJKLMNOP',
    'Authorization: Bearer abcdefghijklmnop',
    'x-api-key: 0123456789',
    'https://user:hunter2pass@example.com/',
  ])('a credential: %s', (credential) => {
    const { say, lines } = saying();
    say(`it failed with ${credential} in it`, { event: 'process.fault', fields: { name: credential } });
    const secret = credential.split(/[ :/]+/).at(credential.startsWith('https') ? 2 : -1) ?? credential;
    expect(lines[0]).not.toContain(secret);
    expect(lines[0]).toContain('[credential]');
  });

  it('what a parser quotes of the body that it could not read', () => {
    let fault: unknown;
    try {
      JSON.parse('My diagnosis is flu');
    } catch (error) {
      fault = error;
    }
    expect(String(fault)).toContain('My diagnosis'); // the engine does quote it
    expect(faultWords(fault)).not.toContain('diagnosis');
    expect(faultWords(fault)).toMatch(/^SyntaxError \(its words may quote a body\) \| at /);
    expect(faultWords(new Error('the disk is full'))).toMatch(/^the disk is full/);
    expect(faultWords({ prompt: 'My diagnosis' })).toBe('a fault that is no error');
  });
});

it('a terminal gets words and everything else JSON, unless it is told otherwise', () => {
  expect([logFormat(undefined, true), logFormat(undefined, false)]).toEqual(['text', 'json']);
  expect([logFormat('json', true), logFormat('text', false), logFormat('xml', false)]).toEqual([
    'json',
    'text',
    'json',
  ]);
  expect([logLevel('warning'), logLevel('loud'), logLevel(undefined)]).toEqual(['warning', 'info', 'info']);
});
