import fc from 'fast-check';
import { expect, test } from 'vitest';

import { countTokens, piecesOf, tokensOf, truncate } from './counting.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 300 }).filter((text) => text.isWellFormed());

test('known o200k counts', () => {
  expect(countTokens('')).toBe(0);
  expect(countTokens('hello world')).toBe(2);
  expect(countTokens('<|endoftext|>')).toBeGreaterThan(1); // plain text, not a special token
});

test('pieces join to the text and their tokens sum to its count', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 7 }), (text, size) => {
      const pieces = piecesOf(text, size);
      expect(pieces.map((piece) => piece.text).join('')).toBe(text);
      expect(pieces.reduce((sum, piece) => sum + piece.tokens, 0)).toBe(countTokens(text));
      expect(pieces.every((piece) => piece.tokens > 0)).toBe(true);
    }),
  );
});

test('truncation never passes its limit, and says whether it cut', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, limit) => {
      const { tokens, cut, text: kept } = truncate(text, limit);
      expect(tokens).toBe(Math.min(countTokens(text), limit));
      expect(cut).toBe(countTokens(text) > limit);
      if (!cut) expect(kept).toBe(text);
    }),
  );
});

test('an unbroken run of a million characters is counted by groups of four', () => {
  const text = 'a'.repeat(1_000_000);
  expect(countTokens(text)).toBe(250_000);
  expect(tokensOf(text)).toHaveLength(250_000);
  expect(truncate(text, 10)).toEqual({ text: 'a'.repeat(40), tokens: 10, cut: true });
});
