/** A figure on a chart. Where it stands is a length; how it is written was decided where the exact amount is known. */
export interface Reading {
  readonly at: number;
  readonly text: string;
}

/** About how wide a text of 11 px is. Labels are placed before they are drawn, so it must not be too little. */
const LETTER = 6.1;

export function textWidth(text: string): number {
  return [...text].length * LETTER;
}

/** The x of a text of this width that wants to stand around a place and must not leave the drawing. */
export function clampedMiddle(wanted: number, text: string, [from, to]: readonly [number, number]): number {
  const half = textWidth(text) / 2;
  if (half * 2 >= to - from) return (from + to) / 2;
  return Math.max(from + half, Math.min(to - half, wanted));
}
