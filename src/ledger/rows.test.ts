import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowKeeper, runsOf } from './rows.ts';

const ROWS = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 40 });

test('runs hold the bytes of the rows, in their order, wherever these lie', () => {
  fc.assert(
    fc.property(ROWS, fc.infiniteStream(fc.boolean()), (rows, chances) => {
      const keeper = new RowKeeper();
      const buffers = rows.map((row) => Buffer.from(row));
      const placed = buffers.map((row) => (chances.next().value === true ? keeper.keep(row) : row));
      expect(Buffer.concat(runsOf(placed))).toEqual(Buffer.concat(buffers));
    }),
  );
});

test('rows that are kept behind each other are one run', () => {
  const keeper = new RowKeeper();
  const rows = ['one', 'two', 'three'].map((text) => keeper.keep(Buffer.from(text)));
  expect(runsOf(rows).map(String)).toEqual(['onetwothree']);
  expect(runsOf([rows[0], rows[2]] as Buffer[]).map(String)).toEqual(['one', 'three']);
});

test('what is kept does not change with what it was copied from', () => {
  const source = Buffer.from('before');
  const kept = new RowKeeper().keep(source);
  source.fill('x');
  expect(kept.toString()).toBe('before');
});

test('a row larger than any chunk is kept whole, and so are those behind it', () => {
  const keeper = new RowKeeper();
  const rows = [Buffer.alloc(9 * 1024 * 1024, 'a'), Buffer.alloc(70_000, 'b'), Buffer.alloc(3, 'c')];
  expect(Buffer.concat(runsOf(rows.map((row) => keeper.keep(row))))).toEqual(Buffer.concat(rows));
});
