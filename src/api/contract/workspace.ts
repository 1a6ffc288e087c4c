/** The workspace in the API: whether these are real calls or the demo company. */
import { z } from '@hono/zod-openapi';

import { instant } from './words.ts';

export const Workspace = z
  .object({
    kind: z.enum(['demo', 'real']),
    company: z.string().nullable().openapi({ description: 'The fictional company of a demo.' }),
    seed: z.string().nullable(),
    now: instant.nullable().openapi({ description: 'Where the history of a demo ends.' }),
    frozen: z.boolean().openapi({
      description: 'Whether questions such as this-month are asked as of `now`, not by the clock.',
    }),
    at: instant.openapi({ description: 'Now, by the clock that questions are asked by.' }),
    loadedAt: instant.nullable().openapi({ description: 'Null while a demo is being loaded.' }),
  })
  .openapi('Workspace');
export const WipedWorkspace = z.object({ wiped: z.literal(true) }).openapi('WipedWorkspace');

export type Workspace = z.infer<typeof Workspace>;
export type WipedWorkspace = z.infer<typeof WipedWorkspace>;
