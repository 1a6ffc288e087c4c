/**
 * A budget in the space of a table's cell, in percent of its cap: the same parts as the bar, a mark for each threshold, and a
 * triangle for how much of the window is gone. The figures stand in the same row, so it says nothing to a screen reader.
 */
import { useId } from 'react';

import { BURN_LOOKS, burnParts, burnPlace, burnReach } from './burn-shape.ts';
import { hatch, Hatches } from './hatches.tsx';

interface BurnTrackProps {
  /** Percent of the cap; null: not known. */
  readonly spent: number | null;
  readonly presumed: number;
  readonly reserved: number;
  readonly thresholds: readonly { readonly percent: number; readonly acts: boolean }[];
  /** How much of the window's time is gone, in percent; none for a rolling window. */
  readonly gone: number | undefined;
}

const CAP = 100;
const TOP = 5;
const BAR = 12;
const HEIGHT = TOP + BAR + 3;

export function BurnTrack({ spent, presumed, reserved, thresholds, gone }: BurnTrackProps) {
  const id = useId();
  const amounts = { cap: CAP, spent: spent ?? 0, presumed, reserved };
  const reach = burnReach(amounts);
  const at = (percent: number): string => `${burnPlace(percent, reach, CAP)}%`;
  return (
    <svg className="burn plot" height={HEIGHT} aria-hidden="true">
      <Hatches id={id} />
      <rect className="f-track" y={TOP} width="100%" height={BAR} rx={2} />
      {spent === null ? (
        <rect y={TOP} width="100%" height={BAR} style={{ fill: hatch(id, 'q') }} />
      ) : (
        burnParts(amounts).map(({ kind, from, to }) => (
          <rect
            key={kind}
            className={BURN_LOOKS[kind]}
            x={at(from)}
            y={TOP}
            width={`${burnPlace(to, reach, CAP) - burnPlace(from, reach, CAP)}%`}
            height={BAR}
            {...(kind === 'reserved' && { style: { fill: hatch(id, 'ink') } })}
          />
        ))
      )}
      {thresholds.map(({ percent, acts }) => (
        <g key={`${percent} ${acts}`}>
          <line className="burn-halo" x1={at(percent)} x2={at(percent)} y1={TOP} y2={TOP + BAR} />
          <line
            className={acts ? 'burn-step acts' : 'burn-step'}
            x1={at(percent)}
            x2={at(percent)}
            y1={TOP}
            y2={TOP + BAR}
          />
        </g>
      ))}
      {reach > CAP && <line className="burn-cap" x1={at(CAP)} x2={at(CAP)} y1={TOP - 3} y2={TOP + BAR + 3} />}
      {gone !== undefined && (
        <svg x={at(gone)} overflow="visible">
          <path className="f-ink" d="M-4.5 0h9l-4.5 5z" />
        </svg>
      )}
    </svg>
  );
}
