/** Which columns somebody wants and in which order, kept in this browser. */
import { CALL_COLUMNS } from './call-columns.tsx';

export interface ColumnChoice {
  readonly order: readonly string[];
  readonly hidden: readonly string[];
}

export const STANDARD: ColumnChoice = {
  order: CALL_COLUMNS.map(({ id }) => id),
  hidden: CALL_COLUMNS.filter(({ isHidden }) => isHidden === true).map(({ id }) => id),
};

const KEPT = 'setpoint:call-columns';

export function readChoice(storage: Pick<Storage, 'getItem'>): ColumnChoice {
  try {
    return cleaned(JSON.parse(storage.getItem(KEPT) ?? 'null') as Partial<ColumnChoice> | null);
  } catch {
    return STANDARD;
  }
}

export function keepChoice(storage: Pick<Storage, 'setItem' | 'removeItem'>, choice: ColumnChoice): void {
  if (JSON.stringify(choice) === JSON.stringify(STANDARD)) storage.removeItem(KEPT);
  else storage.setItem(KEPT, JSON.stringify(choice));
}

/** Columns may have come and gone since the choice was kept: new ones stand where they stand by default. */
export function cleaned(kept: Partial<ColumnChoice> | null): ColumnChoice {
  if (kept === null || !Array.isArray(kept.order) || !Array.isArray(kept.hidden)) return STANDARD;
  const known = kept.order.filter((id) => STANDARD.order.includes(id));
  const order = STANDARD.order.reduce<string[]>(
    (all, id, at) => (all.includes(id) ? all : all.toSpliced(at, 0, id)),
    [...new Set(known)],
  );
  const isNew = (id: string): boolean => !known.includes(id);
  const hidden = STANDARD.order.filter((id) =>
    isNew(id) ? STANDARD.hidden.includes(id) : kept.hidden?.includes(id) && !isFixed(id),
  );
  return { order: ends(order), hidden };
}

export function toggledColumn(choice: ColumnChoice, id: string): ColumnChoice {
  const hidden = choice.hidden.includes(id)
    ? choice.hidden.filter((one) => one !== id)
    : STANDARD.order.filter((one) => one === id || choice.hidden.includes(one));
  return { ...choice, hidden };
}

/** Moves a column past its neighbour; those at the ends stay there. */
export function movedColumn(choice: ColumnChoice, id: string, step: 1 | -1): ColumnChoice {
  const at = choice.order.indexOf(id);
  const to = at + step;
  const neighbour = choice.order[to];
  if (at < 0 || neighbour === undefined || isFixed(id) || isFixed(neighbour)) return choice;
  return { ...choice, order: choice.order.toSpliced(at, 1).toSpliced(to, 0, id) };
}

export function isFixed(id: string): boolean {
  return CALL_COLUMNS.some((column) => column.id === id && column.isFixed === true);
}

/** Time and call first, cost last, whatever was kept. */
function ends(order: readonly string[]): readonly string[] {
  return ['time', 'call', ...order.filter((id) => !isFixed(id)), 'cost'];
}
