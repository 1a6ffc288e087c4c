/** Single lines, newest first, however many: rows in sight are drawn, those near are in memory, the others a question away. */
import { useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { Virtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useMemo, useRef } from 'react';

import { clockIn } from '../../parts/instants.ts';
import { density } from '../../parts/kept.ts';
import { CALL_FEATURES, COLUMN_OF, TABLE_COLUMNS } from './call-columns.tsx';
import type { CallColumn } from './call-columns.tsx';
import { placeOf, rowAt } from './call-list.ts';
import type { CallRow } from './call-row.ts';
import type { ColumnChoice } from './column-choice.ts';
import { usePrinting } from './printing.ts';
import { useRowWalk } from './row-walk.ts';
import type { Calls } from './use-calls.ts';

interface CallsTableProps {
  readonly calls: Calls;
  /** Lines that there are, as the ledger counts them; undefined until it has. */
  readonly total: number | undefined;
  readonly timeZone: string;
  readonly choice: ColumnChoice;
  readonly overscan: number;
  readonly picked: string;
  readonly onPick: (call: string, how?: 'step' | 'replace') => void;
}

/** `--row` of the look, in either density. */
const COMFORTABLE_PX = 32;
const COMPACT_PX = 26;
/** Rows of the head and of a scroll bar below, which hide what lies under them. */
const HIDDEN_PX = 44;
/** Where a page is on its way: rows that say so. */
const COMING_ROWS = 20;
const MOST_PRINTED = 1_000;
const TOP_PX = 8;

export function CallsTable(props: CallsTableProps) {
  const { calls, total, timeZone, choice, overscan, picked, onPick } = props;
  const { list } = calls.state;
  const region = useRef<HTMLDivElement>(null);
  const clock = useMemo(() => clockIn(timeZone), [timeZone]);
  const isPrinting = usePrinting();
  const rowPx = density.use() === 'compact' ? COMPACT_PX : COMFORTABLE_PX;
  // eslint-disable-next-line react/incompatible-library -- said for a compiler that is not used here
  const virtualizer = useVirtualizer({
    count: list.count + (list.hasMore ? COMING_ROWS : 0),
    getScrollElement: () => region.current,
    estimateSize: () => rowPx,
    overscan: isPrinting ? MOST_PRINTED : overscan,
    scrollPaddingEnd: HIDDEN_PX,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowPx]);
  useSight(calls, virtualizer);
  useRowWalk({
    region,
    count: list.count,
    callAt: (place) => rowAt(list, place)?.call,
    placeOf: (call) => placeOf(list, call),
    scrollTo: (place) => virtualizer.scrollToIndex(place, { align: 'auto' }),
    picked,
    onPick,
  });
  const columns = useColumns(choice);
  const items = virtualizer.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div className="scroll calls-region" role="region" tabIndex={0} aria-label="Calls" ref={region}>
      <table
        className="ends calls"
        aria-rowcount={total === undefined ? -1 : Math.max(total, list.count) + 1}
        style={{ minWidth: columns.reduce((sum, { width }) => sum + width, 0) }}
      >
        <caption className="sr">Calls, newest first</caption>
        <colgroup>
          {columns.map(({ id, width }) => (
            <col key={id} style={{ width }} />
          ))}
        </colgroup>
        <Head columns={columns} timeZone={timeZone} />
        <Space height={above} columns={columns.length} />
        <tbody>
          {items.map(({ index }) => {
            const row = rowAt(list, index);
            return row === undefined ? (
              <ComingRow key={`coming ${index}`} columns={columns} />
            ) : (
              <LineRow
                key={row.id}
                {...{ row, columns, clock, onPick }}
                place={index}
                isPicked={row.call === picked}
              />
            );
          })}
        </tbody>
        <Space height={below} columns={columns.length} />
      </table>
    </div>
  );
}

/** Tells what is in sight, so that what comes next is there before it is. */
function useSight({ feed }: Calls, { range }: Virtualizer<HTMLDivElement, Element>): void {
  const first = range?.startIndex ?? 0;
  const last = range?.endIndex ?? 0;
  useEffect(() => feed.look({ first, last }), [feed, first, last]);
}

/** Whether somebody is below the top or at a row by keyboard, and must not be moved by what arrives. */
export function isReading(): boolean {
  const region = document.querySelector('.calls-region');
  return (
    (region?.scrollTop ?? 0) > TOP_PX || region?.querySelector('tr[data-place] :focus') instanceof Element
  );
}

/** The columns that are wanted, in their order. The table has no rows of its own: they come and go with the sight. */
function useColumns(choice: ColumnChoice): readonly CallColumn[] {
  const state = useMemo(
    () => ({
      columnOrder: [...choice.order],
      columnVisibility: Object.fromEntries(choice.hidden.map((id) => [id, false])),
    }),
    [choice],
  );
  const table = useTable({ features: CALL_FEATURES, columns: TABLE_COLUMNS, data: NO_ROWS, state });
  const ids = table
    .getVisibleLeafColumns()
    .map(({ id }) => id)
    .join(' ');
  return useMemo(() => ids.split(' ').flatMap((id) => COLUMN_OF.get(id) ?? []), [ids]);
}

const NO_ROWS: CallRow[] = [];

interface HeadProps {
  readonly columns: readonly CallColumn[];
  readonly timeZone: string;
}

function Head({ columns, timeZone }: HeadProps) {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columns.map(({ id, label, head, isFigure }) => (
          <th
            key={id}
            scope="col"
            className={isFigure === true ? 'num' : ''}
            // The ledger gives lines in this order and no other.
            aria-sort={id === 'time' ? 'descending' : undefined}
            title={id === 'time' ? 'Newest first: the only order the ledger gives lines in' : undefined}
          >
            {head?.(timeZone) ?? label}
            {id === 'time' && <span aria-hidden="true"> ↓</span>}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** The height of the rows that are not drawn. */
function Space({ height, columns }: { readonly height: number; readonly columns: number }) {
  if (height <= 0) return null;
  return (
    <tbody aria-hidden="true" className="space">
      <tr>
        <td colSpan={columns} style={{ height }} />
      </tr>
    </tbody>
  );
}

interface LineRowProps {
  readonly row: CallRow;
  readonly place: number;
  readonly columns: readonly CallColumn[];
  readonly clock: (instant: string) => string;
  readonly isPicked: boolean;
  readonly onPick: (call: string) => void;
}

const LineRow = memo(function LineRow({ row, place, columns, clock, isPicked, onPick }: LineRowProps) {
  return (
    <tr
      className={isPicked ? 'picked' : ''}
      data-place={place}
      aria-rowindex={place + 2}
      onClick={() => onPick(row.call)}
    >
      {columns.map(({ id, isFigure, cell }) => (
        <td key={id} className={isFigure === true ? 'num' : ''}>
          {cell(row, clock)}
        </td>
      ))}
    </tr>
  );
});

function ComingRow({ columns }: { readonly columns: readonly CallColumn[] }) {
  return (
    <tr className="coming" aria-hidden="true">
      {columns.map(({ id }) => (
        <td key={id}>
          <i />
        </td>
      ))}
    </tr>
  );
}
