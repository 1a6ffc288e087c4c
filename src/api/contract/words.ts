/**
 * The words that every part of the contract is made of: money, instants, counts, and how a question is asked in a URL.
 * One file per topic lies beside this one; the oldest topics are in `../contract.ts`.
 */
import { z } from '@hono/zod-openapi';

import { FILE_FORMATS } from '../../tables/formats.ts';

export const money = z
  .string()
  .openapi({ description: 'Decimal dollars, exact to 12 decimals.', example: '0.0375' });
export const instant = z
  .string()
  .openapi({ description: 'RFC 3339, UTC.', example: '2026-03-01T00:00:00.000Z' });
export const count = z.number().int();
export const average = z
  .number()
  .nullable()
  .openapi({ description: 'Null where there was nothing to average over.' });
export const texts = z.record(z.string(), z.string());

/** Parameters that may be repeated arrive as one string or as several. */
export const repeatable = z.union([z.string(), z.array(z.string())]);

const PERIOD_WORDS =
  'today, yesterday, this-week, last-week, this-month, last-month, this-quarter, all, a number of hours, days or weeks back from now (24h, 30d, 2w), ' +
  'a date (2026-03-01), a month (2026-03), a year (2026), or from..to (a date, month or year as the end is in it, a time of day is not)';
const WHERE_WORDS =
  'dimension=value or dimension!=value; repeat it for more. Values of one dimension are alternatives, different ' +
  'dimensions must all hold. An empty value is the unattributed: where=workflow=';

export const during = z
  .string()
  .max(100)
  .optional()
  .openapi({ description: `Period. One of: ${PERIOD_WORDS}. Default: this-month.`, example: 'this-month' });
export const where = repeatable.optional().openapi({ description: WHERE_WORDS, example: 'workflow=support' });
export const timeZone = z.string().max(64).optional().openapi({
  description: 'IANA time zone that decides where days begin. Default: the server’s setting.',
  example: 'Europe/Zurich',
});
export const simulated = z.enum(['exclude', 'include', 'only']).optional().openapi({
  description: 'Simulated calls cost nothing and stay out of totals unless asked for. Default: exclude.',
});

/** In which form an answer comes; the header `Accept` says the same where this does not. */
export const format = z
  .enum(['json', ...FILE_FORMATS])
  .optional()
  .openapi({
    description:
      'json, or a file of the same rows: csv, parquet, ndjson. Its column `row` marks groups, the rest and the total. Default: json.',
  });

/** A name that people give: printable, at most 128 characters. */
export const label = z
  .string()
  .max(128)
  .regex(/^\P{Cc}*$/u, 'must not hold control characters');

const IF_VERSION = {
  description:
    'Decide only while this is the newest version (409 `version_moved` else); absent: in any case.',
  type: 'integer',
} as const;
/** What an asker has seen, in a body and in a URL. */
export const ifVersion = count.min(0).optional().openapi(IF_VERSION);
export const ifVersionQuery = z.coerce.number().int().min(0).optional().openapi(IF_VERSION);
