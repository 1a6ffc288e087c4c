/**
 * A budget as one bar: spent, presumed, reserved, what is to come at this pace; the cap, the thresholds, and how much of the
 * time is gone. Each mark has its own line of text, so that none covers another however narrow the page is.
 */
import { useId } from 'react';

import { BURN_LOOKS, burnParts, burnReach } from './burn-shape.ts';
import type { BurnPart } from './burn-shape.ts';
import { hatch, Hatches } from './hatches.tsx';
import { Drawing, PlotFrame } from './plot-frame.tsx';
import { clampedMiddle } from './reading.ts';
import type { Reading } from './reading.ts';
import { useWalk } from './walk.ts';

interface BurnBarProps {
  readonly cap: Reading;
  readonly spent: Reading;
  readonly presumed?: Reading;
  readonly reserved?: Reading;
  readonly projected?: Reading;
  /** The day on which it is used up at this pace, as written. */
  readonly breach?: string;
  readonly thresholds?: readonly { readonly percent: number; readonly action: string }[];
  /** Share of the window's time that is gone; none for a window that has no end. */
  readonly gone?: number;
  readonly caption: string;
}

const BAR_AT = 20;
const BAR = 18;
const LINE = 16;
const NOTES_AT = BAR_AT + BAR + 8;

interface Note {
  readonly key: string;
  readonly at: number;
  readonly text: string;
}

export function BurnBar(props: BurnBarProps) {
  const id = useId();
  const { cap, spent, presumed, reserved, projected, thresholds = [], gone, caption } = props;
  const amounts = {
    cap: cap.at,
    spent: spent.at,
    presumed: presumed?.at ?? 0,
    reserved: reserved?.at ?? 0,
    projected: projected?.at,
  };
  const reach = burnReach(amounts);
  const notes = notesOf(props);
  const head = `cap ${cap.text}`;
  const walk = useWalk({ count: notes.length, sayAt: (at) => notes[at]?.text ?? '' });
  return (
    <PlotFrame name={caption} caption={caption} walk={walk}>
      {(width) => {
        const x = (amount: number): number => 1 + (amount / reach) * (width - 2);
        return (
          <Drawing width={width} height={NOTES_AT + notes.length * LINE + 4}>
            <Hatches id={id} />
            <rect className="f-track" x={1} y={BAR_AT} width={x(cap.at) - 1} height={BAR} />
            {burnParts(amounts).map((part) => (
              <Part key={part.kind} {...{ part, x, id }} />
            ))}
            {thresholds.map(({ percent, action }) => {
              const place = x((cap.at * percent) / 100);
              return (
                <line
                  key={`${percent} ${action}`}
                  className="s-plan"
                  x1={place}
                  x2={place}
                  y1={BAR_AT - 4}
                  y2={BAR_AT + BAR + 4}
                />
              );
            })}
            <text className="t m q" x={clampedMiddle(x(cap.at), head, [0, width])} y={11}>
              {head}
            </text>
            <line
              className="s-plan"
              x1={x(cap.at)}
              x2={x(cap.at)}
              y1={BAR_AT - 6}
              y2={BAR_AT + BAR + 6}
              style={{ strokeWidth: 2 }}
            />
            {gone !== undefined && (
              <path className="f-actual" d={`M${x(gone * cap.at)} ${BAR_AT - 1}l-5 -8h10z`} />
            )}
            {notes.map(({ key, at, text }, line) => (
              <text
                key={key}
                className={`t m ${walk.here === line ? 'b' : key === 'spent' ? 'med' : 'q'}`}
                x={clampedMiddle(x(at), text, [0, width])}
                y={NOTES_AT + 12 + line * LINE}
              >
                {text}
              </text>
            ))}
          </Drawing>
        );
      }}
    </PlotFrame>
  );
}

interface PartProps {
  readonly part: BurnPart;
  readonly x: (amount: number) => number;
  readonly id: string;
}

function Part({ part: { kind, from, to }, x, id }: PartProps) {
  const fill =
    kind === 'reserved' ? { fill: hatch(id, 'ink') } : kind === 'projected' ? { fill: 'none' } : {};
  return (
    <rect
      className={BURN_LOOKS[kind]}
      x={x(from)}
      y={BAR_AT}
      width={Math.max(x(to) - x(from), 0.5)}
      height={BAR}
      {...fill}
    />
  );
}

function notesOf(props: BurnBarProps): Note[] {
  const { cap, spent, presumed, reserved, projected, breach, thresholds = [], gone } = props;
  const left = spent.at + (presumed?.at ?? 0) + (reserved?.at ?? 0);
  const all: Array<Note | undefined> = [
    { key: 'spent', at: spent.at / 2, text: `spent ${spent.text}` },
    presumed && { key: 'presumed', at: spent.at + presumed.at / 2, text: `presumed ${presumed.text}` },
    reserved && { key: 'reserved', at: left - reserved.at / 2, text: `reserved ${reserved.text}` },
    gone === undefined
      ? undefined
      : { key: 'gone', at: gone * cap.at, text: `▼ ${Math.round(gone * 100)}% of the time is gone` },
    projected && {
      key: 'projected',
      at: projected.at,
      text: `at this pace ${projected.text} at the end${breach === undefined ? '' : `, used up on ${breach}`}`,
    },
    ...thresholds.map(({ percent, action }) => ({
      key: `${percent} ${action}`,
      at: (cap.at * percent) / 100,
      text: `${action} at ${percent}%`,
    })),
  ];
  return all.filter((note) => note !== undefined);
}
