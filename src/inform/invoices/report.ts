/** A reconciliation as it is kept and shown: money as decimal dollars, every total with the keys and rows that make it. */
import { formatDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import type { Claim } from './causes.ts';
import type { Correction, CorrectionText } from './corrections.ts';
import { absolute } from './explain.ts';
import { KEY_STATES } from './reconcile.ts';
import type { KeyState, ProviderReport, ReconciledKey } from './reconcile.ts';

export type ReportText = ReturnType<typeof presentReport>;

export function presentReport(report: ProviderReport) {
  const { provider, grain, costStated, waterfall } = report;
  return {
    provider,
    grain: { parts: [...grain.parts], coarsened: grain.coarsened.map((one) => ({ ...one })) },
    costStated,
    ledger: formatDollars(waterfall.ledger),
    causes: [...waterfall.causes].map(([cause, amount]) => ({ cause, amount: formatDollars(amount) })),
    invoice: costStated ? formatDollars(waterfall.invoice) : null,
    coverage: coverageOf(report.keys),
    objectives: objectivesOf(report),
    unknownTexts: [...report.unknownTexts],
    keys: report.keys.map(presentKey),
    beside: report.beside.map(({ line, claim }) => ({
      importId: line?.importId ?? '',
      row: line?.row ?? 0,
      text: line?.text ?? '',
      ...presentClaim(claim),
    })),
  };
}

function presentKey({ cell, residual, claims, state }: ReconciledKey) {
  return {
    id: cell.id,
    ...cell.key,
    state,
    ledgerUnits: cell.ledgerUnits.toString(),
    ledgerCost: formatDollars(cell.ledgerCost),
    invoiceUnits: cell.units?.toString() ?? null,
    invoiceCost: cell.cost === null ? null : formatDollars(cell.cost),
    residual: formatDollars(residual),
    claims: claims.map(presentClaim),
    rows: cell.lines.map(({ importId, row }) => ({ importId, row })),
  };
}

function presentClaim({ cause, amount, units, arithmetic, evidence }: Claim) {
  return { cause, amount: formatDollars(amount), units: units.toString(), arithmetic, evidence };
}

/** Share of spend at each state, of the ledger's or the invoice's cost of a key, whichever is larger. */
function coverageOf(keys: readonly ReconciledKey[]) {
  const weight = ({ cell }: ReconciledKey): Picodollars =>
    larger(absolute(cell.ledgerCost), absolute(cell.cost ?? 0n));
  const whole = keys.reduce((sum, key) => sum + weight(key), 0n);
  return KEY_STATES.map((state: KeyState) => {
    const own = keys.filter((key) => key.state === state);
    const cost = own.reduce((sum, key) => sum + weight(key), 0n);
    return { state, keys: own.length, cost: formatDollars(cost), share: shareOf(cost, whole) };
  });
}

const USAGE_LIMIT = 0.005;
const COST_LIMIT = 0.01;

/** The objectives: half a percent of the tokens of a key-day, one percent of a month's money after named causes. */
function objectivesOf({ keys, waterfall, costStated }: ProviderReport) {
  const counted = keys.filter(({ cell }) => cell.units !== null && cell.units + cell.ledgerUnits !== 0n);
  const worst = Math.max(
    0,
    ...counted.map(
      ({ cell }) =>
        shareOf(
          absolute((cell.units ?? 0n) - cell.ledgerUnits),
          larger(cell.units ?? 0n, cell.ledgerUnits),
        ) ?? 0,
    ),
  );
  const inside = counted.filter(
    ({ cell }) =>
      absolute((cell.units ?? 0n) - cell.ledgerUnits) * 200n <= larger(cell.units ?? 0n, cell.ledgerUnits),
  ).length;
  const unexplained = keys
    .flatMap(({ claims }) => claims)
    .filter(({ cause }) => cause === 'unexplained')
    .reduce((sum, { amount }) => sum + absolute(amount), 0n);
  const apart = shareOf(unexplained, absolute(waterfall.invoice));
  return [
    {
      name: 'tokens per key-day',
      limit: USAGE_LIMIT,
      measured: counted.length === 0 ? null : worst,
      inside,
      of: counted.length,
      pass: counted.length === 0 ? null : inside === counted.length,
    },
    {
      name: 'cost per month after named causes',
      limit: COST_LIMIT,
      measured: costStated ? apart : null,
      inside: null,
      of: null,
      pass: costStated ? (apart ?? 0) <= COST_LIMIT : null,
    },
  ];
}

/** For people; not money. */
function shareOf(part: bigint, whole: bigint): number | null {
  return whole === 0n ? null : Number((part * 1_000_000n) / whole) / 1_000_000;
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

export function presentCorrection({ units, amount, ...rest }: Correction): CorrectionText {
  return { ...rest, units: units.toString(), amount: formatDollars(amount) };
}
