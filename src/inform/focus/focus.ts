/** FOCUS: the ledger as a file of any version, and files checked against the specification. The front door. */
export { checkTable } from './check.ts';
export { SPECS } from './columns.ts';
export type { Spec } from './columns.ts';
export { exportFocus, FOCUS_FORMATS } from './export.ts';
export type { ExportHead, ExportSummary, FocusExport, FocusFormat } from './export.ts';
export { tableOfBytes, withTableFile } from './files.ts';
export { ModelError, readModel, WHERE_TO_GET_IT } from './model.ts';
export { keepModel, keptModel, modelFile } from './model-place.ts';
export type { Model } from './model.ts';
export { ownRules } from './own-rules.ts';
export type { InvoiceOf } from './project.ts';
export type { CheckReport, Offence, RuleReport, SetReport } from './report.ts';
export { ExportIncomplete } from './slices.ts';
export type { Granularity } from './slices.ts';
export { criteriaOf, TOKEN_PROVIDER } from './support.ts';
export { TableUnreadable } from './table.ts';
