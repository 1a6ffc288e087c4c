/** Keeping a system well, in the API: health in figures, verification, backups, reload. */
import { z } from '@hono/zod-openapi';

import { count, instant, money } from './words.ts';

export const Check = z
  .object({
    name: z.string(),
    state: z.enum(['ok', 'warning', 'off', 'unknown']),
    detail: z.string().openapi({ description: 'What was found, what it means for the money, what to do.' }),
  })
  .openapi('Check');

export const MonthTotal = z
  .object({ month: z.string(), lines: count, calls: z.number().int(), cost: money })
  .openapi('MonthTotal', {
    description: 'Sums of all lines of a month in UTC, corrections and simulated lines included.',
  });

export const AuditHead = z.object({ seq: count, hash: z.string() }).openapi('AuditHead');

export const Verification = z
  .object({
    at: instant,
    ok: z.boolean().openapi({ description: 'Nothing is off; warnings leave it true.' }),
    lines: count,
    months: z.array(MonthTotal),
    audit: AuditHead.nullable().openapi({ description: 'Head of the audit chain; null where it is broken.' }),
    checks: z.array(Check),
  })
  .openapi('Verification');

export const NewBackup = z
  .strictObject({
    directory: z.string().min(1).max(4_096).optional().openapi({
      description:
        'Absolute, on the server’s machine, new or empty. Where a login is asked for it must lie in `backups` of the data directory, as it does by default.',
    }),
    withKeys: z
      .boolean()
      .optional()
      .openapi({ description: 'Key files too, by which sealed secrets are opened. Default: false.' }),
    base: z
      .string()
      .min(1)
      .max(4_096)
      .optional()
      .openapi({ description: 'An earlier backup; unchanged files become links to its files.' }),
  })
  .openapi('NewBackup');

export const Backup = z
  .object({
    directory: z.string(),
    madeAt: instant,
    files: count,
    bytes: count,
    months: z.array(MonthTotal),
    waitingFrames: count.openapi({ description: 'Frames of journals that the ledger did not have yet.' }),
    audit: AuditHead,
    withKeys: z.boolean(),
    leftOut: z.array(z.string()),
  })
  .openapi('Backup');

export const ReloadAsked = z
  .object({
    asked: z.literal(true),
    number: count.openapi({ description: 'The last reload before this one.' }),
  })
  .openapi('ReloadAsked');

export const HealthReport = z
  .object({
    status: z.enum(['ready', 'not-ready']),
    parts: z.array(z.object({ name: z.string(), ready: z.boolean(), detail: z.string() })),
    ledger: z
      .object({
        lines: count,
        backlogFrames: count,
        completeUntil: instant,
        lagSeconds: z
          .number()
          .openapi({ description: 'Age of the oldest call that may not be in answers yet.' }),
      })
      .nullable()
      .openapi({ description: 'Null while the ledger does not answer.' }),
    disk: z
      .object({ freeBytes: count, totalBytes: count })
      .nullable()
      .openapi({ description: 'Of the data directory’s file system; null where it cannot be asked.' }),
    reload: z
      .object({
        number: count,
        state: z.enum(['none', 'running', 'done', 'refused', 'failed']),
        words: z.string(),
        at: instant,
      })
      .nullable()
      .openapi({ description: 'The last reload; null where no supervisor runs.' }),
  })
  .openapi('HealthReport');

export type Check = z.infer<typeof Check>;
export type Verification = z.infer<typeof Verification>;
export type NewBackup = z.infer<typeof NewBackup>;
export type Backup = z.infer<typeof Backup>;
export type ReloadAsked = z.infer<typeof ReloadAsked>;
export type HealthReport = z.infer<typeof HealthReport>;
