import { describe, expect, it } from 'vitest';

import { fakeApi } from '../../test/fakes/api.ts';
import { runCommand } from '../../test/fakes/command-line.ts';
import type { Ran } from '../../test/fakes/command-line.ts';
import { fakeLedger, fakePoster } from '../../test/fakes/ledger.ts';
import { lineLedger } from '../../test/fakes/line-ledger.ts';
import type { FakeLine } from '../../test/fakes/line-ledger.ts';

const AT_MS = Date.UTC(2026, 2, 10);
const SAID = {
  workflow: 'support',
  team: 'CX',
  attributedBy: 'said',
  key: 'k1',
  provider: 'openai',
  model: 'gpt-5',
};
const LINES: readonly FakeLine[] = [
  { atMs: AT_MS, cost: '69', is: SAID },
  { atMs: AT_MS, cost: '20', is: { key: 'k2', path: '/v1/batch', provider: 'openai' } },
  { atMs: AT_MS, cost: '11', calls: 3, unpriced: 1, is: { key: "k'; rm -rf ~", provider: 'openai' } },
];

type Run = (...argv: readonly string[]) => Promise<Ran>;

/** A command line over one API, so that what one command decides the next one sees. */
async function open(lines = LINES): Promise<Run> {
  const ledger = lineLedger(lines);
  const fake = await fakeApi({
    ledger: { ...fakeLedger(), ...ledger.reader },
    poster: { ...fakePoster(), ...ledger.poster },
    teamOf: (workflow) => (workflow === 'batch' ? 'Data' : ''),
  });
  return (...argv) => runCommand(['attribution', ...argv], { fake });
}

const BATCH = ['--when', 'path=/v1/batch*', '--workflow', 'batch'];

describe('setpoint attribution coverage', () => {
  it('prints the share of spend over time; the verdict is in words', async () => {
    const run = await open();
    const { code, out, words } = await run('coverage', '--during', '2026-03', '--by', 'month');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'Period   Calls     Cost  Workflow   Team  Customer  No workflow  Of it unpriced calls',
      '───────  ─────  ───────  ────────  ─────  ────────  ───────────  ────────────────────',
      '2026-03      5  $100.00     69.0%  69.0%        0%       $31.00                     1',
      '───────  ─────  ───────  ────────  ─────  ────────  ───────────  ────────────────────',
      'All          5  $100.00     69.0%  69.0%        0%       $31.00                     1',
      '',
    ]);
    expect(words).toContain('69.0% of spend has a workflow; the aim is above 95%. Known by: said 69.0%.');
    expect(words).toContain('! 1 calls have no price');
  });

  it('is rows for programs', async () => {
    const run = await open();
    expect((await run('coverage', '--during', '2026-03', '--by', 'month', '--output', 'csv')).out).toContain(
      '2026-03,100,5,1,0.69,0.69,0,31,4',
    );
    expect(JSON.parse((await run('coverage', '--during', '2026-03', '--json')).out)).toMatchObject({
      target: 0.95,
    });
    expect((await run('coverage', '--during', '2026-03', '--output', 'md')).out).toContain('| **All** |');
    expect(
      (await run('coverage', '--during', '2026-03', '--output', 'ndjson')).out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { row: 'group', period: '2026-03-10' },
      { row: 'total', period: null },
    ]);
  });
});

describe('setpoint attribution missing and suggest', () => {
  it('lists what has no workflow, biggest first', async () => {
    const { out } = await (await open())('missing', '--during', '2026-03');
    expect(out).toMatch(/key\s+k2\s+1\s+\$20\.00\s+20\.0%/);
    expect(out.indexOf('k2')).toBeLessThan(out.indexOf('rm -rf'));
  });

  it('says so when nothing is missing', async () => {
    const { out } = await (await open(LINES.slice(0, 1)))('missing', '--during', '2026-03');
    expect(out).toBe('Nothing is missing: every call of this period has a workflow.\n');
  });

  it('prints commands that a shell can be given, whatever callers sent', async () => {
    const { out, words } = await (await open())('suggest', '--during', '2026-03');
    expect(out).toContain(
      "setpoint attribution rule add key-k2 --when key=k2 --workflow NAME --reason '20.0% of spend has it and no workflow'",
    );
    expect(out).toContain(`--when 'key=k'\\''; rm -rf ~'`);
    expect(words).toContain('2 need a NAME from you');
  });
});

describe('rules', () => {
  it('are tried, added, applied once, shown and withdrawn', async () => {
    const run = await open();
    const tried = await run('preview', '--during', '2026-03', ...BATCH);
    expect(tried.out).toMatch(/rule:draft@1\s+unattributed\s+batch · Data\s+1\s+\$20\.00/);
    expect(tried.words).toContain('Coverage 69.0% → 89.0%. Nothing was written.');
    const added = await run('rule', 'add', 'batch', ...BATCH, '--reason', 'says nothing');
    expect([added.code, added.out]).toEqual([0, 'batch@1\n']);
    expect((await run('rules')).out).toMatch(
      /100\s+batch@1\s+path=\/v1\/batch\*\s+workflow batch\s+in-force\s+says nothing/,
    );
    const applied = await run('apply', '--during', '2026-03');
    expect(applied.out).toMatch(/2026-03\s+rule:batch@1\s+unattributed\s+batch · Data\s+2\s+\$20\.00/);
    expect((await run('apply', '--during', '2026-03')).out).toBe('Nothing was left to move.\n');
    expect((await run('rule', 'withdraw', 'batch')).code).toBe(0);
    expect((await run('rules')).out).toContain('There are no rules.');
    expect((await run('rules', '--all', '--json')).out).toContain('"withdrawn"');
  });

  it('with hours say that they name calls to come only', async () => {
    const { words, out } = await (
      await open()
    )('rule', 'add', 'night', ...BATCH, '--hours', 'fri-mon 22:00-06:00 Europe/Zurich', '--json');
    expect(JSON.parse(out)).toMatchObject({ hours: { days: [1, 5, 6, 7], timeZone: 'Europe/Zurich' } });
    expect(words).toContain('names calls to come');
  });

  it.each([
    ['a condition that is none', ['rule', 'add', 'x', '--when', 'path', '--workflow', 'a']],
    ['hours that are none', ['rule', 'add', 'x', ...BATCH, '--hours', 'at night']],
    ['an instant that is none', ['rule', 'add', 'x', ...BATCH, '--from', 'soon']],
    ['a rule that names nobody', ['rule', 'add', 'x', '--when', 'key=k1']],
    ['a split without a method', ['split', 'add', 'x', '--of', 'workflow=a', '--from', '2026-03']],
    [
      'a split of what is unknown',
      ['split', 'add', 'x', '--of', 'nothing', '--from', '2026-03', '--even', 'a'],
    ],
    [
      'an amount without a provider',
      ['split', 'add', 'x', '--of', 'amount=5', '--from', '2026-03', '--even', 'a'],
    ],
    [
      'a weight without a number',
      ['split', 'add', 'x', '--of', 'workflow=p', '--from', '2026-03', '--weights', 'a'],
    ],
    [
      'a measure of usage that is none',
      ['split', 'add', 'x', '--of', 'workflow=p', '--from', '2026-03', '--by-usage', 'love'],
    ],
  ])('%s is a usage error', async (_, argv) => {
    const { code, words } = await (await open())(...argv);
    expect(code).toBe(2);
    expect(words).not.toBe('');
  });

  it('that are not there end with a failure and what to do', async () => {
    const { code, words } = await (await open())('rule', 'withdraw', 'absent');
    expect(code).toBe(1);
    expect(words).toContain('"setpoint attribution rules" shows the ids');
  });
});

describe('shared cost', () => {
  it('is split, shown, reversed', async () => {
    const run = await open();
    const add = [
      'split',
      'add',
      'shared',
      '--of',
      'workflow=support',
      '--weights',
      'a=2,b/B=1',
      '--from',
      '2026-03',
    ];
    expect((await run(...add)).out).toBe('shared@1\n');
    expect((await run('split', 'list')).out).toMatch(
      /shared@1\s+shared\s+workflow support\s+weights\s+2026-03/,
    );
    const preview = await run('split', 'preview', 'shared', '--month', '2026-03');
    expect(preview.out).toMatch(/a\s+0\.666666666667\s+\$46\.00/);
    expect(preview.words).toContain('Nothing was written.');
    expect((await run('split', 'apply', 'shared', '--during', '2026-03')).words).toContain(
      '$69.00 was divided',
    );
    expect((await run('split', 'allocations', '--month', '2026-03')).out).toMatch(
      /b\s+B\s+0\.333333333333\s+\$23\.00/,
    );
    expect((await run('split', 'reverse', 'shared', '--month', '2026-03')).words).toContain('taken back');
    expect((await run('split', 'withdraw', 'shared')).code).toBe(0);
    expect((await run('split', 'list')).out).toBe('There are no splits.\n');
  });

  it('may be a commitment, posted by the day', async () => {
    const run = await open();
    const add = ['commitment', 'add', 'ptu', '--provider', 'azure', '--hourly', '2', '--from', '2026-03-18'];
    expect((await run(...add, '--tokens-per-hour', '1000')).out).toBe('ptu@1\n');
    expect((await run('commitment', 'list')).out).toMatch(
      /ptu@1\s+azure\s+any\s+any\s+\$2\.00\s+1,000\s+2026-03-18/,
    );
    expect((await run('commitment', 'post', 'ptu', '--during', '2026-03')).out).toMatch(
      /2026-03-19\s+\$48\.00\s+1/,
    );
    expect((await run('commitment', 'post', 'ptu', '--during', '2026-03')).out).toContain(
      'Nothing was left to post',
    );
    expect((await run('commitment', 'withdraw', 'ptu')).code).toBe(0);
  });
});

describe('help', () => {
  it.each([
    ['coverage'],
    ['missing'],
    ['suggest'],
    ['preview'],
    ['apply'],
    ['rules'],
    ['rule', 'add'],
    ['split', 'add'],
    ['commitment', 'post'],
  ])('of %s %s leads with an example and is no failure', async (...argv) => {
    const { code, out } = await (await open())(...argv, '--help');
    expect(code).toBe(0);
    expect(out).toMatch(/^Examples:\n {2}setpoint attribution /);
  });
});
