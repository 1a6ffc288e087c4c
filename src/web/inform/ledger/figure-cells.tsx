import type { CSSProperties } from 'react';

import type { Figures } from '../../../api/contract.ts';
import {
  countText,
  moneyCell,
  NONE,
  NOT_APPLICABLE,
  pricedPart,
  shareText,
  unitCell,
} from '../../../units/figures.ts';
import type { UnitColumn } from '../../../units/figures.ts';
import { ChangeCells } from '../spend/change-cells.tsx';

/** What the cells of one table have in common: each column has one precision. */
export interface Columns {
  readonly decimals: number;
  readonly unit: UnitColumn;
  readonly withTeam: boolean;
  /** Whether the figures of another period stand beside these. */
  readonly withChange: boolean;
  /** The share whose bar is full. */
  readonly largestShare: number;
}

interface FigureCellsProps {
  readonly figures: Figures;
  /** The same of the period that is compared with; null: there was nothing; undefined: it is not known. */
  readonly before?: Figures | null | undefined;
  readonly columns: Columns;
  /** Hue of the bar of a share; undefined: no bar, and a decimal more. Empty: a bar without an entity. */
  readonly bar?: string;
  readonly onShow?: () => void;
}

/** The figures of one row. A cost that leaves calls out because they have no price never looks complete. */
export function FigureCells({ figures, before, columns, bar, onShow }: FigureCellsProps) {
  const priced = pricedPart(figures.calls ?? 0, figures.unpricedCalls ?? 0);
  const missing = priced === 'all' ? undefined : `${countText(figures.unpricedCalls)} calls have no price`;
  const cost = priced === 'none' ? 'unpriced' : moneyCell(figures.cost ?? '0', columns.decimals);
  return (
    <>
      <td className="num">{countText(figures.calls ?? 0)}</td>
      <td className="num average">{countText(figures.averageInputTokens)}</td>
      <td className="num" title={missing ?? exactTitle(figures.costPerCall)}>
        {missing === undefined ? unitCell(figures.costPerCall, columns.unit) : NONE}
      </td>
      <td className="num">
        <Share share={priced === 'none' ? null : (figures.share ?? null)} columns={columns} bar={bar} />
      </td>
      {columns.withChange && <Change figures={figures} before={before} columns={columns} />}
      <td className={`num ${priced === 'none' ? 'warn' : ''}`} title={missing ?? exactTitle(figures.cost)}>
        {onShow === undefined ? (
          cost
        ) : (
          <button
            type="button"
            className="proof strong"
            onClick={onShow}
            aria-label={priced === 'none' ? 'unpriced: show the calls' : `${cost} dollars: show the calls`}
          >
            {cost}
          </button>
        )}
      </td>
    </>
  );
}

/** Unpriced calls then or now make a difference that says nothing about money. */
function Change({ figures, before, columns }: Pick<FigureCellsProps, 'figures' | 'before' | 'columns'>) {
  const unpriced = (figures.unpricedCalls ?? 0) + (before?.unpricedCalls ?? 0);
  if (before === undefined || unpriced > 0)
    return (
      <>
        <td className="num">{before === undefined ? NONE : NOT_APPLICABLE}</td>
        <td className="num">{before === undefined ? NONE : NOT_APPLICABLE}</td>
      </>
    );
  return <ChangeCells now={figures.cost} before={before?.cost} decimals={columns.decimals} />;
}

interface ShareProps {
  readonly share: number | null;
  readonly columns: Columns;
  readonly bar: string | undefined;
}

function Share({ share, columns, bar }: ShareProps) {
  if (bar === undefined) return shareText(share, 1);
  const width = columns.largestShare === 0 ? 0 : (share ?? 0) / columns.largestShare;
  return (
    <span className="share">
      <i className={bar} style={{ '--w': `${width * 100}%` } as CSSProperties} />
      <em>{shareText(share)}</em>
    </span>
  );
}

function exactTitle(amount: string | null | undefined): string | undefined {
  return amount === null || amount === undefined ? undefined : `$${amount}`;
}
