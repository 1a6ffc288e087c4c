/** The bars themselves: the compared period behind, the parts of each bucket in front. */
import type { scaleBand, scaleLinear } from '@visx/scale';

import { barMoney, DOLLAR } from './bars.ts';
import type { BarBucket, BarSeries } from './bars.ts';
import { hueHatch } from './hatches.tsx';
import type { StackPart } from './stack.ts';

/** How far the previous bar looks out at the left, as a share of a bar. */
const GHOST_SHIFT = 0.3;

export interface BarMarksProps {
  readonly id: string;
  readonly buckets: readonly BarBucket[];
  readonly series: readonly BarSeries[];
  readonly stacks: readonly (readonly StackPart[])[];
  readonly behind: readonly (bigint | undefined)[];
  readonly x: ReturnType<typeof scaleBand<number>>;
  readonly y: ReturnType<typeof scaleLinear<number>>;
  readonly lit: string | undefined;
  readonly here: { readonly bucket: number; readonly series: number | undefined } | undefined;
  readonly onLit: (name: string | undefined) => void;
  readonly onOpen: (bucket: number, series: string | undefined) => void;
}

export function BarMarks(props: BarMarksProps) {
  const { buckets, stacks, behind, x, y, here } = props;
  const level = (amount: bigint): number => y(Number(amount) / DOLLAR);
  const width = x.bandwidth();
  return (
    <>
      {behind
        .slice(0, buckets.length)
        .map((amount, at) =>
          amount === undefined || amount <= 0n ? null : (
            <rect
              key={buckets[at]?.key}
              className="f-ghost edge"
              x={(x(at) ?? 0) - width * GHOST_SHIFT}
              y={level(amount)}
              width={width}
              height={Math.max(level(0n) - level(amount), 0)}
            />
          ),
        )}
      {stacks.map((parts, bucket) => (
        <g key={buckets[bucket]?.key} className={buckets[bucket]?.partial === true ? 'partial' : ''}>
          {parts.map((part) => (
            <Part key={part.series} {...props} {...{ part, bucket, level, width }} />
          ))}
          {here?.bucket === bucket && (
            <rect
              className="f-here"
              x={(x(bucket) ?? 0) - 2}
              y={y.range()[1] ?? 0}
              width={width + 4}
              height={(y.range()[0] ?? 0) - (y.range()[1] ?? 0)}
            />
          )}
        </g>
      ))}
    </>
  );
}

interface PartProps extends BarMarksProps {
  readonly part: StackPart;
  readonly bucket: number;
  readonly level: (amount: bigint) => number;
  readonly width: number;
}

function Part({ id, part, bucket, series, buckets, x, level, width, lit, onLit, onOpen }: PartProps) {
  const its = series[part.series];
  if (its === undefined || part.from === part.to) return null;
  const [upper, lower] = [level(part.from), level(part.to)].toSorted((a, b) => a - b) as [number, number];
  const isDim = lit !== undefined && lit !== its.name;
  const isForecast = buckets[bucket]?.forecast === true;
  return (
    <rect
      className={`fk ${its.hue} ${isForecast ? 'ahead' : ''} ${isDim ? 'dim' : ''}`}
      {...(isForecast && { style: { fill: hueHatch(id, its.hue) } })}
      x={x(bucket)}
      y={upper}
      width={width}
      height={Math.max(lower - upper - (lower - upper > 2 ? 0.6 : 0), 0.5)}
      onPointerEnter={() => onLit(its.name)}
      onPointerLeave={() => onLit(undefined)}
      onClick={() => onOpen(bucket, its.name)}
    >
      <title>
        {buckets[bucket]?.label}: {its.label} {barMoney(part.to - part.from)}
        {isForecast ? ', forecast' : ''}
      </title>
    </rect>
  );
}
