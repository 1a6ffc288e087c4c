/** The words on a fan: names at the ends of lines, what happened when, and what lies between the dearest and the cheapest. */
import { apart, linesOf } from './fan-shape.ts';
import type { FanLine, FanProps, FanRoom } from './fan-room.ts';
import { clampedMiddle, textWidth } from './reading.ts';

interface Span {
  readonly room: FanRoom;
  readonly top: number;
  readonly floor: number;
}

const END_HEIGHT = { wide: 42, narrow: 30 };
const NAME_LETTERS = { wide: 25, narrow: 12 };
const MARK_LINES = 3;
const MARK_HEIGHT = 13;

export function FanEnds({
  lines,
  swing,
  room,
  top,
  floor,
}: Span & { readonly lines: readonly FanLine[]; readonly swing: FanProps['swing'] }) {
  const { y, right, width, narrow } = room;
  const ends = lines.map(({ points }) => y(points.at(-1)?.value ?? 0));
  const form = narrow ? 'narrow' : 'wide';
  const placed = apart(ends, END_HEIGHT[form], [top + 6, floor - END_HEIGHT[form] + 18]);
  const at = (key: string): number | undefined => ends[lines.findIndex((one) => one.key === key)];
  const [from, to] = [at(swing?.from ?? ''), at(swing?.to ?? '')];
  return (
    <>
      {lines.map(({ key, name, value, change, note, picked }, index) => {
        const [end = 0, label = 0] = [ends[index], placed[index]];
        return (
          <g key={key}>
            <circle className={picked ? 'f-acc' : 'f-demand'} cx={right} cy={end} r={3} />
            {Math.abs(label - end) > 6 && (
              <path className="lead" d={`M${right + 3} ${end}L${right + 8} ${label}`} />
            )}
            <text className={`t b ${picked ? 'accent' : ''}`} x={right + 10} y={label + 2}>
              {value}
              {!narrow && change !== '' && <tspan fontWeight={400}> {change}</tspan>}
            </text>
            <text className="t q" x={right + 10} y={label + 15}>
              {cut(name, NAME_LETTERS[form])}
            </text>
            {!narrow && note !== '' && (
              <text className="t q" x={right + 10} y={label + 28}>
                {note}
              </text>
            )}
          </g>
        );
      })}
      {!narrow && swing !== undefined && from !== undefined && to !== undefined && (
        <>
          <path className="lead" d={`M${width - 18} ${from}h5V${to}h-5`} />
          <text
            className="t b m"
            transform={`translate(${width - 1} ${clampedMiddle((from + to) / 2, swing.text, [top, floor])}) rotate(90)`}
          >
            {swing.text}
          </text>
        </>
      )}
    </>
  );
}

/** Crossings on the budget line, and what happened below the lines. What has no room is said in the table and the panel of drivers. */
export function FanNotes({
  marks,
  crossings,
  budget,
  room,
  floor,
}: FanProps & Span & { readonly now: number }) {
  const { x, y, left, right, narrow } = room;
  const bounds = [left, right] as const;
  const words = marks.map(({ day, text }) => ({
    x: clampedMiddle(x(day), text, bounds),
    width: textWidth(text),
  }));
  const lines = linesOf(words, MARK_LINES);
  const said = marks.flatMap((mark, at) => {
    const line = lines[at] ?? -1;
    // Leads are drawn before all words, so that none runs through one.
    return line === -1
      ? []
      : [{ ...mark, at: words[at]?.x, base: floor - 8 - (MARK_LINES - 1 - line) * MARK_HEIGHT }];
  });
  return (
    <>
      {said.map(({ day, text, base }) => (
        <line
          key={`${day} ${text}`}
          className="lead dash"
          x1={x(day)}
          x2={x(day)}
          y1={base - 12}
          y2={floor - 110}
        />
      ))}
      {said.map(({ day, text, at, base }) => (
        <text key={`${day} ${text}`} className="t m q halo" x={at} y={base}>
          {text}
        </text>
      ))}
      {budget !== undefined &&
        crossings.map(({ day, text }, at) => {
          // Whose it is stands in the caption and in the table; a narrow page has room for the date.
          const when = narrow ? (text.split(',')[0] ?? '') : text;
          return (
            <g key={`${day} ${text}`}>
              <circle className="f-open" cx={x(day)} cy={y(budget.amount)} r={3.5} />
              <text
                className="t m b halo"
                x={clampedMiddle(x(day), when, bounds)}
                y={y(budget.amount) + (at % 2 === 0 ? 16 : 30)}
              >
                {when}
              </text>
            </g>
          );
        })}
    </>
  );
}

function cut(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}
