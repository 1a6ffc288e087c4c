/** Ticks and labels of a bar chart. */
import type { scaleBand, scaleLinear } from '@visx/scale';

import type { TickText } from './axis-text.ts';
import type { BarBucket } from './bars.ts';
import { labelStep } from './stack.ts';

const LABEL_WIDTH = 46;
const BASE_GAP = 15;

interface BarAxesProps {
  readonly buckets: readonly BarBucket[];
  readonly x: ReturnType<typeof scaleBand<number>>;
  readonly y: ReturnType<typeof scaleLinear<number>>;
  readonly width: number;
  readonly levels: readonly number[];
  readonly text: TickText;
}

export function BarAxes({ buckets, x, y, width, levels, text }: BarAxesProps) {
  const [floor = 0] = y.range();
  const [left] = x.range();
  const step = labelStep(buckets.length, x.step(), LABEL_WIDTH);
  return (
    <>
      {levels.map((tick) => (
        <g key={tick}>
          <line className={tick === 0 ? 'base' : 'gridline'} x1={left} y1={y(tick)} x2={width} y2={y(tick)} />
          <text className="t r q" x={left - 6} y={y(tick) + 4}>
            {text(tick)}
          </text>
        </g>
      ))}
      {buckets.map(({ key, label, partial }, at) =>
        at % step === 0 || (partial && at % step > step / 2) ? (
          <text key={key} className="t m q" x={(x(at) ?? 0) + x.bandwidth() / 2} y={floor + BASE_GAP}>
            {partial && at % step !== 0 ? '' : label}
          </text>
        ) : null,
      )}
    </>
  );
}
