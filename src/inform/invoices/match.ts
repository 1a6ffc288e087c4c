/**
 * Match: ledger and statement by the finest key that both can say. A key is provider × day × account × model × token class
 * × tier × region; what one side cannot tell apart is left out of it, and the grain says so.
 */
import type { Picodollars } from '../../units/money.ts';
import type { LedgerFact, MonthFacts } from './facts.ts';
import { UNKNOWN_NAME, classOfBucket, modelName, providerName, tierName } from './names.ts';
import type { StatementLine } from './statement.ts';

export const KEY_PARTS = ['day', 'account', 'model', 'bucket', 'tier', 'region'] as const;
export type KeyPart = (typeof KEY_PARTS)[number];
export type Key = Readonly<Record<KeyPart, string>>;

type Unsaid = 'ledger' | 'statement' | 'names';

export interface Grain {
  readonly provider: string;
  /** What the key is made of, beside the provider. */
  readonly parts: readonly KeyPart[];
  /** What was left out, and which side could not say it; `names`: both say it, and have no name in common. */
  readonly coarsened: ReadonlyArray<{ readonly part: KeyPart; readonly because: Unsaid }>;
  readonly cacheWriteSplit: boolean;
}

export interface RateUse {
  readonly rate: string;
  readonly units: bigint;
  readonly cost: Picodollars;
}

/** A statement line with the import that it came from. */
export interface SourcedLine extends StatementLine {
  readonly importId: string;
}

/** One key: what each side says of it. */
export interface Cell {
  readonly id: string;
  readonly provider: string;
  readonly key: Key;
  /** False where the statement's words for model or class are known to no rule. */
  readonly known: boolean;
  readonly ledgerUnits: bigint;
  readonly ledgerCost: Picodollars;
  readonly rates: readonly RateUse[];
  /** Of the ledger's, what the provider did not report: counted or presumed. */
  readonly doubtUnits: bigint;
  readonly doubtCost: Picodollars;
  /** Null where no statement counts. */
  readonly units: bigint | null;
  /** Null where no statement has a cost. */
  readonly cost: Picodollars | null;
  readonly lines: readonly SourcedLine[];
  /** What the grain left out, as the statement said it. */
  readonly saidTiers: ReadonlySet<string>;
  readonly saidRegions: ReadonlySet<string>;
}

export interface Matched {
  readonly grain: Grain;
  readonly cells: readonly Cell[];
  /** Credits, tax, minimums: charged beside use. */
  readonly beside: readonly SourcedLine[];
}

const CACHE_WRITES = new Set(['cacheWrite', 'cacheWrite5m', 'cacheWrite1h']);

/** Matches one provider's month. `lines` are those of one source of cost, and of reports of use. */
export function match(
  facts: readonly LedgerFact[],
  lines: readonly SourcedLine[],
  provider: string,
): Matched {
  const uses = lines.filter(({ charge }) => charge === 'usage');
  const grain = findGrain(facts, uses, provider);
  return {
    grain,
    cells: cellsOf(facts, uses, grain),
    beside: lines.filter(({ charge }) => charge !== 'usage'),
  };
}

export function findGrain(
  facts: readonly LedgerFact[],
  lines: readonly StatementLine[],
  provider: string,
): Grain {
  const coarsened: Array<{ part: KeyPart; because: Unsaid }> = [];
  const costs = lines.filter(({ cost }) => cost !== null);
  const sides = [costs, lines.filter(({ cost }) => cost === null)].filter((side) => side.length > 0);
  const parts = KEY_PARTS.filter((part) => {
    const because = whyNot(part, facts, sides);
    if (because !== undefined) coarsened.push({ part, because });
    return because === undefined;
  });
  const writes = lines.filter(({ bucket }) => bucket !== null && CACHE_WRITES.has(bucket));
  return {
    provider,
    parts,
    coarsened,
    cacheWriteSplit: writes.every(({ bucket }) => bucket !== 'cacheWrite'),
  };
}

function whyNot(
  part: KeyPart,
  facts: readonly LedgerFact[],
  sides: readonly (readonly StatementLine[])[],
): Unsaid | undefined {
  const says = (side: readonly StatementLine[]): boolean =>
    part === 'day'
      ? side.every(({ monthly }) => !monthly)
      : side.some((line) => line[part] !== null && line[part] !== '');
  if (!sides.every(says)) return 'statement';
  if (part === 'day' || part === 'model' || part === 'bucket' || facts.length === 0) return undefined;
  if (part === 'tier') {
    const known = new Set(facts.map((fact) => tierName(fact.tier)));
    const said = sides.flatMap((side) => side.map(({ tier }) => tier ?? 'standard'));
    return said.every((tier) => known.has(tier)) ? undefined : 'ledger';
  }
  const known = new Set(facts.map((fact) => fact[part]).filter((name) => name !== ''));
  if (known.size === 0) return 'ledger';
  const said = sides.flatMap((side) => side.map((line) => line[part] ?? ''));
  return said.some((name) => known.has(name)) ? undefined : 'names';
}

interface Building {
  readonly id: string;
  readonly key: Key;
  known: boolean;
  ledgerUnits: bigint;
  ledgerCost: bigint;
  readonly rates: Map<string, { units: bigint; cost: bigint }>;
  doubtUnits: bigint;
  doubtCost: bigint;
  usageUnits: bigint | null;
  costUnits: bigint | null;
  uncounted: boolean;
  cost: bigint | null;
  readonly lines: SourcedLine[];
  readonly saidTiers: Set<string>;
  readonly saidRegions: Set<string>;
}

function cellsOf(facts: readonly LedgerFact[], lines: readonly SourcedLine[], grain: Grain): Cell[] {
  const cells = new Map<string, Building>();
  const at = (key: Key): Building => {
    const id = keyId(grain.provider, key);
    let cell = cells.get(id);
    if (cell === undefined) cells.set(id, (cell = emptyCell(id, key)));
    return cell;
  };
  for (const fact of facts) addFact(at(ledgerKey(fact, grain)), fact);
  for (const line of lines) addLine(at(statementKey(line, grain)), line, grain);
  return [...cells.values()]
    .map((cell) => finished(cell, grain.provider))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

export function keyId(provider: string, key: Key): string {
  return JSON.stringify([provider, ...KEY_PARTS.map((part) => key[part])]);
}

function emptyCell(id: string, key: Key): Building {
  return {
    id,
    key,
    known: true,
    ledgerUnits: 0n,
    ledgerCost: 0n,
    rates: new Map(),
    doubtUnits: 0n,
    doubtCost: 0n,
    usageUnits: null,
    costUnits: null,
    uncounted: false,
    cost: null,
    lines: [],
    saidTiers: new Set(),
    saidRegions: new Set(),
  };
}

function addFact(cell: Building, { rate, units, cost, basis }: LedgerFact): void {
  cell.ledgerUnits += units;
  cell.ledgerCost += cost;
  const use = cell.rates.get(rate) ?? { units: 0n, cost: 0n };
  cell.rates.set(rate, { units: use.units + units, cost: use.cost + cost });
  if (basis === 'reported') return;
  cell.doubtUnits += units;
  cell.doubtCost += cost;
}

function addLine(cell: Building, line: SourcedLine, grain: Grain): void {
  cell.lines.push(line);
  if (line.cost === null) cell.usageUnits = (cell.usageUnits ?? 0n) + (line.units ?? 0n);
  else {
    cell.cost = (cell.cost ?? 0n) + line.cost;
    if (line.units === null) cell.uncounted = true;
    else cell.costUnits = (cell.costUnits ?? 0n) + line.units;
  }
  const unknown = (['model', 'bucket'] as const).some(
    (part) => grain.parts.includes(part) && line[part] === null,
  );
  if (unknown) cell.known = false;
  if (line.tier !== null) cell.saidTiers.add(line.tier);
  if (line.region !== null) cell.saidRegions.add(line.region);
}

function finished(cell: Building, provider: string): Cell {
  const { usageUnits, costUnits, uncounted, rates, ...rest } = cell;
  const units = costUnits !== null && !uncounted ? costUnits : usageUnits;
  return {
    ...rest,
    provider,
    units,
    rates: [...rates]
      .map(([rate, use]) => ({ rate, ...use }))
      .filter((use) => use.units !== 0n || use.cost !== 0n)
      .toSorted((a, b) => (a.units === b.units ? (a.rate < b.rate ? -1 : 1) : a.units < b.units ? 1 : -1)),
  };
}

export function dayOfMs(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The key of ledger lines at a grain. */
export function ledgerKey(
  fact: Pick<LedgerFact, 'atMs' | 'account' | 'model' | 'bucket' | 'tier' | 'region'>,
  grain: Grain,
): Key {
  const has = (part: KeyPart): boolean => grain.parts.includes(part);
  return {
    day: has('day') ? dayOfMs(fact.atMs) : '',
    account: has('account') ? fact.account : '',
    model: has('model') ? modelName(fact.model) : '',
    bucket: has('bucket') ? widened(classOfBucket(fact.bucket), grain) : '',
    tier: has('tier') ? tierName(fact.tier) : '',
    region: has('region') ? fact.region : '',
  };
}

function statementKey(line: StatementLine, grain: Grain): Key {
  const has = (part: KeyPart): boolean => grain.parts.includes(part);
  const unknown = (has('model') && line.model === null) || (has('bucket') && line.bucket === null);
  return {
    day: has('day') ? line.day : '',
    account: has('account') ? (line.account ?? '') : '',
    // What no rule knows is a key of its own, by the provider's words; a correction of it finds the same key again.
    model: unknown ? `${UNKNOWN_NAME}${line.text}` : has('model') ? (line.model ?? '') : '',
    bucket: has('bucket') ? widened(line.bucket ?? '', grain) : '',
    tier: has('tier') ? (line.tier ?? 'standard') : '',
    region: has('region') ? (line.region ?? '') : '',
  };
}

function widened(name: string, { cacheWriteSplit }: Grain): string {
  return !cacheWriteSplit && CACHE_WRITES.has(name) ? 'cacheWrite' : name;
}

/** The facts of one provider, under whatever names settings give it. */
export function factsOf(facts: MonthFacts, provider: string): readonly LedgerFact[] {
  return facts.lines.filter((fact) => providerName(fact.provider) === provider);
}
