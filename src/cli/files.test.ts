/** Answers as files on the command line: where they go, and what is refused. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { API_URL, fakeApi, fetchFrom } from '../../test/fakes/api.ts';
import { emptyDirectory, runCommand } from '../../test/fakes/command-line.ts';
import { fakeLedger, LINE, PAPER_ANSWER } from '../../test/fakes/ledger.ts';
import { fileRows } from '../../test/file-rows.ts';

async function place({ isTTY = false, breaks = false } = {}) {
  const directory = emptyDirectory();
  const ledger = fakeLedger({ answer: () => ({ ...PAPER_ANSWER, unpricedCalls: 3 }) });
  const fetchOf = fetchFrom(await fakeApi({ ledger }));
  const run = async (...argv: string[]) => {
    const out: Uint8Array[] = [];
    const ran = await runCommand(argv, {
      workingDirectory: directory,
      stdout: { write: (text) => void out.push(Buffer.from(text)), isTTY },
      fetch: async (input) => {
        const response = await fetchOf(input);
        if (!breaks) return response;
        const broken = new ReadableStream({
          start(controller) {
            controller.enqueue(new Uint8Array([1]));
            controller.error(new Error('the connection broke'));
          },
        });
        return new Response(broken, { headers: response.headers });
      },
    });
    return { ...ran, out: Buffer.concat(out) };
  };
  const file = (name: string): Buffer => readFileSync(join(directory, name));
  return { directory, run, file, fetchOf };
}

describe('an answer as a file', () => {
  it.each(['csv', 'parquet', 'ndjson'])(
    'has the bytes of the API, on standard output and in a file: %s',
    async (format) => {
      const { run, file, fetchOf } = await place();
      const ask = ['ledger', '--by', 'workflow,team', '--of', 'calls,cost', '--during', '2026-03'];
      const answered = await fetchOf(
        `${API_URL}/api/v1/ledger?by=workflow,team&of=calls,cost&during=2026-03&format=${format}`,
      );
      const bytes = Buffer.from(await answered.arrayBuffer());
      const shown = await run(...ask, '--format', format);
      expect(shown.code).toBe(0);
      expect(shown.out.equals(bytes)).toBe(true);
      const kept = await run(...ask, '--output', `spend.${format}`);
      expect([kept.code, kept.out.length]).toEqual([0, 0]);
      expect(file(`spend.${format}`).equals(bytes)).toBe(true);
      expect(kept.words).toContain(`spend.${format} · `);
      expect(kept.words).toContain('complete until 2026-03-30T23:59:59.000Z');
      expect(kept.words).toContain('! 3 calls are unpriced');
    },
  );

  it('takes the format that is said before the one of the name', async () => {
    const { run, file } = await place();
    expect((await run('ledger', '--format', 'parquet', '--output', 'spend.bin')).code).toBe(0);
    expect(file('spend.bin').toString('latin1', 0, 4)).toBe('PAR1');
  });

  it.each([
    ['ledger'],
    ['call', 'list'],
    ['changes'],
    ['composition'],
    ['anomalies'],
    ['attribution', 'coverage'],
    ['attribution', 'missing'],
    ['budget', 'list'],
    ['price', 'list'],
  ])('there is one of %s %s', async (...command) => {
    const { run, file } = await place();
    const words = command.filter((word) => word !== undefined);
    expect(await run(...words, '--output', 'rows.parquet')).toMatchObject({ code: 0 });
    expect(await run(...words, '--output', 'rows.csv')).toMatchObject({ code: 0 });
    expect(await fileRows(file('rows.parquet'))).toHaveLength((await fileRows(file('rows.csv'))).length);
    expect(file('rows.csv').toString()).toMatch(/^row,/);
  });

  it('shows no Parquet to a terminal, and says what to do', async () => {
    const { run } = await place({ isTTY: true });
    const { code, out, words } = await run('ledger', '--format', 'parquet');
    expect([code, out.length]).toEqual([2, 0]);
    expect(words).toContain('A Parquet file is no text. Name a file with --output');
    expect((await run('ledger', '--format', 'csv')).code).toBe(0);
  });

  it.each([
    [['ledger', '--output', 'spend.xlsx'], /neither a format \(table, json, csv, ndjson, md\) nor a file/],
    [['ledger', '--format', 'csv', '--json'], /leave out --json/],
    [['ledger', '--format', 'csv', '--output', 'md'], /leave out --output md/],
    [['price', 'show', '--format', 'csv'], /list of versions is no file/],
  ] as const)('exits 2 for %j', async (argv, words) => {
    const { run } = await place();
    const ran = await run(...argv);
    expect([ran.code, ran.out.length]).toEqual([2, 0]);
    expect(ran.words).toMatch(words);
  });

  it('leaves no half of a file', async () => {
    const { directory, run } = await place({ breaks: true });
    const { code, words } = await run('ledger', '--output', 'spend.csv');
    expect(code).toBe(1);
    expect(words).toContain('not written whole, so it was removed');
    for (const name of ['spend.csv', 'spend.csv.part']) expect(existsSync(join(directory, name))).toBe(false);
  });

  it('says which file cannot be written', async () => {
    const { run } = await place();
    const { code, words } = await run('ledger', '--output', 'not-there/spend.csv');
    expect(code).toBe(1);
    expect(words).toContain('not-there/spend.csv cannot be written');
  });
});

describe('setpoint call list', () => {
  it('shows the newest lines for people, and the page as JSON', async () => {
    const { run } = await place();
    const { code, out } = await run('call', 'list', '--during', '2026-03');
    expect(code).toBe(0);
    expect(out.toString()).toContain(LINE.call);
    const json = JSON.parse((await run('call', 'list', '--json')).out.toString()) as { lines: unknown[] };
    expect(json.lines).toHaveLength(1);
    expect((await run('call', 'list', '--output', 'md')).out.toString()).toMatch(/^\| Started \(UTC\) \|/);
  });
});
