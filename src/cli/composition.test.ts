import { describe, expect, it } from 'vitest';

import { fakeApi } from '../../test/fakes/api.ts';
import { runCommand } from '../../test/fakes/command-line.ts';
import { EMPTY_ANSWER, fakeLedger } from '../../test/fakes/ledger.ts';
import type { Answer, Question } from '../ledger/question.ts';

/** One workflow whose dollar is 40 system, 30 text, 10 fees, 20 unknown; another that only took money back. */
function answer({ by }: Question): Answer {
  const row = (workflow: string, cost: string, of: object) => ({
    group: by.map((name) => (name === 'workflow' ? workflow : 'm')),
    figures: {
      cost,
      inputCost: '0',
      outputCost: '0',
      feeCost: '0',
      inputTokens: 0,
      outputTokens: 0,
      calls: 4,
      unpricedCalls: 1,
      ...of,
    },
  });
  return {
    ...EMPTY_ANSWER,
    rows: [
      row('support', '10', {
        inputCost: '6',
        outputCost: '3',
        feeCost: '1',
        inputTokens: 300,
        outputTokens: 10,
        composition: { input: { system: 200 }, output: { text: 10 } },
      }),
      row('', '-2', { composition: { input: {}, output: {} } }),
    ],
  };
}

async function run(...argv: string[]) {
  return runCommand(argv, { fake: await fakeApi({ ledger: fakeLedger({ answer }) }) });
}

describe('setpoint composition', () => {
  it('prints the cents of one dollar, which add up to 100, and says what they rest on', async () => {
    const { code, out, words } = await run('composition', '--during', '2026-02');
    expect(code).toBe(0);
    expect(out).toMatch(/Workflow +Cost +System, ¢ +Text, ¢ +Fees, ¢ +Unknown, ¢/);
    expect(out).toMatch(/support +\$10\.00 +40 +30 +10 +20/);
    expect(out).toMatch(/unattributed +−\$2\.00 +– +– +– +–/);
    expect(out).toMatch(/Total +\$8\.00/);
    expect(words).toContain('estimated by tokens');
  });

  it('csv and json have every part to the picodollar', async () => {
    const { out } = await run('composition', '--output', 'csv');
    expect(out.split('\n')[1]).toMatch(/^group,support,4,1,10,4,0,0,0,0,0,0,3,0,0,1,2,/);
    const answered = JSON.parse((await run('composition', '--json')).out) as { total: { cost: string } };
    expect(answered.total.cost).toBe('8');
  });

  it('refuses what cannot be asked, with the words of the API', async () => {
    const { code, words } = await run('composition', '--by', 'bucket');
    expect(code).not.toBe(0);
    expect(words).toContain('bucket');
  });
});
