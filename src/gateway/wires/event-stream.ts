/**
 * `application/vnd.amazon.eventstream`: binary frames of a stream, each with the CRC of its prelude and of its whole.
 *
 *   total length 4 · headers length 4 · prelude CRC 4 · headers · payload · message CRC 4
 *
 * Frames are passed on untouched. As text for a meter a frame is `{"<event type>": <payload>}`, an exception
 * `{"exception": {"<its type>": <payload>}}`. A frame whose CRC does not fit is `{"corrupt": "<why>"}`: what it says is
 * not believed. After a broken prelude no length can be believed either, so the rest passes unread.
 */
import { crc32 } from 'node:zlib';

import type { EventSplitter, Framing, SplitEvent } from './wire.ts';

const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
const LEAST_BYTES = PRELUDE_BYTES + CRC_BYTES;

/** Sizes of header values by their type; strings and bytes say their own. */
const VALUE_BYTES: readonly number[] = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16];
const STRING_TYPE = 7;

export const eventStream: Framing = {
  name: 'event-stream',
  splitter: ({ maximumEventBytes }) => new Splitter(maximumEventBytes),
  restData: () => '', // a frame that never ended cannot be checked
};

type State = 'prelude' | 'frame' | 'skipping' | 'broken';

class Splitter implements EventSplitter {
  readonly #maximumBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes that must be there before the next step. */
  #needed = PRELUDE_BYTES;
  #state: State = 'prelude';
  #skipBytes = 0;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  push(chunk: Buffer): SplitEvent[] {
    const events: SplitEvent[] = [];
    if (chunk.length > 0) this.#keep(chunk);
    while (this.#heldBytes > 0 && this.#heldBytes >= this.#needed) {
      const bytes = this.rest();
      this.#held = [];
      this.#heldBytes = 0;
      const used = this.#step(bytes, events);
      if (used < bytes.length) this.#keep(bytes.subarray(used));
    }
    return events;
  }

  rest(): Buffer {
    return this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held, this.#heldBytes);
  }

  #keep(piece: Buffer): void {
    this.#held.push(piece);
    this.#heldBytes += piece.length;
  }

  /** @returns how many of the bytes have been given out. */
  #step(bytes: Buffer, events: SplitEvent[]): number {
    switch (this.#state) {
      case 'prelude':
        return this.#readPrelude(bytes, events);
      case 'frame': {
        const total = this.#needed;
        this.#await('prelude', PRELUDE_BYTES);
        events.push(readFrame(bytes.subarray(0, total)));
        return total;
      }
      case 'skipping': {
        const piece = bytes.subarray(0, this.#skipBytes);
        this.#skipBytes -= piece.length;
        if (this.#skipBytes === 0) this.#await('prelude', PRELUDE_BYTES);
        events.push({ data: '', bytes: piece, oversize: true });
        return piece.length;
      }
      case 'broken':
        events.push({ data: '', bytes, oversize: true });
        return bytes.length;
    }
  }

  #readPrelude(bytes: Buffer, events: SplitEvent[]): number {
    const total = bytes.readUInt32BE(0);
    const headers = bytes.readUInt32BE(4);
    if (
      bytes.readUInt32BE(8) !== crc32(bytes.subarray(0, 8)) ||
      total < LEAST_BYTES ||
      headers > total - LEAST_BYTES
    ) {
      this.#await('broken', 1);
      events.push({ data: corrupt('the prelude of a frame is damaged'), bytes, oversize: false });
      return bytes.length;
    }
    if (total <= this.#maximumBytes) this.#await('frame', total);
    else {
      this.#skipBytes = total;
      this.#await('skipping', 1);
    }
    return 0;
  }

  #await(state: State, needed: number): void {
    this.#state = state;
    this.#needed = needed;
  }
}

function readFrame(bytes: Buffer): SplitEvent {
  const end = bytes.length - CRC_BYTES;
  if (bytes.readUInt32BE(end) !== crc32(bytes.subarray(0, end)))
    return { data: corrupt('the CRC of a frame does not fit'), bytes, oversize: false };
  const payloadFrom = PRELUDE_BYTES + bytes.readUInt32BE(4);
  const headers = readHeaders(bytes.subarray(PRELUDE_BYTES, payloadFrom));
  return { data: frameText(headers, bytes.toString('utf8', payloadFrom, end)), bytes, oversize: false };
}

function frameText(headers: ReadonlyMap<string, string>, payload: string): string {
  const body = payload === '' ? '{}' : payload;
  const event = headers.get(':event-type');
  switch (headers.get(':message-type')) {
    case 'exception':
      return `{"exception":{${JSON.stringify(headers.get(':exception-type') ?? '')}:${body}}}`;
    case 'error':
      return JSON.stringify({
        exception: { [headers.get(':error-code') ?? '']: { message: headers.get(':error-message') ?? '' } },
      });
    default:
      return event === undefined ? '' : `{${JSON.stringify(event)}:${body}}`;
  }
}

function corrupt(reason: string): string {
  return JSON.stringify({ corrupt: reason });
}

/** The headers whose values are text, which are all that matter here. What does not fit its lengths ends the reading. */
function readHeaders(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + bytes[at]!;
    const type = bytes[nameEnd];
    const size = type === undefined ? undefined : VALUE_BYTES[type];
    if (size === undefined || (size === -1 && nameEnd + 3 > bytes.length)) break;
    const from = size === -1 ? nameEnd + 3 : nameEnd + 1;
    const end = from + (size === -1 ? bytes.readUInt16BE(nameEnd + 1) : size);
    if (end > bytes.length) break;
    if (type === STRING_TYPE)
      headers.set(bytes.toString('utf8', at + 1, nameEnd), bytes.toString('utf8', from, end));
    at = end;
  }
  return headers;
}

/** Writes one frame with text headers. */
export function writeFrame(headers: Readonly<Record<string, string>>, payload: Buffer | string): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => headerBytes(name, value)));
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const total = LEAST_BYTES + head.length + body.length;
  const frame = Buffer.alloc(total);
  frame.writeUInt32BE(total, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, PRELUDE_BYTES);
  body.copy(frame, PRELUDE_BYTES + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, total - CRC_BYTES)), total - CRC_BYTES);
  return frame;
}

function headerBytes(name: string, value: string): Buffer {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const size = Buffer.alloc(3);
  size[0] = STRING_TYPE;
  size.writeUInt16BE(valueBytes.length, 1);
  return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, size, valueBytes]);
}
