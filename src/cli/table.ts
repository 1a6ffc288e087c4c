/** Tables for a terminal and for Markdown. Every line of a table takes the same number of cells. */
import { displayWidth, fit, printable } from './width.ts';

export interface Column {
  readonly header: string;
  readonly align: 'left' | 'right';
}

export interface Sheet {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** Set apart below the rows. */
  readonly total?: readonly string[];
}

export interface TableStyle {
  readonly drawing: 'unicode' | 'ascii';
  /** Paints the header and the total; must add no visible cell. */
  readonly bold: (text: string) => string;
  readonly faint: (text: string) => string;
}

const GUTTER = '  ';
/** Beyond this a text column is cut: one caller's long name must not push the figures off the screen. */
const MOST_CELLS = 48;

export function renderTable(sheet: Sheet, style: TableStyle): string {
  const ellipsis = style.drawing === 'unicode' ? '…' : '...';
  const clean = (cells: readonly string[]): string[] =>
    sheet.columns.map((_, index) => fit(printable(cells[index] ?? ''), MOST_CELLS, ellipsis));
  const header = clean(sheet.columns.map((column) => column.header));
  const rows = sheet.rows.map(clean);
  const total = sheet.total === undefined ? undefined : clean(sheet.total);
  const all = [header, ...rows, ...(total === undefined ? [] : [total])];
  const widths = sheet.columns.map((_, index) =>
    Math.max(...all.map((cells) => displayWidth(cells[index] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 0, sheet.columns[index]?.align ?? 'left'))
      .join(GUTTER);
  const rule = style.faint(
    widths.map((width) => (style.drawing === 'unicode' ? '─' : '-').repeat(width)).join(GUTTER),
  );
  const body = [style.bold(line(header)), rule, ...rows.map(line)];
  return [...body, ...(total === undefined ? [] : [rule, style.bold(line(total))])].join('\n');
}

/** A Markdown table; the total is its last row, in bold. */
export function renderMarkdown(sheet: Sheet): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownCell).join(' | ')} |`;
  const rule = `|${sheet.columns.map(({ align }) => (align === 'right' ? ' ---: ' : ' --- ')).join('|')}|`;
  const total =
    sheet.total === undefined
      ? []
      : [`| ${sheet.total.map((cell) => `**${markdownCell(cell)}**`).join(' | ')} |`];
  return [line(sheet.columns.map(({ header }) => header)), rule, ...sheet.rows.map(line), ...total].join(
    '\n',
  );
}

/**
 * Comma-separated values (RFC 4180). A text that a spreadsheet would run as a formula is made a text by a leading quote
 * mark; numbers are left as they are.
 */
export function renderCsv(
  rows: readonly (readonly (string | number | boolean | null | undefined)[])[],
): string {
  // Whoever prints it adds the newline of its last line: without this that line would end unlike the others, and readers
  // that have seen how lines end take what is left for a part of its last field.
  return `${rows.map((cells) => cells.map(csvCell).join(',')).join('\r\n')}\r`;
}

function csvCell(cell: string | number | boolean | null | undefined): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell !== 'string') return String(cell);
  const isNumber = /^-?\d+(\.\d+)?$/.test(cell);
  const safe = !isNumber && /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function markdownCell(cell: string): string {
  return printable(cell).replace(/[\\|<>*_`[\]]/g, '\\$&');
}

function pad(text: string, cells: number, align: Column['align']): string {
  const space = ' '.repeat(Math.max(0, cells - displayWidth(text)));
  return align === 'right' ? space + text : text + space;
}
