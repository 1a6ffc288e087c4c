/** Whether the lines are what was recorded: each there once, none missing, sums that agree, prices that multiply out. */
import { divideRounded, formatDollars, parseDollars } from '../../units/money.ts';
import type { Check, DrainedJournal, LedgerVerification, MonthTotal } from '../care.ts';
import type { Engine, Row } from './engine.ts';
import { IN_FORCE, QUARTERS } from './rollups.ts';

/** Lines whose buckets are multiplied out again; of a smaller ledger, all. */
const SAMPLE = 2_000;
const UNITS_PER_RATE = 1_000_000n;

type Checking = (engine: Engine) => Promise<Check>;

/** @param rollupsAgree whether every derived sum accounts for every line */
export async function verifyLines(
  engine: Engine,
  drained: readonly DrainedJournal[],
  rollupsAgree: () => Promise<boolean>,
): Promise<LedgerVerification> {
  const months = await monthTotals(engine);
  const numbers = months.map(({ month }) => Number(month.replace('-', '')));
  const checks: Check[] = [];
  for (const check of [
    (): Promise<Check> => everyFrame(engine, drained),
    (): Promise<Check> => postedWhole(engine),
    (): Promise<Check> => onceEach(engine, numbers),
    (): Promise<Check> => settledOnce(engine, numbers),
    (): Promise<Check> => rollupSums(engine, rollupsAgree),
    (): Promise<Check> => lockedSums(engine),
    (): Promise<Check> => costsAdd(engine),
    (): Promise<Check> => pricesMultiply(engine),
  ])
    checks.push(await check());
  return { lines: months.reduce((sum, { lines }) => sum + lines, 0), months, checks };
}

export async function monthTotals(engine: Engine): Promise<MonthTotal[]> {
  const found = await engine.select(
    "SELECT formatDateTime(started_at, '%Y-%m', 'UTC') AS month, count(), sum(calls), sum(cost) " +
      `FROM ${engine.database}.lines GROUP BY month ORDER BY month`,
  );
  return found.map(([month, lines, calls, cost]) => ({
    month: String(month),
    lines: Number(lines),
    calls: Number(calls),
    cost: formatDollars(parseDollars(String(cost))),
  }));
}

/** As many frames of each journal as the drain moved: no line was lost on the way or taken out since. */
async function everyFrame(engine: Engine, drained: readonly DrainedJournal[]): Promise<Check> {
  const name = 'journals';
  const known = drained.filter((one) => one.frames !== undefined);
  const found = await engine.select(
    `SELECT l.journal, countIf(l.part_number = 0) FROM ${engine.database}.lines AS l ` +
      'INNER JOIN (SELECT pair.1 AS journal, pair.2 AS through FROM ' +
      '(SELECT arrayJoin(arrayZip({journals:Array(String)}, {throughs:Array(UInt64)})) AS pair)) AS d ON l.journal = d.journal ' +
      'WHERE l.sequence <= d.through GROUP BY l.journal',
    { journals: known.map(({ journal }) => journal), throughs: known.map(({ through }) => through) },
  );
  const present = new Map(found.map(([journal, frames]) => [String(journal), Number(frames)]));
  const astray = known.filter(({ journal, frames }) => (present.get(journal) ?? 0) !== frames);
  const lost = drained.reduce((sum, { missingFrames }) => sum + missingFrames, 0);
  if (astray.length > 0) {
    const words = astray
      .slice(0, 5)
      .map(({ journal, frames }) => `${journal} has ${present.get(journal) ?? 0} of ${frames}`)
      .join(', ');
    return off(
      name,
      `Frames of ${astray.length} journals are not in the ledger as they were moved: ${words}. Sums are wrong by those calls. ` +
        'Compare with a backup.',
    );
  }
  if (lost > 0)
    return off(
      name,
      `A damaged disk took ${lost} frames before the ledger had them; their calls are not in the sums. Their journals are kept: ` +
        'compare with the provider’s invoice.',
    );
  const frames = known.reduce((sum, one) => sum + (one.frames ?? 0), 0);
  const older = drained.length - known.length;
  return ok(
    name,
    `${frames} frames of ${known.length} journals are there, none is missing${older === 0 ? '' : `; ${older} journals of earlier versions were not counted`}`,
  );
}

/** What control posted is there whole: begun means ended, and its lines count from 0 without a gap; of a move, none is missing. */
async function postedWhole(engine: Engine): Promise<Check> {
  const { database } = engine;
  const begun = await engine.select(
    `SELECT journal FROM ${database}.postings GROUP BY journal HAVING NOT max(whole) ORDER BY journal`,
  );
  const gaps = await engine.select(
    `SELECT journal FROM ${database}.lines WHERE startsWith(journal, 'post:') OR startsWith(journal, 'import:') GROUP BY journal ` +
      'HAVING min(sequence) != 0 OR countIf(part_number = 0) != max(sequence) + 1 UNION DISTINCT ' +
      // what a try added is there at least; tries before it may have added more
      `SELECT p.journal FROM (SELECT journal, max(lines) AS noted FROM ${database}.postings WHERE whole GROUP BY journal) AS p ` +
      `LEFT JOIN (SELECT journal, count() AS present FROM ${database}.lines GROUP BY journal) AS l ON p.journal = l.journal ` +
      'WHERE l.present < p.noted',
  );
  const named = (rows: readonly Row[]): string => rows.slice(0, 5).map(String).join(', ');
  const unfinished = new Set(begun.map(String));
  const broken = gaps.filter((row) => !unfinished.has(String(row)));
  if (broken.length > 0)
    return off(
      'postings',
      `Lines of ${broken.length} postings are missing (${named(broken)}), so corrections or imports are only partly in the sums. Compare with a backup.`,
    );
  if (begun.length > 0)
    return {
      name: 'postings',
      state: 'warning',
      detail: `${begun.length} postings were begun and not finished (${named(begun)}): their money is only partly in. Do again what was being done; it adds only what is missing.`,
    };
  return ok('postings', 'every posting, import and move is whole');
}

/** A line's position is its identity. */
async function onceEach(engine: Engine, months: readonly number[]): Promise<Check> {
  let twice = 0;
  for (const month of months) {
    const found = await engine.select(
      `SELECT count() FROM (SELECT 1 FROM ${engine.database}.lines WHERE toYYYYMM(started_at) = ${month} ` +
        'GROUP BY started_at, journal, sequence, part_number HAVING count() > 1 SETTINGS optimize_aggregation_in_order = 1)',
    );
    twice += Number(found[0]?.[0] ?? 0);
  }
  return twice === 0
    ? ok('once', 'no line is there twice')
    : off(
        'once',
        `${twice} lines are there more than once, so sums are too high. Restore a backup and tell us.`,
      );
}

/** An attempt ends once: it is settled or presumed, and what is known later is a correction. */
async function settledOnce(engine: Engine, months: readonly number[]): Promise<Check> {
  let twice = 0;
  for (const month of months) {
    const found = await engine.select(
      `SELECT count() FROM (SELECT attempt_id FROM ${engine.database}.lines WHERE toYYYYMM(started_at) = ${month} ` +
        "AND source = '' AND leg IN ('settle', 'presume') GROUP BY attempt_id HAVING uniqExact(journal, sequence) > 1)",
    );
    twice += Number(found[0]?.[0] ?? 0);
  }
  return twice === 0
    ? ok('attempts', 'every attempt was charged once')
    : off(
        'attempts',
        `${twice} attempts were charged twice, so sums are too high. Look at them with "setpoint call show".`,
      );
}

const COMPARED = ['lines', 'calls', 'attempts', 'unpriced', 'cost'] as const;

async function rollupSums(engine: Engine, agree: () => Promise<boolean>): Promise<Check> {
  const { database } = engine;
  const ofLines = COMPARED.map((sum) => `toDecimal128(sum(${sum === 'lines' ? '1' : sum}), 12)`);
  const ofRollup = COMPARED.map((sum) => `-toDecimal128(sum(${sum}), 12)`);
  const found = await engine.select(
    `SELECT month FROM (SELECT toYYYYMM(started_at) AS month, ${comparable(ofLines)} FROM ${database}.lines GROUP BY month UNION ALL ` +
      `SELECT toYYYYMM(quarter) AS month, ${comparable(ofRollup)} FROM ${database}.${QUARTERS.table} GROUP BY month) ` +
      `GROUP BY month HAVING ${COMPARED.map((sum) => `sum(of_${sum}) != 0`).join(' OR ')} ORDER BY month`,
  );
  if (found.length > 0 || !(await agree()))
    return off(
      'roll-ups',
      `Sums that questions are answered from differ from the lines${found.length === 0 ? '' : ` in ${found.map(String).join(', ')}`}. ` +
        'The lines are what counts; roll-ups that lack lines are made anew at the next start. Restart, and verify again.',
    );
  return ok('roll-ups', 'every roll-up equals its lines');
}

function comparable(sums: readonly string[]): string {
  return sums.map((sum, at) => `${sum} AS of_${COMPARED[at]}`).join(', ');
}

/** What a locked month was when it was locked is still there; what came since is late, and known by its place. */
async function lockedSums(engine: Engine): Promise<Check> {
  const { database } = engine;
  const locked = await engine.select(`SELECT month, sums FROM ${database}.locked_months ORDER BY month`);
  const changed: string[] = [];
  const late: string[] = [];
  for (const [month, text] of locked) {
    const frozen = JSON.parse(String(text)) as { lines: number; cost: string };
    const [row] = await engine.select(
      `SELECT sumIf(${IN_FORCE}, l.sequence < m.through), sumIf(cost, l.sequence < m.through), countIf(l.sequence >= m.through) ` +
        `FROM ${database}.lines AS l LEFT JOIN (SELECT journal, max(through) AS through FROM ${database}.locked_journals ` +
        'WHERE month = {month:String} GROUP BY journal) AS m ON l.journal = m.journal ' +
        'WHERE toYYYYMM(l.started_at) = {number:UInt32} AND NOT l.simulated',
      { month: String(month), number: Number(String(month).replace('-', '')) },
    );
    const [lines = 0, cost = '0', since = 0] = row ?? [];
    if (Number(lines) !== frozen.lines || parseDollars(String(cost)) !== parseDollars(frozen.cost))
      changed.push(`${String(month)} (${frozen.cost} when it was locked, ${String(cost)} now)`);
    else if (Number(since) > 0) late.push(`${String(month)} (${Number(since)} lines)`);
  }
  if (changed.length > 0)
    return off(
      'locked months',
      `Locked months are not what they were: ${changed.join(', ')}. Figures that were given out do not hold any more. Compare with a backup.`,
    );
  if (late.length > 0)
    return {
      name: 'locked months',
      state: 'warning',
      detail: `Lines reached locked months after they were locked: ${late.join(', ')}. Book them in an open month: "setpoint invoice late".`,
    };
  return ok('locked months', `${locked.length} locked months are what they were`);
}

const costsAdd: Checking = async (engine) => {
  const found = await engine.select(
    `SELECT count() FROM ${engine.database}.lines WHERE notEmpty(priced.cost) AND arraySum(priced.cost) != cost`,
  );
  const astray = Number(found[0]?.[0] ?? 0);
  return astray === 0
    ? ok('costs', 'every cost is the sum of its buckets')
    : off('costs', `${astray} lines cost something else than their buckets together. Compare with a backup.`);
};

/** Units × rate of single calls, as money is multiplied everywhere; sums of many calls state their cost themselves. */
const pricesMultiply: Checking = async (engine) => {
  const found = await engine.select(
    `SELECT journal, sequence, part_number, priced.units, priced.rate, priced.cost FROM ${engine.database}.lines ` +
      "WHERE notEmpty(priced.cost) AND calls BETWEEN 0 AND 1 AND attempts BETWEEN 0 AND 1 AND leg IN ('settle', 'presume') AND source IN ('', 'telemetry') " +
      `ORDER BY cityHash64(journal, sequence, part_number) LIMIT ${SAMPLE}`,
  );
  const wrong = found.filter((row) => !multipliesOut(row));
  if (wrong.length === 0) return ok('prices', `${found.length} lines were priced again and cost the same`);
  const places = wrong.slice(0, 3).map((row) => row.slice(0, 3).map(String).join(':'));
  return off(
    'prices',
    `${wrong.length} of ${found.length} lines do not cost their units × rate (${places.join(', ')}). Compare with a backup.`,
  );
};

function multipliesOut([, , , units, rates, costs]: Row): boolean {
  const rate = rates as readonly string[];
  const cost = costs as readonly string[];
  return (units as readonly string[]).every((count, at) => {
    const exact = divideRounded(BigInt(count) * parseDollars(rate[at] ?? '0'), UNITS_PER_RATE);
    return exact === parseDollars(cost[at] ?? '0');
  });
}

function ok(name: string, detail: string): Check {
  return { name, state: 'ok', detail };
}

function off(name: string, detail: string): Check {
  return { name, state: 'off', detail };
}
