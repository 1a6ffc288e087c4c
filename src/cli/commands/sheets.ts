/** A sheet in whichever form was asked for, where the rows of table, CSV and Markdown are the same. */
import type { Command } from '../surroundings.ts';
import { renderCsv, renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';

export type Cell = string | number | boolean | null | undefined;

export interface Shown {
  /** The API's whole answer. */
  readonly answer: unknown;
  /** Its rows, for programs. */
  readonly rows: ReadonlyArray<Readonly<Record<string, Cell>>>;
  /** The same for people. */
  readonly sheet: () => Sheet;
  /** What people read in place of an empty table. */
  readonly empty: string;
}

export function showSheet(command: Command, { answer, rows, sheet, empty }: Shown): void {
  command.print(render(command, { answer, rows, sheet, empty }));
}

function render(command: Command, { answer, rows, sheet, empty }: Shown): string {
  switch (command.format) {
    case 'json':
      return JSON.stringify(answer, null, 2);
    case 'ndjson':
      return rows.map((row) => JSON.stringify(row)).join('\n');
    case 'csv': {
      const names = Object.keys(rows[0] ?? {});
      return renderCsv([names, ...rows.map((row) => names.map((name) => row[name]))]);
    }
    case 'md':
      return rows.length === 0 ? empty : renderMarkdown(sheet());
    default:
      return rows.length === 0 ? empty : renderTable(sheet(), command.style);
  }
}
