/**
 * Spend over time. One notation for time on every chart: actual solid, previous ghosted behind and to the left, a bucket that
 * is not over faded. One tab stop: arrows walk buckets and series, Enter opens the lines, dragging chooses a stretch.
 */
import { scaleBand, scaleLinear } from '@visx/scale';
import { useId, useMemo, useState } from 'react';

import { AreaMarks } from './area-marks.tsx';
import { moneyTicks, roomFor } from './axis-text.ts';
import { BarAhead } from './bar-ahead.tsx';
import { BarAxes } from './bar-axes.tsx';
import { pointed, useBarKeys } from './bar-keys.ts';
import { BarMarks } from './bar-marks.tsx';
import { BarNotes } from './bar-notes.tsx';
import { DOLLAR } from './bars.ts';
import type { SpendBarsProps } from './bars.ts';
import { Hatches } from './hatches.tsx';
import { extent, runningSums, stacked } from './stack.ts';
import { useWidth } from './width.ts';

const TOP = 12;
const TICKS = 4;
const PADDING = 0.32;
/** One bar alone must not look like a wall, and between hundreds there is no room for gaps. */
const MOST_BAR = 56;
const LEAST_SLOT = 4;
const BOTTOM = 24;
const FIRST_WIDTH = 760;

export function SpendBars(props: SpendBarsProps) {
  const { buckets, series, ghost = [], kind, lit, caption, height = 260 } = props;
  const id = useId();
  const [ref, width] = useWidth(FIRST_WIDTH);
  const [range, setRange] = useState<readonly [number, number]>();
  const cumulative = kind === 'cumulative';
  const stacks = useMemo(
    () => stacked({ buckets: buckets.length, amounts: series.map(({ amounts }) => amounts), cumulative }),
    [buckets, series, cumulative],
  );
  const behind = useMemo(() => (cumulative ? runningSums(ghost) : ghost), [cumulative, ghost]);
  const expected = cumulative ? [] : buckets.map((bucket) => bucket.expected);
  const { x, y, ticks, text } = scalesOf({
    buckets: buckets.length,
    width,
    height,
    levels: extent(stacks, [...behind, ...expected]),
  });
  const isArea = cumulative && buckets.length > 1;
  const Marks = isArea ? AreaMarks : BarMarks;
  const keys = useBarKeys(props);
  if (buckets.length === 0) return <p className="quiet">Nothing to draw: the period has not begun.</p>;
  const bucketAt = (clientX: number, left: number): number =>
    Math.max(0, Math.min(buckets.length - 1, Math.floor((clientX - left - (x.range()[0] ?? 0)) / x.step())));
  return (
    <figure className="figure-full">
      <div
        ref={ref}
        className="plot-box"
        role="application"
        aria-roledescription="chart"
        aria-label={`${caption} Arrow keys walk the chart.`}
        aria-describedby={`${id}-now`}
        tabIndex={0}
        onKeyDown={keys.onKeyDown}
        onBlur={keys.leave}
        {...pointed({ onRange: props.onRange, bucketAt, range, setRange })}
      >
        <svg
          className="plot"
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          aria-hidden="true"
        >
          <Hatches id={id} hues={[...new Set(series.map(({ hue }) => hue))]} />
          <BarAxes {...{ buckets, x, y, width, levels: ticks, text }} />
          <Marks
            {...{ buckets, series, stacks, behind, x, y, lit, here: keys.here, id }}
            onLit={props.onLit}
            onOpen={props.onOpen}
          />
          {!isArea && <BarAhead {...{ id, buckets, stacks, x, y }} />}
          <BarNotes notes={props.notes ?? []} x={x} y={y} />
          {range !== undefined && <RangeMark {...{ range, x, y }} />}
        </svg>
      </div>
      <p id={`${id}-now`} className={keys.here === undefined ? 'sr' : 'under-plot'} aria-live="polite">
        {keys.said}
      </p>
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

interface RangeMarkProps {
  readonly range: readonly [number, number];
  readonly x: ReturnType<typeof scaleBand<number>>;
  readonly y: ReturnType<typeof scaleLinear<number>>;
}

/** The stretch that is being chosen. */
function RangeMark({ range, x, y }: RangeMarkProps) {
  const [floor, top] = y.range() as [number, number];
  return (
    <rect
      className="f-range"
      x={x(Math.min(...range)) ?? 0}
      y={top}
      width={Math.abs(range[1] - range[0]) * x.step() + x.bandwidth()}
      height={floor - top}
    />
  );
}

interface Space {
  readonly buckets: number;
  readonly width: number;
  readonly height: number;
  readonly levels: readonly [bigint, bigint];
}

function scalesOf({ buckets, width, height, levels: [least, most] }: Space) {
  const y = scaleLinear({
    domain: [Number(least) / DOLLAR, Number(most) / DOLLAR || (least < 0n ? 0 : 1)],
    range: [height - BOTTOM, TOP],
    nice: 4,
  });
  const ticks = y.ticks(TICKS);
  const text = moneyTicks(ticks);
  const left = roomFor(ticks.map(text));
  const slot = (width - left) / Math.max(buckets, 1);
  const padding = slot < LEAST_SLOT ? 0 : Math.max(PADDING, 1 - MOST_BAR / slot);
  const x = scaleBand({
    domain: Array.from({ length: buckets }, (_, at) => at),
    range: [left, width],
    paddingInner: padding,
    paddingOuter: padding / 2,
  });
  return { x, y, ticks, text };
}
