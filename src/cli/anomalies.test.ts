import { describe, expect, it } from 'vitest';

import { fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import { runCommand } from '../../test/fakes/command-line.ts';
import { EMPTY_ANSWER, fakeLedger } from '../../test/fakes/ledger.ts';
import type { Answer, Question } from '../ledger/question.ts';
import { parseDollars } from '../units/money.ts';

const HOUR_MS = 3_600_000;

/** Level spend with one storm; the later month has twice the tokens for the same calls. */
function answer({ by, during }: Question): Answer {
  const stormMs = Math.floor((NOW_MS - 48 * HOUR_MS) / HOUR_MS) * HOUR_MS;
  const sums = new Map<string, number>();
  for (let atMs = Math.ceil(during.fromMs / HOUR_MS) * HOUR_MS; atMs < during.toMs; atMs += HOUR_MS) {
    if (atMs < NOW_MS - 84 * 24 * HOUR_MS) continue;
    const text = new Date(atMs).toISOString();
    const words: Record<string, string> = {
      hour: `${text.slice(0, 16)}+00:00`,
      day: text.slice(0, 10),
      workflow: 'support',
      model: 'gpt-x',
      bucket: 'freshIn',
    };
    const key = JSON.stringify(by.map((name) => words[name] ?? ''));
    const storm = atMs >= stormMs && atMs < stormMs + 5 * HOUR_MS;
    sums.set(key, (sums.get(key) ?? 0) + (storm ? 90 : 10 + ((atMs / HOUR_MS) % 3)));
  }
  const rows = [...sums].map(([key, cost]) => ({
    group: JSON.parse(key) as string[],
    figures: {
      cost: String(cost),
      calls: 10,
      units: Math.round(cost * 1_000),
      attempts: 10,
      inputTokens: 100,
    },
  }));
  return { ...EMPTY_ANSWER, rows };
}

async function run(...argv: string[]) {
  return runCommand(argv, { fake: await fakeApi({ ledger: fakeLedger({ answer }) }) });
}

describe('setpoint anomalies', () => {
  it('begins with the sentence, then the table, and says what the band held', async () => {
    const { code, out, words } = await run('anomalies', '--during', '14d');
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toMatch(/^1 window of strange spend, \$[\d.,]+ above expectation \(/);
    expect(out).toMatch(/support/);
    expect(out).toMatch(/ {2}5 /);
    expect(words).toContain('judged hours lay inside the band');
  });

  it('--json is the answer of the API, csv and md are its rows', async () => {
    const { out } = await run('anomalies', '--during', '14d', '--json');
    expect((JSON.parse(out) as { spend: unknown[] }).spend).toHaveLength(1);
    const csv = await run('anomalies', '--during', '14d', '--output', 'csv');
    expect(csv.out.split('\n')[1]).toMatch(/^group,[0-9a-f]{12},spend,/);
    expect((await run('anomalies', '--during', '14d', '--output', 'md')).out).toContain('| support');
  });

  it('notes an anomaly by its id alone, and refuses an id that it does not know', async () => {
    const { out } = await run('anomalies', '--during', '14d', '--json');
    const { spend } = JSON.parse(out) as { spend: { id: string }[] };
    const noted = await run(
      'anomaly',
      'note',
      spend[0]?.id ?? '',
      '--state',
      'expected',
      '--note',
      'load test',
      '--during',
      '14d',
    );
    expect(noted).toMatchObject({ code: 0 });
    expect(noted.words).toContain('is expected now');
    const unknown = await run('anomaly', 'note', '000000000000', '--state', 'resolved');
    expect(unknown.code).toBe(1);
    expect(unknown.words).toContain('Nothing was noted');
  });
});

describe('setpoint changes', () => {
  it('prints the waterfall: sentence, cells, total', async () => {
    const { code, out, words } = await run('changes', '--after', '7d');
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toMatch(/^Spend rose \$/);
    expect(out).toMatch(/Workflow +Model +Before +After +Change +Calls +Mix +Context +Token mix +Rate/);
    expect(out).toMatch(/\nTotal /);
    expect(words).toContain('against previous');
  });

  it('csv has exact decimals', async () => {
    const { out } = await run('changes', '--after', '7d', '--output', 'csv');
    const [head = '', row = ''] = out.split('\n');
    expect(head).toMatch(/^row,workflow,model,before,after,change,calls,mix,context,tokenMix,rate,beside,/);
    const [before = 0n, after = 0n, change = 0n, ...parts] = row.split(',').slice(3, 12).map(parseDollars);
    expect(after - before).toBe(change);
    expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(change);
  });

  it('refuses what is no period with exit code 2 or 1 and the forms that are', async () => {
    const { code, words } = await run('changes', '--after', 'sometime');
    expect(code).not.toBe(0);
    expect(words).toContain('this-month');
  });
});
