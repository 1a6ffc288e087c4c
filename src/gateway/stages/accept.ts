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
import { KEYS_IN_ALL_FACTOR, NUMBER_CHARACTERS, shapeOf } from './json-shape.ts';
import type { JsonShape } from './json-shape.ts';
import type { Arrivals } from './arrival.ts';
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
  arrivals: Arrivals,
): Promise<Accepted> {
  if (body === 'opaque') return acceptOpaque(incoming, limits, arrivals);
  const bytes = await readBody(incoming, limits, arrivals);
  if (bytes === 'gone') return { kind: 'gone' };
  if (bytes === 'too slow') return TOO_SLOW;
  if (bytes === 'too large') {
    return refused(
      413,
      `The request body is larger than ${limits.bodyBytes} bytes. Nothing was sent to a provider and nothing was charged. ` +
        'Send less, or raise limits.bodyBytes in setpoint.yaml.',
    );
  }
  return parseBody(bytes, limits);
}

async function acceptOpaque(
  incoming: IncomingMessage,
  limits: Limits,
  arrivals: Arrivals,
): Promise<Accepted> {
  const upload = await acceptUpload(incoming, limits, arrivals);
  switch (upload.kind) {
    case 'gone':
      return upload;
    case 'too slow':
      return TOO_SLOW;
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
  const shape = shapeOf(bytes, limits);
  if (shape.kind !== 'fits')
    return refused(400, `${misshapen(shape.kind, limits)} Nothing was sent or charged.`);
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
  // Parsers differ in which of two they take: what is priced and allowed here would not be what the provider runs.
  if (shape.outerKeys !== Object.keys(json).length)
    return refused(400, 'The request body names a field twice. Nothing was sent or charged; name each once.');
  const messages = longestList(json);
  if (messages > limits.messages)
    return refused(
      400,
      `The request has ${messages} messages; at most ${limits.messages} are taken. Nothing was sent or charged. Send fewer, or raise limits.messages in setpoint.yaml.`,
    );
  return { kind: 'accepted', bytes, json, upload: undefined, contentType: undefined };
}

function misshapen(kind: Exclude<JsonShape['kind'], 'fits'>, limits: Limits): string {
  switch (kind) {
    case 'too deep':
      return `The request body nests deeper than ${limits.jsonDepth} levels (limits.jsonDepth); flatten it.`;
    case 'too many keys':
      return `The request body has an object of more than ${limits.jsonKeys} keys, or more than ${KEYS_IN_ALL_FACTOR} times as many in all (limits.jsonKeys); split it.`;
    case 'number too long':
      return `The request body has a number of more than ${NUMBER_CHARACTERS} digits; send it as text.`;
  }
}

/** Where the wires have their messages. Lists of numbers (tokens to embed) are none. */
const MESSAGE_LISTS = ['messages', 'input', 'contents'] as const;

function longestList(json: JsonObject): number {
  let longest = 0;
  for (const name of MESSAGE_LISTS) {
    const list = json[name];
    if (Array.isArray(list) && list.length > longest && list.some(isObject)) longest = list.length;
  }
  return longest;
}

/** Whether a poisonous key is possible at all: a native search that spares most bodies the careful parser. */
function mayPoison(bytes: Buffer): boolean {
  return bytes.includes('proto') || bytes.includes('constructor') || bytes.includes('\\u00');
}

function refused(status: number, message: string): Accepted {
  return { kind: 'refused', refusal: { code: 'setpoint_bad_request', status, message } };
}

const TOO_SLOW = refused(
  408,
  'The request body came too slowly or not to its end. Nothing was sent to a provider and nothing was charged. ' +
    'Try again; limits.clientBodyMs and limits.clientSendBytesPerSecond in setpoint.yaml say how slow a body may be.',
);

function readBody(
  incoming: IncomingMessage,
  { bodyBytes, clientBodyMs, clientSendBytesPerSecond }: Limits,
  arrivals: Arrivals,
): Promise<Buffer | 'too large' | 'too slow' | 'gone'> {
  const declared = Number(incoming.headers['content-length'] ?? 0);
  if (declared > bodyBytes) return Promise.resolve('too large');
  return new Promise((resolve) => {
    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let size = 0;
    const pace = { withinMs: clientBodyMs, bytesPerSecond: clientSendBytesPerSecond };
    const done = arrivals.watch(incoming, pace, () => resolve('too slow'));
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bodyBytes) {
        rest = undefined;
        done();
        resolve('too large');
      } else if (first === undefined) first = chunk;
      else (rest ??= [first]).push(chunk);
    });
    incoming.on('end', () => {
      done();
      resolve(rest === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest, size));
    });
    incoming.on('close', () => {
      done();
      resolve('gone'); // after 'end' this changes nothing
    });
    incoming.on('error', () => resolve('gone'));
  });
}
