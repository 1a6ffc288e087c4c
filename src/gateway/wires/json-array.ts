/**
 * Splits a stream that is one JSON array, as Google sends without `alt=sse`, into its elements as they end. Each keeps
 * its raw bytes, with the bracket, comma and white space before it, so what is forwarded is what came.
 * A single value without brackets (an error in a stream's place) counts as an element too.
 */
import type { EventSplitter, Framing, SplitEvent } from './wire.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

export const jsonArray: Framing = {
  name: 'json-array',
  splitter: ({ maximumEventBytes }) => new Splitter(maximumEventBytes),
  restData: () => '', // an element that never ended is no JSON
};

class Splitter implements EventSplitter {
  readonly #maximumBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #oversize = false;
  /** Of the array's own bracket, 1; of an element's, from 2 on. */
  #depth = 0;
  /** The depth outside elements: 1 once the array has opened. */
  #outside = 0;
  #inString = false;
  #escaped = false;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  push(chunk: Buffer): SplitEvent[] {
    const events: SplitEvent[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      if (!this.#endsElement(chunk[at]!)) continue;
      events.push(this.#take(chunk.subarray(from, at + 1)));
      from = at + 1;
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from), events);
    return events;
  }

  rest(): Buffer {
    return this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held, this.#heldBytes);
  }

  /** Takes one byte. @returns whether it closed an object or a list that is an element of the array. */
  #endsElement(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return false;
    }
    switch (byte) {
      case QUOTE:
        this.#inString = true;
        return false;
      case OPEN_BRACKET:
        if (this.#depth === 0) this.#outside = 1;
        this.#depth += 1;
        return false;
      case OPEN_BRACE:
        this.#depth += 1;
        return false;
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        return this.#close();
      default:
        return false;
    }
  }

  #close(): boolean {
    if (this.#depth === 0) return false; // no JSON: nothing to close
    this.#depth -= 1;
    if (this.#depth >= this.#outside) return this.#depth === this.#outside;
    this.#outside = 0; // the array itself has ended
    return false;
  }

  #take(tail: Buffer): SplitEvent {
    this.#held.push(tail);
    const bytes = Buffer.concat(this.#held, this.#heldBytes + tail.length);
    this.#held = [];
    this.#heldBytes = 0;
    const oversize = this.#oversize || bytes.length > this.#maximumBytes;
    this.#oversize = false;
    return { data: oversize ? '' : elementText(bytes), bytes, oversize };
  }

  /** Keeps an unfinished element, as long as it is not too large. */
  #hold(piece: Buffer, events: SplitEvent[]): void {
    this.#held.push(piece);
    this.#heldBytes += piece.length;
    if (!this.#oversize && this.#heldBytes <= this.#maximumBytes) return;
    this.#oversize = true;
    for (const bytes of this.#held) events.push({ data: '', bytes, oversize: true });
    this.#held = [];
    this.#heldBytes = 0;
  }
}

/** The element itself, without what stands between it and the one before. */
function elementText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.replace(/^\s*[[,]?\s*/, '');
}
