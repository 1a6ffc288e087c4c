/** What happened, on the time axis: a mark in its bucket, and words where there is room. Pressing one opens its page. */
import type { scaleBand, scaleLinear } from '@visx/scale';

import { placeNotes } from './note-shape.ts';
import type { BarNote } from './note-shape.ts';

interface BarNotesProps {
  readonly notes: readonly BarNote[];
  readonly x: ReturnType<typeof scaleBand<number>>;
  readonly y: ReturnType<typeof scaleLinear<number>>;
}

const GAP = 5;

export function BarNotes({ notes, x, y }: BarNotesProps) {
  const [floor, top] = y.range() as [number, number];
  const [left, right] = x.range();
  const middleOf = (at: number): number => (x(at) ?? 0) + x.bandwidth() / 2;
  return placeNotes(notes, middleOf, [left, right]).map(({ at, x: middle, words, isLeft, notes: here }) => (
    <g
      key={at}
      className={here[0]?.onOpen === undefined ? 'note' : 'note opens'}
      onClick={() => here[0]?.onOpen?.()}
    >
      <title>{here.map(({ text, label }) => text ?? label).join('\n')}</title>
      <line className="tick dashed" x1={middle} y1={top - 4} x2={middle} y2={floor} />
      <path className="note-mark" d={`M${middle - 4} ${floor + 7}h8l-4 -6z`} />
      {words !== '' && (
        <text className={`t q ${isLeft ? 'r' : ''}`} x={middle + (isLeft ? -GAP : GAP)} y={top + 4}>
          {words}
        </text>
      )}
    </g>
  ));
}
