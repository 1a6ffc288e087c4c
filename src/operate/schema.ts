/** The shape of `setpoint.yaml`, as a schema: every field may be absent, no field may be unknown. */
import { z } from 'zod';

import { grantProblem } from '../gateway/egress/addresses.ts';
import { DIALECTS } from '../rulebook/rulebook.ts';
import { isTimeZone } from '../units/period.ts';
import { budgetSetting } from './budget-settings.ts';
import { PRESET_NAMES } from './presets.ts';
import { durabilitySchema, overloadSchema, providerResilienceShape } from './resilience.ts';

const decimal = z
  .union([z.string(), z.number().transform(String)])
  .describe('decimal dollars per million units; quote it to keep every digit');
const name = z
  .string()
  .min(1)
  .max(64)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'use letters, digits, ".", "_" and "-", beginning with a letter or digit',
  );
const date = z.string();
const timeScale = z.number().min(0).max(1_000);

const listen = z
  .string()
  .refine((text) => parseListen(text) !== undefined, 'write host:port, for example 127.0.0.1:4000');

const env = z.strictObject({ env: z.string().min(1) });
const file = z.strictObject({ file: z.string().min(1) });
const keyPart = z.union([env, file], { error: 'write {env: NAME} or {file: PATH}' });

const providerKey = z.union(
  [
    z.literal('none'),
    env,
    file,
    z.strictObject({
      accessKeyId: keyPart,
      secretAccessKey: keyPart,
      sessionToken: keyPart.optional(),
    }),
  ],
  {
    error:
      'write none, or a place where the key is: {env: NAME} or {file: PATH}, for AWS {accessKeyId, secretAccessKey} with a place each; a key itself never stands in this file',
  },
);

const allowPrivate = z
  .array(
    z.string().superRefine((text, context) => {
      const problem = grantProblem(text);
      if (problem !== '') context.addIssue({ code: 'custom', message: problem });
    }),
  )
  .max(16, 'names too many ranges: at most 16')
  .describe('private addresses that may be called: ranges such as 10.1.0.0/16, or loopback');

const headerName = z.string().regex(/^[A-Za-z0-9-]+$/, 'is no header name');

const provider = z.strictObject({
  name: name
    .refine((text) => text !== 'simulator', 'this name is taken by the built-in simulator')
    .optional()
    .describe('the name of its preset, unless it has one of its own'),
  preset: z.enum(PRESET_NAMES).optional(),
  dialect: z.enum(DIALECTS).optional(),
  baseUrl: z
    .string()
    .refine(
      isBaseUrl,
      'write an http(s) address with the version and without credentials or query, for example https://api.openai.com/v1',
    )
    .optional(),
  key: providerKey.optional(),
  models: z.array(z.string().min(1)).optional(),
  aliases: z.record(z.string(), z.string().min(1)).optional(),
  priceProvider: z.string().min(1).optional(),
  onClientGone: z.enum(['drain', 'cancel']).optional(),
  streamUsage: z.enum(['ask', 'never']).optional(),
  headers: z.record(headerName, z.string().regex(/^[^\r\n]*$/, 'must be one line')).optional(),
  keyHeader: headerName.optional(),
  account: z.string().min(1).max(256).optional(),
  region: z.string().min(1).max(64).optional(),
  allowPrivate: allowPrivate.optional(),
  deployments: z
    .record(
      z.string().min(1),
      z.strictObject({
        model: z.string().min(1).optional(),
        mode: z.enum(['standard', 'provisioned']).optional(),
      }),
    )
    .optional()
    .describe('what Azure deployments and Bedrock ARNs run, and how they are paid'),
  ...providerResilienceShape,
});

const override = z.strictObject({
  provider: z.string().min(1),
  model: z.string().min(1),
  tier: z.string().optional(),
  from: date.optional(),
  until: date.optional(),
  rates: z.record(z.string(), decimal).optional(),
  tierThresholdTokens: z.number().int().nonnegative().optional(),
  multiplier: decimal.optional(),
  note: z.string().optional(),
  team: z.string().min(1).optional(),
  account: z.string().min(1).optional(),
  region: z.string().min(1).optional(),
  kind: z.literal('list').optional(),
});

const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
]);

const amount = z.number().int().positive();

export const settingsSchema = z.strictObject({
  $schema: z.string().optional(),
  gateway: z
    .strictObject({
      listen: listen.optional(),
      workers: z.number().int().min(1).max(256).optional(),
      passThroughKeys: z.boolean().optional(),
      durability: durabilitySchema.optional(),
      stop: z
        .strictObject({
          noticeMs: z.number().int().min(0).max(600_000).optional(),
          finishMs: z.number().int().min(0).max(86_400_000).optional(),
        })
        .optional(),
    })
    .optional(),
  api: z
    .strictObject({
      listen: listen.optional(),
      allowedHosts: z.array(z.string().regex(/^[A-Za-z0-9.-]+$/, 'is a host name without a port')).optional(),
    })
    .optional(),
  data: z.string().min(1).optional(),
  sharedState: z
    .strictObject({
      url: z
        .string()
        .refine(
          isRedisUrl,
          'write redis://host:6379 (or rediss://, with a user and a database number if there are any) without a password; where the password is, sharedState.password says',
        ),
      password: keyPart.optional().describe('the place of the password; absent: none is sent'),
    })
    .optional()
    .describe('Redis, where gateways on several machines spend the same budgets; absent: one machine'),
  timeZone: z.string().refine(isTimeZone, 'is no IANA time zone; write for example Europe/Zurich').optional(),
  providers: z.array(provider).optional(),
  workflows: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(128),
        team: z.string().max(128).optional(),
        retrievalDelimiters: z.array(z.tuple([z.string().min(1), z.string().min(1)])).optional(),
      }),
    )
    .optional(),
  prices: z.strictObject({ overrides: z.array(override).optional() }).optional(),
  budgets: z.array(budgetSetting).optional(),
  telemetry: z
    .strictObject({
      export: z
        .strictObject({
          endpoint: z
            .string()
            .refine(
              isBaseUrl,
              'write the collector’s OTLP/HTTP address without /v1/traces, for example http://127.0.0.1:4318',
            ),
          signals: z
            .array(z.enum(['traces', 'metrics']))
            .min(1)
            .optional(),
          allowPrivate: allowPrivate.optional(),
          headers: z
            .record(
              z.string().regex(/^[A-Za-z0-9-]+$/, 'is no header name'),
              z.union([
                z.strictObject({ env: z.string().min(1) }),
                z.strictObject({ file: z.string().min(1) }),
              ]),
            )
            .describe('places of the values, since most are credentials')
            .optional(),
        })
        .optional(),
    })
    .optional(),
  secrets: z
    .strictObject({
      masterKey: z
        .union([env, file, z.strictObject({ command: z.array(z.string().min(1)).min(1).max(64) })], {
          error:
            'write a place where the master key is: {env: NAME}, {file: PATH}, or {command: [program, argument, …]} whose output is the key; the key itself never stands in this file',
        })
        .optional()
        .describe('the command is run by control, as it stands and without a shell'),
    })
    .optional(),
  attribution: z
    .strictObject({
      headers: z
        .array(
          z
            .string()
            .regex(/^[A-Za-z0-9-]{1,64}$/, 'is no header name')
            .refine(
              (text) => !CREDENTIAL_HEADERS.has(text.toLowerCase()),
              'holds a credential, which is never kept; name another header',
            ),
        )
        .max(16, 'names too many headers: at most 16 are kept of each call')
        .describe('headers that are kept as tags header.<name>, so that rules can look at them')
        .optional(),
    })
    .optional(),
  limits: z
    .strictObject({
      bodyBytes: amount.optional(),
      uploadBytes: amount.optional(),
      jsonDepth: amount.max(512, 'is more than programs can walk: at most 512').optional(),
      jsonKeys: amount.optional(),
      messages: amount.optional(),
      tagCount: amount.optional(),
      tagLength: amount.optional(),
      upstreamHeadersMs: amount.optional(),
      upstreamIdleMs: amount.optional(),
      upstreamConnectMs: amount.optional(),
      connections: amount.optional(),
      clientBodyMs: amount.optional(),
      clientSendBytesPerSecond: amount.optional(),
      clientStallMs: amount.optional(),
      clientReadBytesPerSecond: amount.optional(),
      drainMs: amount.optional(),
      drainsAtOnce: amount.optional(),
      unstatedOutputTokens: amount.optional(),
      budgetWaitMs: amount.optional(),
    })
    .optional(),
  overload: overloadSchema.optional(),
  demo: z
    .strictObject({
      seed: z
        .string()
        .regex(/^[\w.-]{1,40}$/, 'must be 1 to 40 letters, digits, dots, dashes')
        .optional(),
      now: z
        .string()
        .refine(
          (text) => /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text) && !Number.isNaN(Date.parse(text)),
          'is no instant in UTC; write for example 2026-11-25T16:00:00Z',
        )
        .optional(),
    })
    .optional(),
  simulator: z
    .strictObject({
      enabled: z.enum(['auto', 'always', 'never']).optional(),
      listen: listen.optional(),
      timeScale: timeScale.optional(),
      replay: z
        .strictObject({
          file: z.string().min(1),
          promptColumn: z.string().min(1),
          models: z
            .record(z.string(), z.string().min(1))
            .describe('model name → the column that holds its answers'),
        })
        .optional(),
    })
    .optional(),
});

export type SettingsFile = z.infer<typeof settingsSchema>;
export type ProviderFile = z.infer<typeof provider>;

/** Where a server listens. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, `[::1]:port`; undefined when it is neither. */
export function parseListen(text: string): Listen | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** Whether only this machine can reach a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, password, pathname, search, hash } = new URL(text);
  const plain = password === '' && search === '' && hash === '' && hostname !== '';
  return /^rediss?:$/.test(protocol) && plain && /^(\/\d{0,3})?$/.test(pathname);
}

function isBaseUrl(text: string): boolean {
  // As written, not only as parsed: `http:/host`, `http:///host` and backslashes name a host that nobody sees.
  if (!/^https?:\/\/[^/\\@\s]+(\/[^\\\s]*)?$/i.test(text) || !URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '' && search === '' && hash === '';
}
