/** How far off forecasts were: the interval as it was published, what was projected, and what came. Misses are named. */
import { scaleBand, scaleLinear } from '@visx/scale';
import { useId } from 'react';

import { moneyTicks, roomFor } from './axis-text.ts';
import { backtestDomain, everyNth } from './backtest-shape.ts';
import type { BacktestPoint } from './backtest-shape.ts';
import { hatch, Hatches } from './hatches.tsx';
import { Drawing, PlotFrame } from './plot-frame.tsx';
import { clampedMiddle } from './reading.ts';
import { useWalk } from './walk.ts';

interface BacktestProps {
  readonly points: readonly BacktestPoint[];
  readonly name: string;
}

const HEIGHT = 210;
const TOP = 18;
const BOTTOM = 24;
const TICKS = 4;
const LABEL_WIDTH = 46;
const BOX = 26;

export function Backtest({ points, name }: BacktestProps) {
  const id = useId();
  const walk = useWalk({ count: points.length, sayAt: (at) => points[at]?.said ?? '' });
  if (points.length === 0) return <p className="quiet">Nothing can be judged yet: too little history.</p>;
  return (
    <PlotFrame
      name={name}
      caption="Box: interval as it was published. Line: projection. Dot: actual."
      walk={walk}
    >
      {(width) => {
        const floor = HEIGHT - BOTTOM;
        const y = scaleLinear({ domain: backtestDomain(points), range: [floor, TOP] });
        const ticks = y.ticks(TICKS);
        const text = moneyTicks(ticks);
        const left = roomFor(ticks.map(text));
        const x = scaleBand({ domain: points.map((_, at) => at), range: [left, width] });
        const step = everyNth(points.length, x.bandwidth(), LABEL_WIDTH);
        return (
          <Drawing width={width} height={HEIGHT}>
            <Hatches id={id} />
            {ticks.map((one) => (
              <g key={one}>
                <line className="gridline" x1={left} x2={width} y1={y(one)} y2={y(one)} />
                <text className="t r q" x={left - 6} y={y(one) + 4}>
                  {text(one)}
                </text>
              </g>
            ))}
            {points.map((point, at) => (
              <Judged
                key={point.key}
                {...{ point, y, id }}
                middle={(x(at) ?? 0) + x.bandwidth() / 2}
                box={Math.min(BOX, x.bandwidth() * 0.7)}
                bounds={[left, width]}
                label={at % step === 0 ? point.label : ''}
                isHere={walk.here === at}
              />
            ))}
          </Drawing>
        );
      }}
    </PlotFrame>
  );
}

interface JudgedProps {
  readonly point: BacktestPoint;
  readonly y: ReturnType<typeof scaleLinear<number>>;
  readonly id: string;
  readonly middle: number;
  readonly box: number;
  readonly bounds: readonly [number, number];
  readonly label: string;
  readonly isHere: boolean;
}

function Judged({ point, y, id, middle, box, bounds, label, isHere }: JudgedProps) {
  const { low, high, forecast, actual, inside, error } = point;
  const height = Math.max(y(low) - y(high), 1);
  const missed = `missed, ${error}`;
  return (
    <>
      <rect
        className="fk ahead"
        style={{ fill: hatch(id, 'ink') }}
        opacity={0.55}
        x={middle - box / 2}
        y={y(high)}
        width={box}
        height={height}
      />
      <line
        className="s-plan"
        x1={middle - box / 2}
        x2={middle + box / 2}
        y1={y(forecast)}
        y2={y(forecast)}
      />
      <circle className={inside ? 'f-actual' : 'f-bad'} cx={middle} cy={y(actual)} r={4} />
      {!inside && (
        <text
          className="t m b bad halo"
          x={clampedMiddle(middle, missed, bounds)}
          y={actual > forecast ? y(actual) - 9 : y(actual) + 17}
        >
          {missed}
        </text>
      )}
      <text className="t m q" x={middle} y={y.range()[0]! + 17}>
        {label}
      </text>
      {isHere && (
        <rect
          className="f-here"
          x={middle - box / 2 - 3}
          y={y(high) - 3}
          width={box + 6}
          height={height + 6}
        />
      )}
    </>
  );
}
