/** What the result depends on most: one driver at a time from low to high, the largest swing above. Grey: none is a failure. */
import { scaleLinear } from '@visx/scale';

import { Drawing, PlotFrame } from './plot-frame.tsx';
import { clampedMiddle, textWidth } from './reading.ts';
import type { Reading } from './reading.ts';
import { bySwing, tornadoDomain } from './tornado-shape.ts';
import type { TornadoRow } from './tornado-shape.ts';
import { useWalk } from './walk.ts';

interface TornadoProps {
  readonly rows: readonly TornadoRow[];
  readonly base: Reading;
  readonly caption: string;
  /** By the key of the driver. */
  readonly onOpen?: (key: string) => void;
}

const HEAD = 22;
const ROW = 38;
const BAR = 14;
const BAR_AT = 18;

export function Tornado({ rows, base, caption, onOpen }: TornadoProps) {
  const ordered = bySwing(rows);
  const open =
    onOpen === undefined
      ? undefined
      : (at: number): void => {
          const row = ordered[at];
          if (row !== undefined) onOpen(row.key);
        };
  const walk = useWalk({ count: ordered.length, sayAt: (at) => sayOf(ordered[at]), onOpen: open });
  if (ordered.length === 0) return <p className="quiet">No driver was varied.</p>;
  return (
    <PlotFrame name={caption} caption={caption} walk={walk}>
      {(width) => {
        const texts = ordered.flatMap(({ low, high }) => [textWidth(low.text), textWidth(high.text)]);
        const side = Math.max(...texts) + 8;
        const x = scaleLinear({ domain: tornadoDomain(rows, base.at), range: [side, width - side] });
        const height = HEAD + ordered.length * ROW;
        return (
          <Drawing width={width} height={height}>
            <text className="t m b" x={clampedMiddle(x(base.at), base.text, [0, width])} y={12}>
              {base.text}
            </text>
            {ordered.map((row, at) => (
              <g
                key={row.key}
                transform={`translate(0 ${HEAD + at * ROW})`}
                {...(open === undefined ? {} : { onClick: () => open(at) })}
              >
                <Row {...{ row, x, isHere: walk.here === at }} />
              </g>
            ))}
            <line className="base" x1={x(base.at)} x2={x(base.at)} y1={HEAD - 6} y2={height} />
          </Drawing>
        );
      }}
    </PlotFrame>
  );
}

interface RowProps {
  readonly row: TornadoRow;
  readonly x: ReturnType<typeof scaleLinear<number>>;
  readonly isHere: boolean;
}

function Row({ row, x, isHere }: RowProps) {
  const isTurned = row.low.at > row.high.at;
  const [left, right] = isTurned ? [row.high, row.low] : [row.low, row.high];
  const [from, to] = [x(left.at), x(right.at)];
  const middle = (x.range()[0]! + x.range()[1]!) / 2;
  const looks = isTurned ? ['f-actual', 'f-demand'] : ['f-demand', 'f-actual'];
  const halves = [
    {
      look: looks[0],
      at: Math.min(from, middle),
      width: Math.max(Math.min(to, middle) - Math.min(from, middle), 0),
    },
    { look: looks[1], at: Math.max(from, middle), width: Math.max(to - Math.max(from, middle), 0) },
  ];
  return (
    <>
      <text className="t m med halo" x={middle} y={12}>
        {row.label}
      </text>
      {halves.map(({ look, at, width }) => (
        <rect key={look} className={look} x={at} y={BAR_AT} width={width} height={BAR} />
      ))}
      <text className="t r q" x={from - 6} y={BAR_AT + 11}>
        {left.text}
      </text>
      <text className="t q" x={to + 6} y={BAR_AT + 11}>
        {right.text}
      </text>
      {isHere && (
        <rect className="f-here" x={from - 2} y={BAR_AT - 2} width={to - from + 4} height={BAR + 4} />
      )}
    </>
  );
}

function sayOf(row: TornadoRow | undefined): string {
  return row === undefined
    ? ''
    : `${row.label}: ${row.low.text} where it is low, ${row.high.text} where it is high`;
}
