import { countText } from '../../units/figures.ts';

interface MoreFooterProps {
  /** How many rows may be shown. */
  readonly most: number;
  /** How many there are. */
  readonly all: number;
  readonly onMore: () => void;
}

/** Below a table of which not all rows are drawn at once. */
export function MoreFooter({ most, all, onMore }: MoreFooterProps) {
  return (
    <footer>
      <span>
        {countText(Math.min(most, all))} of {countText(all)}
      </span>
      {all > most && (
        <button type="button" className="btn" onClick={onMore}>
          Show more
        </button>
      )}
    </footer>
  );
}
