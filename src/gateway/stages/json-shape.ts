/**
 * What JSON text would make of a parser, decided on its bytes before any parser runs: how deep it nests, how many keys it has,
 * how long its numbers are. Strings are most of a prompt and are skipped by a native search for their closing quote.
 */

export interface ShapeLimits {
  readonly jsonDepth: number;
  /** Keys of one object. */
  readonly jsonKeys: number;
}

export type JsonShape =
  | {
      readonly kind: 'fits';
      /** Keys of the outermost object as they are written; more than it has, if one is there twice. */
      readonly outerKeys: number;
    }
  | { readonly kind: 'too deep' }
  | { readonly kind: 'too many keys' }
  | { readonly kind: 'number too long' };

/** Objects of a request are many and small; one that has as many keys as it may is not repeated often. */
export const KEYS_IN_ALL_FACTOR = 20;
/** Digits beyond this are in no number that a program computes with; reading them takes time that grows with them. */
export const NUMBER_CHARACTERS = 128;

const QUOTE = 0x22;
const PLUS = 0x2b;
const NINE = 0x39;
const ZERO = 0x30;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;

/** Text that is no JSON has a shape too, of which nothing is promised but that it is found in one pass. */
export function shapeOf(bytes: Buffer, { jsonDepth, jsonKeys }: ShapeLimits): JsonShape {
  const keys = [0, 0];
  let depth = 0;
  let keysInAll = 0;
  const end = bytes.length;
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = closingQuote(bytes, at);
      if (at === -1) break; // unterminated: the parser will say so
    } else if (byte === COLON) {
      keysInAll += 1;
      if ((keys[depth]! += 1) > jsonKeys || keysInAll > jsonKeys * KEYS_IN_ALL_FACTOR)
        return { kind: 'too many keys' };
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (depth > jsonDepth) return { kind: 'too deep' };
      if (depth > 1) keys[depth] = 0;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth = Math.max(0, depth - 1);
    else if (byte >= ZERO && byte <= NINE) {
      const from = at;
      while (isOfNumber(bytes[at + 1])) at += 1;
      if (at - from >= NUMBER_CHARACTERS) return { kind: 'number too long' };
    }
  }
  return { kind: 'fits', outerKeys: keys[1]! };
}

/** Digits, point, sign, exponent. */
function isOfNumber(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    ((byte >= PLUS && byte <= NINE && byte !== 0x2f && byte !== 0x2c) || (byte | 0x20) === 0x65)
  );
}

function closingQuote(bytes: Buffer, open: number): number {
  let at = open;
  for (;;) {
    at = bytes.indexOf(QUOTE, at + 1);
    if (at === -1) return -1;
    let before = at - 1;
    while (bytes[before] === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at; // an even run of backslashes escapes itself, not the quote
  }
}
