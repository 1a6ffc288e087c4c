/**
 * Reconciles a month: matches each provider's statement with the ledger, explains every difference, and says how far each
 * key has come. Pure: ledger facts and statement lines in, a report out; money sums to the picodollar at every level.
 */
import { formatDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import { ALL_DETECTORS, CAUSES } from './causes.ts';
import type { Cause, Claim, Detectors } from './causes.ts';
import { absolute, explainCell, survey } from './explain.ts';
import type { Explained } from './explain.ts';
import type { BookedFact, MonthFacts } from './facts.ts';
import { factsOf, match } from './match.ts';
import type { Cell, Grain, Matched, SourcedLine } from './match.ts';
import { providerName } from './names.ts';
import { findShift, shifted } from './shift.ts';

export const KEY_STATES = ['estimated', 'usage-matched', 'cost-matched', 'invoiced', 'corrected'] as const;
export type KeyState = (typeof KEY_STATES)[number];

export interface ReconciledKey extends Explained {
  readonly state: KeyState;
}

export interface Waterfall {
  readonly ledger: Picodollars;
  readonly causes: ReadonlyMap<Cause, Picodollars>;
  readonly invoice: Picodollars;
}

export interface ProviderReport {
  readonly provider: string;
  readonly grain: Grain;
  /** False: only use was stated, and nothing is said of money. */
  readonly costStated: boolean;
  readonly keys: readonly ReconciledKey[];
  /** What is charged beside use, one claim a line. */
  readonly beside: ReadonlyArray<{ readonly line: SourcedLine | undefined; readonly claim: Claim }>;
  readonly waterfall: Waterfall;
  /** Words of the statement that no rule knows. */
  readonly unknownTexts: readonly string[];
}

export interface ReconcileAsk {
  readonly facts: MonthFacts;
  readonly lines: readonly SourcedLine[];
  /** Only this one; undefined: all that a statement speaks of. */
  readonly provider?: string | undefined;
  readonly detectors?: Detectors | undefined;
}

export function reconcile({
  facts,
  lines,
  provider,
  detectors = ALL_DETECTORS,
}: ReconcileAsk): ProviderReport[] {
  const providers = [...new Set(lines.map((line) => line.provider))].toSorted();
  return providers
    .filter((name) => provider === undefined || name === providerName(provider))
    .map((name) => reconcileProvider(name, facts, lines, detectors));
}

function reconcileProvider(
  provider: string,
  facts: MonthFacts,
  all: readonly SourcedLine[],
  detectors: Detectors,
): ProviderReport {
  const lines = all.filter((line) => line.provider === provider);
  const inMonth = monthTest(facts.month);
  const wide = factsOf(facts, provider);
  const own = wide.filter(({ atMs }) => inMonth(atMs));
  const uses = lines.filter(({ charge }) => charge === 'usage');
  const shift = detectors.has('day-shift') ? findShift(wide, uses, inMonth) : undefined;
  const matched = match(own, lines, provider);
  const moved = shift === undefined ? matched : match(shifted(wide, shift.hours, inMonth), lines, provider);
  const isOwn = (fact: { readonly provider: string }): boolean => providerName(fact.provider) === provider;
  const around = survey(moved, {
    bands: facts.bands.filter(isOwn),
    failed: facts.failed.filter(isOwn),
    detectors,
  });
  const explained = moved.cells.map((cell) => explainCell(cell, around));
  const inPlace =
    shift === undefined ? explained : withShift(explained, matched, shift.hours, around.costStated);
  const keys = inPlace.map((one) => ({ ...one, state: stateOf(one, around.costStated) }));
  const booked = (facts.booked ?? []).filter(isOwn);
  const beside = besideUse(matched.beside, booked, detectors);
  return {
    provider,
    grain: matched.grain,
    costStated: around.costStated,
    keys,
    beside,
    waterfall: waterfallOf([...own, ...booked], keys, beside),
    unknownTexts: unknownTexts(matched.cells),
  };
}

/** What the other day boundary moves into or out of a key is a claim of its own; the rest was explained without it. */
function withShift(
  explained: readonly Explained[],
  { cells }: Matched,
  hours: number,
  costStated: boolean,
): Explained[] {
  const before = new Map(cells.map((cell) => [cell.id, cell]));
  const found = explained.map((one): Explained => {
    const cell = before.get(one.cell.id);
    const amount = costStated ? one.cell.ledgerCost - (cell?.ledgerCost ?? 0n) : 0n;
    const units = one.cell.ledgerUnits - (cell?.ledgerUnits ?? 0n);
    const claims =
      amount === 0n && units === 0n ? one.claims : [shiftClaim(amount, units, hours), ...one.claims];
    const ledger = cell ?? {
      ...one.cell,
      ledgerUnits: 0n,
      ledgerCost: 0n,
      rates: [],
      doubtUnits: 0n,
      doubtCost: 0n,
    };
    return { cell: ledger, residual: one.residual + amount, claims };
  });
  const known = new Set(explained.map(({ cell }) => cell.id));
  const gone = cells.filter((cell) => !known.has(cell.id));
  return [
    ...found,
    ...gone.map((cell) => ({
      cell,
      residual: costStated ? -cell.ledgerCost : 0n,
      claims: costStated ? [shiftClaim(-cell.ledgerCost, -cell.ledgerUnits, hours)] : [],
    })),
  ];
}

function shiftClaim(amount: Picodollars, units: bigint, hours: number): Claim {
  return {
    cause: 'day-shift',
    amount,
    units,
    arithmetic: `${units} units at ${formatDollars(amount)} lie on another day of the statement`,
    evidence: `the statement's days begin ${Math.abs(hours)} h ${hours < 0 ? 'before' : 'after'} midnight UTC`,
  };
}

const BESIDE = {
  credit: 'credits',
  tax: 'tax',
  minimum: 'minimum',
  adjustment: 'adjustment',
  usage: 'unexplained',
} as const;

/** What earlier reconciliations booked is no difference any more; what they booked and no statement says now is taken back. */
function besideUse(
  lines: readonly SourcedLine[],
  booked: readonly BookedFact[],
  detectors: Detectors,
): Array<{ line: SourcedLine | undefined; claim: Claim }> {
  const left = new Map<string, bigint>();
  for (const { cause, cost } of booked) left.set(cause, (left.get(cause) ?? 0n) + cost);
  const claims = lines.map((line) => {
    const cause = BESIDE[line.charge];
    const cost = line.cost ?? 0n;
    const before = sharedPart(cost, left.get(cause) ?? 0n);
    left.set(cause, (left.get(cause) ?? 0n) - before);
    return { line, claim: besideClaim(cause, { amount: cost - before, cost, text: line.text }, detectors) };
  });
  const gone = [...left].filter(([, cost]) => cost !== 0n);
  return [
    ...claims,
    ...gone.map(([cause, cost]) => ({
      line: undefined,
      claim: besideClaim(
        cause as Cause,
        { amount: -cost, cost: 0n, text: 'booked before, on no statement now' },
        detectors,
      ),
    })),
  ];
}

/** The part of an amount that another of the same sign covers. */
function sharedPart(amount: Picodollars, by: Picodollars): Picodollars {
  if (amount > 0n !== by > 0n) return 0n;
  return absolute(amount) < absolute(by) ? amount : by;
}

function besideClaim(
  cause: Cause,
  { amount, cost, text }: { readonly amount: Picodollars; readonly cost: Picodollars; readonly text: string },
  detectors: Detectors,
): Claim {
  return {
    cause: detectors.has(cause) ? cause : 'unexplained',
    amount,
    units: 0n,
    arithmetic: `${formatDollars(cost)}: ${text}${cost === amount ? '' : `, of which ${formatDollars(cost - amount)} is booked`}`,
    evidence: 'charged beside use',
  };
}

const MOST_UNITS_APART = 200n; // one part in 200: the objective of half a percent
const MOST_COST_APART = 100n;

function stateOf({ cell, claims }: Explained, costStated: boolean): KeyState {
  if (cell.lines.length === 0) return 'estimated';
  const apart = cell.units === null ? 0n : absolute(cell.units - cell.ledgerUnits);
  const named = claims
    .filter(({ cause }) => cause !== 'unexplained')
    .reduce((sum, { units }) => sum + units, 0n);
  const unnamed = cell.units === null ? 0n : absolute(cell.units - cell.ledgerUnits - named);
  const unexplained = claims
    .filter(({ cause }) => cause === 'unexplained')
    .reduce((sum, { amount }) => sum + absolute(amount), 0n);
  const costFits = costStated && cell.cost !== null && unexplained * MOST_COST_APART <= absolute(cell.cost);
  if (costFits)
    return cell.lines.some(({ invoice, cost }) => cost !== null && invoice !== null)
      ? 'invoiced'
      : 'cost-matched';
  const most = cell.units ?? 0n;
  return cell.units !== null && (apart * MOST_UNITS_APART <= most || unnamed * MOST_UNITS_APART <= most)
    ? 'usage-matched'
    : 'estimated';
}

function waterfallOf(
  own: ReadonlyArray<{ readonly cost: Picodollars }>,
  keys: readonly ReconciledKey[],
  beside: ProviderReport['beside'],
): Waterfall {
  const ledger = own.reduce((sum, { cost }) => sum + cost, 0n);
  const causes = new Map<Cause, bigint>();
  for (const { cause, amount } of [
    ...keys.flatMap(({ claims }) => claims),
    ...beside.map(({ claim }) => claim),
  ])
    causes.set(cause, (causes.get(cause) ?? 0n) + amount);
  const ordered = new Map(
    CAUSES.flatMap((cause) => (causes.has(cause) ? [[cause, causes.get(cause) ?? 0n] as const] : [])),
  );
  return {
    ledger,
    causes: ordered,
    invoice: [...ordered.values()].reduce((sum, amount) => sum + amount, ledger),
  };
}

function unknownTexts(cells: readonly Cell[]): string[] {
  return [
    ...new Set(cells.filter(({ known }) => !known).flatMap(({ lines }) => lines.map(({ text }) => text))),
  ].toSorted();
}

/** The later of two states: a key never goes back. */
export function laterState(left: KeyState, right: KeyState): KeyState {
  return KEY_STATES.indexOf(left) >= KEY_STATES.indexOf(right) ? left : right;
}

function monthTest(month: string): (atMs: number) => boolean {
  const from = new Date(`${month}-01T00:00:00Z`);
  const toMs = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1);
  return (atMs) => atMs >= from.getTime() && atMs < toMs;
}
