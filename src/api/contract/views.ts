/** Saved views in the API: a page of the web app and what it asks about, under a name. */
import { z } from '@hono/zod-openapi';

import { count, instant } from './words.ts';

/** How many may be in force: more could not be chosen from. */
export const MOST_VIEWS = 200;
const MOST_STATE = 4_000;
const MOST_VALUES = 40;

/** Shown in one line: no control characters, none around it. */
const name = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .regex(/^\P{Cc}*$/u, 'must not hold control characters')
  .openapi({ description: 'No two views have the same, whether in capitals or not.', example: 'My month' });
const path = z
  .string()
  .max(300)
  .regex(
    /^(?:[\w~%-][\w.~%-]*(?:\/[\w~%-][\w.~%-]*)*)?$/,
    'is the path of a page without a slash before it, as in "spend"',
  )
  .openapi({ description: 'The page, without a slash before it; empty: the first page.', example: 'spend' });
const state = z
  .string()
  .max(MOST_STATE)
  .refine(isQuery, `is not the query of an address: name=value, at most ${MOST_VALUES}, joined with &`)
  .openapi({
    description: 'The query of the page’s address, without a question mark. Periods stay as they are said.',
    example: 'during=this-month&by=team&where=workflow%3Dsupport',
  });
const note = z.string().trim().max(1_000).openapi({ description: 'What it is for.' });

/** Named values without control characters, each name once: what a page can read from its address. */
function isQuery(text: string): boolean {
  if (text === '') return true;
  if (/[\s#?]/.test(text)) return false;
  const values = [...new URLSearchParams(text)];
  const names = new Set(values.map(([one]) => one));
  return (
    values.length <= MOST_VALUES &&
    names.size === values.length &&
    values.every(([one, value]) => /^[a-z][\w-]{0,63}$/i.test(one) && /^\P{Cc}*$/u.test(value))
  );
}

export const NewView = z
  .strictObject({ name, path, state, note: note.optional() })
  .openapi('NewView', { description: 'A page of the web app and the state of its address.' });
export const ChangedView = z
  .strictObject({
    name,
    path,
    state,
    note: note.optional(),
    version: count
      .min(1)
      .openapi({ description: 'The version that was seen; another one is not overwritten.' }),
  })
  .openapi('ChangedView', { description: 'The whole view as it is to be.' });
export const RemovedQuery = z.strictObject({
  version: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .openapi({ description: 'The version that was seen; absent: whichever stands.', type: 'integer' }),
});

export const View = z
  .object({
    id: z.string(),
    version: count,
    name: z.string(),
    path: z.string(),
    state: z.string(),
    note: z.string(),
    link: z.string().openapi({ description: 'From the root of the web app.', example: '/spend?by=team' }),
    owner: z.string().openapi({ description: 'Who saved it first.' }),
    madeAt: instant,
    changedBy: z.string(),
    changedAt: instant,
  })
  .openapi('View');
export const ViewList = z.object({ views: z.array(View) }).openapi('ViewList');

export type NewView = z.infer<typeof NewView>;
export type ChangedView = z.infer<typeof ChangedView>;
export type View = z.infer<typeof View>;
export type ViewList = z.infer<typeof ViewList>;
