/** How many lines the tables have by month and by day: what tells whether a roll-up is right without reading it. */
import type { Engine } from './engine.ts';
import { CONDENSED, QUARTERS } from './rollups.ts';

/** Reads no column: every partition knows how many rows it has. */
export async function linesByMonth(engine: Engine): Promise<Map<number, number>> {
  const found = await engine.select(
    `SELECT _partition_id, count() FROM ${engine.database}.lines GROUP BY _partition_id`,
  );
  return new Map(found.map(([month, lines]) => [Number(month), Number(lines)]));
}

/** Lines by the day on which they began, in UTC milliseconds. */
export async function linesByDay(engine: Engine, month: number): Promise<Map<number, number>> {
  const found = await engine.select(
    `SELECT toUnixTimestamp(toStartOfDay(quarter, 'UTC')) AS day, sum(${QUARTERS.linesBy}) FROM ${engine.database}.${QUARTERS.table} ` +
      `WHERE toYYYYMM(quarter) = ${month} GROUP BY day ORDER BY day`,
  );
  return new Map(found.map(([day, lines]) => [Number(day) * 1_000, Number(lines)]));
}

/** The first day to which lines were added since it had `before`; the end of the month where their sums are not there yet. */
export async function firstChange(
  engine: Engine,
  month: number,
  before: ReadonlyMap<number, number>,
): Promise<number> {
  const changed = [...(await linesByDay(engine, month))].find(([day, lines]) => before.get(day) !== lines);
  return changed?.[0] ?? startOf(month + 1) - 1;
}

/** Lines by month as each condensed roll-up accounts for them. */
export async function countsOf(engine: Engine): Promise<ReadonlyArray<ReadonlyMap<number, number>>> {
  const counts: Array<ReadonlyMap<number, number>> = [];
  for (const { table, clock, linesBy } of CONDENSED) {
    const found = await engine.select(
      `SELECT toYYYYMM(${clock}) AS at, sum(${linesBy}) FROM ${engine.database}.${table} GROUP BY at`,
    );
    counts.push(new Map(found.map(([month, lines]) => [Number(month), Number(lines)])));
  }
  return counts;
}

export async function rightMonths(engine: Engine): Promise<Map<number, number>> {
  const counts = await countsOf(engine);
  const lines = await linesByMonth(engine);
  return new Map([...lines].filter(([month, count]) => counts.every((one) => one.get(month) === count)));
}

/** Months are numbers like 202611; the one after 202612 may be said as 202613. */
export function startOf(month: number): number {
  return Date.UTC(Math.floor(month / 100), (month % 100) - 1, 1);
}
