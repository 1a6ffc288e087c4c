/**
 * A change as the sum of its drivers: from one column to another by steps that add up. Demand is grey, since more calls are
 * not a failure; the others are judged. The columns are cut where they would hide the steps, and say where. On a narrow page
 * it is drawn again as rows.
 */
import { compactMoney } from './compact.ts';
import { PlotFrame } from './marks/plot-frame.tsx';
import { useWalk } from './marks/walk.ts';
import { WaterfallColumns } from './marks/waterfall-columns.tsx';
import { WaterfallRows } from './marks/waterfall-rows.tsx';
import type { WaterfallMark } from './marks/waterfall-rows.tsx';
import { cutAt, domainOf, fitsColumns, levelsOf, spansOf } from './marks/waterfall-shape.ts';

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
  /** None of it has happened: everything is hatched, and the last column is the scenario in question. */
  readonly ahead?: boolean;
  /** Enter or a click on a step, by its place among the steps. */
  readonly onOpen?: (step: number) => void;
}

const CAPTION = 'The steps add up exactly. Demand is grey: more calls are not a failure.';

export function Waterfall({
  from,
  to,
  steps,
  sentence,
  caption = CAPTION,
  ahead = false,
  onOpen,
}: WaterfallProps) {
  const levels = levelsOf(from.amount, steps);
  const cut = cutAt(levels, to.amount);
  const marks = marksOf({ from, to, steps, ahead }, levels);
  const open =
    onOpen === undefined
      ? undefined
      : (at: number): void => {
          if (at > 0 && at <= steps.length) onOpen(at - 1);
        };
  const walk = useWalk({ count: marks.length, sayAt: (at) => sayOf(marks[at]), onOpen: open });
  const texts = marks.flatMap(({ label, note, text }) => [label, note, text]);
  return (
    <PlotFrame
      name={sentence}
      caption={`${caption}${cut > 0 ? ` Columns are cut at ${compactMoney(cut)}.` : ''}`}
      walk={walk}
      look=""
    >
      {(width) => {
        const Form = fitsColumns(texts, marks.length, width) ? WaterfallColumns : WaterfallRows;
        return (
          <Form
            {...{ marks, cut, width, here: walk.here, onOpen: open }}
            domain={domainOf(levels, to.amount)}
          />
        );
      }}
    </PlotFrame>
  );
}

function marksOf(
  { from, to, steps, ahead }: Pick<WaterfallProps, 'from' | 'to' | 'steps' | 'ahead'>,
  levels: readonly number[],
): WaterfallMark[] {
  const spans = spansOf(levels, to.amount);
  const hatched = (hue: string) => (ahead === true ? { ahead: hue } : {});
  const end = (column: WaterfallProps['from'], look: string, hue: string) => ({
    label: column.label,
    note: '',
    text: compactMoney(column.amount),
    look,
    isEnd: true,
    ...hatched(hue),
  });
  const all = [
    end(from, 'f-ghost edge', 'k-ink'),
    ...steps.map((step) => ({
      label: step.label,
      note: step.note,
      text: compactMoney(step.amount, true),
      look: lookOf(step),
      isEnd: false,
      ...hatched(step.judged ? (step.amount > 0 ? 'k-bad' : 'k-good') : 'k-ink'),
    })),
    end(to, 'f-actual', 'k-acc'),
  ];
  return all.map((mark, at) => ({ ...mark, ...(spans[at] ?? { from: 0, to: 0 }) }));
}

function sayOf(mark: WaterfallMark | undefined): string {
  if (mark === undefined) return '';
  const { label, note, text, from, to, isEnd } = mark;
  if (isEnd) return `${label}: ${text}`;
  return `${label}: ${text}${note === '' ? '' : `, ${note}`}; from ${compactMoney(from)} to ${compactMoney(to)}`;
}

function lookOf({ amount, judged, look }: WaterfallStep): string {
  if (look !== undefined) return look;
  if (!judged) return 'f-demand';
  return amount > 0 ? 'f-bad' : 'f-good';
}
