/** Estimates with their intervals on one axis, one row each. A limit is a line; an interval that holds it decides nothing. */
import { scaleLinear } from '@visx/scale';

import { intervalDomain, sideOf } from './interval-shape.ts';
import type { IntervalRow } from './interval-shape.ts';
import { Drawing, PlotFrame } from './plot-frame.tsx';
import { clampedMiddle, textWidth } from './reading.ts';
import type { Reading } from './reading.ts';
import { useWalk } from './walk.ts';

interface IntervalBarProps {
  readonly rows: readonly IntervalRow[];
  /** What the intervals are held against, and what it is called. */
  readonly limit?: Reading & { readonly label: string };
  readonly caption: string;
  readonly onOpen?: (row: number) => void;
}

const HEAD = 22;
const ROW = 40;
const BAR_AT = 26;
const EDGE = 4;
const DOT = 4;

export function IntervalBar({ rows, limit, caption, onOpen }: IntervalBarProps) {
  const walk = useWalk({ count: rows.length, sayAt: (at) => sayOf(rows[at], limit), onOpen });
  if (rows.length === 0) return <p className="quiet">Nothing was estimated yet.</p>;
  return (
    <PlotFrame name={caption} caption={caption} walk={walk}>
      {(width) => {
        const domain = intervalDomain(rows, limit === undefined ? [] : [limit.at]);
        const x = scaleLinear({ domain, range: [EDGE, width - EDGE] });
        const height = HEAD + rows.length * ROW;
        const head = limit === undefined ? '' : `${limit.label} ${limit.text}`;
        return (
          <Drawing width={width} height={height}>
            {limit !== undefined && (
              <>
                <text className="t m q" x={clampedMiddle(x(limit.at), head, [0, width])} y={12}>
                  {head}
                </text>
                <line className="lead dash" x1={x(limit.at)} x2={x(limit.at)} y1={HEAD - 6} y2={height} />
              </>
            )}
            {rows.map((row, at) => (
              <g
                key={row.key}
                transform={`translate(0 ${HEAD + at * ROW})`}
                {...(onOpen === undefined ? {} : { onClick: () => onOpen(at) })}
              >
                <Row {...{ row, x, width, isHere: walk.here === at }} />
              </g>
            ))}
          </Drawing>
        );
      }}
    </PlotFrame>
  );
}

interface RowProps {
  readonly row: IntervalRow;
  readonly x: ReturnType<typeof scaleLinear<number>>;
  readonly width: number;
  readonly isHere: boolean;
}

function Row({ row: { label, low, at, high }, x, width, isHere }: RowProps) {
  const span = `[${low.text}, ${high.text}]`;
  return (
    <>
      <text className="t med halo" x={0} y={14}>
        {label}
      </text>
      <text className="t r q halo" x={width} y={14}>
        {span}
      </text>
      <text className="t r b halo" x={width - textWidth(span) - 8} y={14}>
        {at.text}
      </text>
      <line className="gridline" x1={0} x2={width} y1={BAR_AT} y2={BAR_AT} />
      <line
        className="s-plan"
        x1={x(low.at)}
        x2={x(high.at)}
        y1={BAR_AT}
        y2={BAR_AT}
        style={{ strokeWidth: 3 }}
      />
      <circle className="f-actual" cx={x(at.at)} cy={BAR_AT} r={DOT} />
      {isHere && (
        <rect
          className="f-here"
          x={x(low.at) - 4}
          y={BAR_AT - 8}
          width={x(high.at) - x(low.at) + 8}
          height={16}
        />
      )}
    </>
  );
}

function sayOf(row: IntervalRow | undefined, limit: IntervalBarProps['limit']): string {
  if (row === undefined) return '';
  const head = `${row.label}: ${row.at.text}, between ${row.low.text} and ${row.high.text}`;
  if (limit === undefined) return head;
  const side = sideOf(row, limit.at);
  return `${head}; ${side === 'undecided' ? `not decided against ${limit.label}` : `${side} ${limit.label}`}, ${limit.text}`;
}
