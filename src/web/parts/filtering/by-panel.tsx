import { DIMENSION_CHOICES, breakdownLabel, dimensionLabel } from '../dimensions.ts';
import { SearchList } from './search-list.tsx';
import { tagOf } from './where-panel.tsx';

interface ByPanelProps {
  readonly by: string;
  /** How many dimensions can be told apart, one within the other. */
  readonly depth: number;
  readonly onBy: (by: string) => void;
  readonly onDone: () => void;
}

/** What spend is told apart by. With more than one level, a press adds one or takes it away. */
export function ByPanel({ by, depth, onBy, onDone }: ByPanelProps) {
  const chosen = by === '' ? [] : by.split(',');
  const known = new Set(DIMENSION_CHOICES.map(({ value }) => value));
  const own = chosen
    .filter((value) => !known.has(value))
    .map((value) => ({ value, label: dimensionLabel(value) }));
  const choices = [...own, ...DIMENSION_CHOICES].map((one) => ({
    ...one,
    chosen: chosen.includes(one.value),
    mark: depth > 1 && chosen.includes(one.value) ? String(chosen.indexOf(one.value) + 1) : undefined,
  }));
  const pick = (value: string): void => {
    if (depth === 1) {
      onBy(value);
      return onDone();
    }
    const rest = chosen.filter((one) => one !== value);
    if (rest.length === chosen.length) return onBy([...chosen.slice(0, depth - 1), value].join(','));
    if (rest.length > 0) onBy(rest.join(','));
  };
  return (
    <>
      <SearchList
        label="Break down by"
        choices={choices}
        empty="No dimension is called so."
        written={tagOf}
        onPick={pick}
      />
      {depth > 1 && <p className="popup-note">{breakdownLabel(by)}. Press one again to take it away.</p>}
    </>
  );
}
