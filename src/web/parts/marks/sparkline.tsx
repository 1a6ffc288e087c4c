/** How an amount went over the buckets of the page, in the space of a word. The table beside it has the figures. */
import { LinePath } from '@visx/shape';

import { sparkPoints } from './sparkline-path.ts';

const BOX = { width: 72, height: 20, edge: 3 };
const DOT = 2;

interface SparklineProps {
  readonly amounts: readonly bigint[];
  /** Class of its hue; none: ink. */
  readonly hue: string;
}

export function Sparkline({ amounts, hue }: SparklineProps) {
  const points = sparkPoints(amounts, BOX);
  const last = points.at(-1);
  if (last === undefined) return null;
  const color = hue === '' ? 'var(--text-2)' : 'var(--k)';
  return (
    <svg
      className={`spark ${hue}`}
      width={BOX.width}
      height={BOX.height}
      viewBox={`0 0 ${BOX.width} ${BOX.height}`}
      aria-hidden="true"
    >
      <LinePath
        data={points}
        x={({ x }) => x}
        y={({ y }) => y}
        style={{ stroke: color, strokeWidth: 1.5, fill: 'none' }}
      />
      <circle cx={last.x} cy={last.y} r={DOT} style={{ fill: color }} />
    </svg>
  );
}
