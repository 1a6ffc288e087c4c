/**
 * Why one provider's statement differs from the ledger, key by key. With invoice units U at rate r, ledger units L at cost
 * C, and units u of it that the provider did not bill at ledger cost c, the difference of a key is exactly
 *
 *     invoice − C  =  −c  +  (U − (L − u))·r  +  ((L − u)·r − (C − c))  +  (invoice − U·r)
 *                  unbilled     quantity               rate                  rounding
 *
 * so the parts always sum to it; each detector names its part or leaves it to the next, and the last is `unexplained`.
 */
import { divideRounded, formatDollars, parseDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import type { Cause, Claim, Detectors } from './causes.ts';
import type { BandFact, FailedFact } from './facts.ts';
import { keyId, ledgerKey } from './match.ts';
import type { Cell, Grain, Matched } from './match.ts';
import { billedRates, costAt, quantumOf } from './rates.ts';
import type { BilledRate } from './rates.ts';
import { rateClaims } from './rate-causes.ts';
import type { AbortVote, Surroundings } from './surroundings.ts';

export interface Explained {
  readonly cell: Cell;
  /** Invoice minus ledger; 0 where the provider's statements have no cost. */
  readonly residual: Picodollars;
  readonly claims: readonly Claim[];
}

export function survey(
  { grain, cells }: Matched,
  about: {
    readonly bands: readonly BandFact[];
    readonly failed: readonly FailedFact[];
    readonly detectors: Detectors;
  },
): Surroundings {
  const lines = cells.flatMap((cell) => cell.lines);
  const costs = lines.flatMap(({ cost }) => (cost === null ? [] : [cost]));
  const quantum = quantumOf(costs);
  const days = lines.map(({ day }) => day).toSorted();
  return {
    grain,
    detectors: about.detectors,
    costStated: costs.length > 0,
    quantum,
    vote: voteOnAborts(cells, quantum),
    billed: billedOf(cells, quantum),
    lastDay: days.at(-1) ?? '',
    bands: Map.groupBy(about.bands, (fact) => keyId(grain.provider, keyOfDay(fact, grain))),
    failed: failedByKey(about.failed, grain),
  };
}

function keyOfDay(fact: BandFact, grain: Grain) {
  return ledgerKey({ ...fact, atMs: Date.parse(`${fact.day}T00:00:00Z`) }, grain);
}

/** Failed attempts have no class: they are found by the key without one. */
function failedByKey(failed: readonly FailedFact[], grain: Grain): Map<string, number> {
  const found = new Map<string, number>();
  for (const { day, account, model, attempts } of failed) {
    const atMs = Date.parse(`${day}T00:00:00Z`);
    const id = failureId(ledgerKey({ atMs, account, model, bucket: '', tier: '', region: '' }, grain));
    found.set(id, (found.get(id) ?? 0) + attempts);
  }
  return found;
}

function failureId({ day, account, model }: Cell['key']): string {
  return JSON.stringify([day, account, model]);
}

function slackOf(cell: Cell, quantum: Picodollars): Picodollars {
  const rows = BigInt(Math.max(1, cell.lines.length));
  return quantum === 1n ? rows * 5_000n : quantum * rows;
}

function stepSlack(cell: Cell): bigint {
  return cell.lines.reduce((sum, { step }) => sum + BigInt(step - 1), 0n);
}

function voteOnAborts(cells: readonly Cell[], quantum: Picodollars): AbortVote {
  let [unbilled, billed] = [0, 0];
  for (const cell of cells) {
    if (cell.doubtUnits <= 0n || cell.lines.length === 0) continue;
    const near = (without: boolean): boolean =>
      cell.units === null
        ? absolute((cell.cost ?? 0n) - (cell.ledgerCost - (without ? cell.doubtCost : 0n))) <=
          slackOf(cell, quantum)
        : absolute(cell.units - (cell.ledgerUnits - (without ? cell.doubtUnits : 0n))) <= stepSlack(cell);
    if (near(true)) unbilled += 1;
    else if (near(false)) billed += 1;
  }
  return { unbilled, billed };
}

/** Where a statement has no counts, the ledger's stand in: a rate that lasts for days is a rate all the same. */
function billedOf(cells: readonly Cell[], quantum: Picodollars): Map<string, BilledRate> {
  const series = Map.groupBy(cells, ({ key }) => JSON.stringify({ ...key, day: '' }));
  return new Map(
    [...series.values()].flatMap((all) => {
      const days = all
        .toSorted((a, b) => (a.key.day < b.key.day ? -1 : 1))
        .map((cell) => (cell.units === null ? { ...cell, units: cell.ledgerUnits - cell.doubtUnits } : cell));
      const expected = new Set(
        all.flatMap(({ rates }) =>
          rates.flatMap(({ rate }) => (rate === '' || rate === '0' ? [] : [parseDollars(rate)])),
        ),
      );
      return [...billedRates(days, quantum, [...expected])];
    }),
  );
}

/** Claims that sum to the residual exactly. */
export function explainCell(cell: Cell, around: Surroundings): Explained {
  if (!around.costStated) return { cell, residual: 0n, claims: [] };
  const residual = (cell.cost ?? 0n) - cell.ledgerCost;
  if (residual === 0n && (cell.units === null || cell.units === cell.ledgerUnits))
    return { cell, residual, claims: [] };
  return { cell, residual, claims: settle(residual, claimsOf(cell, around), around) };
}

function settle(residual: Picodollars, claims: readonly Claim[], { detectors }: Surroundings): Claim[] {
  const kept = claims.filter(
    ({ cause, amount, units }) => detectors.has(cause) && (amount !== 0n || units !== 0n),
  );
  const rest = residual - kept.reduce((sum, { amount }) => sum + amount, 0n);
  const named = kept.filter(({ cause }) => cause !== 'unexplained');
  const unknown =
    rest + kept.filter(({ cause }) => cause === 'unexplained').reduce((sum, { amount }) => sum + amount, 0n);
  if (unknown === 0n) return named;
  return [
    ...named,
    {
      cause: 'unexplained',
      amount: unknown,
      units: 0n,
      arithmetic: `${formatDollars(residual)} less what is named`,
      evidence: '',
    },
  ];
}

function claimsOf(cell: Cell, around: Surroundings): Claim[] {
  if (!cell.known) return [];
  const late = lateClaim(cell, around);
  if (late !== undefined) return [late];
  const unbilled = unbilledUnits(cell, around);
  const unbilledCost = portion(cell.doubtCost, unbilled, cell.doubtUnits);
  const aborts = unbilled === 0n && unbilledCost === 0n ? [] : [abortClaim(unbilled, unbilledCost, around)];
  const expected = { units: cell.ledgerUnits - unbilled, cost: cell.ledgerCost - unbilledCost };
  const units = cell.units ?? (cell.cost === null ? 0n : expected.units);
  return [...aborts, ...measured(cell, units, expected, around)];
}

/** Use that both sides know, by quantity, rate and rounding. */
function measured(
  cell: Cell,
  units: bigint,
  expected: { readonly units: bigint; readonly cost: Picodollars },
  around: Surroundings,
): Claim[] {
  const cost = cell.cost ?? 0n;
  const more = units - expected.units;
  if (expected.units === 0n && expected.cost === 0n) return quantityClaims(cell, more, cost, around);
  if (units === 0n) return quantityClaims(cell, more, cost - expected.cost, around);
  const own = cell.rates.filter(({ rate, units: used }) => rate !== '' && used !== 0n);
  const found = own.length <= 1 ? around.billed.get(cell.id) : undefined;
  const billed = found === undefined ? cost : costAt(units, found.rate);
  const quantity = divideRounded(billed * more, units);
  const byRate = billed - quantity - expected.cost;
  const dust = around.quantum === 1n ? 5_000n : slackOf(cell, around.quantum);
  const isDust = absolute(byRate) <= dust;
  return [
    ...(more === 0n && quantity === 0n ? [] : quantityClaims(cell, more, quantity, around)),
    ...(isDust ? [] : rateClaims({ cell, units, expected, amount: byRate, billed: found, around })),
    roundingClaim(cost - billed + (isDust ? byRate : 0n), cost, around),
  ];
}

function unbilledUnits(
  { units, cost, ledgerUnits, ledgerCost, doubtUnits, doubtCost }: Cell,
  { vote, quantum }: Surroundings,
): bigint {
  if (doubtUnits <= 0n) return 0n;
  const never = vote.unbilled > vote.billed;
  if (units === null) {
    const saved = ledgerCost - (cost ?? 0n);
    return never && saved > -quantum && (cost === null || saved * 2n > doubtCost) ? doubtUnits : 0n;
  }
  const missing = ledgerUnits - units;
  if (never && missing !== 0n) return doubtUnits;
  return missing <= 0n ? 0n : missing < doubtUnits ? missing : doubtUnits;
}

function abortClaim(units: bigint, cost: Picodollars, { vote }: Surroundings): Claim {
  return {
    cause: 'unbilled-aborts',
    amount: -cost,
    units: -units,
    arithmetic: `${units} units that the provider did not report (counted or presumed) at ${formatDollars(cost)} are not on the invoice`,
    evidence: `of ${vote.unbilled + vote.billed} keys that can tell, ${vote.unbilled} are billed without such units and ${vote.billed} with them`,
  };
}

function lateClaim(cell: Cell, { lastDay, grain }: Surroundings): Claim | undefined {
  if (!grain.parts.includes('day') || lastDay === '' || cell.key.day <= lastDay) return undefined;
  return {
    cause: 'late-data',
    amount: -cell.ledgerCost,
    units: -cell.ledgerUnits,
    arithmetic: `${cell.ledgerUnits} units at ${formatDollars(cell.ledgerCost)} on ${cell.key.day}`,
    evidence: `the statement ends on ${lastDay}`,
  };
}

/** Units that one side has more of: valued at the invoice's rate where it has them, else at the ledger's. */
function quantityClaims(cell: Cell, more: bigint, amount: Picodollars, around: Surroundings): Claim[] {
  const arithmetic = `${cell.units ?? 'uncounted'} units on the invoice, ${cell.ledgerUnits} in the ledger: ${more} at ${formatDollars(amount)}`;
  const claim = (cause: Cause, evidence: string): Claim[] => [
    { cause, amount, units: more, arithmetic, evidence },
  ];
  if (more !== 0n && absolute(more) <= stepSlack(cell))
    return claim(
      'rounding',
      `the provider bills in steps of ${Math.max(...cell.lines.map(({ step }) => step))} units`,
    );
  if (amount > 0n || more > 0n) {
    const failed = around.failed.get(failureId(cell.key)) ?? 0;
    if (failed > 0 && couldBeFailures(cell, more, failed, around))
      return claim('billed-failures', `${failed} attempts failed there and were held to be free`);
    return claim('off-gateway', 'the invoice counts what no call of the ledger accounts for');
  }
  const partial = cell.key.day !== '' && cell.key.day === around.lastDay;
  if (partial) return claim('late-data', `${around.lastDay} is the last day of the statement`);
  return claim('unexplained', '');
}

/** What failed is at most a few times as large as what is usual there; more must come from elsewhere. */
function couldBeFailures(cell: Cell, more: bigint, failed: number, { failed: all }: Surroundings): boolean {
  return (
    all.size > 0 &&
    cell.ledgerUnits > 0n &&
    more <= BigInt(failed) * cell.ledgerUnits &&
    more * 4n <= cell.ledgerUnits
  );
}

function roundingClaim(amount: Picodollars, cost: Picodollars, { quantum }: Surroundings): Claim {
  return {
    cause: 'rounding',
    amount,
    units: 0n,
    arithmetic: `${formatDollars(cost)} billed, ${formatDollars(cost - amount)} exactly`,
    evidence:
      quantum === 1n
        ? 'sums of rounded amounts'
        : `every line of the statement is a multiple of $${formatDollars(quantum)}`,
  };
}

function portion(whole: Picodollars, part: bigint, of: bigint): Picodollars {
  if (part === of) return whole;
  return of === 0n ? 0n : divideRounded(whole * part, of);
}

export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
