import { describe, expect, it } from 'vitest';

import { fakeApi } from '../../test/fakes/api.ts';
import { runCommand } from '../../test/fakes/command-line.ts';
import { fakeLedger } from '../../test/fakes/ledger.ts';
import { lineLedger } from '../../test/fakes/line-ledger.ts';
import { barText } from './commands/budget.ts';

const DAY_MS = 86_400_000;
/** Twenty dollars a day, from January to 19 March; now is 20 March, 10:00. */
const LINES = Array.from({ length: 78 }, (_, day) => ({
  atMs: Date.UTC(2026, 0, 1, 9) + day * DAY_MS,
  cost: '20',
  is: { team: 'CX', workflow: 'support' },
}));
const SET = ['set', 'Support', '--scope', 'team=CX', '--per', 'month', '--reason', 'agreed'];

async function open(parts: Parameters<typeof fakeApi>[0] = {}) {
  const fake = await fakeApi({ ledger: { ...fakeLedger(), ...lineLedger(LINES).reader }, ...parts });
  return (...argv: readonly string[]) => runCommand(['budget', ...argv], { fake });
}

describe('setpoint budget', () => {
  it('sets one, changes it under the same name, ends it; the history has all of it', async () => {
    const run = await open();
    const set = await run(
      ...SET,
      '--amount',
      '500',
      '--warn',
      '80',
      '--throttle',
      '90:5',
      '--downgrade',
      '95:gpt-4o-mini',
    );
    expect([set.code, set.out]).toEqual([0, 'support\n']);
    expect(set.words).toContain('Support: $500.00 per month for team CX, hard, version 1.');
    const changed = await run(...SET, '--amount', '700', '--mode', 'expected', '--json');
    expect(JSON.parse(changed.out)).toMatchObject({
      id: 'support',
      version: 2,
      amount: '700',
      mode: 'expected',
    });
    const shown = await run('show', 'support');
    expect(shown.words).toContain('version 2, in-force, $700.00 2026-03-20 by local: agreed');
    expect(shown.words).toContain('version 1, replaced, $500.00');
    expect(shown.words).toContain('February: $560.00, 80%');
    expect(shown.words).toContain('Overrun now at most $0');
    expect((await run('end', 'support', '--reason', 'over')).code).toBe(0);
    const list = await run('list');
    expect(list.out).toContain('No budget is set.');
    expect((await run('end', 'support')).code).toBe(1);
  });

  it('lists a bar, what is left and the day on which it is used up', async () => {
    const run = await open();
    await run(...SET, '--amount', '500');
    const { out, words } = await run('list');
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      'Budget   For      Window  Used                    %    Spent  Reserved     Left      Cap  Used up',
      expect.stringMatching(/^───/),
      'support  team CX  March   ███████████████░░░░░  76%  $380.00        $0  $120.00  $500.00  27 Mar at the pace of 7d',
      '',
    ]);
    expect(words).toContain('it is used up on 27 March');
    const past = JSON.parse((await run('list', '--at', '2026-03-08', '--json')).out) as {
      budgets: Array<{ accounts: Array<{ spent: string }> }>;
    };
    expect(past.budgets[0]!.accounts[0]!.spent).toBe('140');
  });

  it('says what it cannot know', async () => {
    const run = await open({
      budgetAccounts: () => {
        throw new Error('gone');
      },
    });
    await run(...SET, '--amount', '500');
    const { out, words } = await run('list', '--ascii');
    expect(out).toContain('###############.....  76%  $380.00         ?     ?  $500.00');
    expect(words).toContain('The budget authority cannot be asked');
  });

  it('checks a call: 0 when it goes, 3 when it is refused, 1 when nobody can tell', async () => {
    const call = [
      'check',
      '--team',
      'CX',
      '--model',
      'gpt-4o',
      '--input-tokens',
      '1000000',
      '--output-tokens',
      '100000',
    ];
    const run = await open();
    expect(await run(...call)).toMatchObject({ code: 0, out: 'No budget counts this call.\n' });
    await run(...SET, '--amount', '500');
    const goes = await run(...call);
    expect(goes.code).toBe(0);
    expect(goes.out).toMatch(/support\s+hard\s+go\s+\$3\.50\s+\$120\.00/);
    await run(...SET, '--amount', '383');
    const refused = await run(...call, '--json');
    expect([refused.code, (JSON.parse(refused.out) as { verdict: string }).verdict]).toEqual([3, 'refused']);

    const blind = await open({
      budgetAccounts: () => {
        throw new Error('gone');
      },
    });
    await blind(...SET, '--amount', '500');
    expect((await blind(...call)).code).toBe(1);
  });

  it.each([
    [['--scope', 'nobody'], /--scope "nobody" is none of/],
    [['--scope', 'team=CX', '--rolling', '24h', '--per', 'day'], /either --per/],
    [['--scope', 'team=CX'], /either --per/],
    [['--scope', 'team=CX', '--rolling', 'a while'], /neither hours/],
    [['--scope', 'team=CX', '--per', 'day', '--warn', 'soon'], /no percentage/],
    [['--scope', 'team=CX', '--per', 'day', '--throttle', '90'], /as 90:5 is/],
    [['--scope', 'team=CX', '--per', 'day', '--throttle', '90:fast'], /calls a second/],
  ])('%s is a wrong word, and exits 2', async (words, told) => {
    const run = await open();
    const ran = await run('set', 'x', '--amount', '5', '--reason', 'r', ...words);
    expect(ran.code).toBe(2);
    expect(ran.words).toMatch(told);
  });

  it('what makes no sense is refused by the server in its words, and exits 2', async () => {
    const run = await open();
    const ran = await run(...SET, '--amount', '5', '--on-loss', 'open');
    expect(ran.code).toBe(2);
    expect(ran.words).toContain('a hard budget never lets calls through unseen');
  });
});

describe('the bar', () => {
  it.each([
    [{ spentPercent: 0, percent: 0 }, '....................'],
    [{ spentPercent: 0.1, percent: 0.1 }, '#...................'],
    [{ spentPercent: 50, percent: 75 }, '##########=====.....'],
    [{ spentPercent: 99.9, percent: 99.9 }, '###################.'],
    [{ spentPercent: 130, percent: 140 }, '####################'],
    [{ spentPercent: 50, percent: null }, '##########..........'],
    [{ spentPercent: null, percent: null }, '?'],
  ])('%o', (account, bar) => {
    expect(barText(account, 'ascii')).toBe(bar);
  });
});
