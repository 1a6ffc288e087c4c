/** FOCUS: the ledger as a file of any version, and files checked against the specification. The front door. */
import { checkTable } from './check.ts';
import type { Model } from './model.ts';
import { ownRules } from './own-rules.ts';
import type { CheckReport } from './report.ts';
import { criteriaOf } from './support.ts';
import type { Table } from '../../tables/tables.ts';

export type { AllocatedShare } from './allocation.ts';
export { exportFocus } from './export.ts';
export type { ExportHead, ExportSummary, FocusExport, FocusFormat } from './export.ts';
export { ModelError, readModel, WHERE_TO_GET_IT } from './model.ts';
export { keepModel, keptModel, modelFile } from './model-place.ts';
export type { Model } from './model.ts';
export type { InvoiceOf } from './project.ts';
export type { CheckReport, Offence, RuleReport, SetReport } from './report.ts';
export type { Granularity } from './slices.ts';
export { TOKEN_PROVIDER } from './support.ts';

/**
 * Checks a file: against a requirements model where there is one, and always against our own rules of format.
 * `supports` names the criteria of applicability that the provider of the data supports; `all`, `none` and
 * `token-provider` stand for several.
 * @throws TableUnreadable, ModelError
 */
export function checkFocus(
  table: Table,
  { model, supports }: { readonly model: Model | undefined; readonly supports: readonly string[] },
): Promise<CheckReport> {
  const supported = criteriaOf(supports, Object.keys(model?.criteria ?? {}));
  return checkTable(table, model === undefined ? [ownRules()] : [model, ownRules()], supported);
}
