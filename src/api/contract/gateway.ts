/** The gateway in the API: who answers calls and how well, which way they go, the processes, and a call of one's own. */
import { z } from '@hono/zod-openapi';

import { count, instant, label, money } from './words.ts';

const share = z.number().nullable().openapi({ description: '0 to 1; null: no attempt to take it of.' });
const ms = z.number().nullable().openapi({ description: 'Milliseconds; null: none was measured.' });
const DIALECTS = ['openai', 'anthropic', 'google', 'azure', 'bedrock'] as const;

export const ProviderHealth = z
  .object({
    provider: z.string(),
    family: z.string().openapi({
      description: 'First word of the wires it was asked in: openai (Azure’s too), anthropic, …',
    }),
    simulated: z.boolean(),
    attempts: count,
    failed: count.openapi({
      description: 'Attempts that the provider failed: no complete answer, or a status from 500 on.',
    }),
    refused: count.openapi({ description: 'Attempts that it refused: a status from 400 to 499.' }),
    failedShare: share,
    durationP50Ms: ms,
    durationP95Ms: ms,
    firstByteP50Ms: ms.openapi({ description: 'Of streams: until the first byte of the answer.' }),
    firstByteP95Ms: ms,
    lastAt: instant.nullable(),
  })
  .openapi('ProviderHealth');

export const Route = z
  .object({
    dialect: z.enum(DIALECTS),
    model: z.string().openapi({ description: 'A name or a pattern; `*` stands for any run of characters.' }),
    provider: z.string(),
    asks: z
      .string()
      .openapi({ description: 'The provider’s own name of it where it is an alias; else empty.' }),
    fallbacks: z
      .array(z.string())
      .openapi({ description: 'Who is asked when it fails, in order: provider or provider/model.' }),
    simulated: z.boolean(),
  })
  .openapi('Route');

export const Worker = z
  .object({
    name: z.string(),
    pid: count,
    at: instant.openapi({ description: 'When it last said so.' }),
    startedAt: instant,
    state: z.enum(['serving', 'draining']),
    inFlight: count.openapi({ description: 'Calls under way.' }),
    rulebook: count,
    rulebookAgeSeconds: z.number(),
    obeysNewest: z.boolean().nullable().openapi({ description: 'Null: the newest is not known here.' }),
    journal: z.string().openapi({ description: '`open`, or why its journal cannot be written.' }),
    syncLagMs: z.number(),
    overload: z.string(),
    busyShare: z.number(),
    memoryShare: z.number(),
    brokenRoutes: z
      .array(z.object({ provider: z.string(), dialect: z.string(), model: z.string() }))
      .openapi({ description: 'Not asked now, since they failed again and again.' }),
  })
  .openapi('Worker');

export const GatewayStanding = z
  .object({
    sentence: z.string(),
    at: instant,
    rulebook: z
      .object({ version: count, publishedAt: instant, unkeyed: z.boolean() })
      .nullable()
      .openapi({ description: 'The one in force; null: none is published, or this API was not told.' }),
    minutes: count.openapi({ description: 'The stretch that health is taken of.' }),
    health: z.array(ProviderHealth).nullable().openapi({ description: 'Null: the ledger does not answer.' }),
    sampled: z
      .boolean()
      .openapi({ description: 'The stretch had more attempts than are read: health is of the newest.' }),
    routes: z.array(Route).openapi({ description: 'In the order in which they are tried.' }),
    workers: z
      .array(Worker)
      .nullable()
      .openapi({ description: 'Of the machine that this API runs on; null: it is told of none.' }),
    spool: z
      .object({ bytes: count, share: z.number() })
      .nullable()
      .openapi({ description: 'Journals of this machine; null: no worker has said.' }),
  })
  .openapi('GatewayStanding');

export const MOST_OUTPUT_TOKENS = 4_096;

export const TryAsk = z
  .strictObject({
    provider: label.min(1),
    dialect: z.enum(['openai', 'anthropic']),
    model: label.min(1).openapi({ example: 'sim-small' }),
    system: z.string().max(16_000).optional(),
    message: z.string().min(1).max(32_000),
    maxOutputTokens: z.number().int().min(1).max(MOST_OUTPUT_TOKENS).optional().openapi({
      description: 'Default: 256.',
    }),
    workflow: label.optional(),
    team: label.optional(),
  })
  .openapi('TryAsk');

export const TryBound = z
  .object({
    simulated: z.boolean().openapi({ description: 'The simulator answers: it costs no money.' }),
    inputTokens: count.openapi({ description: 'At most: one per byte of the text.' }),
    outputTokens: count,
    cost: money.nullable().openapi({ description: 'At most, in dollars; null: no price is known.' }),
    words: z.string(),
  })
  .openapi('TryBound');

export const TryAnswer = z
  .object({
    status: count,
    call: z
      .string()
      .openapi({ description: 'Its id in the ledger; empty: it was refused before it had one.' }),
    text: z.string().openapi({ description: 'What the model said; empty where there is none.' }),
    body: z.string().openapi({ description: 'The answer as it came.' }),
    durationMs: z.number(),
    recorded: z
      .boolean()
      .openapi({ description: 'Whether the ledger has its line already; else it will within seconds.' }),
    bound: TryBound,
  })
  .openapi('TryAnswer');

export type ProviderHealth = z.infer<typeof ProviderHealth>;
export type Route = z.infer<typeof Route>;
export type Worker = z.infer<typeof Worker>;
export type GatewayStanding = z.infer<typeof GatewayStanding>;
export type TryAsk = z.infer<typeof TryAsk>;
export type TryBound = z.infer<typeof TryBound>;
export type TryAnswer = z.infer<typeof TryAnswer>;
