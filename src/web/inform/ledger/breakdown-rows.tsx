import type { LedgerAnswer } from '../../../api/contract.ts';
import { countText, pricedPart } from '../../../units/figures.ts';
import { Named } from '../../parts/chips.tsx';
import type { Conditions } from '../../parts/conditions.ts';
import { Icon } from '../../parts/icon.tsx';
import type { BreakdownNode } from './breakdown-tree.ts';
import { dimensionWord } from './dimensions.ts';
import { FigureCells } from './figure-cells.tsx';
import type { Columns } from './figure-cells.tsx';

export interface BreakdownRowProps {
  readonly node: BreakdownNode;
  readonly columns: Columns;
  /** Class of the hue of a row of the table; empty: a span of time has none. */
  readonly mark: string;
  readonly isOpen: boolean;
  readonly isShown: boolean;
  readonly onToggle: () => void;
  readonly onShow: (conditions: Conditions) => void;
}

export function BreakdownRow({ node, columns, mark, isOpen, isShown, onToggle, onShow }: BreakdownRowProps) {
  const { level, kind, figures, conditions } = node;
  const sub = level > 0 ? `sub level-${level}` : '';
  if (kind === 'coming' || kind === 'trouble')
    return (
      <tr className={sub}>
        <td colSpan={6 + (columns.withTeam ? 1 : 0) + (columns.withChange ? 2 : 0)}>{node.name}</td>
      </tr>
    );
  const show = kind === 'group' ? { onShow: () => onShow(conditions) } : {};
  return (
    <tr className={`${sub} ${isShown ? 'picked' : ''}`}>
      <td>
        <Name {...{ node, mark, isOpen, onToggle }} />
      </td>
      {columns.withTeam && <Team node={node} />}
      <FigureCells
        figures={figures}
        before={node.before}
        columns={columns}
        {...show}
        {...(level === 0 && { bar: mark })}
      />
    </tr>
  );
}

type NameProps = Pick<BreakdownRowProps, 'node' | 'mark' | 'isOpen' | 'onToggle'>;

function Name({ node, mark, isOpen, onToggle }: NameProps) {
  const { level, kind, name, team = '', dimension, figures, next } = node;
  const isRest = kind === 'other';
  const words = isRest ? 'Everything else' : name || 'unattributed';
  return (
    <span className="name">
      {next === undefined ? (
        <span className="no-twist" />
      ) : (
        <button
          type="button"
          className="twist"
          aria-expanded={isOpen}
          aria-label={isRest ? 'List everything else' : `Break down ${words} by ${dimensionWord(next)}`}
          onClick={onToggle}
        >
          <Icon name="right" />
        </button>
      )}
      {mark !== '' && level === 0 && <i className={`dot ${mark}`} />}
      <span className="cut" title={name}>
        {isRest ? words : <Named name={name} dimension={dimension} />}
        {team !== '' && <small className="narrow-only">{team}</small>}
      </span>
      {pricedPart(figures.calls ?? 0, figures.unpricedCalls ?? 0) === 'some' && (
        <span className="chip warn">{countText(figures.unpricedCalls)} unpriced</span>
      )}
    </span>
  );
}

function Team({ node: { level, kind, team } }: { readonly node: BreakdownNode }) {
  if (kind === 'other') return <td className="soft team">{level === 0 ? 'Various' : ''}</td>;
  if (team === undefined) return <td className="team" />;
  return <td className="soft team">{team === '' ? <span className="quiet">not named</span> : team}</td>;
}

export function TotalRow({ data, columns }: { readonly data: LedgerAnswer; readonly columns: Columns }) {
  return (
    <tr className="total">
      <td className="indented">Total</td>
      {columns.withTeam && <td className="quiet team">–</td>}
      <FigureCells
        figures={{ ...data.total, averageInputTokens: null }}
        before={data.compared?.total}
        columns={columns}
      />
    </tr>
  );
}
