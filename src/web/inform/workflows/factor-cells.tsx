/** The factors of a cost, as the tables of workflows and of one workflow have them: calls, tokens, dollars a call, a share. */
import type { ReactNode } from 'react';

import type { Figures, LedgerAnswer } from '../../../api/contract.ts';
import {
  columnDecimals,
  countText,
  moneyCell,
  perText,
  pricedPart,
  unitCell,
  unitColumn,
} from '../../../units/figures.ts';
import type { UnitColumn } from '../../../units/figures.ts';
import { ChangeCells } from '../spend/change-cells.tsx';
import { tokensPerCall } from './workflow-figures.ts';

interface Columns {
  readonly decimals: number;
  readonly unit: UnitColumn;
  readonly withChange: boolean;
  readonly share: Share;
}

/** Which share a table tells of. */
interface Share {
  readonly head: string;
  readonly of: (figures: Figures) => string;
}

/** One precision and one unit for all rows of a table. */
export function columnsOf({ rows, total, compared }: LedgerAnswer, share: Share): Columns {
  return {
    decimals: columnDecimals([...rows.map(({ figures }) => figures.cost), total.cost]),
    unit: unitColumn([...rows.map(({ figures }) => figures.costPerCall), total.costPerCall]),
    withChange: compared !== undefined,
    share,
  };
}

export function headsOf({ unit, share, withChange }: Columns): string[] {
  return [
    'Calls',
    'Tokens a call',
    `$ a ${perText(unit, 'call', 'calls')}`,
    share.head,
    ...(withChange ? ['Δ $', 'Δ %'] : []),
    'Cost, $',
  ];
}

export function costText(figures: Figures, { decimals }: Columns): string {
  const priced = pricedPart(figures.calls ?? 0, figures.unpricedCalls ?? 0);
  return priced === 'none' ? 'unpriced' : moneyCell(figures.cost ?? '0', decimals);
}

interface FigureCellsProps {
  readonly figures: Figures;
  readonly before: Figures | null | undefined;
  readonly columns: Columns;
  /** The cost, with its proof. */
  readonly children: ReactNode;
}

export function FigureCells({ figures, before, columns, children }: FigureCellsProps) {
  const priced = pricedPart(figures.calls ?? 0, figures.unpricedCalls ?? 0);
  return (
    <>
      <td className="num">{countText(figures.calls ?? 0)}</td>
      <td className="num">{countText(tokensPerCall(figures))}</td>
      <td className="num">{priced === 'none' ? '–' : unitCell(figures.costPerCall, columns.unit)}</td>
      <td className="num">{columns.share.of(figures)}</td>
      {columns.withChange && (
        <ChangeCells now={figures.cost} before={before?.cost} decimals={columns.decimals} />
      )}
      <td className={`num ${priced === 'none' ? 'warn' : ''}`} title={`$${figures.cost ?? '0'}`}>
        {priced === 'some' && <span className="chip warn">{countText(figures.unpricedCalls)} unpriced</span>}{' '}
        {children}
      </td>
    </>
  );
}
