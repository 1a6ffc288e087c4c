/**
 * Edits of request bytes that touch nothing but the value they are for. The body has been parsed before, so the
 * scanner may rely on it being JSON; a duplicate key means its last occurrence, as it does to `JSON.parse`.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** The bytes of one value: from the first to before the last. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

export interface ScannedObject {
  /** Where the value of the member stands, if there is one. */
  readonly value: ByteSpan | undefined;
  /** Position of the closing brace. */
  readonly close: number;
  readonly empty: boolean;
}

/** Replaces the value of the top-level `model`; a body without one stays as it is. */
export function replaceModel(body: Buffer, model: string): Buffer {
  const { value } = scanObject(body, firstBrace(body), 'model');
  return value === undefined ? body : splice(body, value, JSON.stringify(model));
}

/** A copy with one span of bytes replaced. */
export function splice(body: Buffer, span: ByteSpan, text: string): Buffer {
  return Buffer.concat([body.subarray(0, span.start), Buffer.from(text), body.subarray(span.end)]);
}

/** Adds a member at the end of an object. */
export function addMember(body: Buffer, object: ScannedObject, member: string): Buffer {
  return splice(body, { start: object.close, end: object.close }, object.empty ? member : `,${member}`);
}

/** Sets a member, by the names of the objects down to it, and makes what of them is missing; every other byte stays. */
export function setMember(body: Buffer, path: readonly [string, ...string[]], json: string): Buffer {
  return setIn(body, firstBrace(body), path, json);
}

function setIn(body: Buffer, open: number, [name, ...rest]: readonly string[], json: string): Buffer {
  const object = scanObject(body, open, name ?? '');
  const made = rest.reduceRight((inner, outer) => `{${JSON.stringify(outer)}:${inner}}`, json);
  if (object.value === undefined) return addMember(body, object, `${JSON.stringify(name)}:${made}`);
  if (rest.length === 0 || body[object.value.start] !== OPEN_BRACE) return splice(body, object.value, made);
  return setIn(body, object.value.start, rest, json);
}

/** Position of the brace that opens the body. */
export function firstBrace(body: Buffer): number {
  const at = body.indexOf(OPEN_BRACE);
  if (at === -1) throw new Error('the body is no JSON object: only parsed bodies may be edited');
  return at;
}

/** Reads the members of the object that opens at `open`, and finds the last one of a name. */
export function scanObject(body: Buffer, open: number, name: string): ScannedObject {
  let value: ByteSpan | undefined;
  let empty = true;
  let at = skipSpace(body, open + 1);
  while (body[at] !== CLOSE_BRACE) {
    empty = false;
    const keyEnd = endOfString(body, at);
    const start = skipSpace(body, skipSpace(body, keyEnd) + 1); // over the colon
    const end = endOfValue(body, start);
    if (isKey(body, at, keyEnd, name)) value = { start, end };
    at = skipSpace(body, end);
    if (body[at] === COMMA) at = skipSpace(body, at + 1);
    else if (body[at] !== CLOSE_BRACE)
      throw new Error('the body is no JSON: only parsed bodies may be edited');
  }
  return { value, close: at, empty };
}

/** Keys are compared as parsed, since an escape may spell the same name. */
function isKey(body: Buffer, start: number, end: number, name: string): boolean {
  if (end - start < name.length + 2) return false;
  return JSON.parse(body.toString('utf8', start, end)) === name;
}

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = body[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at += 1;
  }
}

/** Position after the string that begins at `open`. */
function endOfString(body: Buffer, open: number): number {
  let at = open;
  for (;;) {
    at = body.indexOf(QUOTE, at + 1);
    if (at === -1) throw new Error('the body is no JSON: only parsed bodies may be edited');
    let before = at - 1;
    while (body[before] === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at + 1; // an even run of backslashes escapes itself, not the quote
  }
}

/** Position after the value that begins at `start`. */
function endOfValue(body: Buffer, start: number): number {
  const first = body[start];
  if (first === QUOTE) return endOfString(body, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfNested(body, start);
  let at = start;
  while (at < body.length && !isDelimiter(body[at]!)) at += 1;
  return at;
}

function endOfNested(body: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < body.length) {
    const byte = body[at];
    if (byte === QUOTE) {
      at = endOfString(body, at);
      continue;
    }
    at += 1;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  throw new Error('the body is no JSON: only parsed bodies may be edited');
}

function isDelimiter(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= 0x20;
}
