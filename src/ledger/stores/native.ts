/**
 * Columns in the engine's own binary format (`FORMAT Native`), which it takes without parsing a row. Types here may be
 * narrower than those of the table: the engine widens them.
 */

/** One column: its name, its type as sent, and its bytes. */
export interface NativeColumn {
  readonly name: string;
  readonly type: string;
  readonly parts: readonly Uint8Array[];
}

export type Places = Uint8Array | Uint16Array | Uint32Array;

/** One block of columns that all have so many rows. */
export function encodeBlock(columns: readonly NativeColumn[], rows: number): Buffer[] {
  const parts: Uint8Array[] = [varint(columns.length), varint(rows)];
  for (const { name, type, parts: data } of columns) parts.push(stringsBytes([name, type]), ...data);
  return parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength));
}

/** Text of few distinct values: for each row its place among them. */
export function textColumn(name: string, values: readonly string[], at: Places): NativeColumn {
  const kind = { 1: 0n, 2: 1n, 4: 2n }[at.BYTES_PER_ELEMENT as 1 | 2 | 4];
  const HAS_KEYS = 1n << 9n;
  const RENEWS_KEYS = 1n << 10n;
  const head = new BigUint64Array([1n, kind | HAS_KEYS | RENEWS_KEYS, BigInt(values.length)]);
  return {
    name,
    type: 'LowCardinality(String)',
    parts: [
      bytesOf(head),
      stringsBytes(values),
      bytesOf(new BigUint64Array([BigInt(at.length)])),
      bytesOf(at),
    ],
  };
}

const WIDTHS = new Map<unknown, string>([
  [Uint8Array, 'UInt8'],
  [Uint16Array, 'UInt16'],
  [Uint32Array, 'UInt32'],
  [Int32Array, 'Int32'],
  [BigInt64Array, 'Int64'],
]);

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | BigInt64Array;

export function numberColumn(name: string, values: Numbers, type?: string): NativeColumn {
  return { name, type: type ?? WIDTHS.get(values.constructor) ?? '', parts: [bytesOf(values)] };
}

/** Picodollars. Eight bytes hold nine million dollars. */
export function moneyColumn(name: string, values: BigInt64Array): NativeColumn {
  return numberColumn(name, values, MONEY_8);
}

/** Lists, all in a row; `ends` says where each row's list ends. */
export function listColumn(name: string, ends: BigUint64Array, values: Numbers, type: string): NativeColumn {
  return { name, type: `Array(${type})`, parts: [bytesOf(ends), bytesOf(values)] };
}

export const MONEY_8 = 'Decimal(18, 12)';

/** For each row the place of its map among `values`. */
export function mapColumn(
  name: string,
  values: ReadonlyArray<Readonly<Record<string, string>>>,
  at: Places,
): NativeColumn {
  const encoded = values.map((map) => ({
    entries: Object.keys(map).length,
    keys: stringsBytes(Object.keys(map)),
    texts: stringsBytes(Object.values(map)),
  }));
  const ends = new BigUint64Array(at.length);
  const sizes = { keys: 0, texts: 0 };
  let end = 0;
  at.forEach((place, row) => {
    const map = encoded[place];
    end += map?.entries ?? 0;
    sizes.keys += map?.keys.length ?? 0;
    sizes.texts += map?.texts.length ?? 0;
    ends[row] = BigInt(end);
  });
  const gathered = (of: 'keys' | 'texts'): Uint8Array => {
    const bytes = new Uint8Array(sizes[of]);
    let offset = 0;
    for (const place of at) {
      const part = encoded[place]?.[of];
      if (part === undefined || part.length === 0) continue;
      bytes.set(part, offset);
      offset += part.length;
    }
    return bytes;
  };
  return { name, type: 'Map(String, String)', parts: [bytesOf(ends), gathered('keys'), gathered('texts')] };
}

export interface OwnBits {
  readonly high: number;
  readonly middle: number;
  readonly low: number;
}

/** Ids of version 7: each row's instant, then bits that are the block's own, then the row's place in it (20 bits). */
export function uuidColumn(
  name: string,
  startedAtMs: Float64Array,
  places: Uint32Array,
  own: OwnBits,
): NativeColumn {
  const lanes = new Uint32Array(startedAtMs.length * 4); // each half is eight bytes, least significant first
  startedAtMs.forEach((ms, row) => {
    lanes[4 * row] = (ms % 0x1_0000) * 0x1_0000 + 0x7000 + (own.middle & 0xfff);
    lanes[4 * row + 1] = Math.floor(ms / 0x1_0000);
    lanes[4 * row + 2] = (own.low & 0xfff) * 0x10_0000 + (places[row] ?? 0);
    lanes[4 * row + 3] = ((own.high & 0x3fff_ffff) | 0x8000_0000) >>> 0;
  });
  return { name, type: 'UUID', parts: [bytesOf(lanes)] };
}

/** Whole numbers as eight bytes. */
export function toInt64(values: Float64Array): BigInt64Array {
  const wide = new BigInt64Array(values.length);
  const lanes = new Int32Array(wide.buffer);
  values.forEach((value, row) => {
    lanes[2 * row] = (value % 0x1_0000_0000) | 0;
    lanes[2 * row + 1] = Math.floor(value / 0x1_0000_0000);
  });
  return wide;
}

function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
}

/** Each its length and its bytes, one after the other. */
function stringsBytes(texts: readonly string[]): Uint8Array {
  const most = texts.reduce((sum, text) => sum + 3 * text.length + 5, 0); // a unit is at most three bytes, a length five
  const bytes = Buffer.alloc(most);
  let end = 0;
  for (const text of texts) {
    const known = text.toWellFormed();
    const length = Buffer.byteLength(known);
    for (const byte of varint(length)) bytes[end++] = byte;
    end += bytes.write(known, end);
  }
  return bytes.subarray(0, end);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
