/** The settings in force in the API: what each is and who said it. No secret is in them, only places of secrets. */
import { z } from '@hono/zod-openapi';

export const EffectiveSetting = z
  .object({
    path: z.string().openapi({ example: 'gateway.listen' }),
    value: z.string(),
    origin: z.enum(['default', 'file', 'environment', 'flag']),
    where: z.string().openapi({ description: 'The file, the variable or the flag; empty for a default.' }),
    note: z.string(),
    fixed: z.boolean().openapi({ description: 'Only a restart takes a change of it in; others a reload.' }),
  })
  .openapi('EffectiveSetting');

export const EffectiveSettings = z
  .object({
    sentence: z.string(),
    file: z.string().openapi({ description: 'The settings file; empty: there is none.' }),
    settings: z.array(EffectiveSetting),
    yaml: z
      .string()
      .nullable()
      .openapi({ description: 'As setpoint.yaml would say them; null: too long, read the file itself.' }),
    places: z.array(z.object({ what: z.string(), path: z.string(), note: z.string() })),
  })
  .openapi('EffectiveSettings');

export type EffectiveSetting = z.infer<typeof EffectiveSetting>;
export type EffectiveSettings = z.infer<typeof EffectiveSettings>;
