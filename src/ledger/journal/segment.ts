/**
 * The files of a journal: `<root>/<slot>-<epoch>/000000000001.wal`, numbered segments with a header each, and
 * `synced`, the sequence through which everything is known to be on the disk.
 *
 * Header, little-endian, 160 bytes: magic 8 | version u32 | first sequence u64 | epoch u64 | id length u16 | id 126 | crc32 u32.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { readSequence, writeSequence } from './frame.ts';

const MAGIC = Buffer.from('SETPOINT');
const FORMAT_VERSION = 1;
const ID_AT = 30;
const CHECKSUM_AT = 156;
const MAXIMUM_ID_BYTES = CHECKSUM_AT - ID_AT;

export const HEADER_BYTES = 160;
export const WATERMARK_BYTES = 12;

export interface SegmentHeader {
  /** Id of the journal: the name of its directory. */
  readonly journal: string;
  readonly epoch: number;
  /** Sequence of the first frame, or of the first frame written again after a failed disk. */
  readonly firstSequence: number;
}

/** A journal's directory, by its name. */
export interface JournalPlace {
  readonly id: string;
  readonly slot: string;
  readonly epoch: number;
  readonly directory: string;
}

export function encodeHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(FORMAT_VERSION, 8);
  writeSequence(bytes, header.firstSequence, 12);
  writeSequence(bytes, header.epoch, 20);
  bytes.writeUInt16LE(bytes.write(header.journal, ID_AT, MAXIMUM_ID_BYTES), 28);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CHECKSUM_AT)), CHECKSUM_AT);
  return bytes;
}

/**
 * @returns undefined when the bytes are no whole header.
 * @throws Error when they are a header of a newer format, which this version must not touch.
 */
export function decodeHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  if (crc32(bytes.subarray(0, CHECKSUM_AT)) !== bytes.readUInt32LE(CHECKSUM_AT)) return undefined;
  const version = bytes.readUInt32LE(8);
  if (version !== FORMAT_VERSION) {
    throw new Error(
      `The journal has format ${version}; this version of Setpoint reads format ${FORMAT_VERSION}. ` +
        'Nothing was changed and no call is lost: start the version that wrote it, let it drain, then change version.',
    );
  }
  return {
    journal: bytes.toString('utf8', ID_AT, ID_AT + bytes.readUInt16LE(28)),
    epoch: readSequence(bytes, 20),
    firstSequence: readSequence(bytes, 12),
  };
}

export function segmentPath(directory: string, segment: number): string {
  return join(directory, `${segment.toString().padStart(12, '0')}.wal`);
}

/** Numbers of the segments in a directory, ascending; empty when the directory is gone. */
export function listSegments(directory: string): number[] {
  return namesIn(directory)
    .filter((name) => /^\d{12}\.wal$/.test(name))
    .map((name) => Number(name.slice(0, 12)))
    .toSorted((a, b) => a - b);
}

/** Every journal under a root, oldest epoch first. */
export function listJournals(root: string): JournalPlace[] {
  return namesIn(root)
    .map((name) => ({ name, match: /^(.+)-(\d+)$/.exec(name) }))
    .flatMap(({ name, match }) =>
      match === null
        ? []
        : [{ id: name, slot: match[1] ?? '', epoch: Number(match[2]), directory: join(root, name) }],
    )
    .toSorted((a, b) => a.epoch - b.epoch || (a.id < b.id ? -1 : 1));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** True for the error of a file or directory that is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

export function watermarkPath(directory: string): string {
  return join(directory, 'synced');
}

export function encodeWatermark(target: Buffer, sequence: number): void {
  writeSequence(target, sequence, 0);
  target.writeUInt32LE(crc32(target.subarray(0, 8)), 8);
}

/** The sequence through which a journal is on the disk; 0 when nothing is known, which is always safe. */
export function readWatermark(directory: string): number {
  try {
    const bytes = readFileSync(watermarkPath(directory));
    const whole = bytes.length === WATERMARK_BYTES && crc32(bytes.subarray(0, 8)) === bytes.readUInt32LE(8);
    return whole ? readSequence(bytes, 0) : 0;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}
