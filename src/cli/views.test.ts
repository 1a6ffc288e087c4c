import { describe, expect, it } from 'vitest';

import { fakeApi } from '../../test/fakes/api.ts';
import { runCommand } from '../../test/fakes/command-line.ts';
import { fakeLedger } from '../../test/fakes/ledger.ts';
import { lineLedger } from '../../test/fakes/line-ledger.ts';

const DAY_MS = 86_400_000;
/** Twenty dollars a day of one team and five of another, from 1 February on; now is 20 March. */
const LINES = ['20', '5'].flatMap((cost, at) =>
  Array.from({ length: 47 }, (_, day) => ({
    atMs: Date.UTC(2026, 1, 1, 9) + day * DAY_MS,
    cost,
    is: { team: ['CX', 'Legal'][at] ?? '', workflow: 'support' },
  })),
);

async function open() {
  const fake = await fakeApi({ ledger: { ...fakeLedger(), ...lineLedger(LINES).reader } });
  return (...argv: readonly string[]) => runCommand(argv, { fake });
}

const LINK = 'spend?by=team&compare=off&where=team%3DCX';

describe('setpoint view', () => {
  it('saves one, saves it anew under its name, takes it away and brings it back', async () => {
    const run = await open();
    const saved = await run(
      'view',
      'save',
      '--name',
      'CX',
      '--link',
      `http://127.0.0.1:4001/${LINK}`,
      '--json',
    );
    const { id } = JSON.parse(saved.out) as { id: string };
    expect(JSON.parse(saved.out)).toMatchObject({ name: 'CX', link: `/${LINK}`, version: 1, owner: 'local' });
    const again = await run('view', 'save', '--name', 'cx', '--link', '/ledger?by=team', '--note', 'Mondays');
    expect([again.code, again.out]).toEqual([0, `${id}\n`]);
    expect(again.words).toContain(`version 2. It was /${LINK}.`);
    const list = await run('view', 'list', '--output', 'csv');
    expect(list.out).toContain(`${id},2,cx,/ledger?by=team,Mondays,local,`);
    const gone = await run('view', 'delete', 'CX');
    expect([gone.code, gone.words]).toEqual([
      0,
      `View "cx" is taken away. "setpoint view restore ${id}" brings it back.\n`,
    ]);
    expect((await run('view', 'list')).out).toContain('No view is saved.');
    expect(await run('view', 'show', 'CX')).toMatchObject({ code: 1, words: /There is no view "CX"/ });
    expect((await run('view', 'restore', id)).words).toContain('is there again: /ledger?by=team.');
    expect((await run('view', 'list')).out).toContain('/ledger?by=team');
  });

  it('asks the ledger what the page asks, in every format', async () => {
    const run = await open();
    await run('view', 'save', '--name', 'CX', '--link', LINK);
    const same = ['ledger', '--by', 'team', '--where', 'team=CX', '--limit', '12'];
    for (const format of ['json', 'csv', 'ndjson']) {
      const shown = await run('view', 'show', 'CX', '--output', format);
      const asked = await run(...same, '--output', format);
      expect([format, shown.code, shown.out]).toEqual([format, 0, asked.out]);
      expect(shown.out).not.toContain('Legal');
      expect(shown.words).toContain(`/${LINK}`);
    }
    for (const format of ['table', 'md']) {
      const shown = await run('view', 'show', 'cx', '--output', format);
      expect(shown.out).toBe(`/${LINK}\n\n${(await run(...same, '--output', format)).out}`);
    }
  });

  it('says of a page with several questions only where it is, and refuses what is no page', async () => {
    const run = await open();
    await run('view', 'save', '--name', 'Start', '--link', '/?during=7d');
    const shown = await run('view', 'show', 'Start', '--json');
    expect(JSON.parse(shown.out)).toMatchObject({ path: '', state: 'during=7d', link: '/?during=7d' });
    const bad = await run('view', 'save', '--name', 'Bad', '--link', 'spend?by=team&by=key');
    expect(bad).toMatchObject({ code: 2, words: /state: is not the query of an address/ });
    expect((await run('view', 'save', '--name', 'Bad')).code).toBe(2);
  });
});
