import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fakeApi, fetchFrom } from '../../test/fakes/api.ts';
import { emptyDirectory, NO_SERVER, runCommand } from '../../test/fakes/command-line.ts';
import { OCTOBER, sampleUses } from '../../test/fakes/focus-sample.ts';
import { fakeLedger } from '../../test/fakes/ledger.ts';
import { usesLedger } from '../../test/fakes/uses.ts';

const MODEL = new URL('../../../shared/fixtures/focus-1.2-requirements.json', import.meta.url);
const ABSENT = 'the requirements model is reference data that is not here';

/** A directory of its own per test; no server but the fake one, and none at all for checks. */
function place() {
  const directory = emptyDirectory();
  const run = async (argv: readonly string[], serving = true) => {
    const ledger = { ...fakeLedger(), ...usesLedger(sampleUses()) };
    const fake = await fakeApi({ ledger, now: () => OCTOBER.toMs });
    return runCommand(argv, {
      workingDirectory: directory,
      nowMs: () => OCTOBER.toMs,
      fetch: serving ? fetchFrom(fake) : NO_SERVER,
    });
  };
  return { directory, run };
}

describe('setpoint focus', () => {
  it('exports to standard output and to a file, and says beside what is missing', async () => {
    const { directory, run } = place();
    const shown = await run(['focus', 'export', '--during', '2026-10']);
    expect(shown.code).toBe(0);
    expect(shown.out.startsWith('BilledCost,BillingAccountId,')).toBe(true);
    expect(shown.words).toContain('1 calls have no price and are not in the file');
    const kept = await run([
      'focus',
      'export',
      '--during',
      '2026-10',
      '--format',
      'parquet',
      '--out',
      'f.parquet',
    ]);
    expect([kept.code, kept.out]).toEqual([0, '']);
    expect(readFileSync(join(directory, 'f.parquet')).toString('latin1', 0, 4)).toBe('PAR1');
    expect(existsSync(join(directory, 'f.parquet.part'))).toBe(false);
  });

  it('checks a file without a server and without a model, and says where a model is', async () => {
    const { directory, run } = place();
    writeFileSync(join(directory, 'f.csv'), (await run(['focus', 'export', '--during', '2026-10'])).out);
    const { code, out, words } = await run(['focus', 'check', 'f.csv'], false);
    expect(words).toContain('finopsfoundation/focus_validator');
    expect(out).toContain('No rule that must be kept is broken.');
    expect(code).toBe(0);
  });

  it('remembers a model, and fails with the first offending rows', async (context) => {
    if (!existsSync(MODEL)) return context.skip(ABSENT);
    const { directory, run } = place();
    writeFileSync(join(directory, 'model.json'), readFileSync(MODEL));
    const added = await run(['focus', 'model', 'add', 'model.json'], false);
    expect(added.out).toContain('621 rules');
    expect(existsSync(join(directory, '.setpoint/focus/model-1.2.json'))).toBe(true);
    const csv = (await run(['focus', 'export', '--during', '2026-10'])).out;
    writeFileSync(join(directory, 'good.csv'), csv);
    writeFileSync(join(directory, 'bad.csv'), csv.replace(',USD,', ',USX,'));
    expect((await run(['focus', 'check', 'good.csv'], false)).code).toBe(0);
    const bad = await run(['focus', 'check', 'bad.csv'], false);
    expect(bad.code).toBe(1);
    expect(bad.out).toContain('BillingCurrency-C-006-M (must) fails: 1 of 396 rows');
    expect(bad.out).toContain('row 1: BillingCurrency="USX"');
    const json = await run(
      ['focus', 'check', 'bad.csv', '--model', 'model.json', '--supports', 'none', '--json'],
      false,
    );
    expect((JSON.parse(json.out) as { sets: { rules: unknown[] }[] }).sets[0]?.rules).toHaveLength(621);
    for (const format of ['csv', 'md', 'ndjson'])
      expect((await run(['focus', 'check', 'bad.csv', '--output', format], false)).out).toContain(
        'BillingCurrency',
      );
    expect((await run(['focus', 'check', 'good.csv', '--rules'], false)).out).toContain('not-applicable');
  });

  it('2: says what is wrong with the words, the file or the model', async () => {
    const { directory, run } = place();
    writeFileSync(join(directory, 'ragged.csv'), 'A,B\n1\n');
    writeFileSync(join(directory, 'no-model.json'), '{}');
    for (const [argv, words] of [
      [['focus', 'check', 'nothing.csv'], /no file nothing\.csv/],
      [['focus', 'check', 'ragged.csv'], /Row 1 has 1 fields/],
      [['focus', 'model', 'add', 'no-model.json'], /no FOCUS requirements model/],
      [['focus', 'model', 'remove'], /unknown command/],
      [['focus', 'export', '--spec', '9'], /Allowed choices/],
    ] as const) {
      const ran = await run(argv, false);
      expect(ran.words).toMatch(words);
      expect(ran.code).toBe(2);
    }
  });

  it('5: an export needs the server', async () => {
    expect((await place().run(['focus', 'export'], false)).code).toBe(5);
  });
});
