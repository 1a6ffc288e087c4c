/**
 * Sizes of segments, in o200k tokens.
 *
 * Most of a prompt has been seen before (system prompts, tools, history), so a segment is looked up by its keyed hash.
 * What is new is estimated at once and handed to the tokenizer's thread; by the time the call ends the exact count
 * has usually arrived. Texts are never kept here: only hash → count.
 */
import { hash } from 'node:crypto';

import type { Segment } from '../wires/wire.ts';
import { estimateTokens } from './estimate.ts';
import { framingTokens } from './framing.ts';
import { createCountMemory } from './memory.ts';
import type { CountMemory } from './memory.ts';
import { startTokenizerThread } from './thread.ts';
import type { CountAnswer, CountingThread, StartThread } from './thread.ts';

export type SizedPart = Segment['part'];

/** Sizes as far as they are known at the moment of asking. */
export interface Sizes {
  /** Tokens per segment, in the order of the segments; 0 for media of unknown size. */
  readonly segmentCounts: readonly number[];
  /** Every text was tokenized; none is an estimate. */
  readonly exact: boolean;
}

/** A sized request. Live: estimates are replaced by exact counts as the thread answers, so read it when the call ends. */
export interface Sized {
  /** The part of each segment, in order. */
  readonly parts: readonly SizedPart[];
  /** Media segments whose size cannot be told from the request. */
  readonly unsizedMedia: number;
  counts(): Sizes;
  /** Tokens of the whole input as we count them, framing of messages included; 0 when there is no segment. */
  total(): number;
}

export interface SegmentCounter {
  /** Sizes a request's segments. Never throws and never waits. */
  size(segments: readonly Segment[]): Sized;
  /** Counts one text, for instance the output of a stream that was cut. Resolves to an estimate when the thread cannot. */
  count(text: string): Promise<number>;
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>;
  close(): void;
}

export interface SegmentCounterOptions {
  /** At least 16 random bytes, made by this process and kept in it: a hash says nothing to anyone without them. */
  readonly hashKey: Buffer;
  /** Counts remembered at most; about 150 bytes each. */
  readonly remember: number;
  /** Characters that may await the thread; past it, estimates stay. */
  readonly queueLimit: number;
  readonly startThread?: StartThread;
}

const SHORTEST_KEY_BYTES = 16;
/** A thread that keeps failing is given up and estimates stay; enough good answers wipe the slate. */
const FAILURES_AT_MOST = 5;
const ANSWERS_THAT_FORGIVE = 1_000;
interface Batch {
  /** Hashes whose counts are to be remembered; empty for a text counted once. */
  readonly keys: readonly string[];
  readonly characters: number;
  readonly resolve: ((tokens: number) => void) | undefined;
  readonly estimate: number;
}

/** @throws RangeError when the key is too short to hide what was hashed, or there is no room to remember. */
export function createSegmentCounter(options: SegmentCounterOptions): SegmentCounter {
  return new Counter(options);
}

class Counter implements SegmentCounter {
  readonly #hashPrefix: string;
  readonly #memory: CountMemory;
  readonly #queueLimit: number;
  readonly #startThread: StartThread;
  #thread: CountingThread | undefined;
  #closed = false;
  #failures = 0;
  #answers = 0;
  #nextBatch = 1;
  #queuedCharacters = 0;
  readonly #batches = new Map<number, Batch>();
  /** Hashes under way, so that a text that many calls share is posted once. */
  readonly #asked = new Set<string>();
  #waiting: Array<() => void> = [];

  constructor(options: SegmentCounterOptions) {
    if (options.hashKey.length < SHORTEST_KEY_BYTES)
      throw new RangeError('the hash key needs at least 16 bytes');
    this.#hashPrefix = options.hashKey.toString('hex');
    this.#memory = createCountMemory(options.remember);
    this.#queueLimit = options.queueLimit;
    this.#startThread = options.startThread ?? startTokenizerThread;
  }

  size(segments: readonly Segment[]): Sized {
    const parts: SizedPart[] = [];
    const counts: number[] = [];
    const estimated: Estimated[] = [];
    const texts: string[] = [];
    const keys: string[] = [];
    let characters = 0;
    let unsizedMedia = 0;
    for (let index = 0; index < segments.length; index += 1) {
      const { part, text, tokens, shown } = segments[index] as Segment;
      parts.push(part);
      if (tokens !== undefined || text === '') {
        counts.push(tokens ?? 0);
        if (tokens === undefined && part === 'media') unsizedMedia += 1;
        continue;
      }
      const key = this.#keyOf(text);
      const known = this.#memory.get(key);
      counts.push(known ?? 0);
      if (known !== undefined) continue;
      const seen = shown === undefined ? text : shown();
      estimated.push({ index, key, text: seen });
      if (this.#asked.has(key) || this.#queuedCharacters + characters + seen.length > this.#queueLimit)
        continue;
      this.#asked.add(key);
      texts.push(seen);
      keys.push(key);
      characters += seen.length;
    }
    if (texts.length > 0) this.#ask(texts, { keys, characters, resolve: undefined, estimate: 0 });
    return new SizedSegments(parts, counts, estimated, unsizedMedia, this.#memory);
  }

  count(text: string): Promise<number> {
    if (text === '') return Promise.resolve(0);
    const estimate = estimateTokens(text);
    if (this.#queuedCharacters + text.length > this.#queueLimit) return Promise.resolve(estimate);
    return new Promise((resolve) => {
      this.#ask([text], { keys: [], characters: text.length, resolve, estimate });
      this.#hold();
    });
  }

  settled(): Promise<void> {
    if (this.#batches.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#hold();
    });
  }

  close(): void {
    this.#closed = true;
    this.#thread?.stop();
    this.#giveUpBatches();
  }

  /**
   * A prefix key suffices where a keyed hash is wanted: the digest is never shown, so nobody can extend it.
   * One-shot hashing costs a tenth of an HMAC object. The lone digest is 32 characters of one byte each.
   */
  #keyOf(text: string): string {
    return hash('sha256', this.#hashPrefix + text, 'binary');
  }

  #ask(texts: readonly string[], batch: Batch): void {
    const number = this.#nextBatch++;
    this.#batches.set(number, batch);
    this.#queuedCharacters += batch.characters;
    if (this.#closed || this.#failures >= FAILURES_AT_MOST) return this.#giveUpBatches();
    try {
      this.#thread ??= this.#start();
      this.#thread.ask({ batch: number, texts });
    } catch {
      this.#onFailure();
    }
  }

  #start(): CountingThread {
    let alive = true;
    return this.#startThread({
      counted: (answer) => alive && this.#onCounted(answer),
      failed: () => {
        if (alive) this.#onFailure();
        alive = false;
      },
    });
  }

  #onCounted({ batch: number, counts }: CountAnswer): void {
    const batch = this.#batches.get(number);
    if (batch === undefined) return;
    for (const [index, key] of batch.keys.entries()) {
      const tokens = counts[index];
      if (isCount(tokens)) this.#memory.set(key, tokens);
    }
    const first = counts[0];
    this.#end(number, batch, isCount(first) ? first : batch.estimate);
    this.#answers += 1;
    if (this.#answers >= ANSWERS_THAT_FORGIVE) {
      this.#answers = 0;
      this.#failures = 0;
    }
    this.#wakeWaiting();
  }

  #onFailure(): void {
    this.#thread?.stop();
    this.#thread = undefined;
    this.#failures += 1;
    this.#answers = 0;
    this.#giveUpBatches();
  }

  #giveUpBatches(): void {
    for (const [number, batch] of this.#batches) this.#end(number, batch, batch.estimate);
    this.#wakeWaiting();
  }

  #end(number: number, batch: Batch, tokens: number): void {
    this.#batches.delete(number);
    this.#queuedCharacters -= batch.characters;
    for (const key of batch.keys) this.#asked.delete(key);
    batch.resolve?.(tokens);
  }

  #hold(): void {
    if (this.#batches.size > 0) this.#thread?.holdProcess(true);
  }

  #wakeWaiting(): void {
    if (this.#batches.size > 0) return;
    this.#thread?.holdProcess(false);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** A text that is not counted yet. Held only as long as its call, to size it by its characters if no count comes. */
interface Estimated {
  readonly index: number;
  readonly key: string;
  readonly text: string;
}

class SizedSegments implements Sized {
  readonly parts: readonly SizedPart[];
  readonly unsizedMedia: number;
  readonly #counts: number[];
  readonly #memory: CountMemory;
  /** Segments whose count had not come when they were last looked at. */
  #estimated: readonly Estimated[];

  constructor(
    parts: readonly SizedPart[],
    counts: number[],
    estimated: readonly Estimated[],
    unsizedMedia: number,
    memory: CountMemory,
  ) {
    this.parts = parts;
    this.unsizedMedia = unsizedMedia;
    this.#counts = counts;
    this.#estimated = estimated;
    this.#memory = memory;
  }

  counts(): Sizes {
    if (this.#estimated.length > 0) {
      this.#estimated = this.#estimated.filter(({ index, key, text }) => {
        const tokens = this.#memory.get(key);
        this.#counts[index] = tokens ?? estimateTokens(text);
        return tokens === undefined;
      });
    }
    return { segmentCounts: this.#counts, exact: this.#estimated.length === 0 };
  }

  total(): number {
    let tokens = framingTokens(this.parts);
    for (const count of this.counts().segmentCounts) tokens += count;
    return tokens;
  }
}

function isCount(tokens: number | undefined): tokens is number {
  return tokens !== undefined && Number.isInteger(tokens) && tokens >= 0;
}
