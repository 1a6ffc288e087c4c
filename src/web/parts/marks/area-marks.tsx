/** The same spend summed up over the period: an area for each series, the compared period a dashed line over them. */
import { Area, LinePath } from '@visx/shape';

import type { BarMarksProps } from './bar-marks.tsx';
import { DOLLAR } from './bars.ts';
import { hueHatch } from './hatches.tsx';

/** What is stacked on one another, from the middle of a bucket to the middle of the next. */
export function AreaMarks(props: BarMarksProps) {
  const { buckets, series, stacks, behind, x, y, here } = props;
  const middle = (at: number): number => (x(at) ?? 0) + x.bandwidth() / 2;
  const level = (amount: bigint): number => y(Number(amount) / DOLLAR);
  const begins = buckets.findIndex(({ forecast }) => forecast === true);
  const last = begins === -1 ? buckets.length - 1 : begins - 1;
  const parts = [
    { from: 0, to: last, forecast: false },
    { from: Math.max(last, 0), to: begins === -1 ? -1 : buckets.length - 1, forecast: true },
  ].filter(({ from, to }) => to >= from);
  return (
    <>
      {series.map((_, at) =>
        parts.map((part) => (
          <SeriesArea key={`${at} ${part.from}`} {...props} {...{ at, part, middle, level }} />
        )),
      )}
      <LinePath
        className="s-ghost"
        data={behind.slice(0, buckets.length)}
        defined={(amount) => amount !== undefined}
        x={(_, at) => middle(at)}
        y={(amount) => level(amount ?? 0n)}
      />
      {here !== undefined && (
        <line
          className="f-here"
          x1={middle(here.bucket)}
          x2={middle(here.bucket)}
          y1={y.range()[0]}
          y2={y.range()[1]}
        />
      )}
      {stacks.map((_, bucket) => (
        <rect
          key={buckets[bucket]?.key}
          className="f-none"
          x={(x(bucket) ?? 0) - (x.step() - x.bandwidth()) / 2}
          y={y.range()[1]}
          width={x.step()}
          height={(y.range()[0] ?? 0) - (y.range()[1] ?? 0)}
          onClick={() => props.onOpen(bucket, undefined)}
        />
      ))}
    </>
  );
}

interface SeriesAreaProps extends BarMarksProps {
  /** Which series. */
  readonly at: number;
  readonly part: { readonly from: number; readonly to: number; readonly forecast: boolean };
  readonly middle: (bucket: number) => number;
  readonly level: (amount: bigint) => number;
}

function SeriesArea({ id, at, part, stacks, series, lit, middle, level }: SeriesAreaProps) {
  const its = series[at];
  if (its === undefined) return null;
  const isDim = lit !== undefined && lit !== its.name;
  return (
    <Area
      className={`fk ${its.hue} ${part.forecast ? 'ahead' : ''} ${isDim ? 'dim' : ''}`}
      {...(part.forecast && { style: { fill: hueHatch(id, its.hue) } })}
      data={stacks.slice(part.from, part.to + 1)}
      x={(_, bucket) => middle(part.from + bucket)}
      y0={(parts) => level(parts[at]?.from ?? 0n)}
      y1={(parts) => level(parts[at]?.to ?? 0n)}
    />
  );
}
