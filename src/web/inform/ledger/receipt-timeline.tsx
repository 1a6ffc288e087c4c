/** Everything that happened to a call, in its order: start, first byte, end, what was recorded, and what corrected it. */
import type { LedgerLine } from '../../../api/contract.ts';
import { durationText } from '../../../units/figures.ts';
import { clockIn } from '../../parts/instants.ts';
import { timelineOf } from './timeline.ts';

interface TimelineProps {
  readonly lines: readonly LedgerLine[];
  readonly timeZone: string;
}

export function Timeline({ lines, timeZone }: TimelineProps) {
  const clock = clockIn(timeZone);
  return (
    <section>
      <h2>
        Timeline <em>{timeZone}</em>
      </h2>
      <ol className="timeline">
        {timelineOf(lines).map(({ key, what, detail, atMs, afterMs }) => (
          <li key={key}>
            <span className="num">{atMs === null ? '' : clock(new Date(atMs).toISOString())}</span>
            <span>
              {what}
              {detail !== '' && <span className="quiet"> · {detail}</span>}
            </span>
            <span className="num quiet">{afterMs === null ? '' : `+${durationText(afterMs)}`}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
