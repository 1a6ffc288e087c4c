/**
 * Invoices: what providers say they charge, matched with the ledger, every difference named, and the lines that make the
 * ledger equal to the invoice. The door of this part.
 */
export { ALL_DETECTORS, CAUSES } from './causes.ts';
export type { Cause } from './causes.ts';
export { correctionBatches, correctionFrom, proposeCorrections } from './corrections.ts';
export type { Correction, CorrectionText, Share } from './corrections.ts';
export type { LedgerFact, MonthFacts } from './facts.ts';
export { STATEMENT_KINDS, readStatement } from './importers/importers.ts';
export type { StatementKind } from './importers/importers.ts';
export type { SourcedLine } from './match.ts';
export { readMonth } from './read.ts';
export { KEY_STATES, laterState, reconcile } from './reconcile.ts';
export type { KeyState, ProviderReport } from './reconcile.ts';
export { presentCorrection, presentReport } from './report.ts';
export type { ReportText } from './report.ts';
export type { Imported, StatementLine } from './statement.ts';
export {
  applyReconciliation,
  bodyOf,
  closeMonth,
  importStatement,
  reconcileMonth,
  sumOf,
} from './applying.ts';
export type { InvoicingParts } from './applying.ts';
