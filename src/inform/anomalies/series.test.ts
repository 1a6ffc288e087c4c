import { expect, it } from 'vitest';

import { EMPTY_ANSWER, fakeLedger } from '../../../test/fakes/ledger.ts';
import type { Question } from '../../ledger/question.ts';
import { HOUR_MS, readSeries } from './series.ts';

const START_MS = Date.UTC(2026, 0, 5);
const HOURS = 100 * 24;

/** Reads a hundred days of so many groups from a ledger that gives 10,000 rows and no more. */
async function read(groups: number, beginMs = START_MS) {
  const asked: Question[] = [];
  const reader = fakeLedger({
    answer(question) {
      asked.push(question);
      const { fromMs, toMs } = question.during;
      const rows = Array.from({ length: ((toMs - fromMs) / HOUR_MS) * groups }, (_, at) => {
        const hour = new Date(fromMs + Math.floor(at / groups) * HOUR_MS).toISOString().slice(0, 16);
        return { group: [`${hour}+00:00`, `group ${at % groups}`], figures: { cost: String(at) } };
      });
      const other = rows.length > question.limit ? { cost: '1' } : null;
      return { ...EMPTY_ANSWER, rows: rows.slice(0, question.limit), other };
    },
  });
  const during = { fromMs: beginMs, toMs: beginMs + HOURS * HOUR_MS };
  return {
    asked,
    series: await readSeries(reader, { during, step: 'hour', by: 'workflow', of: ['cost'], where: [] }),
  };
}

it.each([1, 10, 29, 30, 500])(
  'reads every hour of %i groups, whatever the limit of an answer',
  async (groups) => {
    const { series } = await read(groups);
    expect(series.cut).toBe(false);
    expect(series.starts).toHaveLength(HOURS);
    expect(series.groups.size).toBe(groups);
    for (const values of series.groups.values()) expect(values.every((one) => one !== undefined)).toBe(true);
  },
);

it('asks little: few groups make long slices', async () => {
  expect((await read(1)).asked).toHaveLength(2);
  expect((await read(10)).asked).toHaveLength(5);
});

it('asks for the weeks in the middle in the same words an hour later, so that their answers can be kept', async () => {
  const [before, later] = [await read(20), await read(20, START_MS + HOUR_MS)];
  const spans = before.asked.map(({ during }) => during);
  expect(later.asked.map(({ during }) => during).slice(1, -1)).toEqual(spans.slice(1, -1));
  expect(spans.length).toBeGreaterThan(4);
});
