import { useRef } from 'react';

import { Icon } from '../../parts/icon.tsx';
import { COLUMN_OF } from './call-columns.tsx';
import { isFixed, movedColumn, STANDARD, toggledColumn } from './column-choice.ts';
import type { ColumnChoice } from './column-choice.ts';

interface ColumnsMenuProps {
  readonly choice: ColumnChoice;
  readonly onChoose: (choice: ColumnChoice) => void;
}

/** Which columns the table has, and in which order. */
export function ColumnsMenu({ choice, onChoose }: ColumnsMenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const columns = choice.order.filter((id) => !isFixed(id));
  return (
    <details
      className="export columns-menu"
      ref={menu}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        menu.current?.removeAttribute('open');
        menu.current?.querySelector('summary')?.focus();
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) menu.current?.removeAttribute('open');
      }}
    >
      <summary className="btn">Columns</summary>
      <div tabIndex={-1}>
        <ul>
          {columns.map((id, at) => (
            <li key={id}>
              <label>
                <input
                  type="checkbox"
                  checked={!choice.hidden.includes(id)}
                  onChange={() => onChoose(toggledColumn(choice, id))}
                />{' '}
                {COLUMN_OF.get(id)?.label}
              </label>
              <Move id={id} step={-1} isAtEnd={at === 0} {...{ choice, onChoose }} />
              <Move id={id} step={1} isAtEnd={at === columns.length - 1} {...{ choice, onChoose }} />
            </li>
          ))}
        </ul>
        <button type="button" className="btn plain" onClick={() => onChoose(STANDARD)}>
          Reset columns
        </button>
      </div>
    </details>
  );
}

interface MoveProps extends ColumnsMenuProps {
  readonly id: string;
  readonly step: 1 | -1;
  readonly isAtEnd: boolean;
}

function Move({ id, step, isAtEnd, choice, onChoose }: MoveProps) {
  return (
    <button
      type="button"
      className={`btn plain square move ${step === 1 ? 'down' : 'up'}`}
      aria-label={`Move ${COLUMN_OF.get(id)?.label} ${step === 1 ? 'down' : 'up'}`}
      aria-disabled={isAtEnd}
      onClick={() => onChoose(movedColumn(choice, id, step))}
    >
      <Icon name="right" />
    </button>
  );
}
