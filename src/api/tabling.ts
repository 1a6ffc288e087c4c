/** An answer as a file: which format was asked for, and how it is sent. */
import type { Context } from 'hono';
import { z } from '@hono/zod-openapi';
import type { ZodType } from 'zod';

import { FILE_FORMATS } from '../tables/formats.ts';
import type { FileFormat } from '../tables/formats.ts';
import { writeTable } from '../tables/tables.ts';
import type { FileTable } from '../tables/tables.ts';
import type { ApiEnvironment } from './parts.ts';

const MEDIA: Readonly<Record<FileFormat, string>> = {
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
  ndjson: 'application/x-ndjson',
};

/** The responses of a question that is answered in JSON and as files. */
export function jsonOrFile<Schema extends ZodType>(schema: Schema, description: string) {
  const file = { schema: z.string().openapi({ format: 'binary' }) };
  return {
    description: `${description} As a file: the same rows, each marked in its column \`row\`.`,
    content: {
      'application/json': { schema },
      ...(Object.fromEntries(Object.values(MEDIA).map((type) => [type, file])) as Record<
        string,
        typeof file
      >),
    },
  };
}

/** What `format` says, else the first kind of file that `Accept` names; undefined: JSON. */
export function formatOf(
  context: Context<ApiEnvironment>,
  said: 'json' | FileFormat | undefined,
): FileFormat | undefined {
  if (said !== undefined) return said === 'json' ? undefined : said;
  const types = (context.req.header('accept') ?? '').split(',').map((one) => one.split(';')[0]?.trim());
  const known = types.find(
    (type) => type === 'application/json' || Object.values(MEDIA).includes(type ?? ''),
  );
  return FILE_FORMATS.find((format) => MEDIA[format] === known);
}

/** The question as it was put: its words in the order of their names, without the format, so that one question reads one way. */
export function questionText(context: Context<ApiEnvironment>): string {
  const { pathname, searchParams } = new URL(context.req.url);
  searchParams.delete('format');
  searchParams.sort();
  const words = searchParams.toString();
  return words === '' ? pathname : `${pathname}?${words}`;
}

/** What a person is told beside the file, in headers: the period, how fresh it is, and what has no price. */
interface Told {
  /** Called after what is in it: `ledger`, and the period in words where there is one. */
  readonly name: readonly string[];
  readonly completeUntil?: string | null;
  readonly unpricedCalls?: number;
}

export function sendFile(
  context: Context<ApiEnvironment>,
  format: FileFormat,
  table: FileTable,
  { name, completeUntil, unpricedCalls }: Told,
) {
  const file = `${name.join('-').replace(/[^A-Za-z0-9.-]+/g, '_')}.${format}`;
  const stream = ReadableStream.from(writeTable(table, format)) as ReadableStream<Uint8Array<ArrayBuffer>>;
  return context.body(stream, 200, {
    'content-type': format === 'parquet' ? MEDIA[format] : `${MEDIA[format]}; charset=utf-8`,
    'content-disposition': `attachment; filename="${file}"`,
    vary: 'accept',
    ...(completeUntil && { 'x-setpoint-complete-until': completeUntil }),
    ...(unpricedCalls !== undefined && { 'x-setpoint-unpriced-calls': String(unpricedCalls) }),
  }) as never;
}
