/**
 * Locked months: what their sums were, and what they are. A locked month takes no posting; lines of a gateway that arrive
 * late are kept all the same, and show as the month's having moved. Months are those of UTC, as on most invoices.
 */
import { formatDollars, parseDollars } from '../../units/money.ts';
import type { LockedMonth, MonthSums, Span } from '../question.ts';
import type { Engine } from './engine.ts';
import { QUARTERS } from './rollups.ts';

/** `2026-09` */
export function monthOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 7);
}

/** @throws RangeError when it is no month. */
export function monthSpan(month: string): Span {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month);
  if (!match) throw new RangeError(`"${month}" is not a month. Write it as 2026-09`);
  const [year, number] = [Number(match[1]), Number(match[2])];
  return { fromMs: Date.UTC(year, number - 1), toMs: Date.UTC(year, number) };
}

interface Frozen {
  readonly month: string;
  readonly lockedAtMs: number;
  readonly frozen: MonthSums;
}

async function readFrozen(engine: Engine): Promise<Frozen[]> {
  const found = await engine.select(
    `SELECT month, toUnixTimestamp64Milli(at), sums FROM ${engine.database}.locked_months ORDER BY month`,
  );
  return found.map(([month, at, sums]) => ({
    month: String(month),
    lockedAtMs: Number(at),
    frozen: JSON.parse(String(sums)) as MonthSums,
  }));
}

/** The names of the locked months. */
export async function lockedNames(engine: Engine): Promise<ReadonlySet<string>> {
  const found = await engine.select(`SELECT month FROM ${engine.database}.locked_months`);
  return new Set(found.map(([month]) => String(month)));
}

export async function readLockedMonths(engine: Engine): Promise<LockedMonth[]> {
  const locked = await readFrozen(engine);
  if (locked.length === 0) return [];
  const present = await sumsOf(
    engine,
    locked.map(({ month }) => month),
  );
  return locked.map((one) => compared(one, present.get(one.month) ?? NO_SUMS));
}

function compared(one: Frozen, present: MonthSums): LockedMonth {
  const { frozen } = one;
  return {
    ...one,
    present,
    movedCost: formatDollars(parseDollars(present.cost) - parseDollars(frozen.cost)),
    movedLines: present.lines - frozen.lines,
  };
}

/**
 * Writes down what a month is, and how far each journal has come, so that what comes later is known to be late.
 * The month itself is written last: without it nothing was locked.
 */
export async function lock(
  engine: Engine,
  month: string,
  about: {
    readonly nowMs: number;
    readonly backlogFrames: number;
    readonly completeUntilMs: number;
    readonly trouble: string;
  },
): Promise<LockedMonth> {
  const { toMs } = monthSpan(month);
  const known = (await readLockedMonths(engine)).find((one) => one.month === month);
  if (known) return known;
  const late = whyNotYet(month, toMs, about);
  if (late !== '') throw new RangeError(late);
  const frozen = (await sumsOf(engine, [month])).get(month) ?? NO_SUMS;
  const { database } = engine;
  await engine.run(
    `INSERT INTO ${database}.locked_journals SETTINGS async_insert = 0 ` +
      `SELECT '${month}', journal, max(sequence) + 1 FROM ${database}.lines ` +
      `WHERE toYYYYMM(started_at) = ${month.replace('-', '')} GROUP BY journal`,
  );
  await engine.run(
    `INSERT INTO ${database}.locked_months SETTINGS async_insert = 0 ` +
      `SELECT '${month}', unhex('${Buffer.from(JSON.stringify(frozen)).toString('hex')}'), fromUnixTimestamp64Milli(${about.nowMs}, 'UTC')`,
  );
  return compared({ month, lockedAtMs: about.nowMs, frozen }, frozen);
}

function whyNotYet(
  month: string,
  toMs: number,
  { backlogFrames, completeUntilMs, trouble }: Parameters<typeof lock>[2],
): string {
  const cannot = `${month} cannot be locked yet, so that no line of it is left out:`;
  if (trouble !== '') return `${cannot} ${trouble}`;
  if (completeUntilMs < toMs) {
    const until = completeUntilMs > 0 ? new Date(completeUntilMs).toISOString() : 'no time yet';
    return `${cannot} the ledger is complete until ${until} and the month ends at ${new Date(toMs).toISOString()}. Lock it after that.`;
  }
  if (backlogFrames > 0)
    return `${cannot} ${backlogFrames} frames wait in journals. Lock it when they are in; that takes seconds.`;
  return '';
}

const NO_SUMS: MonthSums = { lines: 0, calls: 0, unpricedCalls: 0, cost: '0', providers: [] };

async function sumsOf(engine: Engine, months: readonly string[]): Promise<Map<string, MonthSums>> {
  const found = await engine.select(
    "SELECT formatDateTime(quarter, '%Y-%m', 'UTC') AS month, provider, sum(in_force), sum(calls), sum(unpriced), sum(cost) " +
      `FROM ${engine.database}.${QUARTERS.table} WHERE toYYYYMM(quarter) IN {months:Array(UInt32)} AND NOT simulated ` +
      'GROUP BY month, provider ORDER BY month, provider',
    { months: months.map((month) => Number(month.replace('-', ''))) },
  );
  const rows = found.map(([month, provider, lines, calls, unpriced, cost]) => ({
    month: String(month),
    provider: String(provider),
    lines: Number(lines),
    calls: Number(calls),
    unpriced: Number(unpriced),
    cost: parseDollars(String(cost)),
  }));
  const sums = new Map<string, MonthSums>();
  for (const [month, own] of Map.groupBy(rows, (row) => row.month)) {
    const total = (of: 'lines' | 'calls' | 'unpriced'): number => own.reduce((sum, row) => sum + row[of], 0);
    sums.set(month, {
      lines: total('lines'),
      calls: total('calls'),
      unpricedCalls: total('unpriced'),
      cost: formatDollars(own.reduce((sum, { cost }) => sum + cost, 0n)),
      providers: own.map(({ provider, lines, cost }) => ({ provider, lines, cost: formatDollars(cost) })),
    });
  }
  return sums;
}
