/** j and k on every page with a table: from row to row, by what can be pressed in each. */

const PRESSED = 'a[href], button:enabled';

/** From the row with the focus; else to the first row of the first table that has something to press. */
export function stepRow(step: 1 | -1): void {
  const from = document.activeElement?.closest('main table tbody tr');
  const table = from?.closest('table') ?? firstTable();
  const rows = [...(table?.querySelectorAll('tbody tr') ?? [])].filter(
    (row) => row.querySelector(PRESSED) !== null,
  );
  const at = from === null || from === undefined ? (step === 1 ? -1 : 1) : rows.indexOf(from);
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  next?.querySelector<HTMLElement>(PRESSED)?.focus();
}

function firstTable(): Element | undefined {
  return [...document.querySelectorAll('main table')].find(
    (table) => table.querySelector(`tbody :is(${PRESSED})`) !== null,
  );
}
