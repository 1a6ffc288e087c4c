/** What the routes of attribution have in common: what they decide and move through, and how they say that they cannot. */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { openAttributing } from '../inform/attribution/attribution.ts';
import type { Attributing } from '../inform/attribution/attribution.ts';
import type { Span } from '../ledger/question.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';
import { refuse } from './problems.ts';
import type { FieldProblem } from './problems.ts';
import { problemsOf } from './routing.ts';
import { parsePeriod } from '../units/period.ts';

export function attributingOf(parts: ApiParts): Attributing {
  const { ledger, poster, registry, now } = parts;
  const teamOf = parts.teamOf ?? (() => '');
  return openAttributing({ ledger, poster, registry: registry.attribution, teamOf, now });
}

/** A question that cannot be answered whole is the asker's to narrow; a ledger that is away says so. */
export async function answering<Answer>(
  context: Context<ApiEnvironment>,
  answer: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof RangeError) return refuse(context, 'bad_request', error.message);
    if (error instanceof Error && error.name === 'LedgerAway')
      return refuse(
        context,
        'ledger_unavailable',
        `The ledger is away (${error.message}). What it was told stands; run the same again, nothing is counted twice.`,
      );
    throw error;
  }
}

/** What every route that decides or posts can answer with. */
export const WRITE_PROBLEMS = problemsOf(
  'bad_request',
  'login_needed',
  'origin_not_allowed',
  'not_found',
  'ledger_unavailable',
  'unsupported_media_type',
);

export const idParams = z.object({
  id: z
    .string()
    .min(1)
    .max(64)
    .openapi({ param: { name: 'id', in: 'path' } }),
});

/** Shared cost is divided in months of the ledger, which are UTC. */
export function readMonths(text: string | undefined, nowMs: number): Span | FieldProblem {
  try {
    return parsePeriod(text ?? 'last-month', { nowMs, timeZone: 'UTC' });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { path: 'during', message: error.message };
  }
}
