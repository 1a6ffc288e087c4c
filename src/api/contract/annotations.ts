/** What happened in a period, in the API: the marks that charts of spend show. */
import { z } from '@hono/zod-openapi';

import { during, instant, timeZone, where } from './words.ts';

export const AnnotationsQuery = z.strictObject({
  during,
  where: where.openapi({
    description:
      'As everywhere; workflow, team, model and provider choose. A mark of which that is not known concerns everybody and stays.',
    example: 'team=CX',
  }),
  timeZone,
});

export const AnnotationKind = z
  .enum(['price', 'agreement', 'commitment', 'budget', 'anomaly', 'rule', 'close', 'plan'])
  .openapi('AnnotationKind', {
    description:
      'price: a rate that changed · agreement: an agreed price · commitment: capacity paid by the hour · budget · anomaly: one that somebody spoke of · rule: of attribution · close: a month · plan: locked.',
  });

export const Annotation = z
  .object({
    at: instant,
    kind: AnnotationKind,
    short: z.string().openapi({ description: 'Two or three words, for a chart.' }),
    text: z.string().openapi({ description: 'One line.' }),
    link: z.string().openapi({ description: 'Page of the app that knows more.' }),
    scope: z
      .object({
        workflow: z.string().optional(),
        team: z.string().optional(),
        model: z.string().optional(),
        provider: z.string().optional(),
      })
      .openapi({ description: 'Whom it is about; an absent name is everybody.' }),
  })
  .openapi('Annotation');

export const Annotations = z
  .object({
    sentence: z.string(),
    annotations: z.array(Annotation).openapi({ description: 'In the order of time.' }),
    during: z.object({ text: z.string(), from: instant, to: instant }),
    closedMonths: z.array(z.string()).nullable().openapi({
      description:
        'Months (UTC) that the period lies in wholly or partly and that are closed; null: the ledger, which knows, is away.',
    }),
    crossingsUntold: z.array(z.string()).nullable().openapi({
      description:
        'Budgets of which it is not told when they were used up, since the period is too long for their windows; null: the ledger, which knows, is away.',
    }),
    timeZone: z.string(),
  })
  .openapi('Annotations');

export type AnnotationsAnswer = z.infer<typeof Annotations>;
export type AnnotationAnswer = z.infer<typeof Annotation>;
