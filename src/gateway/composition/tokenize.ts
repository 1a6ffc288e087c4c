/** Exact counting, for the tokenizer's thread only: loading the ranks takes half a second and tens of megabytes. */
import { countTokens, setMergeCacheSize } from 'gpt-tokenizer/encoding/o200k_base';

/** Text that looks like a control token is text: a caller may write `<|endoftext|>` in a message. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };

/**
 * Runs of one kind longer than this are cut before they are counted. Merging takes time in the square of the
 * run, so a body of a million equal letters would hold the thread for hours; the cut costs at most one token each.
 */
const LONGEST_RUN = 400;
const LONG_RUN = /[\p{L}\p{M}]{401,}|[^\s\p{L}\p{N}]{401,}|\s{401,}/gu;

/** Makes a counter of o200k tokens that keeps nothing of what it counted. */
export function createTokenizer(): (text: string) => number {
  // The library's merge cache would keep words of prompts after they were counted.
  setMergeCacheSize(0);
  return countText;
}

function countText(text: string): number {
  let tokens = 0;
  let from = 0;
  for (const run of text.matchAll(LONG_RUN)) {
    tokens += countTokens(text.slice(from, run.index), AS_TEXT);
    from = run.index + run[0].length;
    for (let at = run.index; at < from; at += LONGEST_RUN) {
      tokens += countTokens(text.slice(at, Math.min(at + LONGEST_RUN, from)), AS_TEXT);
    }
  }
  return tokens + countTokens(from === 0 ? text : text.slice(from), AS_TEXT);
}
