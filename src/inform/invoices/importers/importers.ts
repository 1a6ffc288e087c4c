/** Every kind of statement file and what reads it. */
import { providerName } from '../names.ts';
import { wholeFile } from '../statement.ts';
import type { Imported } from '../statement.ts';
import { importAnthropicCost, importAnthropicUsage } from './anthropic.ts';
import { importAwsCur, importAzureCost, importGoogleBilling } from './clouds.ts';
import { importFocus } from './focus.ts';
import { Mapping, importMapped } from './mapped.ts';
import { importOpenaiCosts, importOpenaiUsage } from './openai.ts';
import { parseParquet, parseTable, parseTableOrJson } from './tables.ts';
import type { TableRow } from './tables.ts';

export const STATEMENT_KINDS = [
  'openai-costs',
  'openai-usage',
  'anthropic-cost',
  'anthropic-usage',
  'azure-focus',
  'azure-cost',
  'aws-cur',
  'aws-focus',
  'google-billing',
  'google-focus',
  'focus',
  'csv',
] as const;
export type StatementKind = (typeof STATEMENT_KINDS)[number];

const PAGES: Partial<Record<StatementKind, (text: string) => Imported>> = {
  'openai-costs': importOpenaiCosts,
  'openai-usage': importOpenaiUsage,
  'anthropic-cost': importAnthropicCost,
  'anthropic-usage': importAnthropicUsage,
};

/**
 * Reads a statement file whole, or says why it cannot be read.
 * @param mapping of kind `csv` only, as parsed JSON.
 */
export async function readStatement(
  bytes: Uint8Array,
  kind: StatementKind,
  mapping?: unknown,
): Promise<Imported> {
  try {
    const read = PAGES[kind];
    return read === undefined ? readTable(await rowsIn(bytes, kind), kind, mapping) : read(decode(bytes));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError))
      throw error;
    return wholeFile(`cannot be read as ${kind}: ${error.message}`);
  }
}

const PARQUET = 'PAR1';

async function rowsIn(bytes: Uint8Array, kind: StatementKind): Promise<readonly TableRow[]> {
  if (new TextDecoder().decode(bytes.subarray(0, PARQUET.length)) === PARQUET) return parseParquet(bytes);
  return kind === 'google-billing' ? parseTableOrJson(decode(bytes)) : parseTable(decode(bytes));
}

function readTable(rows: readonly TableRow[], kind: StatementKind, mapping: unknown): Imported {
  switch (kind) {
    case 'azure-focus':
    case 'aws-focus':
    case 'google-focus':
      return importFocus(rows, providerName(kind.slice(0, -'-focus'.length)));
    case 'azure-cost':
      return importAzureCost(rows);
    case 'aws-cur':
      return importAwsCur(rows);
    case 'google-billing':
      return importGoogleBilling(rows);
    case 'csv':
      return readMapped(rows, mapping);
    default:
      return importFocus(rows);
  }
}

function readMapped(rows: readonly TableRow[], mapping: unknown): Imported {
  const checked = Mapping.safeParse(mapping);
  if (!checked.success)
    return wholeFile(
      `is a plain table, and its mapping does not say which column is which: ${checked.error.issues.map(({ path, message }) => `${path.join('.') || 'mapping'} ${message}`).join('; ')}`,
    );
  return importMapped(rows, checked.data);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
