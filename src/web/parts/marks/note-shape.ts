/** Where the notes of a time axis stand, and which of their words have room. Pure. */

export interface BarNote {
  /** The bucket in which it happened. */
  readonly at: number;
  /** Two or three words. */
  readonly label: string;
  /** The whole line, said where the bucket is walked to; absent: the label. */
  readonly text?: string;
  readonly onOpen?: () => void;
}

export interface PlacedNote {
  readonly at: number;
  readonly x: number;
  /** The first one's words, and how many more there are; empty where there is no room for words. */
  readonly words: string;
  /** Words stand left of their line. */
  readonly isLeft: boolean;
  readonly notes: readonly BarNote[];
}

const GAP = 5;
const CHARACTER = 6.2;
/** Words from here on would leave the drawing. */
const TURNS = 0.7;

/** One mark a bucket. Words are left out where they would lie on those of a mark before; the list has them all. */
export function placeNotes(
  notes: readonly BarNote[],
  middleOf: (bucket: number) => number,
  [left, right]: readonly [number, number],
): PlacedNote[] {
  const groups = Map.groupBy(
    notes.toSorted((a, b) => a.at - b.at),
    ({ at }) => at,
  );
  let taken = -Infinity;
  return [...groups].map(([at, here]) => {
    const x = middleOf(at);
    const more = here.length > 1 ? ` +${here.length - 1}` : '';
    const words = `${here[0]?.label ?? ''}${more}`;
    const wide = words.length * CHARACTER + GAP;
    const isLeft = x > left + (right - left) * TURNS;
    const [from, to] = isLeft ? [x - wide, x] : [x, x + wide];
    const fits = from >= Math.max(taken, left) && to <= right;
    taken = Math.max(taken, fits ? to + GAP : x + GAP);
    return { at, x, words: fits ? words : '', isLeft, notes: here };
  });
}
