/**
 * Numbers agree with each other, whatever is asked: random periods, filters, break-downs and time zones on the demo company,
 * the days of both clock changes among them. All comparisons are exact, in picodollars.
 */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { LedgerAnswer } from '../../src/api/contract.ts';
import { parseDollars } from '../../src/units/money.ts';
import { fileRows } from '../file-rows.ts';
import type { FileRow } from '../file-rows.ts';
import { DEMO_NOW } from './demo-pages.ts';
import { startDemo } from './demo-system.ts';
import type { DemoSystem } from './demo-system.ts';

const PROGRAM = resolve(import.meta.dirname, '../../src/main.ts');
const RUNS = 25;
const SEED = 20_261_125;

let demo: DemoSystem;
beforeAll(async () => {
  demo = await startDemo(DEMO_NOW);
}, 240_000);
afterAll(() => demo?.stop());

const ZONES = ['UTC', 'Europe/Zurich', 'America/New_York'] as const;
const PERIODS = [
  '2026-10',
  '2026-11',
  '2025-10-26', // 25 hours in Zurich
  '2026-03-29', // 23 hours in Zurich
  '2025-11-02', // 25 hours in New York
  '2026-03-08', // 23 hours in New York
  '2026-03-25..2026-04-02',
  '2026-10-20..2026-11-05',
  '2026-02-10T13:30Z..2026-03-11T07:15Z',
];
const BREAKDOWNS = ['workflow', 'team', 'customer', 'model', 'provider', 'key', 'status', 'account'];
const CONDITIONS = [
  'team=CX',
  'team!=CX',
  'workflow=',
  'workflow=Support copilot',
  'provider!=openai',
  'customer=',
];

interface Question {
  readonly during: string;
  readonly zone: string;
  readonly by: string;
  readonly where: readonly string[];
  readonly limit: number;
}

const question: fc.Arbitrary<Question> = fc.record({
  during: fc.constantFrom(...PERIODS),
  zone: fc.constantFrom(...ZONES),
  by: fc.constantFrom(...BREAKDOWNS),
  where: fc.uniqueArray(fc.constantFrom(...CONDITIONS), { maxLength: 2 }),
  limit: fc.integer({ min: 1, max: 12 }),
});

/** Where the question is put; the same words for JSON and for a file. */
function pathOf({ during, zone, where }: Question, more: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams({ during, timeZone: zone, of: 'cost,calls', ...more });
  for (const condition of where) query.append('where', condition);
  return `/api/v1/ledger?${query.toString()}`;
}

function ask(one: Question, more: Readonly<Record<string, string>>): Promise<LedgerAnswer> {
  return demo.api(pathOf(one, more));
}

async function fileOf(path: string): Promise<readonly FileRow[]> {
  const response = await fetch(`${demo.apiUrl}${path}`);
  expect(response.status, path).toBe(200);
  return fileRows(new Uint8Array(await response.arrayBuffer()));
}

const costOf = (figures: { cost?: string | undefined } | null | undefined): bigint =>
  parseDollars(figures?.cost ?? '0');
const sum = (answer: LedgerAnswer): bigint =>
  answer.rows.reduce((left, { figures }) => left + costOf(figures), 0n) + costOf(answer.other);
const callsOf = (answer: LedgerAnswer): number =>
  answer.rows.reduce((left, { figures }) => left + (figures.calls ?? 0), 0) + (answer.other?.calls ?? 0);

const amountOf = (text: string | null | undefined): bigint => parseDollars(text ?? '0');

/** Rows + other = total, of what the file itself holds. */
function addsUp(rows: readonly FileRow[], column: string): void {
  const total = rows.find(({ row }) => row === 'total');
  const listed = rows.filter(({ row }) => row !== 'total');
  expect(
    listed.reduce((left, row) => left + amountOf(row[column]), 0n),
    column,
  ).toBe(amountOf(total?.[column]));
}

/** To the picodollar: what the file says of each group is what the answer says. */
function sameAs(answer: LedgerAnswer, rows: readonly FileRow[], by: string): void {
  const { compared } = answer;
  const marked = (mark: string): readonly FileRow[] => rows.filter(({ row }) => row === mark);
  expect(marked('group').map((row) => [row[by] ?? '', amountOf(row['cost']), row['calls']])).toEqual(
    answer.rows.map(({ group, figures }) => [group[0], costOf(figures), String(figures.calls)]),
  );
  expect(marked('group').map((row) => row['beforeCost'])).toEqual(
    answer.rows.map((_, at) => compared?.rows[at]?.cost ?? null),
  );
  const [total] = marked('total');
  expect(total).toMatchObject({
    cost: answer.total.cost,
    beforeCost: compared?.total.cost,
    unpricedCalls: String(answer.unpricedCalls),
    unattributedCost: answer.unattributedCost,
    timeZone: answer.timeZone,
    periodFrom: answer.during.from,
    periodTo: answer.during.to,
    completeUntil: expect.stringMatching(/^2026-11-/), // the drain goes on meanwhile
  });
  addsUp(rows, 'cost');
  addsUp(rows, 'calls');
  if (compared?.other !== null) addsUp(rows, 'beforeCost');
}

function always(holds: (one: Question) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(question, holds), { numRuns: RUNS, seed: SEED });
}

describe('whatever is asked', { timeout: 300_000 }, () => {
  it('hours, days, weeks and months each add up to the total', () =>
    always(async (one) => {
      const total = await ask(one, {});
      for (const step of ['hour', 'day', 'week', 'month']) {
        const steps = await ask(one, { by: step, limit: '10000' });
        expect(sum(steps), step).toBe(costOf(total.total));
        expect(callsOf(steps), step).toBe(total.total.calls);
      }
    }));

  it('groups, the rest and the unattributed add up to the total, however few are listed', () =>
    always(async (one) => {
      const total = await ask(one, {});
      const groups = await ask(one, { by: one.by, limit: String(one.limit) });
      expect(groups.rows.length).toBeLessThanOrEqual(one.limit);
      expect(sum(groups)).toBe(costOf(total.total));
      expect(callsOf(groups)).toBe(total.total.calls);
      expect(groups.total.cost).toBe(total.total.cost);
    }));

  it('what is beside an answer is the answer of that period', () =>
    always(async (one) => {
      const beside = await ask(one, { by: one.by, limit: String(one.limit), compare: 'previous' });
      const { compared } = beside;
      if (compared === undefined) throw new Error('nothing is compared');
      const before = await ask(
        { ...one, during: `${compared.during.from}..${compared.during.to}` },
        { by: one.by, limit: '10000' },
      );
      expect(compared.total).toEqual(before.total);
      const rows = compared.rows.reduce((left, row) => left + costOf(row), 0n);
      expect(rows + costOf(compared.other)).toBe(costOf(before.total));
      for (const [at, { group }] of beside.rows.entries())
        expect(costOf(compared.rows[at])).toBe(
          costOf(before.rows.find((row) => row.group[0] === group[0])?.figures),
        );
    }));

  it('a file holds the rows of the answer and adds up by itself, as CSV and as Parquet', () =>
    always(async (one) => {
      const more = { by: one.by, limit: String(one.limit), compare: 'previous' };
      const answer = await ask(one, more);
      for (const format of ['csv', 'parquet'])
        sameAs(answer, await fileOf(pathOf(one, { ...more, format })), one.by);
    }));

  it('so do files of hours, days, weeks and months, each step beside the one that it is compared with', () =>
    always(async (one) => {
      for (const step of ['hour', 'day', 'week', 'month']) {
        const more = { by: step, limit: '10000', compare: 'previous' };
        const answer = await ask(one, more);
        const { compared } = answer;
        const joined = (compared?.rows ?? []).reduce((left, row) => left + costOf(row), 0n);
        if (compared?.other !== null)
          expect(joined + costOf(compared?.other), step).toBe(costOf(compared?.total));
        sameAs(answer, await fileOf(pathOf(one, { ...more, format: 'parquet' })), step);
      }
    }));

  it('the lines of a filter add up to its total, in the file itself', async () => {
    for (const during of ['2025-10-26', '2026-03-08', '2026-10-05'])
      for (const zone of ZONES) {
        const one: Question = { during, zone, by: 'team', where: ['team=CX'], limit: 1 };
        const { total } = await ask(one, {});
        const words = new URLSearchParams({ during, timeZone: zone, where: 'team=CX', simulated: 'exclude' });
        const rows = await fileOf(`/api/v1/calls?${words.toString()}&format=parquet&limit=2000`);
        addsUp(rows, 'cost');
        addsUp(rows, 'calls');
        expect(rows.at(-1)).toMatchObject({ row: 'total', cost: total.cost, calls: String(total.calls) });
      }
  });

  it('what is missing from a file is seen: the control', async () => {
    const one: Question = { during: '2026-10', zone: 'UTC', by: 'team', where: [], limit: 1 };
    const rows = await fileOf(pathOf(one, { by: 'team', limit: '1', format: 'csv' }));
    expect(rows.map(({ row }) => row)).toEqual(['group', 'other', 'total']);
    expect(() =>
      addsUp(
        rows.filter(({ row }) => row !== 'other'),
        'cost',
      ),
    ).toThrow();
  });

  it('a day of another zone is another day: the control', async () => {
    const one: Question = { during: '2026-10-20', zone: 'UTC', by: 'day', where: [], limit: 1 };
    const [utc, york] = [await ask(one, {}), await ask({ ...one, zone: 'America/New_York' }, {})];
    expect(utc.total.cost).not.toBe(york.total.cost);
  });
});

describe('the command line', { timeout: 300_000 }, () => {
  it.each(ZONES)('says the same as the API, as JSON and as CSV, in %s', async (zone) => {
    const one: Question = {
      during: '2025-10-20..2025-11-05',
      zone,
      by: 'team',
      where: ['provider!=openai'],
      limit: 3,
    };
    const answer = await ask(one, { by: 'team', limit: '3' });
    const run = async (...more: string[]): Promise<string> => {
      const words = [
        'ledger',
        '--url',
        demo.apiUrl,
        '--during',
        one.during,
        '--time-zone',
        zone,
        '--by',
        'team',
      ];
      const rest = ['--of', 'cost,calls', '--limit', '3', '--where', 'provider!=openai', ...more];
      return (await promisify(execFile)(process.execPath, [PROGRAM, ...words, ...rest])).stdout;
    };
    const json = JSON.parse(await run('--json')) as LedgerAnswer;
    expect({ rows: json.rows, other: json.other, total: json.total }).toEqual({
      rows: answer.rows,
      other: answer.other,
      total: answer.total,
    });
    const rows = await fileRows(Buffer.from(await run('--format', 'csv')));
    const exact = answer.rows.map(({ group, figures }) => [...group, figures.cost, String(figures.calls)]);
    const groups = rows.filter(({ row }) => row === 'group');
    expect(groups.map(({ team, cost, calls }) => [team ?? '', cost, calls])).toEqual(exact);
    addsUp(rows, 'cost');
    expect(rows.at(-1)).toMatchObject({ row: 'total', cost: answer.total.cost });
  });
});
