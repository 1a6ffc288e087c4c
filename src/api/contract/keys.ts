/** The words of Setpoint keys: what they are, what they may do, how they are rotated. */
import { z } from '@hono/zod-openapi';

import { instant, label, texts } from './words.ts';

const MOST_NAMES = 100;
export const MOST_OVERLAP_SECONDS = 90 * 86_400;

/** These words are the gateway's; written here, since browsers read this file and know no gateway. A test holds them equal. */
export const KEY_USES = ['calls', 'read', 'keys'] as const;
export const WIRE_NAMES = [
  'openai-chat',
  'openai-responses',
  'openai-embeddings',
  'openai-other',
  'anthropic-messages',
  'google-generate',
  'bedrock-converse',
  'bedrock-invoke',
] as const;
export const ENDPOINT_NAMES = [
  'inference',
  'embeddings',
  'images',
  'audio',
  'videos',
  'other',
  'count-tokens',
  'models',
  'moderations',
  'files',
  'batches',
  'retrieve',
] as const;

const patterns = (what: string, example: string) =>
  z
    .array(label.min(1))
    .min(1)
    .max(MOST_NAMES)
    .optional()
    .openapi({
      description: `${what} Absent: any. \`*\` stands for any run of characters.`,
      example: [example],
    });

export const KeyScope = z
  .strictObject({
    uses: z.array(z.enum(KEY_USES)).min(1).optional().openapi({
      description:
        'calls: through the gateway, and spans. read: questions to this API. keys: making keys with no more rights than its own. Default: calls.',
    }),
    wires: z
      .array(z.enum(WIRE_NAMES))
      .min(1)
      .optional()
      .openapi({ description: 'Wires that it may use. Absent: any.' }),
    endpoints: z
      .array(z.enum(ENDPOINT_NAMES))
      .min(1)
      .optional()
      .openapi({ description: 'What its calls may be. Absent: any.' }),
    models: patterns(
      'Models that it may call, as they are asked for, as the provider names them, or as provider/model.',
      'gpt-4o*',
    ),
    workflows: patterns('Workflows of its calls. A call of it must then be of one of them.', 'support'),
    teams: patterns('Teams of its calls. A call of it must then be of one of them.', 'CX'),
    customers: patterns('Customers of its calls. A call of it must then be of one of them.', 'acme*'),
  })
  .openapi('KeyScope', { description: 'What a key may do. Empty: all calls through the gateway.' });

export const Key = z
  .object({
    id: z.string().openapi({ example: 'k3Jd81Qz' }),
    name: z.string(),
    environment: z.string().openapi({ description: 'The word in the key itself: sp_<environment>_…' }),
    workflow: z.string(),
    team: z.string(),
    customer: z.string(),
    tags: texts,
    scope: KeyScope,
    parent: z.string().openapi({ description: 'Id of the key that made it; empty: a person did.' }),
    hint: z.string().openapi({ description: 'Last four characters of the key.' }),
    createdAt: instant,
    expiresAt: instant.nullable(),
    revokedAt: instant.nullable(),
    rotatedAt: instant.nullable(),
    formerUntil: instant
      .nullable()
      .openapi({ description: 'Until when a secret of before its rotation still works; null: none does.' }),
    state: z.enum(['active', 'expired', 'revoked']),
  })
  .openapi('Key');

export const NewKey = z
  .strictObject({
    name: label.min(1).openapi({ example: 'support production' }),
    environment: z
      .string()
      .regex(/^[a-z0-9]{1,12}$/, 'must be 1 to 12 lower-case letters or digits')
      .optional()
      .openapi({ description: 'A word that stands in the key, for people and scanners. Default: live.' }),
    workflow: label.optional(),
    team: label.optional(),
    customer: label.optional(),
    tags: z.record(label.min(1), label).optional(),
    scope: KeyScope.optional(),
    expiresAt: z.iso.datetime({ offset: true }).optional().openapi({ description: 'RFC 3339.' }),
  })
  .openapi('NewKey', {
    description: 'workflow, team, customer and tags are defaults for calls that do not say.',
  });

export const NewRotation = z
  .strictObject({
    overlapSeconds: z.number().int().min(0).max(MOST_OVERLAP_SECONDS).optional().openapi({
      description: 'How long secrets of before still work. 0: no longer. Default: 86400, a day.',
    }),
  })
  .openapi('NewRotation');

export const published = z.boolean().openapi({
  description: 'False when the gateways could not be told yet; they will be at the next publication.',
});

export const CreatedKey = z
  .object({
    key: Key,
    secret: z.string().openapi({ description: 'Shown this once; only its digest is kept.' }),
    published,
  })
  .openapi('CreatedKey');
export const RevokedKey = z.object({ key: Key, published }).openapi('RevokedKey');
export const KeyList = z
  .object({ keys: z.array(Key), nextCursor: z.string().nullable(), hasMore: z.boolean() })
  .openapi('KeyList');
export const RevocationQuery = z.strictObject({
  reason: z
    .string()
    .trim()
    .max(1_000)
    .optional()
    .openapi({ description: 'Why; kept with the decision for good.' }),
});
export const KeysQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).optional().openapi({ type: 'integer' }),
  cursor: z.string().max(100).optional(),
});

export type KeyScope = z.infer<typeof KeyScope>;
export type Key = z.infer<typeof Key>;
export type NewKey = z.infer<typeof NewKey>;
export type NewRotation = z.infer<typeof NewRotation>;
export type CreatedKey = z.infer<typeof CreatedKey>;
export type RevokedKey = z.infer<typeof RevokedKey>;
export type KeyList = z.infer<typeof KeyList>;
