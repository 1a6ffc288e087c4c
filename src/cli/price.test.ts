import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fakeApi } from '../../test/fakes/api.ts';
import { emptyDirectory, runCommand } from '../../test/fakes/command-line.ts';
import { EMPTY_ANSWER, fakeLedger } from '../../test/fakes/ledger.ts';

async function open() {
  const fake = await fakeApi({ ledger: fakeLedger({ answer: () => EMPTY_ANSWER }) });
  const workingDirectory = emptyDirectory();
  const run = (...argv: string[]) => runCommand(['price', ...argv], { fake, workingDirectory });
  return { run, workingDirectory };
}

describe('setpoint price', () => {
  it('sets, lists in the history, withdraws', async () => {
    const { run } = await open();
    const set = await run(
      'set',
      'openai/gpt-4o',
      '--input',
      '2.5',
      '--output',
      '10',
      '--from',
      '2026-12-01',
      '--reason',
      'December',
    );
    expect(set).toMatchObject({ code: 0, words: expect.stringContaining('Decided') });
    const id = set.out.trim();
    expect(id).toMatch(/^p_[0-9a-f]{12}$/);
    const history = JSON.parse((await run('history', 'openai/gpt-4o', '--json')).out) as {
      decisions: unknown[];
    };
    expect(history.decisions).toMatchObject([
      { id, standing: 'announced', price: { rates: { freshIn: '2.5', textOut: '10' } } },
    ]);
    expect((await run('withdraw', id, '--reason', 'mistake')).code).toBe(0);
    expect((await run('history')).out).toContain('withdrawn');
    expect((await run('history', '--output', 'csv')).out).toContain('December');
  });

  it('refuses what cannot be meant, and says what to do', async () => {
    const { run } = await open();
    const per = await run('set', 'openai/gpt-4o', '--input', '0.0025', '--reason', 'oops');
    expect(per).toMatchObject({ code: 1, words: expect.stringContaining('price per thousand') });
    expect(
      (
        await run(
          'set',
          'openai/gpt-4o',
          '--input',
          '0.0025',
          '--reason',
          'test',
          '--confirm',
          'a test model',
        )
      ).code,
    ).toBe(0);
    expect((await run('set', 'gpt-4o', '--input', '1', '--reason', 'no provider')).code).toBe(2);
    expect((await run('set', 'openai/gpt-4o', '--input', '1')).code).toBe(2);
    expect((await run('set', 'openai/gpt-4o', '--output', 'wrong', '--reason', 'why')).code).toBe(2);
  });

  it('diffs a draft, asks what if, re-prices, imports and checks', async () => {
    const { run, workingDirectory } = await open();
    const diff = await run('diff', '--draft', 'openai/gpt-4o', '--output', '8');
    expect(diff.out).toMatch(/\$10\.00\s+\$8\.00\s+-20%/);
    expect((await run('what-if')).code).toBe(2);
    expect(await run('what-if', '--map', 'openai/gpt-4o=openai/gpt-x')).toMatchObject({
      code: 0,
      words: expect.stringContaining('Assumed'),
    });
    const same = ['--map', 'openai/gpt-4o=openai/gpt-x', '--where', 'team=CX', '--where', 'model=gpt-4o'];
    const csv = await run('what-if', ...same, '--by', 'team', '--format', 'csv');
    expect(csv).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^row,team,before,after,.*\ntotal,,0,0,0,/),
    });
    expect(csv.out).toContain('where=team%3DCX&where=model%3Dgpt-4o');
    const draft = ['--draft', 'openai/gpt-4o', '--input', '2', '--output-price', '8'];
    expect((await run('what-if', ...draft, '--output', './2026.csv')).code).toBe(0);
    const written = readFileSync(join(workingDirectory, '2026.csv'), 'utf8');
    expect(written).toContain('draft=%7B%22provider%22%3A%22openai%22');
    expect((await run('what-if', ...draft, '--output', 'spend.xlsx')).words).toContain('neither a format');
    expect(await run('reprice')).toMatchObject({ code: 0, words: expect.stringContaining('Add --apply') });
    writeFileSync(join(workingDirectory, 'annex.csv'), 'provider,model,percentOff\nopenai,*,15\n');
    expect(await run('import', 'annex.csv', '--reason', 'annex B', '--dry-run')).toMatchObject({
      code: 0,
      words: expect.stringContaining('Nothing was decided'),
    });
    expect(await run('check')).toMatchObject({ code: 1, out: expect.stringContaining('no source') });
    expect((await run('show')).code).toBe(0);
  });
});
