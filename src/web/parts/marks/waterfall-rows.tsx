/** The same as rows, for a narrow page: each step has its line of text, and below it its bar. */
import { scaleLinear } from '@visx/scale';
import { useId } from 'react';

import { Hatches } from './hatches.tsx';
import { Drawing } from './plot-frame.tsx';
import { textWidth } from './reading.ts';
import { AHEAD_HUES, fillOf } from './waterfall-fill.ts';

export interface WaterfallMark {
  readonly label: string;
  readonly note: string;
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Class of its fill. */
  readonly look: string;
  /** A column that stands on the floor, and not a step. */
  readonly isEnd: boolean;
  /** Class of the hue in which it is hatched, where it has not happened yet. */
  readonly ahead?: string;
}

export interface WaterfallForm {
  readonly marks: readonly WaterfallMark[];
  readonly domain: readonly [number, number];
  /** Where the columns are cut; zero where they are not. */
  readonly cut: number;
  readonly width: number;
  readonly here: number | undefined;
  readonly onOpen: ((at: number) => void) | undefined;
}

const ROW = 40;
const BAR = 12;
const TEXT = 14;
const BAR_AT = 20;
const EDGE = 2;

export function WaterfallRows({ marks, domain, cut, width, here, onOpen }: WaterfallForm) {
  const x = scaleLinear({ domain: [...domain], range: [EDGE, width - EDGE] });
  const id = useId();
  return (
    <Drawing width={width} height={marks.length * ROW}>
      <Hatches id={id} hues={AHEAD_HUES} />
      {marks.map(({ label, note, text, from, to, look, isEnd, ahead }, at) => {
        const top = at * ROW;
        const [left, right] = [Math.min(x(from), x(to)), Math.max(x(from), x(to))];
        const room = width - textWidth(label) - textWidth(text) - 16;
        return (
          <g key={`${at} ${label}`} {...(onOpen === undefined ? {} : { onClick: () => onOpen(at) })}>
            <text className="t med" x={0} y={top + TEXT}>
              {label}
            </text>
            {note !== '' && textWidth(note) <= room && (
              <text className="t q" x={textWidth(label) + 8} y={top + TEXT}>
                {note}
              </text>
            )}
            <text className="t r b" x={width} y={top + TEXT}>
              {text}
            </text>
            <rect
              {...fillOf({ look, ahead }, id)}
              x={left}
              y={top + BAR_AT}
              width={Math.max(right - left, 1)}
              height={BAR}
            />
            {isEnd && cut > 0 && (
              <path
                className="f-surf"
                d={`M${EDGE + 10} ${top + BAR_AT - 1}l-5 ${BAR + 2}h4l5 -${BAR + 2}z`}
              />
            )}
            {at < marks.length - 1 && (
              <line className="tick" x1={x(to)} y1={top + BAR_AT + BAR} x2={x(to)} y2={top + ROW + BAR_AT} />
            )}
            {here === at && (
              <rect
                className="f-here"
                x={left - 2}
                y={top + BAR_AT - 3}
                width={right - left + 4}
                height={BAR + 6}
              />
            )}
          </g>
        );
      })}
    </Drawing>
  );
}
