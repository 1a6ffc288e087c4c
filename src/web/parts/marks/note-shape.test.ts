import { describe, expect, it } from 'vitest';

import { placeNotes } from './note-shape.ts';

const middleOf = (at: number): number => 50 + at * 100;
const ROOM = [40, 1_000] as const;

describe('notes of a time axis', () => {
  it('stand in order of time, one mark a bucket, with how many more there are', () => {
    const placed = placeNotes(
      [
        { at: 5, label: 'later' },
        { at: 1, label: 'first' },
        { at: 1, label: 'second' },
      ],
      middleOf,
      ROOM,
    );
    expect(placed.map(({ x, words, notes }) => [x, words, notes.length])).toEqual([
      [150, 'first +1', 2],
      [550, 'later', 1],
    ]);
  });

  it('keeps a mark and leaves its words out where they would lie on others', () => {
    const long = 'a price that falls by half';
    const words = placeNotes(
      [0, 1, 4].map((at) => ({ at, label: long })),
      middleOf,
      ROOM,
    ).map((one) => one.words);
    expect(words).toEqual([long, '', long]);
  });

  it('turns words to the left near the right edge, and drops those that would leave the drawing', () => {
    const [late] = placeNotes([{ at: 9, label: 'budget set' }], middleOf, ROOM);
    expect(late).toMatchObject({ isLeft: true, words: 'budget set' });
    const [wide] = placeNotes([{ at: 0, label: 'budget set' }], () => 50, [40, 90]);
    expect(wide?.words).toBe('');
  });
});
