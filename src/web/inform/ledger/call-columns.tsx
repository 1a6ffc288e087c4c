/** The columns that the table of calls can have, and which of them somebody wants. */
import {
  columnOrderingFeature,
  columnVisibilityFeature,
  createColumnHelper,
  tableFeatures,
} from '@tanstack/react-table';
import type { ReactNode } from 'react';

import { countText, durationText, moneyCell } from '../../../units/figures.ts';
import { Named, StateChip } from '../../parts/chips.tsx';
import type { CallRow } from './call-row.ts';

/** Tells small calls apart; the receipt has every digit. */
const COST_DECIMALS = 6;

export const CALL_FEATURES = tableFeatures({ columnOrderingFeature, columnVisibilityFeature });
const column = createColumnHelper<typeof CALL_FEATURES, CallRow>();

export interface CallColumn {
  readonly id: string;
  /** How the column is called where it is chosen, and in its head unless `head` says more. */
  readonly label: string;
  readonly head?: (timeZone: string) => string;
  readonly width: number;
  readonly isFigure?: boolean;
  /** What a row is and what it cost: always there, at the ends. */
  readonly isFixed?: boolean;
  readonly isHidden?: boolean;
  readonly cell: (row: CallRow, clock: (instant: string) => string) => ReactNode;
}

export const CALL_COLUMNS: readonly CallColumn[] = [
  {
    id: 'time',
    label: 'Time',
    head: (timeZone) => `Time, ${timeZone}`,
    width: 172,
    isFixed: true,
    cell: ({ startedAt }, clock) => (
      <span className="soft" title={startedAt}>
        {clock(startedAt)}
      </span>
    ),
  },
  {
    id: 'call',
    label: 'Call',
    width: 116,
    isFixed: true,
    // The whole row can be clicked; with the keyboard, the button in it.
    cell: ({ call }) => (
      <button
        type="button"
        className="proof mono call"
        data-call={call}
        aria-label={`Receipt of call ${call}`}
      >
        {call.slice(-12)}
      </button>
    ),
  },
  { id: 'workflow', label: 'Workflow', width: 190, cell: ({ workflow }) => owner(workflow, 'workflow') },
  { id: 'team', label: 'Team', width: 120, isHidden: true, cell: ({ team }) => owner(team, 'team') },
  { id: 'customer', label: 'Customer', width: 168, cell: ({ customer }) => text(customer) },
  { id: 'provider', label: 'Provider', width: 110, isHidden: true, cell: ({ provider }) => text(provider) },
  { id: 'model', label: 'Model', width: 168, cell: ({ model }) => text(model) },
  { id: 'key', label: 'Key', width: 130, isHidden: true, cell: ({ key }) => text(key, 'mono') },
  {
    id: 'request',
    label: 'Request',
    width: 150,
    isHidden: true,
    cell: ({ request }) => text(request, 'mono'),
  },
  figure('in', 'In', 72, ({ inputTokens }) => countText(inputTokens)),
  figure('out', 'Out', 66, ({ outputTokens }) => countText(outputTokens)),
  { ...figure('duration', 'Duration', 84, ({ durationMs }) => durationText(durationMs)), isHidden: true },
  {
    ...figure('firstByte', 'First byte', 84, ({ firstByteMs }) =>
      firstByteMs > 0 ? durationText(firstByteMs) : '–',
    ),
    isHidden: true,
  },
  { id: 'state', label: 'State', width: 176, cell: states },
  {
    id: 'cost',
    label: 'Cost, $',
    width: 108,
    isFigure: true,
    isFixed: true,
    cell: ({ cost }) =>
      cost === null ? (
        <span className="warn">unpriced</span>
      ) : (
        <span title={`$${cost}`}>{moneyCell(cost, COST_DECIMALS)}</span>
      ),
  },
];

export const COLUMN_OF: ReadonlyMap<string, CallColumn> = new Map(CALL_COLUMNS.map((one) => [one.id, one]));

/** For the table: what is drawn is said by `CallColumn.cell`, which knows the time zone. */
export const TABLE_COLUMNS = column.columns(
  CALL_COLUMNS.map(({ id, label, isFixed }) => column.display({ id, header: label, enableHiding: !isFixed })),
);

function figure(id: string, label: string, width: number, cell: (row: CallRow) => ReactNode): CallColumn {
  return { id, label, width, isFigure: true, cell };
}

function owner(name: string, dimension: string): ReactNode {
  return (
    <span title={name}>
      <Named name={name} dimension={dimension} />
    </span>
  );
}

function text(value: string, look = ''): ReactNode {
  if (value === '') return <span className="quiet">–</span>;
  return (
    <span className={`soft ${look}`} title={value}>
      {value}
    </span>
  );
}

function states({ states: all, endpoint, part, attempt }: CallRow): ReactNode {
  return (
    <>
      {all.map((state) => (
        <StateChip key={state} state={state} />
      ))}
      {attempt > 1 && <span className="chip">attempt {attempt}</span>}
      {endpoint !== 'inference' && <span className="chip">{endpoint.replace('-', ' ')}</span>}
      {part !== 'call' && <span className="chip">{part.replaceAll('_', ' ')}</span>}
    </>
  );
}
