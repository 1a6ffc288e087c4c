/** The words of providers' credentials that were given to Setpoint itself, and of the master key that they are under. */
import { z } from '@hono/zod-openapi';

import { published } from './keys.ts';
import { count, instant } from './words.ts';

const DIALECTS = ['openai', 'anthropic', 'google', 'azure', 'bedrock'] as const;
const LONGEST_CREDENTIAL = 16_384;

export const NewProviderKey = z
  .strictObject({
    key: z
      .string()
      .min(1)
      .max(LONGEST_CREDENTIAL)
      .regex(/^[\x20-\x7e]+$/, 'must be one line of printable ASCII characters, without the line end')
      .openapi({
        description:
          'The credential: an API key, or for AWS a JSON object with accessKeyId, secretAccessKey and sessionToken. It is sealed and never shown again.',
      }),
    dialect: z.enum(DIALECTS).optional().openapi({
      description:
        'Where a provider’s name stands for several dialects: the one that is meant. Default: all of them.',
    }),
  })
  .openapi('NewProviderKey');

export const ProviderKey = z
  .object({
    provider: z.string(),
    dialect: z.enum(DIALECTS),
    place: z.enum(['sealed', 'env', 'file', 'none']).openapi({
      description:
        'sealed: given to Setpoint. env, file: where the settings say that it is. none: none is needed.',
    }),
    where: z.string().openapi({ description: 'The variable or the path, where the place has one.' }),
    state: z.enum(['set', 'missing', 'unreadable', 'not-needed']),
    hint: z.string().openapi({
      description: 'Last four characters of a sealed one; empty where it is too short to show any.',
    }),
    setAt: instant.nullable(),
    setBy: z.string(),
    usedAt: instant.nullable().openapi({
      description: 'Start of the newest call to this provider; null: none, or the ledger does not answer.',
    }),
    masterKey: z
      .string()
      .openapi({ description: 'Id of the master key that it is under; empty where none.' }),
    trouble: z.string().openapi({ description: 'Why it cannot be used; empty when it can.' }),
  })
  .openapi('ProviderKey');

export const ProviderKeyList = z.object({ keys: z.array(ProviderKey) }).openapi('ProviderKeyList');
export const ProviderKeysSet = z.object({ keys: z.array(ProviderKey), published }).openapi('ProviderKeysSet');

export const MasterRotated = z
  .object({
    from: z.array(z.string()).openapi({ description: 'Ids of the master keys that secrets were under.' }),
    to: z.string(),
    secrets: count.openapi({ description: 'How many secrets were wrapped anew.' }),
    unchanged: z.boolean().openapi({
      description:
        'Everything was under the first master key already; put a new one first and do this again.',
    }),
    place: z.string().openapi({ description: 'Where the master key is.' }),
    published,
  })
  .openapi('MasterRotated');

export type NewProviderKey = z.infer<typeof NewProviderKey>;
export type ProviderKey = z.infer<typeof ProviderKey>;
export type ProviderKeyList = z.infer<typeof ProviderKeyList>;
export type ProviderKeysSet = z.infer<typeof ProviderKeysSet>;
export type MasterRotated = z.infer<typeof MasterRotated>;
