/**
 * A change as the sum of its drivers: from one column to another by steps that add up. Demand is grey, since more calls are
 * not a failure; the others are judged. The columns are cut where they would hide the steps, and say where.
 */
import { compactMoney } from './compact.ts';

export interface WaterfallStep {
  readonly label: string;
  readonly note: string;
  /** Signed dollars. */
  readonly amount: number;
  readonly judged: boolean;
  /** Class of its mark, where it is neither demand nor judged. */
  readonly look?: string;
}

interface WaterfallProps {
  readonly from: { readonly label: string; readonly amount: number };
  readonly to: { readonly label: string; readonly amount: number };
  readonly steps: readonly WaterfallStep[];
  readonly sentence: string;
  readonly caption?: string;
}

const CAPTION = 'The steps add up exactly. Demand is grey: more calls are not a failure.';

const WIDTH = 720;
const HEIGHT = 300;
const TOP = 28;
const FLOOR = 252;
const BAR_SHARE = 0.62;

export function Waterfall({ from, to, steps, sentence, caption = CAPTION }: WaterfallProps) {
  const levels = levelsOf(from.amount, steps);
  const most = Math.max(...levels, to.amount, 0);
  const cut = cutAt(levels, to.amount);
  const scale = (amount: number): number =>
    FLOOR - ((amount - cut) / Math.max(most - cut, Number.EPSILON)) * (FLOOR - TOP);
  const slot = WIDTH / (steps.length + 2);
  const bar = slot * BAR_SHARE;
  const left = (at: number): number => slot * at + (slot - bar) / 2;
  return (
    <figure className="wide-figure">
      <svg className="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={sentence}>
        <line className="base" x1={0} y1={FLOOR} x2={WIDTH} y2={FLOOR} />
        <Column
          {...{ ...from, x: left(0), width: bar, y: scale(from.amount), look: 'f-ghost', cut: cut > 0 }}
        />
        {steps.map((step, at) => {
          const [before = 0, after = 0] = [levels[at], levels[at + 1]];
          const y = Math.min(scale(before), scale(after));
          const x = left(at + 1);
          return (
            <g key={step.label}>
              <line className="tick" x1={left(at) + bar} y1={scale(before)} x2={x} y2={scale(before)} />
              <rect
                className={lookOf(step)}
                x={x}
                y={y}
                width={bar}
                height={Math.max(Math.abs(scale(before) - scale(after)), 1)}
              />
              <text className="t m b" x={x + bar / 2} y={y - 7}>
                {compactMoney(step.amount, true)}
              </text>
              <Labels x={x + bar / 2} label={step.label} note={step.note} />
            </g>
          );
        })}
        <line
          className="tick"
          x1={left(steps.length) + bar}
          y1={scale(to.amount)}
          x2={left(steps.length + 1)}
          y2={scale(to.amount)}
        />
        <Column
          {...{
            ...to,
            x: left(steps.length + 1),
            width: bar,
            y: scale(to.amount),
            look: 'f-actual',
            cut: cut > 0,
          }}
        />
      </svg>
      <figcaption>
        {caption}
        {cut > 0 && ` Columns are cut at ${compactMoney(cut)}.`}
      </figcaption>
    </figure>
  );
}

function Column(props: {
  readonly label: string;
  readonly amount: number;
  readonly x: number;
  readonly width: number;
  readonly y: number;
  readonly look: string;
  readonly cut: boolean;
}) {
  const { label, amount, x, width, y, look, cut } = props;
  return (
    <g>
      <rect className={look} x={x} y={y} width={width} height={Math.max(FLOOR - y, 0)} />
      {cut && <path className="f-surf" d={`M${x - 3} ${FLOOR - 12}l${width + 6} -7v5l-${width + 6} 7z`} />}
      <text className="t m b" x={x + width / 2} y={y - 7}>
        {compactMoney(amount)}
      </text>
      <Labels x={x + width / 2} label={label} note="" />
    </g>
  );
}

function Labels({ x, label, note }: { readonly x: number; readonly label: string; readonly note: string }) {
  return (
    <>
      <text className="t m med" x={x} y={FLOOR + 17}>
        {label}
      </text>
      <text className="t m q" x={x} y={FLOOR + 31}>
        {note}
      </text>
    </>
  );
}

/** The level before the first step, and after each. */
function levelsOf(from: number, steps: readonly WaterfallStep[]): number[] {
  const levels = [from];
  for (const { amount } of steps) levels.push((levels.at(-1) ?? 0) + amount);
  return levels;
}

/** Where all levels lie far above zero, the floor is lifted to two thirds of the lowest, so that steps can be seen. */
function cutAt(levels: readonly number[], to: number): number {
  const all = [...levels, to];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  if (least <= 0 || (most - least) / most > 0.4) return 0;
  return Math.max(0, least - (most - least) * 0.8);
}

function lookOf({ amount, judged, look }: WaterfallStep): string {
  if (look !== undefined) return look;
  if (!judged) return 'f-demand';
  return amount > 0 ? 'f-bad' : 'f-good';
}
