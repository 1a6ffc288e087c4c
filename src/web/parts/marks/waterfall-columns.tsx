/** A waterfall as columns: from left to right, the labels below. */
import { scaleBand, scaleLinear } from '@visx/scale';
import { useId } from 'react';

import { Hatches } from './hatches.tsx';
import { Drawing } from './plot-frame.tsx';
import { AHEAD_HUES, fillOf } from './waterfall-fill.ts';
import type { WaterfallForm } from './waterfall-rows.tsx';

const HEIGHT = 300;
const TOP = 28;
const BOTTOM = 48;
const GAP = 0.38;

export function WaterfallColumns({ marks, domain, cut, width, here, onOpen }: WaterfallForm) {
  const floor = HEIGHT - BOTTOM;
  const y = scaleLinear({ domain: [...domain], range: [floor, TOP] });
  const x = scaleBand({ domain: marks.map((_, at) => at), range: [0, width], padding: GAP });
  const bar = x.bandwidth();
  const id = useId();
  return (
    <Drawing width={width} height={HEIGHT}>
      <Hatches id={id} hues={AHEAD_HUES} />
      <line
        className="base"
        x1={0}
        y1={y(Math.max(0, domain[0]))}
        x2={width}
        y2={y(Math.max(0, domain[0]))}
      />
      {marks.map(({ label, note, text, from, to, look, isEnd, ahead }, at) => {
        const left = x(at) ?? 0;
        const [upper, lower] = [Math.min(y(from), y(to)), Math.max(y(from), y(to))];
        const middle = left + bar / 2;
        return (
          <g key={`${at} ${label}`} {...(onOpen === undefined ? {} : { onClick: () => onOpen(at) })}>
            {at < marks.length - 1 && (
              <line className="tick" x1={left + bar} y1={y(to)} x2={x(at + 1)} y2={y(to)} />
            )}
            <rect
              {...fillOf({ look, ahead }, id)}
              x={left}
              y={upper}
              width={bar}
              height={Math.max(lower - upper, 1)}
            />
            {isEnd && cut > 0 && (
              <path className="f-surf" d={`M${left - 3} ${floor - 12}l${bar + 6} -7v5l-${bar + 6} 7z`} />
            )}
            <text className="t m b" x={middle} y={upper - 7}>
              {text}
            </text>
            <text className="t m med" x={middle} y={floor + 17}>
              {label}
            </text>
            <text className="t m q" x={middle} y={floor + 31}>
              {note}
            </text>
            {here === at && (
              <rect
                className="f-here"
                x={left - 3}
                y={upper - 3}
                width={bar + 6}
                height={lower - upper + 6}
              />
            )}
          </g>
        );
      })}
    </Drawing>
  );
}
