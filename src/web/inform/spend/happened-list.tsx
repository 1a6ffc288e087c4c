/** What happened, in words and with links: the accessible form of the marks on the chart above it. */
import type { AnnotationAnswer } from '../../../api/contract/annotations.ts';
import { annotationsShown } from '../../parts/kept.ts';
import { happenedLink } from './happened.ts';
import { dateFormat } from '../../../units/date-format.ts';

/** So many stand open; a year of decisions would push the table away. */
const SHOWN = 4;

interface HappenedListProps {
  readonly annotations: readonly AnnotationAnswer[];
  readonly timeZone: string;
}

export function HappenedList({ annotations, timeZone }: HappenedListProps) {
  if (annotations.length === 0) return null;
  const newest = annotations.toReversed();
  const rest = newest.slice(SHOWN);
  return (
    <>
      <Lines annotations={newest.slice(0, SHOWN)} timeZone={timeZone} />
      {rest.length > 0 && (
        <details className="small">
          <summary>{rest.length} more that happened</summary>
          <Lines annotations={rest} timeZone={timeZone} />
        </details>
      )}
    </>
  );
}

function Lines({ annotations, timeZone }: HappenedListProps) {
  const day = dateFormat('en-GB', { timeZone, day: 'numeric', month: 'short', year: '2-digit' });
  return (
    <ul className="happened" aria-label="What happened">
      {annotations.map(({ at, text, link }) => (
        <li key={`${at} ${text}`}>
          <time dateTime={at}>{day.format(Date.parse(at))}</time>
          <a className="proof" {...happenedLink(link)}>
            {text}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Kept in this browser, for all charts. */
export function HappenedSwitch() {
  const isOn = annotationsShown.use() === 'on';
  return (
    <button
      type="button"
      className="btn plain"
      aria-pressed={isOn}
      title="Prices, commitments, budgets and other decisions on the time axis"
      onClick={() => annotationsShown.set(isOn ? 'off' : 'on')}
    >
      {isOn ? 'Hide what happened' : 'Show what happened'}
    </button>
  );
}
