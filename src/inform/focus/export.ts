/** The ledger as a FOCUS file: asked in slices, projected to a version, streamed. */
import type { LedgerReader } from '../../ledger/question.ts';
import { writeCsv, writeParquet } from '../../tables/tables.ts';
import type { Cells } from '../../tables/tables.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import { allocationsBy } from './allocation.ts';
import type { AllocatedShare } from './allocation.ts';
import { chargesOf } from './charge.ts';
import type { Unpriced } from './charge.ts';
import { fileColumnsOf } from './columns.ts';
import type { Spec } from './columns.ts';
import { cellsOf, isCovered } from './project.ts';
import type { InvoiceOf } from './project.ts';
import { readSlices } from './slices.ts';
import type { Reach } from './slices.ts';

export type FocusFormat = 'csv' | 'parquet';

export interface ExportAsk extends Omit<Reach, 'byDecision'> {
  readonly spec: Spec;
  readonly format: FocusFormat;
  /** Which invoice a charge stands on, where that is known; by default none is. */
  readonly invoiceOf?: InvoiceOf;
  /** Parts of shared costs, for versions that have columns for them. */
  readonly allocations?: readonly AllocatedShare[];
}

/** What is known before the first row: the period as the ledger sums it. */
export interface ExportHead {
  readonly spec: Spec;
  readonly format: FocusFormat;
  readonly from: string;
  readonly to: string;
  readonly granularity: Reach['granularity'];
  /** Decimal dollars of the period. */
  readonly cost: string;
  readonly unpricedCalls: number;
  readonly priceBookVersion: string;
  readonly asOf: string;
  readonly completeUntil: string;
}

/** What the file holds, known when it is written. Money is decimal dollars. */
export interface ExportSummary extends ExportHead {
  readonly rows: number;
  readonly billedCost: string;
  /** Of usage that a commitment covers: its BilledCost is 0, this is what its EffectiveCost sums to. */
  readonly coveredCost: string;
  /** Billed and covered are the ledger's cost of the period. False only when lines arrived while the file was written. */
  readonly equalsLedger: boolean;
  /** Left out, for nobody knows their price. */
  readonly unpriced: ReadonlyArray<{
    readonly provider: string;
    readonly model: string;
    readonly bucket: string;
    readonly units: string;
  }>;
}

export interface FocusExport {
  readonly head: ExportHead;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** After the last byte. */
  readonly summary: () => ExportSummary;
}

/** Asks for the whole first, so that a caller can refuse before a byte is sent. Bytes are made as they are taken. */
export async function exportFocus(ledger: Pick<LedgerReader, 'ask'>, ask: ExportAsk): Promise<FocusExport> {
  const head = await headOf(ledger, ask);
  const tally = new ExportTally();
  const columns = fileColumnsOf(ask.spec);
  const batches = rowsOf(ledger, ask, tally);
  return {
    head,
    bytes:
      ask.format === 'csv'
        ? writeCsv(columns, batches)
        : writeParquet(columns, batches, () => metadataOf(tally.summary(head))),
    summary: () => tally.summary(head),
  };
}

async function headOf(ledger: Pick<LedgerReader, 'ask'>, ask: ExportAsk): Promise<ExportHead> {
  const { during, spec, format, granularity } = ask;
  const answer = await ledger.ask({
    of: ['cost', 'unpricedCalls'],
    by: [],
    during,
    where: [],
    timeZone: 'UTC',
    simulated: 'exclude',
    limit: 1,
  });
  return {
    spec,
    format,
    from: new Date(during.fromMs).toISOString(),
    to: new Date(during.toMs).toISOString(),
    granularity,
    cost: answer.total.cost ?? '0',
    unpricedCalls: answer.unpricedCalls,
    priceBookVersion: answer.priceVersions[0] ?? '',
    asOf: new Date(answer.asOfMs).toISOString(),
    completeUntil: new Date(answer.completeUntilMs).toISOString(),
  };
}

async function* rowsOf(
  ledger: Pick<LedgerReader, 'ask'>,
  ask: ExportAsk,
  tally: ExportTally,
): AsyncGenerator<readonly Cells[]> {
  const { invoiceOf = () => null, allocations = [] } = ask;
  const shares = ask.spec === '1.2' ? [] : allocations;
  const allocationOf = allocationsBy(shares);
  for await (const groups of readSlices(ledger, { ...ask, byDecision: shares.length > 0 })) {
    const { charges, unpriced } = chargesOf(groups, allocationOf);
    for (const one of unpriced) tally.leaveOut(one);
    for (const charge of charges) tally.add(charge.cost, isCovered(charge) && charge.priced.kind === 'units');
    yield charges.map((charge) => cellsOf(charge, ask.spec, invoiceOf));
  }
}

class ExportTally {
  #rows = 0;
  #billed = 0n;
  #covered = 0n;
  readonly #unpriced = new Map<string, Unpriced>();

  add(cost: bigint, covered: boolean): void {
    this.#rows += 1;
    if (covered) this.#covered += cost;
    else this.#billed += cost;
  }

  leaveOut(one: Unpriced): void {
    const key = JSON.stringify([one.provider, one.model, one.bucket]);
    this.#unpriced.set(key, { ...one, units: one.units + (this.#unpriced.get(key)?.units ?? 0n) });
  }

  summary(head: ExportHead): ExportSummary {
    return {
      ...head,
      rows: this.#rows,
      billedCost: formatDollars(this.#billed),
      coveredCost: formatDollars(this.#covered),
      equalsLedger: this.#billed + this.#covered === parseDollars(head.cost),
      unpriced: [...this.#unpriced.values()]
        .filter(({ units }) => units !== 0n)
        .map((one) => ({ ...one, units: String(one.units) })),
    };
  }
}

/** What a Parquet file says of itself in its footer. */
function metadataOf(summary: ExportSummary): Readonly<Record<string, string>> {
  const { unpriced, ...plain } = summary;
  const pairs = Object.entries(plain).map(([key, value]) => [`setpoint.${key}`, String(value)]);
  return {
    ...(Object.fromEntries(pairs) as Record<string, string>),
    'setpoint.unpriced': JSON.stringify(unpriced),
  };
}
