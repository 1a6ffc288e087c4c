import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import { emptyDirectory, runCommand } from '../../test/fakes/command-line.ts';
import { forecastAnswer } from '../../test/fakes/forecast-ledger.ts';
import { fakeLedger } from '../../test/fakes/ledger.ts';

async function open() {
  const fake = await fakeApi({
    ledger: fakeLedger({ answer: (question) => forecastAnswer(question, { nowMs: NOW_MS }) }),
  });
  const workingDirectory = emptyDirectory();
  const run = (...argv: string[]) => runCommand(argv, { fake, workingDirectory });
  const write = (name: string, text: string): string => {
    writeFileSync(join(workingDirectory, name), text);
    return name;
  };
  return { run, write };
}

const PAPER = readFileSync(new URL('../../docs/scenarios/support-copilot.yaml', import.meta.url), 'utf8');

describe('setpoint forecast', () => {
  it('prints months, says what the interval is worth, and gives scripts the API’s own answer', async () => {
    const { run } = await open();
    const { code, out, words } = await run('forecast', '--workflow', 'support', '--months', '1');
    expect(code).toBe(0);
    expect(out).toContain('2026-03 so far');
    expect(out).toContain('2026-04');
    expect(words).toMatch(/support is expected to end March 2026 at \$/);
    expect(words).toContain('seasonal naive');
    const json = await run('forecast', '--workflow', 'support', '--json');
    expect(JSON.parse(json.out)).toMatchObject({
      scope: { kind: 'workflow', name: 'support' },
      currency: 'USD',
    });
    const csv = await run('forecast', '--output', 'csv');
    expect(csv.out.split('\n')[0]).toContain('month,state,spent,ahead,total,low,high');
  });

  it('prints the projection table of the scenario file in the documents, to its own rounding', async () => {
    const { run, write } = await open();
    const { code, out, words } = await run(
      'forecast',
      '--scenario',
      write('paper.yaml', PAPER),
      '--ascii',
      '--no-color',
    );
    expect(code).toBe(0);
    expect(out.match(/\$[\d,]+/g)).toEqual([
      '$41,800',
      '$41,800',
      '$58,500',
      '$75,900',
      '$28,400',
      '$47,500',
    ]);
    expect(out.match(/[+−-]?\d+%(?=\s+assumed)/g)).toEqual(['0%', '0%', '+40%', '+82%', '−32%']);
    expect(words).toContain('passes the budget of $48000');
  });

  it('refuses a file that is none, in words', async () => {
    const { run, write } = await open();
    expect(await run('forecast', '--scenario', 'absent.yaml')).toMatchObject({ code: 2 });
    expect((await run('forecast', '--scenario', write('a.yaml', 'calls: 3'))).words).toContain(
      'holds no scenario',
    );
    expect(await run('forecast', '--scenario', write('b.yaml', '{ a: ['))).toMatchObject({ code: 2 });
  });

  it('prints the next days by the hour', async () => {
    const { run } = await open();
    const { code, out, words } = await run('forecast', 'hours', '--workflow', 'support', '--days', '1');
    expect(code).toBe(0);
    expect(out).toContain('2026-03-20 10:00');
    expect(words).toContain('over the next day');
  });

  it('judges itself, and advises on commitments', async () => {
    const { run } = await open();
    const judged = await run('forecast', '--accuracy');
    expect(judged.code).toBe(0);
    expect(judged.words).toContain('Made on day 10');
    const advice = await run(
      'forecast',
      'commitment',
      '--model',
      'gpt-4o',
      '--unit-tokens',
      '5000000',
      '--unit-price',
      '10',
    );
    expect(advice.code).toBe(0);
    expect(advice.out).toMatch(/\d+ \*/);
    expect(advice.words).toContain('units save');
  });
});

describe('setpoint scenario and plan', () => {
  it('keep, list, change and remove scenarios; propose, lock and judge plans', async () => {
    const { run, write } = await open();
    const file = write(
      'growth.yaml',
      'workflow: support\nscenarios:\n  - name: Growth\n    changes: [{ driver: actions, times: 1.4 }]\n',
    );
    expect((await run('scenario', 'save', file, '--reason', 'asked')).out).toContain('growth version 1');
    expect((await run('scenario', 'save', file)).out).toContain('growth version 2');
    expect((await run('scenario', 'list')).out).toContain('workflow support');
    expect((await run('scenario', 'show', 'growth')).out).toContain('× 1.4');
    expect((await run('plan', 'propose', 'Board', '--scenario', 'growth')).words).toContain(
      'setpoint plan lock board',
    );
    expect((await run('plan', 'lock', 'board', '--reason', 'agreed')).out).toContain(
      'Board (board) is locked',
    );
    const again = await run('plan', 'withdraw', 'board');
    expect(again).toMatchObject({ code: 1 });
    expect(again.words).toContain('does not change any more');
    expect((await run('plan', 'list')).out).toContain('locked');
    expect((await run('plan', 'accuracy')).out).toContain('none before it began');
    expect((await run('scenario', 'remove', 'growth')).out).toContain('kept no longer');
    expect(await run('scenario', 'save', write('paper.yaml', PAPER))).toMatchObject({ code: 2 });
  });
});
