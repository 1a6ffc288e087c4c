/**
 * The simulator's own tokenizer: o200k for ordinary text. Text that is very long, or holds a very long
 * unbroken run (on which byte-pair merging is quadratic), is cut into groups of four characters instead:
 * deterministic, and cheap enough that a hostile prompt cannot stall the process.
 */
import { decode, decodeGenerator, encode } from 'gpt-tokenizer/encoding/o200k_base';

const LONG_TEXT_CHARACTERS = 64_000;
const LONG_RUN = /\S{2000}/;
const CHARACTERS_PER_GROUP = 4;
/** Marks such as <|endoftext|> in a prompt are plain text to a provider. */
const PLAIN = { disallowedSpecial: new Set<string>() };

export interface Piece {
  readonly text: string;
  readonly tokens: number;
}

/** Numbers that stand for the text, one per token; equal prefixes of text give equal prefixes of numbers, but for the last token. */
export function tokensOf(text: string): number[] {
  return isCheap(text) ? groupsOf(text).map(groupNumber) : encode(text, PLAIN);
}

export function countTokens(text: string): number {
  if (text === '') return 0;
  return isCheap(text) ? Math.ceil(text.length / CHARACTERS_PER_GROUP) : encode(text, PLAIN).length;
}

/** The text cut to at most `limit` tokens; `cut` says whether anything was lost. */
export function truncate(
  text: string,
  limit: number,
): { readonly text: string; readonly tokens: number; readonly cut: boolean } {
  if (isCheap(text)) {
    const tokens = countTokens(text);
    if (tokens <= limit) return { text, tokens, cut: false };
    return { text: text.slice(0, limit * CHARACTERS_PER_GROUP), tokens: limit, cut: true };
  }
  const tokens = encode(text, PLAIN);
  if (tokens.length <= limit) return { text, tokens: tokens.length, cut: false };
  return { text: decode(tokens.slice(0, limit)), tokens: limit, cut: true };
}

/** The text in pieces of about `tokensPerPiece` tokens. Pieces join to the text; their tokens sum to the count. */
export function piecesOf(text: string, tokensPerPiece: number): Piece[] {
  const count = countTokens(text);
  const words = isCheap(text) ? groupsOf(text) : [...decodeGenerator(encode(text, PLAIN))];
  const pieces: Piece[] = [];
  for (let at = 0; at < words.length; at += tokensPerPiece) {
    const end = Math.min(at + tokensPerPiece, words.length);
    // A character may span several tokens, so words can be fewer than tokens: the last piece carries the rest.
    const tokens = end === words.length ? count - at : end - at;
    pieces.push({ text: words.slice(at, end).join(''), tokens });
  }
  return pieces;
}

function isCheap(text: string): boolean {
  return text.length > LONG_TEXT_CHARACTERS || (text.length >= 2000 && LONG_RUN.test(text));
}

function groupsOf(text: string): string[] {
  const groups: string[] = [];
  for (let at = 0; at < text.length; at += CHARACTERS_PER_GROUP)
    groups.push(text.slice(at, at + CHARACTERS_PER_GROUP));
  return groups;
}

function groupNumber(group: string): number {
  let number = 7;
  for (let at = 0; at < group.length; at += 1)
    number = (Math.imul(number, 65_599) + group.charCodeAt(at)) | 0;
  return number;
}
