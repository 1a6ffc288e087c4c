/** What changed between two periods: the ledger's figures as cells, decomposed, with the cells that moved most. */
import type { Condition, Dimension, LedgerReader, Question, Span } from '../../ledger/question.ts';
import { parseDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import { BUCKETS } from '../../units/tokens.ts';
import { decompose } from './decompose.ts';
import type { CellPair, CellSpend, Decomposition } from './decompose.ts';

export interface ChangeAsk {
  readonly before: Span;
  readonly after: Span;
  /** What a cell is, beside its model: workflow unless asked otherwise. */
  readonly by: readonly Dimension[];
  readonly where: readonly Condition[];
  readonly timeZone: string;
}

export interface Change extends Decomposition {
  /** The dimensions of a cell's key, in order. */
  readonly dimensions: readonly Dimension[];
  /** Values of each cell, by its key. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Spend of the groups beyond the ledger's limit, whose drivers are not known; part of `beside`. */
  readonly beyondLimit: Picodollars;
  /** Calls without a price in either period: what they cost is in neither. */
  readonly unpricedCalls: number;
  readonly priceVersions: readonly string[];
  readonly asOfMs: number;
  readonly completeUntilMs: number;
}

const MOST_GROUPS = 10_000;
const BEYOND_LIMIT = '\u0000beyond the limit';

/** @throws what the ledger throws. */
export async function whatChanged(reader: LedgerReader, ask: ChangeAsk): Promise<Change> {
  const dimensions = [...new Set<Dimension>([...ask.by, 'model'])];
  const [before, after] = await Promise.all([
    readCells(reader, ask, ask.before, dimensions),
    readCells(reader, ask, ask.after, dimensions),
  ]);
  const keys = [...new Set([...before.cells.keys(), ...after.cells.keys()])];
  const pairs: CellPair[] = keys.map((key) => ({
    key,
    before: before.cells.get(key) ?? NOTHING,
    after: after.cells.get(key) ?? NOTHING,
  }));
  return {
    ...decompose(pairs),
    dimensions,
    groups: new Map([...before.groups, ...after.groups]),
    beyondLimit: costOf(after.cells.get(BEYOND_LIMIT)) - costOf(before.cells.get(BEYOND_LIMIT)),
    unpricedCalls: before.unpricedCalls + after.unpricedCalls,
    priceVersions: [...new Set([...after.priceVersions, ...before.priceVersions])],
    asOfMs: Math.max(before.asOfMs, after.asOfMs),
    completeUntilMs: Math.min(before.completeUntilMs, after.completeUntilMs),
  };
}

const NOTHING: CellSpend = { calls: 0n, buckets: [] };

function costOf(cell: CellSpend | undefined): Picodollars {
  return (cell?.buckets ?? []).reduce((sum, { cost }) => sum + cost, 0n);
}

interface Cells {
  readonly cells: Map<string, { calls: bigint; buckets: CellSpend['buckets'][number][] }>;
  readonly groups: Map<string, readonly string[]>;
  readonly unpricedCalls: number;
  readonly priceVersions: readonly string[];
  readonly asOfMs: number;
  readonly completeUntilMs: number;
}

/** Two questions: calls of each cell, and what its buckets used and cost. A call is one, however many buckets it used. */
async function readCells(
  reader: LedgerReader,
  ask: ChangeAsk,
  during: Span,
  dimensions: readonly Dimension[],
): Promise<Cells> {
  const question = (by: readonly Dimension[], of: Question['of']): Question => ({
    of,
    by,
    during,
    where: ask.where,
    timeZone: ask.timeZone,
    simulated: 'exclude',
    limit: MOST_GROUPS,
  });
  const [counted, spent] = await Promise.all([
    reader.ask(question(dimensions, ['calls'])),
    reader.ask(question([...dimensions, 'bucket'], ['units', 'cost'])),
  ]);
  const cells: Cells['cells'] = new Map();
  const groups: Cells['groups'] = new Map();
  const cellOf = (group: readonly string[]): { calls: bigint; buckets: CellSpend['buckets'][number][] } => {
    const key = JSON.stringify(group);
    const found = cells.get(key) ?? { calls: 0n, buckets: [] };
    cells.set(key, found);
    groups.set(key, group);
    return found;
  };
  for (const { group, figures } of counted.rows) cellOf(group).calls = BigInt(figures.calls ?? 0);
  for (const { group, figures } of spent.rows) {
    const bucket = group.at(-1) ?? '';
    cellOf(group.slice(0, -1)).buckets.push({
      bucket,
      fee: isFee(bucket),
      units: BigInt(figures.units ?? 0),
      cost: parseDollars(figures.cost ?? '0'),
    });
  }
  if (spent.other !== null) {
    cells.set(BEYOND_LIMIT, {
      calls: 0n,
      buckets: [{ bucket: '', fee: true, units: 0n, cost: parseDollars(spent.other.cost ?? '0') }],
    });
  }
  const { unpricedCalls, priceVersions, asOfMs, completeUntilMs } = counted;
  return { cells, groups, unpricedCalls, priceVersions, asOfMs, completeUntilMs };
}

/** Whatever is not counted in tokens is counted per use. */
function isFee(bucket: string): boolean {
  return !(bucket in BUCKETS) || BUCKETS[bucket as keyof typeof BUCKETS].side === 'fee';
}
