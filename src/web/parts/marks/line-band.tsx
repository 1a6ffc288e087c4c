/**
 * A unit cost over time with its interval, against the band that it should stay in. Where nothing was measured there is a light
 * hatch and no line; the date at which measuring began is written.
 */
import { scaleLinear } from '@visx/scale';
import { Area, LinePath } from '@visx/shape';
import { useId } from 'react';

import { roomFor } from './axis-text.ts';
import { hatch, Hatches } from './hatches.tsx';
import {
  labelsAlong,
  lineDomain,
  partsOf,
  placeDomain,
  stretchesOf,
  tickDecimals,
  valuePlace,
} from './line-shape.ts';
import type { LinePoint, Stretch } from './line-shape.ts';
import { Drawing, PlotFrame } from './plot-frame.tsx';
import { clampedMiddle, textWidth } from './reading.ts';
import type { Reading } from './reading.ts';
import { labelStep } from './stack.ts';
import { useWalk } from './walk.ts';

export interface TargetBand {
  readonly low: Reading;
  readonly set: Reading;
  readonly high: Reading;
}

interface LineBandProps {
  readonly points: readonly LinePoint[];
  readonly band?: TargetBand;
  readonly caption: string;
  readonly height?: number;
  /** How a tick is written, with the decimals that tell ticks apart. */
  readonly tick?: (value: number, decimals: number) => string;
  readonly onOpen?: (point: number) => void;
}

type Scale = ReturnType<typeof scaleLinear<number>>;

const RIGHT = 10;
const TOP = 18;
const BOTTOM = 24;
const TICKS = 4;
const LABEL_WIDTH = 46;

const dollars = (value: number, decimals: number): string =>
  `${value < 0 ? '−' : ''}$${Math.abs(value).toFixed(decimals)}`;

export function LineBand(props: LineBandProps) {
  const { points, band, caption, height = 220, tick = dollars, onOpen } = props;
  const walk = useWalk({ count: points.length, sayAt: (at) => sayOf(points[at]), onOpen });
  if (points.every(({ value }) => value === undefined))
    return <p className="quiet">Not measured in this period, so there is no line to draw.</p>;
  return (
    <PlotFrame name={caption} caption={caption} walk={walk}>
      {(width) => {
        const others = band === undefined ? [] : [band.low.at, band.high.at];
        const y = scaleLinear({
          domain: lineDomain(points, others),
          range: [height - BOTTOM, TOP],
          nice: TICKS,
        });
        const ticks = y.ticks(TICKS);
        const decimals = tickDecimals(ticks);
        const texts = ticks.map((one) => tick(one, decimals));
        const left = roomFor(texts);
        const x = scaleLinear({ domain: placeDomain(points.length), range: [left + 4, width - RIGHT] });
        return (
          <Drawing width={width} height={height}>
            <Axes {...{ points, x, y, width, left, ticks, texts }} />
            {band !== undefined && <Target {...{ band, y, width, left }} />}
            <Lines {...{ points, x, y, band, width, left }} />
            {walk.here !== undefined && (
              <line className="s-plan" x1={x(walk.here)} x2={x(walk.here)} y1={TOP} y2={height - BOTTOM} />
            )}
          </Drawing>
        );
      }}
    </PlotFrame>
  );
}

interface Place {
  readonly points: readonly LinePoint[];
  readonly x: Scale;
  readonly y: Scale;
}

interface AxesProps extends Place {
  readonly width: number;
  readonly left: number;
  readonly ticks: readonly number[];
  readonly texts: readonly string[];
}

function Axes({ points, x, y, width, left, ticks, texts }: AxesProps) {
  const [floor = 0] = y.range();
  const step = labelStep(points.length, x(1) - x(0), LABEL_WIDTH);
  const stepped = points.filter((_, at) => at % step === 0);
  const shown = labelsAlong(
    stepped.map(({ label }) => label),
    (at) => x(at * step),
    [left, width],
  );
  return (
    <>
      {ticks.map((one, at) => (
        <g key={one}>
          <line className={one === 0 ? 'base' : 'gridline'} x1={left} x2={width} y1={y(one)} y2={y(one)} />
          <text className="t r q" x={left - 6} y={y(one) + 4}>
            {texts[at]}
          </text>
        </g>
      ))}
      {shown.map(({ at, x: middle }) => (
        <text key={stepped[at]?.key} className="t q m" x={middle} y={floor + 16}>
          {stepped[at]?.label}
        </text>
      ))}
    </>
  );
}

function Target({
  band,
  y,
  width,
  left,
}: {
  readonly band: TargetBand;
  readonly y: Scale;
  readonly width: number;
  readonly left: number;
}) {
  return (
    <>
      <rect
        className="f-zone"
        x={left}
        y={y(band.high.at)}
        width={width - left}
        height={Math.max(y(band.low.at) - y(band.high.at), 1)}
      />
      <line className="s-good dash" x1={left} x2={width} y1={y(band.set.at)} y2={y(band.set.at)} />
      <text className="t r good halo" x={width} y={y(band.high.at) - 5}>
        {setText(band)}
      </text>
    </>
  );
}

function setText({ set }: TargetBand): string {
  return `setpoint ${set.text}`;
}

interface Room {
  readonly band: TargetBand | undefined;
  readonly width: number;
  readonly left: number;
}

function Lines({ points, x, y, ...room }: Place & Room) {
  const id = useId();
  const { measured, gaps } = stretchesOf(points);
  const [floor = 0, top = 0] = y.range();
  return (
    <>
      <Hatches id={id} />
      {gaps.map(([from, to]) => {
        const [left, right] = [x(Math.max(from - 1, 0)), x(Math.min(to + 1, points.length - 1))];
        const text = `not measured${from === 0 ? ` before ${points[to + 1]?.label ?? ''}` : ''}`;
        return (
          <g key={from}>
            <rect x={left} y={top} width={right - left} height={floor - top} fill={hatch(id, 'q')} />
            <text
              className="t q halo m"
              x={clampedMiddle((left + right) / 2, text, [room.left, room.width])}
              // Wider than its gap it would lie over the line, which seldom runs along the floor.
              y={textWidth(text) > right - left ? floor - 8 : top + 14}
            >
              {text}
            </text>
          </g>
        );
      })}
      {measured
        .flatMap((stretch) => partsOf(stretch, points))
        .map(({ stretch, forecast }) => (
          <Line key={`${stretch[0]} ${forecast}`} {...{ points, x, y, stretch, forecast, id, ...room }} />
        ))}
    </>
  );
}

interface LineProps extends Place, Room {
  readonly stretch: Stretch;
  readonly forecast: boolean;
  readonly id: string;
}

function Line({ points, x, y, stretch: [from, to], forecast, id, band, width, left }: LineProps) {
  const data = points.slice(from, to + 1).map(({ value, interval }, at) => ({
    x: x(from + at),
    y: y(value?.at ?? 0),
    low: y(interval?.[0].at ?? value?.at ?? 0),
    high: y(interval?.[1].at ?? value?.at ?? 0),
  }));
  const last = data.at(-1);
  const [floor = 0] = y.range();
  const figure =
    last &&
    valuePlace(
      { text: points[to]?.value?.text ?? '', ...last },
      { x: [left, width], y: [0, floor] },
      band && { y: y(band.high.at) - 5, text: setText(band) },
    );
  return (
    <>
      <Area
        data={data}
        x={(one) => one.x}
        y0={(one) => one.low}
        y1={(one) => one.high}
        className={forecast ? '' : 'f-band'}
        {...(forecast && { fill: hatch(id, 'ink') })}
      />
      <LinePath
        data={data}
        x={(one) => one.x}
        y={(one) => one.y}
        className={forecast ? 's-actual dash' : 's-actual'}
      />
      {data.map((one) => (
        <circle
          key={one.x}
          className={forecast && one !== data[0] ? 'dot-open' : 'f-actual'}
          cx={one.x}
          cy={one.y}
          r={2}
        />
      ))}
      {figure !== undefined && (
        <text className="t m b halo" x={figure.x} y={figure.y}>
          {figure.text}
        </text>
      )}
    </>
  );
}

function sayOf(point: LinePoint | undefined): string {
  if (point === undefined) return '';
  const { label, value, interval, forecast } = point;
  if (value === undefined) return `${label}: not measured`;
  return `${label}${forecast === true ? ', forecast' : ''}: ${value.text}${interval === undefined ? '' : `, between ${interval[0].text} and ${interval[1].text}`}`;
}
