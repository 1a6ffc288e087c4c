/**
 * How far a projection may be off: draws of correlated drivers, one driver at a time (tornado), and the swing between
 * scenarios. Pure: the seed is an argument, so that the browser and the API draw the same.
 */
import { costOf } from './drivers.ts';
import { applyChanges, progressAt, project } from './scenario.ts';
import type { BaseLine, DriverChange, Projection } from './scenario.ts';

export const SPREAD_DRIVERS = ['calls', 'context', 'rate'] as const;

/** Measured in the back-test of the forecast. */
export interface Spread {
  readonly drivers: readonly (typeof SPREAD_DRIVERS)[number][];
  /** Standard deviations of log(actual ÷ forecast) of a month, in the order of `drivers`. */
  readonly months: ReadonlyArray<{ readonly month: string; readonly deviations: readonly number[] }>;
  /** Of the drivers of one workflow. */
  readonly correlation: readonly (readonly number[])[];
  /** Of the same driver of different workflows, 0 to 1. */
  readonly between: number;
}

export const NO_SPREAD: Spread = {
  drivers: SPREAD_DRIVERS,
  months: [],
  correlation: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  between: 0,
};

export interface Draws {
  /** Dollars of the month, ascending. */
  readonly costs: Float64Array;
}

const DRAWS = 10_000;
/** P90 of a normal deviate. */
const Z90 = 1.2815515655446004;

export interface DrawAsk {
  readonly base: readonly BaseLine[];
  readonly changes: readonly DriverChange[];
  readonly month: string;
  readonly spread: Spread;
  readonly draws?: number;
  readonly seed?: number;
}

/**
 * Draws months. Each driver of each workflow is off by a lognormal factor whose scale the back-test measured; drivers of a
 * workflow are correlated as measured (Cholesky), workflows by one common factor. A change that says low and high is off
 * by itself, beside them.
 */
export function drawMonth(ask: DrawAsk): Draws {
  const { base, changes, month, spread, draws = DRAWS, seed = 1 } = ask;
  const deviations = spread.months.find((one) => one.month === month)?.deviations ?? [0, 0, 0];
  const root = cholesky(spread.correlation);
  const common = Math.sqrt(Math.max(0, Math.min(1, spread.between)));
  const own = Math.sqrt(1 - common * common);
  const parts = partsOf(base, changes, month);
  const normal = normals(seed);
  const size = deviations.length;
  const [shared, alone] = [new Float64Array(size), new Float64Array(size)];
  const costs = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw += 1) {
    for (let at = 0; at < size; at += 1) shared[at] = normal();
    const factors = parts.unsure.map(({ down, up }) => {
      const z = normal();
      return Math.exp(z < 0 ? -z * down : z * up);
    });
    let sum = parts.spent;
    for (const { ahead, touched } of parts.lines) {
      for (let at = 0; at < size; at += 1) alone[at] = common * (shared[at] ?? 0) + own * normal();
      let off = 0;
      for (let at = 0; at < size; at += 1) off += (deviations[at] ?? 0) * along(root[at] ?? [], alone, at);
      let cost = ahead * Math.exp(off);
      for (const which of touched) cost *= factors[which] ?? 1;
      sum += cost;
    }
    costs[draw] = sum;
  }
  return { costs: costs.toSorted() };
}

function along(row: readonly number[], values: Float64Array, upTo: number): number {
  let sum = 0;
  for (let at = 0; at <= upTo; at += 1) sum += (row[at] ?? 0) * (values[at] ?? 0);
  return sum;
}

/** The value below which a share of the draws lies. */
export function quantile({ costs }: Draws, share: number): number {
  if (costs.length === 0) return 0;
  const at = Math.min(costs.length - 1, Math.max(0, share * (costs.length - 1)));
  const [low, high] = [costs[Math.floor(at)] ?? 0, costs[Math.ceil(at)] ?? 0];
  return low + (high - low) * (at - Math.floor(at));
}

export function shareAbove({ costs }: Draws, amount: number): number {
  let [low, high] = [0, costs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((costs[middle] ?? 0) > amount) high = middle;
    else low = middle + 1;
  }
  return costs.length === 0 ? 0 : (costs.length - low) / costs.length;
}

interface Parts {
  readonly spent: number;
  readonly lines: ReadonlyArray<{ readonly ahead: number; readonly touched: readonly number[] }>;
  /** Log distance of the cost to its P10 and P90, per deviate. */
  readonly unsure: ReadonlyArray<{ readonly down: number; readonly up: number }>;
}

function partsOf(base: readonly BaseLine[], changes: readonly DriverChange[], month: string): Parts {
  const unsure = changes.filter(({ low, high }) => low !== undefined && high !== undefined);
  const concerns = (change: DriverChange, workflow: string): boolean =>
    change.workflow === undefined || change.workflow === workflow;
  const lines = base.flatMap((line) => {
    const one = line.months.find((other) => other.month === month);
    if (one === undefined) return [];
    const cost = monthCost([line], changes, month);
    const touched = unsure.flatMap((change, at) => (concerns(change, line.workflow) ? [at] : []));
    return [{ spent: one.spent, ahead: cost - one.spent, touched }];
  });
  return {
    spent: lines.reduce((sum, { spent }) => sum + spent, 0),
    lines,
    unsure: unsure.map((change) => distances(base, change, month)),
  };
}

/** What the ends of a change do to the cost of what it concerns, as log factors for one deviate. */
function distances(
  base: readonly BaseLine[],
  change: DriverChange,
  month: string,
): { readonly down: number; readonly up: number } {
  const lines = base.filter((one) => change.workflow === undefined || one.workflow === change.workflow);
  const at = (value: DriverChange): number =>
    lines.reduce((sum, { months }) => {
      const one = months.find((other) => other.month === month);
      if (one === undefined) return sum;
      const last = one.days.at(-1)?.date ?? `${month}-28`;
      return sum + costOf(applyChanges(one.drivers, [value], [progressAt(value, last)]));
    }, 0);
  const middle = at(change);
  const log = (value: DriverChange): number => {
    const cost = at(value);
    return middle > 0 && cost > 0 ? Math.log(cost / middle) / Z90 : 0;
  };
  return { down: log(endOf(change, 'low')), up: log(endOf(change, 'high')) };
}

/** The change as it would be at one of its ends. */
export function endOf(change: DriverChange, end: 'low' | 'high'): DriverChange {
  const value = change[end];
  if (value === undefined) return change;
  const { times: _times, to, ...rest } = change;
  return to === undefined ? { ...rest, times: value } : { ...rest, to: value };
}

export function monthCost(
  base: readonly BaseLine[],
  changes: readonly DriverChange[],
  month: string,
): number {
  return project(base, changes).months.find((one) => one.month === month)?.cost ?? 0;
}

export interface TornadoBar {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

/** A month with one thing at its P10 and its P90 and the others as they are; widest first. */
export function tornado(ask: Omit<DrawAsk, 'draws' | 'seed'>): TornadoBar[] {
  const { base, changes, month, spread } = ask;
  const expected = monthCost(base, changes, month);
  const spent = base.flatMap(({ months }) => months.filter((one) => one.month === month));
  const ahead = expected - spent.reduce((sum, one) => sum + one.spent, 0);
  const deviations = spread.months.find((one) => one.month === month)?.deviations ?? [];
  // Workflows that go their own ways even each other out: only the common part is left of many.
  const evening = eveningOf(base, changes, month, spread.between);
  const drivers = spread.drivers.map((name, at): TornadoBar => {
    const off = (deviations[at] ?? 0) * Z90 * evening;
    return {
      name,
      low: expected + ahead * (Math.exp(-off) - 1),
      high: expected + ahead * (Math.exp(off) - 1),
    };
  });
  const said = changes.flatMap((change, at): TornadoBar[] => {
    if (change.low === undefined || change.high === undefined) return [];
    const ends = (['low', 'high'] as const).map((end) =>
      monthCost(
        base,
        changes.map((one, other) => (other === at ? endOf(one, end) : one)),
        month,
      ),
    );
    return [{ name: nameOf(change), low: Math.min(...ends), high: Math.max(...ends) }];
  });
  return [...drivers, ...said].toSorted((a, b) => b.high - b.low - (a.high - a.low));
}

function nameOf({ driver, lever, workflow, model }: DriverChange): string {
  const whose = [workflow, model].filter((name) => name !== undefined && name !== '').join(', ');
  return `${lever ?? driver}${whose === '' ? '' : ` (${whose})`}`;
}

function eveningOf(
  base: readonly BaseLine[],
  changes: readonly DriverChange[],
  month: string,
  between: number,
): number {
  const costs = base.map((line) => monthCost([line], changes, month));
  const sum = costs.reduce((total, cost) => total + cost, 0);
  if (sum <= 0) return 1;
  const concentration = costs.reduce((total, cost) => total + (cost / sum) ** 2, 0);
  return Math.sqrt(between + (1 - between) * concentration);
}

/** The first day on which a month's spend passes the budget; undefined: it never does. */
export function crossingDay(
  { days, months }: Projection,
  base: readonly BaseLine[],
  budget: number,
): string | undefined {
  for (const { month } of months) {
    let sum = base.reduce(
      (total, line) => total + (line.months.find((one) => one.month === month)?.spent ?? 0),
      0,
    );
    const mine = days.filter(({ date }) => date.startsWith(month));
    for (const { date, cost } of mine) {
      sum += cost;
      if (sum > budget) return date;
    }
  }
  return undefined;
}

/** Lower triangle with L·Lᵀ = the matrix; what is not positive definite is drawn towards independence until it is. */
export function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  for (let shrink = 1; ; shrink *= 0.9) {
    const root = tryCholesky(matrix, shrink);
    if (root !== undefined) return root;
  }
}

function tryCholesky(matrix: readonly (readonly number[])[], shrink: number): number[][] | undefined {
  const root: number[][] = [];
  for (let row = 0; row < matrix.length; row += 1) {
    root.push([]);
    for (let column = 0; column <= row; column += 1) {
      let sum = (matrix[row]?.[column] ?? 0) * (row === column ? 1 : shrink);
      for (let at = 0; at < column; at += 1) sum -= (root[row]?.[at] ?? 0) * (root[column]?.[at] ?? 0);
      if (row === column && sum <= 0) return undefined;
      root[row]?.push(row === column ? Math.sqrt(sum) : sum / (root[column]?.[column] ?? 1));
    }
  }
  return root;
}

/** Standard normal deviates (Box–Muller) from a seeded generator (mulberry32). */
export function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  let kept: number | undefined;
  return () => {
    if (kept !== undefined) {
      const value = kept;
      kept = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    kept = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
