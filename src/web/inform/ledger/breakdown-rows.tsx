import type { LedgerAnswer } from '../../../api/contract.ts';
import { countText, pricedPart } from '../../../units/figures.ts';
import { Named } from '../../parts/chips.tsx';
import type { Conditions } from '../../parts/conditions.ts';
import { Icon } from '../../parts/icon.tsx';
import type { BreakdownNode } from './breakdown-tree.ts';
import { dimensionWord } from './dimensions.ts';
import { FigureCells } from './figure-cells.tsx';
import type { Columns } from './figure-cells.tsx';

const HUES = 8;
/** Spans of time are no entities. */
const NO_HUE: ReadonlySet<string> = new Set(['day', 'month', 'contextBand']);

/** An entity keeps its hue wherever it is shown, so the hue comes from its name. */
function hue({ name, kind, dimension }: BreakdownNode): string {
  if (NO_HUE.has(dimension)) return '';
  if (name === '' || kind === 'other') return 'k0';
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return `k${(sum % HUES) + 1}`;
}

export interface BreakdownRowProps {
  readonly node: BreakdownNode;
  readonly columns: Columns;
  readonly isOpen: boolean;
  readonly isShown: boolean;
  readonly onToggle: () => void;
  readonly onShow: (conditions: Conditions) => void;
}

export function BreakdownRow({ node, columns, isOpen, isShown, onToggle, onShow }: BreakdownRowProps) {
  const { level, kind, figures, conditions } = node;
  const sub = level > 0 ? `sub level-${level}` : '';
  if (kind === 'coming' || kind === 'trouble')
    return (
      <tr className={sub}>
        <td colSpan={columns.withTeam ? 7 : 6}>{node.name}</td>
      </tr>
    );
  const mark = hue(node);
  const show = kind === 'group' ? { onShow: () => onShow(conditions) } : {};
  return (
    <tr className={`${sub} ${isShown ? 'picked' : ''}`}>
      <td>
        <Name {...{ node, mark, isOpen, onToggle }} />
      </td>
      {columns.withTeam && <Team node={node} />}
      <FigureCells figures={figures} columns={columns} {...show} {...(level === 0 && { bar: mark })} />
    </tr>
  );
}

interface NameProps extends Pick<BreakdownRowProps, 'node' | 'isOpen' | 'onToggle'> {
  readonly mark: string;
}

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
      <FigureCells figures={{ ...data.total, averageInputTokens: null }} columns={columns} />
    </tr>
  );
}
