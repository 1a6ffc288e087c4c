/** Settings of what happens when providers, disks or this machine fail: their shapes, their defaults, what they must mean. */
import { z } from 'zod';

import { DEFAULT_BREAKER, DEFAULT_OVERLOAD, DEFAULT_RETRIES, splitTarget } from '../rulebook/rulebook.ts';
import type { BreakerRule, OverloadRule, RetryRule } from '../rulebook/rulebook.ts';
import type { SettingProblem } from './problems.ts';

export const durabilitySchema = z
  .enum(['default', 'strict'])
  .describe(
    'strict: a request leaves, and an answer ends, only behind an fdatasync, so a power cut takes no acknowledged call',
  );

const MOST_RETRIES = 5;
const most = z.number().int().min(0).max(MOST_RETRIES);

export const providerResilienceShape = {
  retries: z
    .union(
      [most, z.strictObject({ most: most.optional(), deadlineMs: z.number().int().positive().optional() })],
      {
        error: `write how often a failed call is sent again, 0 to ${MOST_RETRIES}, or {most: 1, deadlineMs: 3000}`,
      },
    )
    .optional(),
  breaker: z
    .strictObject({
      failures: z.number().int().min(0).max(10_000).describe('in a row; 0: never opens').optional(),
      pauseMs: z.number().int().min(100).max(60_000).optional(),
    })
    .optional(),
  fallbacks: z
    .record(z.string().min(1), z.array(z.string().min(1)).min(1).max(4))
    .describe('model or pattern → provider or provider/model to ask when this one fails')
    .optional(),
};

const share = z.number().gt(0).max(1);
const amount = z.number().int().positive();

export const overloadSchema = z
  .strictObject({
    enabled: z.boolean().optional(),
    closeBusy: share.optional(),
    closeMemory: share.optional(),
    shedBusy: share.optional(),
    shedLoopDelayMs: amount.optional(),
    shedMemory: share.optional(),
    shedSyncLagMs: amount.optional(),
    shedSpool: share.optional(),
    memoryBytes: amount
      .describe('of one gateway worker; otherwise what the container or machine has')
      .optional(),
  })
  .describe('when a gateway worker refuses new calls so that those under way are served');

/** What a provider's entry says about its failures, as the gateway reads it. */
export interface ProviderResilience {
  readonly retries?: RetryRule;
  readonly breaker?: BreakerRule;
  readonly fallbacks?: Readonly<Record<string, readonly string[]>>;
}

interface ResilienceFile {
  readonly retries?: number | { most?: number | undefined; deadlineMs?: number | undefined } | undefined;
  readonly breaker?: { failures?: number | undefined; pauseMs?: number | undefined } | undefined;
  readonly fallbacks?: Readonly<Record<string, readonly string[]>> | undefined;
}

export function fillInResilience({ retries, breaker, fallbacks }: ResilienceFile): ProviderResilience {
  const said = typeof retries === 'number' ? { most: retries } : retries;
  return {
    ...(said !== undefined && {
      retries: {
        most: said.most ?? DEFAULT_RETRIES.most,
        deadlineMs: said.deadlineMs ?? DEFAULT_RETRIES.deadlineMs,
      },
    }),
    ...(breaker !== undefined && {
      breaker: {
        failures: breaker.failures ?? DEFAULT_BREAKER.failures,
        pauseMs: breaker.pauseMs ?? DEFAULT_BREAKER.pauseMs,
      },
    }),
    ...(fallbacks !== undefined && { fallbacks }),
  };
}

export function fillInOverload(file: z.infer<typeof overloadSchema> | undefined): OverloadRule {
  return { ...DEFAULT_OVERLOAD, ...file } as OverloadRule;
}

interface NamedProvider {
  readonly name: string;
  readonly dialect: string;
  readonly fallbacks?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** A fallback that does not exist, or speaks another API, would be found out in the outage that it is there for. */
export function fallbackProblems(providers: readonly NamedProvider[]): SettingProblem[] {
  return providers.flatMap(({ dialect, fallbacks = {} }, index) =>
    Object.entries(fallbacks).flatMap(([pattern, targets]) =>
      targets.flatMap((target) => {
        const [name] = splitTarget(target);
        if (providers.some((one) => one.name === name && one.dialect === dialect)) return [];
        return [
          {
            path: `providers[${index}].fallbacks.${pattern}`,
            message: `"${name}" is no provider of the ${dialect} dialect in this file; name one, or name one with a model as provider/model`,
          },
        ];
      }),
    ),
  );
}
