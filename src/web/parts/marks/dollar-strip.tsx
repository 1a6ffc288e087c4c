/**
 * What one dollar was made of. Cool: input; warm: output, behind a wider gap; grey: fees. What has no room for its name inside
 * is named below, unknown is hatched, never left out, and what was given back stands beside in words.
 */
import { useId } from 'react';

import { moneyText } from '../../../units/figures.ts';
import { formatDollars } from '../../../units/money.ts';
import { centsText, cutDollar, dollarSentence, givenBack } from './dollar.ts';
import type { DollarCut } from './dollar.ts';
import { hatch, Hatches } from './hatches.tsx';
import { Drawing, PlotFrame } from './plot-frame.tsx';
import { textWidth } from './reading.ts';
import { useWalk } from './walk.ts';

export interface DollarReach {
  readonly label: string;
  /** Names of the parts that a lever can reach. */
  readonly parts: readonly string[];
  /** In force is a line of ink; only within reach is one of the accent, dashed. */
  readonly inForce: boolean;
}

interface DollarStripProps {
  /** Picodollars by part: system, tools, history … */
  readonly amounts: Readonly<Record<string, bigint>>;
  readonly reaches?: readonly DollarReach[];
  readonly caption?: string;
  /** Enter or a click on a part. */
  readonly onOpen?: (part: string) => void;
}

const HEAD = 24;
const BAR = 34;
const HEIGHT = HEAD + BAR + 2;
const PAD = 14;
const REACH = 28;
/** Room for both heads beside each other, where fees leave little for the rest. */
const LEAST_HEADS = 140;

export function DollarStrip({ amounts, reaches = [], caption, onOpen }: DollarStripProps) {
  const parts = cutDollar(amounts, 1);
  const open =
    onOpen === undefined
      ? undefined
      : (at: number): void => {
          const part = parts[at];
          if (part !== undefined) onOpen(part.name);
        };
  const walk = useWalk({ count: parts.length, sayAt: (at) => sayOf(parts[at]), onOpen: open });
  if (parts.length === 0)
    return (
      <>
        <p className="quiet">Nothing was spent, so there is no dollar to cut.</p>
        <GivenBack amounts={amounts} />
      </>
    );
  const sentence = dollarSentence(parts);
  return (
    <PlotFrame
      name={sentence}
      caption={caption ?? sentence}
      walk={walk}
      below={<GivenBack amounts={amounts} />}
    >
      {(width) => (
        <Strip cuts={cutDollar(amounts, width)} {...{ width, reaches, here: walk.here, onOpen: open }} />
      )}
    </PlotFrame>
  );
}

/** A part of less than nothing has no width, and is said all the same. */
function GivenBack({ amounts }: Pick<DollarStripProps, 'amounts'>) {
  const back = givenBack(amounts);
  if (back.length === 0) return null;
  const texts = back.map(({ label, amount }) => `${label.toLowerCase()} ${moneyText(formatDollars(amount))}`);
  return (
    <p className="quiet">
      Not in this dollar, since corrections gave back more than was spent: {texts.join(', ')}.
    </p>
  );
}

interface StripProps {
  readonly cuts: readonly DollarCut[];
  readonly width: number;
  readonly reaches: readonly DollarReach[];
  readonly here: number | undefined;
  readonly onOpen: ((at: number) => void) | undefined;
}

function Strip({ cuts, width, reaches, here, onOpen }: StripProps) {
  const id = useId();
  const outside = cuts.filter((cut) => !fits(cut));
  return (
    <>
      <Drawing width={width} height={HEIGHT + reaches.length * REACH}>
        <Hatches id={id} />
        <Bracket cuts={cuts} side="input" width={width} />
        <Bracket cuts={cuts} side="output" width={width} />
        {cuts.map((cut, at) => (
          <g key={cut.name} {...(onOpen === undefined ? {} : { onClick: () => onOpen(at) })}>
            <rect
              className={cut.name === 'unknown' ? 'base' : cut.mark}
              x={cut.x}
              y={HEAD}
              width={Math.max(cut.width, 1)}
              height={BAR}
              {...(cut.name === 'unknown' ? { fill: hatch(id, 'q') } : {})}
            />
            {fits(cut) && (
              <>
                <text className={`t med ${cut.on}`} x={cut.x + PAD / 2} y={HEAD + 14}>
                  {cut.label}
                </text>
                <text className={`t ${cut.on}`} x={cut.x + PAD / 2} y={HEAD + 27}>
                  {centsText(cut.cents)}
                </text>
              </>
            )}
            {here === at && (
              <rect className="f-here" x={cut.x - 1} y={HEAD - 1} width={cut.width + 2} height={BAR + 2} />
            )}
          </g>
        ))}
        {reaches.map((reach, at) => (
          <Reach key={reach.label} {...{ reach, cuts, width }} y={HEIGHT + at * REACH + 6} />
        ))}
      </Drawing>
      {outside.length > 0 && (
        <p className="key">
          {outside.map(({ name, mark, label, cents }) => (
            <span key={name}>
              <i className={`swatch ${mark}`} />
              {label} {centsText(cents)}
            </span>
          ))}
        </p>
      )}
    </>
  );
}

function Bracket({
  cuts,
  side,
  width,
}: Pick<StripProps, 'cuts' | 'width'> & { readonly side: 'input' | 'output' }) {
  const its = cuts.filter((cut) => cut.side === side);
  const [first, last] = [its[0], its.at(-1)];
  if (first === undefined || last === undefined) return null;
  const cents = its.reduce((sum, cut) => sum + cut.cents, 0n);
  const end = Math.min(last.x + Math.max(last.width, 1), width);
  const right = Math.max(end, Math.min(width, LEAST_HEADS));
  return (
    <>
      <path className="lead" d={`M${first.x + 0.5} ${HEAD - 3}v-5H${end - 0.5}v5`} />
      <text className={`t b ${side === 'output' ? 'r' : ''}`} x={side === 'output' ? right : 0} y={11}>
        {side === 'input' ? 'Input' : 'Output'} {centsText(cents)}
      </text>
    </>
  );
}

interface ReachProps extends Pick<StripProps, 'cuts' | 'width'> {
  readonly reach: DollarReach;
  readonly y: number;
}

/** A line under every part that a lever reaches, and what they come to. */
function Reach({ reach: { label, parts, inForce }, cuts, width, y }: ReachProps) {
  const its = cuts.filter(({ name }) => parts.includes(name));
  const cents = its.reduce((sum, cut) => sum + cut.cents, 0n);
  const text = its.length === 0 ? `${label}: nothing here` : `${label}, ${centsText(cents)}`;
  const start = Math.max(0, Math.min(its[0]?.x ?? 0, width - textWidth(text)));
  return (
    <>
      {its.map((cut) => (
        <line
          key={cut.name}
          className={inForce ? 's-actual' : 's-acc dash'}
          x1={cut.x}
          x2={cut.x + Math.max(cut.width, 1)}
          y1={y}
          y2={y}
        />
      ))}
      <text className="t" x={start} y={y + 14}>
        {text}
      </text>
    </>
  );
}

function fits({ label, on, width }: DollarCut): boolean {
  return on !== undefined && width >= textWidth(label) + PAD;
}

function sayOf(cut: DollarCut | undefined): string {
  if (cut === undefined) return '';
  const side = cut.side === 'input' || cut.side === 'output' ? `, ${cut.side}` : '';
  return `${cut.label}${side}: ${centsText(cut.cents)} of a dollar, ${moneyText(formatDollars(cut.amount))}`;
}
