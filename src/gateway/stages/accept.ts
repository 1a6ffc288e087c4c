/**
 * Accept: size and shape limits, then JSON. Nothing else looks at bytes that have not passed here.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

import { parse } from 'secure-json-parse';

import type { Limits } from '../../rulebook/rulebook.ts';
import { isObject } from '../wires/json.ts';
import type { JsonObject, Refusal, Target } from '../wires/wire.ts';
import { acceptUpload } from './upload.ts';

export type Accepted =
  | {
      readonly kind: 'accepted';
      /** The whole body, or its beginning where `upload` has the whole. */
      readonly bytes: Buffer;
      /** Empty when the body is not read as JSON. */
      readonly json: JsonObject;
      /** A body that passes through. */
      readonly upload: Readable | undefined;
      readonly contentType: string | undefined;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The client left while it was still sending; there is nobody to answer. */
  | { readonly kind: 'gone' };

export type AcceptedBody = Extract<Accepted, { kind: 'accepted' }>;

/** A JSON body is read whole, at most `limits.bodyBytes`, and parsed as one object; an opaque one is hardly looked at. */
export async function accept(
  incoming: IncomingMessage,
  limits: Limits,
  body: Target['body'],
): Promise<Accepted> {
  if (body === 'opaque') return acceptOpaque(incoming, limits);
  const bytes = await readBody(incoming, limits.bodyBytes);
  if (bytes === 'gone') return { kind: 'gone' };
  if (bytes === 'too large') {
    return refused(
      413,
      `The request body is larger than ${limits.bodyBytes} bytes. Nothing was sent to a provider and nothing was charged. ` +
        'Send less, or raise limits.bodyBytes in setpoint.yaml.',
    );
  }
  return parseBody(bytes, limits);
}

async function acceptOpaque(incoming: IncomingMessage, limits: Limits): Promise<Accepted> {
  const upload = await acceptUpload(incoming, limits.uploadBytes);
  switch (upload.kind) {
    case 'gone':
      return upload;
    case 'too large':
      return refused(
        413,
        `The upload is larger than ${limits.uploadBytes} bytes. Nothing was sent to a provider and nothing was charged. ` +
          'Send less, or raise limits.uploadBytes in setpoint.yaml.',
      );
    case 'accepted':
      return {
        kind: 'accepted',
        bytes: upload.held,
        json: {},
        upload: upload.stream,
        contentType: incoming.headers['content-type'],
      };
  }
}

/** The pure half of `accept`: bytes in, JSON or a refusal out. */
export function parseBody(bytes: Buffer, limits: Limits): Accepted {
  const ascii = isAscii(bytes);
  if (!ascii && !isUtf8(bytes))
    return refused(
      400,
      'The request body is not valid UTF-8. Nothing was sent or charged; send JSON as UTF-8.',
    );
  if (depthExceeds(bytes, limits.jsonDepth)) {
    return refused(
      400,
      `The request body nests deeper than ${limits.jsonDepth} levels. Nothing was sent or charged; flatten it.`,
    );
  }
  const text = bytes.toString(ascii ? 'latin1' : 'utf8');
  let json: unknown;
  try {
    // Refuses `__proto__` and `constructor.prototype` keys, which would poison any later merge.
    json = mayPoison(bytes)
      ? parse(text, { protoAction: 'error', constructorAction: 'error' })
      : JSON.parse(text);
  } catch {
    // The parser's own words may quote the prompt, so they are not repeated.
    return refused(
      400,
      'The request body is not a JSON object that can be read safely. Nothing was sent or charged; check it for syntax errors and for "__proto__" keys.',
    );
  }
  if (!isObject(json))
    return refused(400, 'The request body must be a JSON object. Nothing was sent or charged.');
  return { kind: 'accepted', bytes, json, upload: undefined, contentType: undefined };
}

/** Whether a poisonous key is possible at all: a native search that spares most bodies the careful parser. */
function mayPoison(bytes: Buffer): boolean {
  return bytes.includes('proto') || bytes.includes('constructor') || bytes.includes('\\u00');
}

function refused(status: number, message: string): Accepted {
  return { kind: 'refused', refusal: { code: 'setpoint_bad_request', status, message } };
}

function readBody(incoming: IncomingMessage, limitBytes: number): Promise<Buffer | 'too large' | 'gone'> {
  const declared = Number(incoming.headers['content-length'] ?? 0);
  if (declared > limitBytes) return Promise.resolve('too large');
  return new Promise((resolve) => {
    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limitBytes) {
        rest = undefined;
        resolve('too large');
      } else if (first === undefined) first = chunk;
      else (rest ??= [first]).push(chunk);
    });
    incoming.on('end', () =>
      resolve(rest === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest, size)),
    );
    incoming.on('close', () => resolve('gone')); // after 'end' this changes nothing
    incoming.on('error', () => resolve('gone'));
  });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;

/**
 * Whether JSON text nests deeper than a limit, decided on bytes before any parser recurses.
 * Strings are most of a prompt and are skipped by a native search for their closing quote.
 */
export function depthExceeds(bytes: Buffer, limit: number): boolean {
  let depth = 0;
  const end = bytes.length;
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = closingQuote(bytes, at);
      if (at === -1) return false; // unterminated: the parser will say so
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
  }
  return false;
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
