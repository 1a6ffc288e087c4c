/**
 * Recognises retrieved text inside a user message by the marks around it.
 *
 * A span runs from an opening mark to the first matching closing mark after it, marks included. A mark that is never
 * closed opens nothing. Time is linear in the text whatever it holds: the text comes from callers.
 */
import type { RetrievalHints } from '../wires/wire.ts';

/** Marks in common use: prompt guides of the providers and retrieval frameworks. Attributes are allowed. */
const MARKS =
  /<(context|documents?|retrieved(?:_(?:context|documents))?|search_results?|sources?|passages?)(?:\s[^<>]{0,200})?>/gi;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Cuts a text into retrieved and other pieces, in order; the pieces make up the whole text. */
export function cutRetrieved(
  text: string,
  delimiters: RetrievalHints['delimiters'],
): Array<{ readonly retrieved: boolean; readonly text: string }> {
  const spans = findSpans(text, delimiters);
  const pieces: Array<{ retrieved: boolean; text: string }> = [];
  let from = 0;
  for (const span of spans) {
    if (span.from > from) pieces.push({ retrieved: false, text: text.slice(from, span.from) });
    pieces.push({ retrieved: true, text: text.slice(span.from, span.to) });
    from = span.to;
  }
  if (from < text.length) pieces.push({ retrieved: false, text: text.slice(from) });
  return pieces;
}

function findSpans(text: string, delimiters: RetrievalHints['delimiters']): Span[] {
  const finders = delimiters
    .filter(([open, close]) => open !== '' && close !== '')
    .map(([open, close]) => literalFinder(text, open, close));
  if (text.includes('</')) finders.push(markFinder(text));
  const spans: Span[] = [];
  let from = 0;
  while (from < text.length) {
    let first: Span | undefined;
    for (const find of finders) {
      const span = find(from);
      if (span !== undefined && (first === undefined || span.from < first.from)) first = span;
    }
    if (first === undefined) break;
    spans.push(first);
    from = first.to;
  }
  return spans;
}

type Finder = (from: number) => Span | undefined;

/** A span found further on is kept until the search has passed it, so the text is read once. */
function remembering(find: Finder): Finder {
  let found: Span | undefined;
  let exhausted = false;
  return (from) => {
    if (exhausted || (found !== undefined && found.from >= from)) return found;
    found = find(from);
    exhausted = found === undefined;
    return found;
  };
}

function literalFinder(text: string, open: string, close: string): Finder {
  return remembering((from) => {
    const start = text.indexOf(open, from);
    if (start === -1) return undefined;
    const end = text.indexOf(close, start + open.length);
    return end === -1 ? undefined : { from: start, to: end + close.length };
  });
}

function markFinder(text: string): Finder {
  const marks = new RegExp(MARKS);
  const lower = text.toLowerCase();
  // Lower-casing can change the length of some letters; then marks are matched as they are written.
  const closings = lower.length === text.length ? lower : text;
  const lastClosing = new Map<string, number>();
  return remembering((from) => {
    marks.lastIndex = from;
    for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
      const close = `</${(mark[1] ?? '').toLowerCase()}>`;
      let last = lastClosing.get(close);
      if (last === undefined) lastClosing.set(close, (last = closings.lastIndexOf(close)));
      if (last < marks.lastIndex) continue;
      return { from: mark.index, to: closings.indexOf(close, marks.lastIndex) + close.length };
    }
    return undefined;
  });
}
