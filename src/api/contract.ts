/**
 * What the API says and takes, as schemas: the one source of the OpenAPI document, of the checks on every
 * request, and (as types) of the client that the command line and the web app use.
 * Money is a decimal dollar string, instants are RFC 3339 in UTC, counts are exact integers.
 */
import { z } from '@hono/zod-openapi';

import { MEASURES } from '../ledger/question.ts';
import {
  average,
  count,
  during,
  format,
  instant,
  money,
  repeatable,
  simulated,
  texts,
  timeZone,
  where,
} from './contract/words.ts';

export const API_PREFIX = '/api/v1';

export const LedgerQuery = z.strictObject({
  of: repeatable.optional().openapi({
    description: `Measures, comma separated or repeated: ${MEASURES.join(', ')}. Default: calls, averageInputTokens, share, cost.`,
    example: 'calls,cost',
  }),
  by: repeatable.optional().openapi({
    description:
      'Dimensions, comma separated or repeated. tag:<name> reaches any tag. Default: none, one total.',
    example: 'workflow,team',
  }),
  during,
  where,
  timeZone,
  simulated,
  compare: z.string().max(100).optional().openapi({
    description:
      'Another period beside it: previous (the one before by the calendar; of a running one the same stretch), year (the same dates a year before), or a period. Default: none.',
    example: 'previous',
  }),
  limit: z.coerce.number().int().min(1).max(10_000).optional().openapi({
    description: 'Groups returned; the rest is summed into `other`. Default: 1000.',
    type: 'integer',
  }),
  unattributed: z.enum(['apart']).optional().openapi({
    description:
      'apart: what names no first dimension (workflow, team, customer …) is a row of its own even beyond the limit, so one row more may come. Default: a row like the others.',
  }),
  format,
});

export const CallsQuery = z.strictObject({
  during,
  where,
  timeZone,
  simulated: simulated.openapi({ description: 'Default for lines: include.' }),
  limit: z.coerce.number().int().min(1).max(1_000_000).optional().openapi({
    description:
      'Lines per page, at most 1000 (default 100); of a file at most a million (default 100,000), what is beyond is its row `other`.',
    type: 'integer',
  }),
  cursor: z.string().max(2_000).optional().openapi({ description: '`nextCursor` of the page before.' }),
  format,
});

const PartTokens = z
  .object({ input: z.record(z.string(), z.number()), output: z.record(z.string(), z.number()) })
  .openapi('PartTokens');

export const Figures = z
  .object({
    calls: count,
    requests: count,
    attempts: count,
    inputTokens: count,
    outputTokens: count,
    cacheReadTokens: count,
    cacheWriteTokens: count,
    reasoningTokens: count,
    averageInputTokens: average,
    averageOutputTokens: average,
    cost: money,
    inputCost: money,
    outputCost: money,
    feeCost: money,
    share: z
      .number()
      .nullable()
      .openapi({ description: 'Share of the total cost, 0 to 1; null when the total is zero.' }),
    costPerCall: money.nullable(),
    unpricedCalls: count,
    flaggedCalls: count,
    averageDurationMs: average,
    composition: PartTokens,
    units: count.openapi({
      description: 'Units of all buckets, fees included; `bucket` in `by` says what of.',
    }),
    listCost: money.openapi({ description: 'What the priced lines would have cost at list prices.' }),
    lines: count.openapi({ description: 'Ledger lines, corrections included.' }),
  })
  .partial()
  .openapi('Figures', { description: 'Only the measures that were asked for are present.' });

export const Compared = z
  .object({
    during: z.object({ text: z.string(), from: instant, to: instant }),
    rows: z.array(Figures.nullable()).openapi({
      description:
        'One for each row of the answer, in its order; null: there was nothing. A step of time stands beside the one at its place: the 5th beside the 5th, nine o’clock beside nine; null where there is none, as for the 31st.',
    }),
    other: Figures.nullable().openapi({
      description:
        'What no row of the answer stands for: cost and calls; null where steps of time are too many to be joined.',
    }),
    total: Figures,
    unpricedCalls: count,
  })
  .openapi('Compared', { description: 'The same question about another period.' });

export const LedgerAnswer = z
  .object({
    compared: Compared.optional().openapi({ description: 'Where `compare` was asked for.' }),
    rows: z
      .array(z.object({ group: z.array(z.string()), figures: Figures }))
      .openapi({ description: 'One value per dimension of `by`; an empty string is the unattributed.' }),
    other: Figures.nullable().openapi({ description: 'What the limit cut off, as one group.' }),
    total: Figures,
    of: z.array(z.string()),
    by: z.array(z.string()),
    during: z.object({ text: z.string(), from: instant, to: instant }),
    simulated: z.enum(['exclude', 'include', 'only']),
    currency: z.literal('USD'),
    timeZone: z.string(),
    priceBookVersion: z
      .string()
      .openapi({ description: 'The newest price version among these lines; empty where no line is priced.' }),
    priceVersions: z.array(z.string()),
    asOf: instant,
    asOfMs: count,
    completeUntil: instant.openapi({ description: 'Every call that ended before this is in the answer.' }),
    completeUntilMs: count,
    unpriced: count.openapi({
      description: 'Calls in the span without a price: their cost is not in `cost`.',
    }),
    unpricedCalls: count,
    unattributed: count.openapi({ description: 'Calls in the span without a workflow.' }),
    unattributedCalls: count,
    unattributedCost: money,
    simulatedCalls: count.openapi({
      description: 'Simulated calls in the same span and filter that `exclude` kept out.',
    }),
  })
  .openapi('LedgerAnswer');

export const LedgerLine = z
  .object({
    id: z.string(),
    call: z.string(),
    attempt: z.string(),
    attemptNumber: count,
    kind: z.string(),
    leg: z.string(),
    part: z.string(),
    startedAt: instant,
    durationMs: z.number(),
    firstByteMs: z.number(),
    overheadMicros: z.number(),
    workflow: z.string(),
    team: z.string(),
    customer: z.string(),
    request: z.string(),
    session: z.string(),
    tags: texts,
    key: z.string(),
    provider: z.string(),
    wire: z.string(),
    endpoint: z.string(),
    modelRequested: z.string(),
    model: z.string(),
    modelReturned: z.string(),
    responseId: z.string(),
    stream: z.boolean(),
    status: z.string(),
    httpStatus: count,
    finishReason: z.string(),
    serviceTier: z.string(),
    geo: z.string(),
    simulated: z.boolean(),
    basis: z.string(),
    flag: z.string(),
    inputTokens: count,
    outputTokens: count,
    cost: money.nullable().openapi({ description: 'Null when the line is unpriced.' }),
    providerCost: money.nullable(),
    priceVersion: z.string(),
    rulebookVersion: count,
    compositionBasis: z.string(),
    composition: PartTokens,
    calls: count.openapi({
      description:
        'Calls that the line stands for: many on an aggregated import, negative where it takes back.',
    }),
    account: z.string().openapi({ description: 'The account, project or subscription that pays.' }),
    region: z.string(),
    path: z.string(),
    fingerprint: z.string().openapi({ description: 'Keyed hash of the system prompt.' }),
    attributedBy: z
      .string()
      .openapi({ description: 'Who named the workflow: said, key, rule:<id>@<version>; empty: nobody.' }),
    source: z.string().openapi({ description: 'gateway, telemetry, import, invoice, rule or demo.' }),
    cause: z.string().openapi({ description: 'Why a correction was made; empty for none.' }),
    corrects: z.string().openapi({ description: 'Id of the line that this one corrects; empty for none.' }),
    correction: z
      .string()
      .openapi({ description: 'The decision behind it: a rule, a reconciliation; empty for none.' }),
    forMonth: z
      .string()
      .openapi({ description: 'The closed month that a later correction belongs to; empty for none.' }),
    listCost: money
      .nullable()
      .openapi({ description: 'The cost at list prices; null when the line is unpriced.' }),
    buckets: z.array(
      z.object({
        bucket: z.string(),
        units: count,
        rate: money.nullable().openapi({ description: 'Dollars per million units.' }),
        listRate: money.nullable().openapi({ description: 'The same at list prices.' }),
        cost: money.nullable(),
      }),
    ),
  })
  .openapi('LedgerLine');

export const CallsPage = z
  .object({
    lines: z.array(LedgerLine),
    nextCursor: z.string().nullable(),
    hasMore: z.boolean(),
    currency: z.literal('USD'),
  })
  .openapi('CallsPage');

export const Receipt = z
  .object({
    call: z.string(),
    lines: z.array(LedgerLine),
    currency: z.literal('USD'),
    total: money.openapi({ description: 'Sum of the priced lines.' }),
    unpricedLines: count,
  })
  .openapi('Receipt');

export const Provider = z
  .object({
    name: z.string(),
    dialect: z.enum(['openai', 'anthropic', 'google', 'azure', 'bedrock']),
    baseUrl: z.string(),
    models: z.array(z.string()),
    aliases: texts,
    priceProvider: z.string(),
    simulated: z.boolean(),
    credential: z.enum(['set', 'missing', 'not-needed', 'from-client']),
    serving: z.boolean().openapi({ description: 'Whether the gateway routes to it now.' }),
  })
  .openapi('Provider');
export const GatewayAddress = z
  .object({
    host: z.string().nullable().openapi({
      description: 'Null: it listens on every address, so under any name by which this machine is reached.',
    }),
    port: count,
  })
  .openapi('GatewayAddress');
export const ProviderList = z
  .object({
    gateway: GatewayAddress.nullable().openapi({
      description: 'Where the gateway of these settings listens; null when this API was not told.',
    }),
    providers: z.array(Provider),
  })
  .openapi('ProviderList');

export const Health = z
  .object({
    status: z.enum(['ready', 'not-ready']),
    parts: z.array(z.object({ name: z.string(), ready: z.boolean(), detail: z.string() })),
  })
  .openapi('Health');

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: count,
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })),
    request_id: z.string(),
  })
  .openapi('Problem', { description: 'RFC 9457.' });

export type LedgerAnswer = z.infer<typeof LedgerAnswer>;
export type Figures = z.infer<typeof Figures>;
export type LedgerLine = z.infer<typeof LedgerLine>;
export type CallsPage = z.infer<typeof CallsPage>;
export type Receipt = z.infer<typeof Receipt>;
export type Provider = z.infer<typeof Provider>;
export type GatewayAddress = z.infer<typeof GatewayAddress>;
export type ProviderList = z.infer<typeof ProviderList>;
export type Health = z.infer<typeof Health>;
export type Problem = z.infer<typeof Problem>;
