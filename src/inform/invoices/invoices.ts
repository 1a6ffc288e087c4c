/**
 * Invoices: what providers say they charge, matched with the ledger, every difference named, and the lines that make the
 * ledger equal to the invoice. The door of this part: statements come from the registry, the month from the ledger,
 * corrections go through the poster, each once.
 */
import { createHash } from 'node:crypto';

import type { LedgerPoster } from '../../ledger/posting.ts';
import type { LedgerReader } from '../../ledger/question.ts';
import type { ImportOutcome, InvoiceRegistry, ReconciliationRecord } from '../../registry/registry.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import { correctionBatches, correctionFrom, proposeCorrections } from './corrections.ts';
import type { CorrectionText } from './corrections.ts';
import { readStatement } from './importers/importers.ts';
import type { StatementKind } from './importers/importers.ts';
import type { SourcedLine } from './match.ts';
import { readMonth } from './read.ts';
import { laterState, reconcile } from './reconcile.ts';
import type { KeyState } from './reconcile.ts';
import { presentCorrection, presentReport } from './report.ts';
import type { ReportText } from './report.ts';
import type { RowProblem, StatementLine } from './statement.ts';

export { invoicesBy } from './invoiced.ts';
export type { InvoicedLine } from './invoiced.ts';
export { ALL_DETECTORS } from './causes.ts';
export type { Cause } from './causes.ts';
export { correctionBatches, proposeCorrections } from './corrections.ts';
export type { Correction, Share } from './corrections.ts';
export type { LedgerFact, MonthFacts } from './facts.ts';
export { STATEMENT_KINDS, readStatement } from './importers/importers.ts';
export type { StatementKind } from './importers/importers.ts';
export type { SourcedLine } from './match.ts';
export { readMonth } from './read.ts';
export { reconcile } from './reconcile.ts';
export type { ProviderReport } from './reconcile.ts';

export interface InvoicingParts {
  readonly ledger: LedgerReader;
  readonly poster: LedgerPoster;
  readonly registry: InvoiceRegistry;
  readonly now: () => number;
}

export interface ImportAsk {
  readonly kind: StatementKind;
  readonly fileName: string;
  /** As parsed JSON, of kind `csv`. */
  readonly mapping?: unknown;
  /** The invoice that all lines are on. */
  readonly invoice?: string | undefined;
  /** Only lines of this month are expected: anything else is a problem. */
  readonly month?: string | undefined;
  readonly overlap: 'refuse' | 'add' | 'replace';
}

/** What is kept of a reconciliation. */
export interface Reconciled {
  readonly providers: readonly ReportText[];
  readonly corrections: readonly CorrectionText[];
}

export type Applied =
  | {
      readonly kind: 'applied';
      readonly record: ReconciliationRecord;
      readonly lines: number;
      readonly repeated: boolean;
    }
  | { readonly kind: 'refused'; readonly reason: string };

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** Reads and keeps a file: all of its lines, or none and the rows that cannot be read. */
export async function importStatement(
  { registry }: InvoicingParts,
  bytes: Uint8Array,
  ask: ImportAsk,
  actor: string,
): Promise<ImportOutcome | { readonly kind: 'problems'; readonly problems: readonly RowProblem[] }> {
  const read = await readStatement(bytes, ask.kind, ask.mapping);
  if (read.kind === 'problems') return read;
  const strange =
    ask.month === undefined ? [] : read.lines.filter(({ day }) => !day.startsWith(ask.month ?? ''));
  if (strange.length > 0)
    return {
      kind: 'problems',
      problems: strange
        .slice(0, 100)
        .map(({ row, day }) => ({ row, message: `is of ${day}, not of ${ask.month}` })),
    };
  const digest = sha256(bytes);
  const said = JSON.stringify([digest, ask.kind, ask.mapping ?? null, ask.invoice ?? '']);
  return registry.add(
    {
      id: sha256(said),
      kind: ask.kind,
      fileName: ask.fileName,
      digest,
      bytes: bytes.length,
      invoice: ask.invoice ?? '',
      overlap: ask.overlap,
      lines: read.lines.map((line) => ({
        row: line.row,
        provider: line.provider,
        day: line.day,
        body: JSON.stringify(line, bigintText),
      })),
    },
    actor,
  );
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function bigintText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

interface LineText extends Omit<StatementLine, 'units' | 'cost'> {
  readonly units: string | null;
  readonly cost: string | null;
}

async function linesOfMonth(
  registry: InvoiceRegistry,
  month: string,
): Promise<Array<SourcedLine & { readonly source: string }>> {
  const stored = await registry.lines({ month });
  return stored.map(({ importId, kind, invoice, body }) => {
    const line = JSON.parse(body) as LineText;
    return {
      ...line,
      units: line.units === null ? null : BigInt(line.units),
      cost: line.cost === null ? null : BigInt(line.cost),
      invoice: line.invoice ?? (invoice === '' ? null : invoice),
      importId,
      source: kind,
    };
  });
}

export interface ReconcileRequest {
  readonly month: string;
  readonly provider?: string | undefined;
  /** The kind of statement whose costs count, where several state the same provider's. */
  readonly source?: string | undefined;
  readonly simulated?: boolean | undefined;
}

/** @throws RangeError that says what to do, when the month cannot be reconciled. */
export async function reconcileMonth(
  parts: InvoicingParts,
  ask: ReconcileRequest,
  actor: string,
): Promise<ReconciliationRecord> {
  const { registry, ledger, now } = parts;
  if (!MONTH.test(ask.month)) throw new RangeError(`"${ask.month}" is not a month. Write it as 2026-10`);
  const all = await linesOfMonth(registry, ask.month);
  const lines = oneCostEach(
    all.filter(({ provider }) => ask.provider === undefined || provider === ask.provider),
    ask.source,
  );
  if (lines.length === 0)
    throw new RangeError(
      `There is no statement of ${ask.month}${ask.provider === undefined ? '' : ` from ${ask.provider}`}, so there is nothing to reconcile with. Import one: setpoint invoice import FILE --from openai-costs`,
    );
  const { facts, shares } = await readMonth(ledger, ask.month, {
    nowMs: now(),
    simulated: ask.simulated === true,
  });
  const reports = reconcile({ facts, lines, provider: ask.provider });
  const corrections = reports.flatMap((report) => proposeCorrections(report, shares));
  const before = latestStates(await registry.keyStates(ask.month));
  const keys = reports
    .flatMap((report) => report.keys)
    .map(({ cell, state }) => ({
      key: cell.id,
      state: laterState(before.get(cell.id) ?? 'estimated', state),
    }));
  const states = new Map(keys.map(({ key, state }) => [key, state]));
  const body: Reconciled = {
    providers: reports.map((report) =>
      presentReport({
        ...report,
        keys: report.keys.map((key) => ({ ...key, state: states.get(key.cell.id) ?? key.state })),
      }),
    ),
    corrections: corrections.map(presentCorrection),
  };
  const text = JSON.stringify(body);
  const made = (await registry.reconciliations()).length; // two of the same instant are two
  const id = `rec-${ask.month}-${sha256(`${made} ${now()} ${ask.provider ?? ''} ${text}`).slice(0, 12)}`;
  const news = keys.filter(({ key, state }) => before.get(key) !== state);
  return registry.save({ id, month: ask.month, provider: ask.provider ?? '', body: text }, news, actor);
}

/** Two statements of the same money would be twice the invoice. */
function oneCostEach(
  lines: ReadonlyArray<SourcedLine & { readonly source: string }>,
  named: string | undefined,
): SourcedLine[] {
  const costs = lines.filter(({ cost }) => cost !== null);
  const sources = Map.groupBy(costs, ({ provider }) => provider);
  const refused = new Set<string>();
  for (const [provider, own] of sources) {
    const kinds = [...new Set(own.map(({ source }) => source))];
    if (kinds.length === 1) continue;
    if (named === undefined || !kinds.includes(named))
      throw new RangeError(
        `${kinds.join(' and ')} both state what ${provider} costs, and counting both would double the invoice. Name the one that counts: --source ${kinds[0]}`,
      );
    for (const kind of kinds.filter((one) => one !== named)) refused.add(`${provider} ${kind}`);
  }
  return lines.filter(({ provider, source, cost }) => cost === null || !refused.has(`${provider} ${source}`));
}

function latestStates(
  history: ReadonlyArray<{ readonly key: string; readonly state: string }>,
): Map<string, KeyState> {
  return new Map(history.map(({ key, state }) => [key, state as KeyState]));
}

export function bodyOf({ body }: ReconciliationRecord): Reconciled {
  return JSON.parse(body) as Reconciled;
}

/** Posts the corrections exactly once. @param final also what is only late, which the provider may still bill. */
export async function applyReconciliation(
  parts: InvoicingParts,
  id: string,
  options: { readonly final: boolean },
  actor: string,
): Promise<Applied | undefined> {
  const { registry, ledger, poster, now } = parts;
  const found = await registry.reconciliation(id);
  if (found === undefined) return undefined;
  const { corrections, providers } = bodyOf(found);
  const late = providers.some(({ causes }) => causes.some(({ cause }) => cause === 'late-data'));
  if (late && !options.final)
    return {
      kind: 'refused',
      reason:
        'The statement ends before the month does, and correcting what is only late would take it out of the ledger. Nothing was changed. Import the rest and reconcile again, or apply it as final.',
    };
  const locked = (await ledger.lockedMonths()).some(({ month }) => month === found.month);
  const begun = await registry.beginApply(id, locked ? now() : undefined, actor);
  if ('applied' in begun)
    return {
      kind: 'refused',
      reason: `${begun.applied} was applied after this one was made, so this one would correct the same difference twice. Nothing was changed. Reconcile ${found.month} again and apply that.`,
    };
  const bookAtMs = begun.bookAt === null ? undefined : Date.parse(begun.bookAt);
  let lines = 0;
  for (const batch of correctionBatches(corrections.map(correctionFrom), {
    id,
    month: found.month,
    bookAtMs,
  })) {
    await poster.post(batch);
    lines += batch.postings.length;
  }
  const keys = providers.flatMap((report) =>
    report.keys.filter(({ claims }) => claims.length > 0).map((key) => key.id),
  );
  const record = await registry.finishApply(id, lines, keys, actor);
  return { kind: 'applied', record, lines, repeated: found.appliedAt !== null };
}

/** What the ledger will cost after the corrections, beside what the invoice says: decimal dollars. */
export function sumOf(corrections: readonly CorrectionText[]): string {
  return formatDollars(corrections.reduce((sum, { amount }) => sum + parseDollars(amount), 0n));
}

/** Locks the month in the ledger. What comes later is booked in an open month, for it; there is no reopening. */
export async function closeMonth({ poster, registry }: InvoicingParts, month: string, actor: string) {
  if (!MONTH.test(month)) throw new RangeError(`"${month}" is not a month. Write it as 2026-10`);
  const locked = await poster.lockMonth(month);
  await registry.close(month, JSON.stringify(locked.frozen), actor);
  return locked;
}
