/**
 * Upload: bodies that are not parsed (forms, files, none at all). A small one is held whole; of a larger one the
 * beginning is read for the names that route and price it, and the rest passes through with nothing kept.
 */
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import type { Readable, TransformCallback } from 'node:stream';

import type { Limits } from '../../rulebook/rulebook.ts';
import type { Arrivals } from './arrival.ts';

/** How much of a body is held before it is passed on as a stream. */
export const HELD_BYTES = 1024 * 1024;

export type Upload =
  | {
      readonly kind: 'accepted';
      /** The whole body, or its beginning when `stream` is there. */
      readonly held: Buffer;
      /** The whole body again, as it comes; fails with `UploadTooLarge`. */
      readonly stream: Readable | undefined;
    }
  | { readonly kind: 'too large' }
  | { readonly kind: 'too slow' }
  | { readonly kind: 'gone' };

export class UploadTooLarge extends Error {
  readonly code = 'SETPOINT_UPLOAD_TOO_LARGE';
  constructor(limitBytes: number) {
    super(`the upload is larger than ${limitBytes} bytes`);
  }
}

/** The client sends an upload that has begun too slowly to be waited for. */
export class UploadTooSlow extends Error {
  readonly code = 'SETPOINT_UPLOAD_TOO_SLOW';
  constructor() {
    super('the client sent its upload too slowly');
  }
}

export async function acceptUpload(
  incoming: IncomingMessage,
  { uploadBytes: limitBytes, clientSendBytesPerSecond: bytesPerSecond }: Limits,
  arrivals: Arrivals,
): Promise<Upload> {
  const { 'content-length': length, 'transfer-encoding': coding } = incoming.headers;
  if (coding === undefined && (length === undefined || length === '0'))
    return { kind: 'accepted', held: Buffer.alloc(0), stream: undefined };
  if (Number(length ?? 0) > limitBytes) return { kind: 'too large' };
  const slow: { give: () => void } = { give: () => undefined };
  const done = arrivals.watch(incoming, { withinMs: undefined, bytesPerSecond }, () => slow.give());
  incoming.once('close', done).once('end', done);
  const held = await readStart(incoming, slow);
  if (typeof held === 'string') return { kind: held };
  if (incoming.readableEnded) return { kind: 'accepted', held, stream: undefined };
  incoming.unshift(held);
  const stream = limited(incoming, limitBytes);
  slow.give = () => void stream.destroy(new UploadTooSlow());
  return { kind: 'accepted', held, stream };
}

/** @param slow is told how this part is given up. */
function readStart(
  incoming: IncomingMessage,
  slow: { give: () => void },
): Promise<Buffer | 'gone' | 'too slow'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (result: Buffer | 'gone' | 'too slow'): void => {
      incoming.off('data', take).off('end', end).off('close', gone).off('error', gone);
      resolve(result);
    };
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (size < HELD_BYTES) return;
      incoming.pause();
      stop(Buffer.concat(chunks, size));
    };
    const end = (): void => stop(Buffer.concat(chunks, size));
    const gone = (): void => stop('gone');
    slow.give = () => stop('too slow');
    incoming.on('data', take).on('end', end).on('close', gone).on('error', gone);
  });
}

function limited(incoming: IncomingMessage, limitBytes: number): Transform {
  let size = 0;
  const passed = new Transform({
    transform(chunk: Buffer, _coding: string, next: TransformCallback) {
      size += chunk.length;
      if (size > limitBytes) next(new UploadTooLarge(limitBytes));
      else next(null, chunk);
    },
  });
  passed.on('error', () => incoming.unpipe(passed)); // the exchange hears of it through undici
  incoming.on('close', () => {
    if (!incoming.readableEnded) passed.destroy(new Error('the client left while it was sending'));
  });
  return incoming.pipe(passed);
}

/**
 * A short text field of a multipart form, as far as the form has been read; empty when it is not there.
 * Only names that the gateway needs are looked for; files are never.
 */
export function formField(form: Buffer, contentType: string | undefined, name: string): string {
  const span = fieldSpan(form, contentType, name);
  return span === undefined ? '' : form.toString('utf8', span.start, span.end).trim();
}

/** A copy of a form that is held whole, with one field replaced. */
export function replaceField(
  form: Buffer,
  contentType: string | undefined,
  name: string,
  value: string,
): Buffer {
  const span = fieldSpan(form, contentType, name);
  return span === undefined
    ? form
    : Buffer.concat([form.subarray(0, span.start), Buffer.from(value), form.subarray(span.end)]);
}

const FIELD_BYTES = 1_024;

function fieldSpan(
  form: Buffer,
  contentType: string | undefined,
  name: string,
): { start: number; end: number } | undefined {
  const boundary = /^multipart\/form-data.*;\s*boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(
    contentType ?? '',
  );
  if (boundary === null) return undefined;
  const delimiter = Buffer.from(`--${boundary[1] ?? boundary[2] ?? ''}`);
  let at = form.indexOf(delimiter);
  while (at !== -1) {
    const head = at + delimiter.length;
    const next = form.indexOf(delimiter, head);
    const body = form.indexOf('\r\n\r\n', head);
    if (body === -1 || next === -1) return undefined;
    const headers = body < next ? form.toString('latin1', head, Math.min(body, head + FIELD_BYTES)) : '';
    const disposition = /content-disposition:[^\r\n]*?[;\s]name="([^"]*)"([^\r\n]*)/i.exec(headers);
    if (disposition?.[1] === name && !/filename/i.test(disposition[2] ?? '') && next - body <= FIELD_BYTES)
      return { start: body + 4, end: next - 2 };
    at = next;
  }
  return undefined;
}
