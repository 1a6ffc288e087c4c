/**
 * The simulated prompt caches: which prefixes of earlier prompts are remembered, and what of a prompt is
 * therefore read from cache, written to it, or fresh. By content only: no two providers' or models' prefixes meet.
 */
import { createHash } from 'node:crypto';

import { tokensOf } from './counting.ts';
import type { Ask, Tally } from './dialect.ts';

const CACHEABLE_TOKENS = 1_024;
const STEP_TOKENS = 128;
const LIFETIME_MS = { '5m': 5 * 60_000, '1h': 60 * 60_000 } as const;
const PREFIXES_REMEMBERED = 200_000;

export type InputTally = Omit<Tally, 'output' | 'reasoning'>;

export interface PrefixMemory {
  /** Sizes the input and remembers its prefixes. */
  take(ask: Ask): InputTally;
}

export function createPrefixMemory(nowMs: () => number): PrefixMemory {
  const expiries = new Map<string, number>();

  function known(hash: string): boolean {
    return (expiries.get(hash) ?? 0) > nowMs();
  }
  function remember(hash: string, lifetimeMs: number): void {
    const expiry = Math.max(nowMs() + lifetimeMs, expiries.get(hash) ?? 0);
    expiries.delete(hash);
    expiries.set(hash, expiry); // re-inserted last: the map's order is then that of last use
    if (expiries.size <= PREFIXES_REMEMBERED) return;
    for (const oldest of expiries.keys()) {
      expiries.delete(oldest);
      break;
    }
  }

  /** OpenAI caches by itself: from 1,024 tokens on, in steps of 128. */
  function takeAutomatic(ask: Ask): InputTally {
    const prompt = promptTokens(ask);
    let cacheRead = 0;
    for (const prefix of stepPrefixes(ask, prompt.tokens)) {
      if (known(prefix.hash)) cacheRead = prefix.tokens;
      remember(prefix.hash, LIFETIME_MS['5m']);
    }
    return { ...NOTHING, freshInput: prompt.total - cacheRead, cacheRead };
  }

  /** Anthropic caches up to the marks that the caller sets: the longest known prefix is read, later ones are written. */
  function takeMarked(ask: Ask): InputTally {
    const marks = markedPrefixes(ask);
    const total = promptTokens(ask).total;
    const read = marks.findLast((mark) => known(mark.hash))?.tokens ?? 0;
    const written = { '5m': 0, '1h': 0 };
    let reached = read;
    for (const mark of marks) {
      if (mark.tokens > reached) {
        written[mark.cacheFor] += mark.tokens - reached;
        reached = mark.tokens;
      }
      remember(mark.hash, LIFETIME_MS[mark.cacheFor]);
    }
    return {
      freshInput: total - reached,
      cacheRead: read,
      cacheWrite5m: written['5m'],
      cacheWrite1h: written['1h'],
    };
  }

  return { take: (ask) => (ask.dialect === 'openai' ? takeAutomatic(ask) : takeMarked(ask)) };
}

const NOTHING: InputTally = { freshInput: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };

/** All input tokens of a prompt. */
export function countInput(ask: Ask): number {
  return promptTokens(ask).total;
}

function promptTokens(ask: Ask): { readonly tokens: number[]; readonly total: number } {
  const tokens: number[] = [];
  let media = 0;
  for (const piece of ask.pieces) {
    for (const token of tokensOf(piece.text)) tokens.push(token);
    media += piece.mediaTokens;
  }
  return { tokens, total: tokens.length + media + ask.overheadTokens };
}

function stepPrefixes(
  ask: Ask,
  tokens: readonly number[],
): Array<{ readonly tokens: number; readonly hash: string }> {
  const prefixes = [];
  const hash = createHash('sha256').update(`${ask.dialect} ${ask.model}`);
  for (let end = STEP_TOKENS; end <= tokens.length; end += STEP_TOKENS) {
    hash.update(Int32Array.from(tokens.slice(end - STEP_TOKENS, end)));
    if (end >= CACHEABLE_TOKENS) prefixes.push({ tokens: end, hash: hash.copy().digest('base64') });
  }
  return prefixes;
}

function markedPrefixes(
  ask: Ask,
): Array<{ readonly tokens: number; readonly hash: string; readonly cacheFor: '5m' | '1h' }> {
  const marks = [];
  const hash = createHash('sha256').update(`${ask.dialect} ${ask.model}`);
  let tokens = 0;
  for (const piece of ask.pieces) {
    hash.update(`${piece.text.length}:`).update(piece.text);
    tokens += tokensOf(piece.text).length + piece.mediaTokens;
    if (piece.cacheFor && tokens >= CACHEABLE_TOKENS) {
      marks.push({ tokens, hash: hash.copy().digest('base64'), cacheFor: piece.cacheFor });
    }
  }
  return marks;
}
