/**
 * Keeps the condensed roll-ups: which days of them are right, and makes months anew that are not.
 *
 * Lines are only ever added. So a month that was condensed from n lines is right as long as it has n lines, and a day of it
 * as long as no line was added on it or before it in that month. What is right is remembered here, lost with the process, and
 * found again by counting; whatever is not right is answered from `QUARTERS` and the lines, so questions never wait for this.
 * A month is put in place in one step, so a question sees it as it was or as it is, never half made.
 */
import type { Span } from '../question.ts';
import { LINE_COLUMNS } from './columns.ts';
import type { Engine } from './engine.ts';
import { countsOf, firstChange, linesByDay, linesByMonth, rightMonths, startOf } from './month-counts.ts';
import { CONDENSED, columnsOfRollup, condensedSelect } from './rollups.ts';
import type { Rollup } from './rollups.ts';
import { joined } from './spans.ts';

const DAY_MS = 86_400_000;
/** A month that lines still come to is made anew so often at most, and so that it costs a hundredth of the time. */
const REST_MS = 10 * 60_000;
const REST_TIMES = 100;
/** One that no lines have come to for so long, sooner, at a tenth. */
const QUIET_MS = 10_000;
const QUIET_TIMES = 10;

export interface Condensed {
  /** What may be read from every condensed roll-up, in order. */
  covered(): readonly Span[];
  /** Rows are about to be inserted. */
  expect(rows: readonly Buffer[]): void;
  /** Lines were perhaps added in another way. */
  recount(): Promise<void>;
  /** The months that are not right in full. */
  due(which: 'all' | 'rested'): readonly number[];
  condense(month: number): Promise<void>;
  forget(): void;
  /** Whether what is covered accounts for every line of it. */
  agrees(): Promise<boolean>;
}

interface Month {
  /** Lines when it was condensed, and by day as `QUARTERS` had them. */
  lines: number;
  days?: ReadonlyMap<number, number>;
  /** Lines when they were last counted. */
  counted?: number;
  rightUntilMs: number;
  touchedMs: number;
  condensedMs: number;
  tookMs: number;
}

/** For a cluster, and for a process that only drains: questions are answered from `QUARTERS` and the lines. */
export const NONE_CONDENSED: Condensed = {
  covered: () => [],
  expect: () => undefined,
  recount: () => Promise.resolve(),
  due: () => [],
  condense: () => Promise.resolve(),
  forget: () => undefined,
  agrees: () => Promise.resolve(true),
};

export async function openCondensed(engine: Engine, nowMs: () => number): Promise<Condensed> {
  const months = await monthsAtFirst(engine);

  const forget = (): void => {
    for (const [month, state] of months) state.rightUntilMs = startOf(month);
  };
  function touch(atMs: number): void {
    const month = monthOf(atMs);
    const state = months.get(month) ?? { ...NEVER, lines: 0, rightUntilMs: startOf(month) };
    state.rightUntilMs = Math.min(state.rightUntilMs, Math.floor(atMs / DAY_MS) * DAY_MS);
    state.touchedMs = nowMs();
    months.set(month, state);
  }
  return {
    forget,
    covered: () =>
      joined(
        [...months]
          .map(([month, { rightUntilMs }]) => ({ fromMs: startOf(month), toMs: rightUntilMs }))
          .filter(({ fromMs, toMs }) => fromMs < toMs)
          .toSorted((a, b) => a.fromMs - b.fromMs),
      ),
    expect(rows) {
      const instants = rows.flatMap((row) => startsOf(row));
      if (instants.some((atMs) => Number.isNaN(atMs))) forget();
      else for (const atMs of new Set(instants.map((one) => Math.floor(one / DAY_MS) * DAY_MS))) touch(atMs);
    },
    async recount() {
      for (const [month, lines] of await linesByMonth(engine)) {
        const state = months.get(month);
        if (state?.lines === lines || (engine.isShared && state?.counted === lines)) continue;
        touch(state?.days === undefined ? startOf(month) : await firstChange(engine, month, state.days));
        (months.get(month) as Month).counted = lines;
      }
    },
    due: (which) =>
      [...months]
        .filter(([month, { rightUntilMs }]) => rightUntilMs < startOf(month + 1))
        .filter(([, state]) => which === 'all' || hasRested(state, nowMs()))
        .map(([month]) => month)
        .toSorted((a, b) => a - b),
    async condense(month) {
      const startMs = performance.now();
      // Counted before: what others add while it is made shows as a difference, and the month is made again.
      const lines = (await linesByMonth(engine)).get(month) ?? 0;
      const days = engine.isShared ? await linesByDay(engine, month) : undefined;
      for (const rollup of CONDENSED) await remake(engine, rollup, month);
      months.set(month, {
        lines,
        ...(days !== undefined && { days }),
        rightUntilMs: startOf(month + 1),
        touchedMs: months.get(month)?.touchedMs ?? 0,
        condensedMs: nowMs(),
        tookMs: performance.now() - startMs,
      });
    },
    async agrees() {
      const found = await countsOf(engine);
      return [...months].every(
        ([month, { lines, rightUntilMs }]) =>
          rightUntilMs === startOf(month) || found.every((counts) => counts.get(month) === lines),
      );
    },
  };
}

const NEVER = { touchedMs: 0, condensedMs: Number.NEGATIVE_INFINITY, tookMs: 0 };

/** A month is right in full where every roll-up accounts for its lines; how far others are is not known any more. */
async function monthsAtFirst(engine: Engine): Promise<Map<number, Month>> {
  const right = await rightMonths(engine);
  return new Map(
    [...(await linesByMonth(engine)).keys()].map((month) => {
      const lines = right.get(month);
      return [
        month,
        { ...NEVER, lines: lines ?? 0, rightUntilMs: startOf(lines === undefined ? month : month + 1) },
      ];
    }),
  );
}

function hasRested({ touchedMs, condensedMs, tookMs }: Month, nowMs: number): boolean {
  const restMs = nowMs - condensedMs;
  return (
    restMs >= Math.max(REST_MS, REST_TIMES * tookMs) ||
    (nowMs - touchedMs >= QUIET_MS && restMs >= QUIET_TIMES * tookMs)
  );
}

/** Made beside the table and put in place as a whole. */
async function remake(engine: Engine, rollup: Rollup, month: number): Promise<void> {
  const { database } = engine;
  const table = `${database}.${rollup.table}`;
  const beside = `${table}_next`;
  await engine.run(`DROP TABLE IF EXISTS ${beside}`);
  await engine.run(`CREATE TABLE ${beside} AS ${table}`);
  await engine.run(
    `INSERT INTO ${beside} (${columnsOfRollup(rollup).join(', ')}) SETTINGS async_insert = 0, ` +
      `optimize_on_insert = 0 ${condensedSelect(database, rollup, month)}`,
  );
  await engine.run(`ALTER TABLE ${table} REPLACE PARTITION ${month} FROM ${beside}`);
  await engine.run(`DROP TABLE ${beside}`);
}

const STARTED_AT = LINE_COLUMNS.findIndex(({ name }) => name === 'started_at');
const START = new RegExp(String.raw`^\[(?:(?:"(?:[^"\\]|\\.)*"|[^,"]*),){${STARTED_AT}}(\d+),`);
/** So much of a line holds its start, unless a name before it is very long. */
const HEAD_BYTES = 400;
const NEWLINE = 10;

/** When the lines of a row began; not a number where that cannot be read. A newline inside a value is escaped. */
function startsOf(row: Buffer): number[] {
  const starts: number[] = [];
  for (let from = 0; from < row.length;) {
    const end = row.indexOf(NEWLINE, from);
    const to = end < 0 ? row.length : end;
    const found =
      START.exec(row.toString('latin1', from, Math.min(to, from + HEAD_BYTES))) ??
      START.exec(row.toString('latin1', from, to));
    if (to > from) starts.push(Number(found?.[1] ?? Number.NaN));
    from = to + 1;
  }
  return starts;
}

function monthOf(atMs: number): number {
  const date = new Date(atMs);
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
}
