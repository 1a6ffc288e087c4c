/**
 * Splits a stream of server-sent events (WHATWG HTML §9.2) into events without re-stringing it: each event keeps
 * its raw bytes, so what is forwarded is what came. Only the data of an event is decoded.
 */

import type { EventSplitter, Framing, SplitEvent } from './wire.ts';

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const DATA = Buffer.from('data');

/** @param setting `maximumEventBytes`: a larger event is passed on in pieces marked `oversize` instead of being held. */
export function createEventSplitter(setting: { readonly maximumEventBytes: number }): EventSplitter {
  return new Splitter(setting.maximumEventBytes);
}

export const sse: Framing = {
  name: 'sse',
  splitter: createEventSplitter,
  restData: (rest) => eventData(rest),
};

class Splitter implements EventSplitter {
  readonly #maximumBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** The present line has no bytes yet, so that the next line end also ends the event. */
  #lineEmpty = true;
  /** The last byte was a CR; an LF that follows belongs to it. */
  #afterCr = false;
  #oversize = false;
  #first = true;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  push(chunk: Buffer): SplitEvent[] {
    const events: SplitEvent[] = [];
    if (chunk.length === 0) return events;
    const hasCr = chunk.includes(CR); // asked once: a search that finds nothing runs to the end of the chunk
    let from = 0;
    while (from < chunk.length) {
      const end = this.#findEnd(chunk, from, hasCr);
      if (end === -1) break;
      events.push(this.#take(chunk, from, end));
      from = end;
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from), events);
    return events;
  }

  rest(): Buffer {
    return this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held, this.#heldBytes);
  }

  /** Scans on from `from`, which is where scanning stopped before. @returns the end of the event, or -1. */
  #findEnd(chunk: Buffer, from: number, hasCr: boolean): number {
    let at = from;
    let cr = hasCr ? chunk.indexOf(CR, from) : -1;
    let lf = chunk.indexOf(LF, from);
    if (this.#afterCr) {
      this.#afterCr = false;
      if (lf === at) {
        at += 1;
        lf = chunk.indexOf(LF, at);
      }
    }
    for (;;) {
      const isCr = cr !== -1 && (lf === -1 || cr < lf);
      const lineEnd = isCr ? cr : lf;
      if (lineEnd === -1) {
        if (at < chunk.length) this.#lineEmpty = false;
        return -1;
      }
      const blank = this.#lineEmpty && lineEnd === at;
      this.#lineEmpty = true;
      at = lineEnd + 1;
      if (isCr) {
        if (lf === at) at += 1;
        else this.#afterCr = at === chunk.length;
        cr = chunk.indexOf(CR, at);
      }
      if (blank) return at;
      if (lf < at && lf !== -1) lf = chunk.indexOf(LF, at);
    }
  }

  #take(chunk: Buffer, from: number, end: number): SplitEvent {
    const tail = chunk.subarray(from, end);
    let bytes = tail;
    if (this.#held.length > 0) {
      this.#held.push(tail);
      bytes = Buffer.concat(this.#held, this.#heldBytes + tail.length);
      this.#held = [];
      this.#heldBytes = 0;
    }
    const oversize = this.#oversize || bytes.length > this.#maximumBytes;
    this.#oversize = false;
    const data = oversize ? '' : eventData(bytes, this.#first);
    this.#first = false;
    return { data, bytes, oversize };
  }

  /** Keeps an unfinished event, as long as it is not too large. */
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

/** The data of one raw event, also of one whose last blank line never came. Only the first of a stream may have a byte order mark. */
export function eventData(event: Buffer, first = false): string {
  const hasCr = event.includes(CR);
  let start = first && event.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  let data: string | undefined;
  while (start < event.length) {
    const end = endOfLine(event, start, hasCr);
    const value = dataOfLine(event, start, end);
    if (value !== undefined) data = data === undefined ? value : `${data}\n${value}`;
    start = end + 1;
  }
  return data ?? '';
}

function endOfLine(event: Buffer, start: number, hasCr: boolean): number {
  const lf = event.indexOf(LF, start);
  const cr = hasCr ? event.indexOf(CR, start) : -1;
  if (lf === -1 && cr === -1) return event.length;
  if (lf === -1) return cr;
  return cr === -1 ? lf : Math.min(lf, cr);
}

function dataOfLine(event: Buffer, start: number, end: number): string | undefined {
  const colon = start + DATA.length;
  if (end < colon || event[start] !== DATA[0] || DATA.compare(event, start, colon) !== 0) return undefined;
  if (colon === end) return '';
  if (event[colon] !== COLON) return undefined;
  const from = event[colon + 1] === SPACE && colon + 1 < end ? colon + 2 : colon + 1;
  return event.toString('utf8', from, end);
}

/** Writes one event. */
export function writeEvent(data: string, name = ''): string {
  return `${name === '' ? '' : `event: ${name}\n`}data: ${data}\n\n`;
}
