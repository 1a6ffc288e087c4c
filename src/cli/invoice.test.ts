import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fakeApi } from '../../test/fakes/api.ts';
import { emptyDirectory, runCommand } from '../../test/fakes/command-line.ts';
import { fakeLedger, fakePoster } from '../../test/fakes/ledger.ts';
import { COSTS, costsAnswer } from '../../test/fakes/openai-costs.ts';

async function open() {
  const poster = fakePoster();
  const lockMonth = (): Promise<never> =>
    Promise.reject(new RangeError('2026-03 is not over; calls of it may still come. It was not locked.'));
  const fake = await fakeApi({
    ledger: fakeLedger({ answer: costsAnswer }),
    poster: { ...poster, lockMonth },
  });
  const workingDirectory = emptyDirectory();
  writeFileSync(join(workingDirectory, 'costs.json'), COSTS);
  writeFileSync(join(workingDirectory, 'other.json'), COSTS.replace('"value":3', '"value":4'));
  const run = (...argv: string[]) => runCommand(['invoice', ...argv], { fake, workingDirectory });
  const load = (...more: string[]) => run('import', 'costs.json', '--from', 'openai-costs', ...more);
  return { run, load, poster };
}

describe('setpoint invoice import', () => {
  it('imports a file once, whole, and says what to do next', async () => {
    const { run, load } = await open();
    const first = await load('--invoice', 'INV-7');
    expect(first.code).toBe(0);
    expect(first.out.trim()).toMatch(/^[0-9a-f]{64}$/);
    expect(first.words).toContain('Next: setpoint invoice reconcile --month 2026-03');
    const again = await load('--invoice', 'INV-7');
    expect(again).toMatchObject({ code: 0, words: expect.stringContaining('nothing is new') });
    const { invoices } = JSON.parse((await run('list', '--json')).out) as { invoices: unknown[] };
    expect(invoices).toMatchObject([{ invoice: 'INV-7', fileName: 'costs.json', lines: 1 }]);
  });

  it('refuses another file of the same days until it is said what it is', async () => {
    const { run, load } = await open();
    await load();
    const other = ['import', 'other.json', '--from', 'openai-costs'];
    const refused = await run(...other);
    expect(refused.code).not.toBe(0);
    expect(refused.words).toContain('Nothing was imported');
    expect((await run(...other, '--replace')).code).toBe(0);
    expect((await run('reconcile', '--month', '2026-03')).out).toMatch(/invoice\s+\$4\.00/);
  });

  it('2 for a file that is not there; a row of another month is named', async () => {
    const { run, load } = await open();
    const absent = await run('import', 'none.json', '--from', 'openai-costs');
    expect(absent).toMatchObject({ code: 2, words: expect.stringContaining('none.json cannot be read') });
    expect((await run('import', 'costs.json')).code).toBe(2);
    const early = await load('--month', '2026-04');
    expect(early.code).not.toBe(0);
    expect(early.words).toContain('Row 1');
    expect(JSON.parse((await run('list', '--json')).out)).toMatchObject({ invoices: [] });
  });
});

describe('setpoint invoice show', () => {
  it('shows a statement by the beginning of its id, in every format', async () => {
    const { run, load } = await open();
    const id = (await load()).out.trim().slice(0, 12);
    expect((await run('show', id)).out).toMatch(
      /2026-03-05\s+a\s+gpt-4o\s+input\s+standard\s+1000000\s+\$3\.00/,
    );
    expect((await run('show', id, '--output', 'csv')).out).toContain('2026-03-05,a,gpt-4o,input');
    expect((await run('show', id, '--output', 'md')).out).toContain('| 2026-03-05 | a | gpt-4o |');
    expect(JSON.parse((await run('show', id, '--json')).out)).toMatchObject({
      statement: [{ units: '1000000', cost: '3' }],
    });
    expect((await run('show', 'ffff')).words).toContain('no import ffff');
  });
});

describe('setpoint invoice reconcile and apply', () => {
  it('goes from ledger over causes to invoice, and says what it would correct', async () => {
    const { run, load, poster } = await open();
    await load();
    const made = await run('reconcile', '--month', '2026-03');
    expect(made.code).toBe(0);
    expect(made.out).toMatch(/ledger\s+\$2\.50[\s\S]*price-drift\s+\$0\.50[\s\S]*invoice\s+\$3\.00/);
    expect(made.words).toContain('1 corrections of $0.50 are proposed, none is posted');
    expect(poster.batches).toEqual([]);
    const csv = await run('reconcile', '--month', '2026-03', '--output', 'csv');
    expect(csv.out.split('\r\n').slice(0, 3)).toEqual([
      'Provider,Step,Amount',
      'openai,ledger,$2.50',
      'openai,price-drift,$0.50',
    ]);
    expect((await run('reconcile', '--month', '2026-03', '--output', 'md')).out).toContain(
      '| openai | price-drift |',
    );
  });

  it('shows keys with their arithmetic; previews, applies once, says when it was applied before', async () => {
    const { run, load, poster } = await open();
    await load();
    const { id } = JSON.parse((await run('reconcile', '--month', '2026-03', '--json')).out) as { id: string };
    expect((await run('show', id, '--keys')).out).toMatch(/gpt-4o\s+input\s+\S+\s+price-drift\s+\$0\.50/);
    const csv = await run('show', id, '--keys', '--show', 'price-drift', '--format', 'csv');
    expect(csv.out.split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^row,provider,day,account,model,bucket,/),
      expect.stringMatching(/^group,openai,2026-03-05,a,gpt-4o,input,.*,2\.5,1000000,3,0\.5,/),
    ]);
    expect((await run('show', id, '--keys', '--show', 'unexplained')).out).not.toContain('price-drift');
    expect((await run('show', id, '--format', 'csv')).words).toContain('add --keys');
    const preview = await run('apply', id, '--preview');
    expect(preview.out).toMatch(/support\s+price-drift[\s\S]*all\s+\$0\.50/);
    expect(preview.words).toContain('Nothing was posted.');
    expect((await run('apply', id, '--preview', '--output', 'csv')).out).toContain(
      '2026-03-05,openai,gpt-4o',
    );
    expect(poster.batches).toEqual([]);
    expect(await run('apply', id)).toMatchObject({
      code: 0,
      words: expect.stringContaining('1 lines were posted on their days'),
    });
    expect((await run('apply', id)).words).toContain('nothing was posted again');
    expect(poster.batches).toHaveLength(1);
    expect((await run('list')).out).toMatch(/rec-2026-03-\S+\s+2026-03\s+all\s+\S+\s+applied\s+1/);
  });

  it('refuses a month that is none, and one that it does not know', async () => {
    const { run } = await open();
    expect((await run('reconcile', '--month', 'March')).words).toContain('is not a month');
    expect((await run('apply', 'rec-2026-03-000000000000')).words).toContain(
      'There is no such reconciliation',
    );
  });
});

describe('setpoint invoice close', () => {
  it('says why a month cannot be closed, and closes nothing', async () => {
    const { run } = await open();
    const refused = await run('close', '--month', '2026-03');
    expect(refused.code).not.toBe(0);
    expect(refused.words).toContain('2026-03 is not over');
    expect(refused.out).toBe('');
  });
});
