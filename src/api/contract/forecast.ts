/** The forecast in the API: expected spend by driver, how well such forecasts went, commitments. */
import { z } from '@hono/zod-openapi';

import { count, instant, money, timeZone } from './words.ts';

export const date = z
  .string()
  .openapi({ description: 'A day of the reporting time zone.', example: '2026-12-01' });
export const month = z.string().openapi({ example: '2026-12' });
export const unknowable = money.nullable().openapi({ description: 'Null: not known.' });
export const ratio = z
  .number()
  .nullable()
  .openapi({ description: '0.1 is 10 %; null: too little to judge.' });

const METHODS = ['seasonal-naive', 'ets', 'theta', 'multi-season', 'combination', 'pooled'] as const;
const DRIVERS = ['calls', 'actions', 'fanOut', 'inputTokens', 'outputTokens', 'cachedShare', 'rate'] as const;

export const scope = {
  workflow: z.string().max(256).optional().openapi({ description: 'One workflow; empty: the unattributed.' }),
  team: z.string().max(256).optional().openapi({ description: 'One team. Neither: the organisation.' }),
};
const levelWords = 'Share that intervals shall hold, 0.5 to 0.99. Default: 0.8.';

export const ForecastQuery = z.strictObject({
  ...scope,
  timeZone,
  months: z.string().max(3).optional().openapi({
    description: 'Calendar months ahead beside the one under way, 1 to 12. Default: 3.',
    example: '3',
  }),
  asOf: z.string().max(40).optional().openapi({
    description:
      'A date or instant of the past: the forecast as it would have been made then, from nothing later.',
  }),
  level: z.string().max(5).optional().openapi({ description: levelWords, example: '0.8' }),
});

export const ForecastScope = z
  .object({ kind: z.enum(['organisation', 'team', 'workflow']), name: z.string() })
  .openapi('ForecastScope');

export const ForecastBacktest = z
  .object({
    folds: count,
    horizonDays: count,
    wape: ratio,
    naiveWape: ratio,
    mase: ratio,
    naiveMase: ratio,
    coverage: ratio.openapi({ description: 'Share of held-out days inside the interval made before them.' }),
    judged: count.openapi({ description: 'Held-out days that coverage is measured on.' }),
  })
  .openapi('ForecastBacktest');
export type BacktestOfForecast = z.infer<typeof ForecastBacktest>;

const skill = z.enum(['better', 'none', 'unknown']).openapi({
  description: 'Against seasonal naive: better; none: it is used and said; unknown: too short to judge.',
});

export const DriverModel = z
  .object({
    model: z.string(),
    share: z.number(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    cachedShare: z.number(),
    inputRate: z.number(),
    cachedRate: z.number(),
    outputRate: z.number(),
    otherPerCall: z.number(),
  })
  .openapi('DriverModel', { description: 'Per call; rates in dollars per million tokens, as paid.' });

export const ForecastBaseLine = z
  .object({
    workflow: z.string(),
    team: z.string(),
    months: z
      .array(
        z.object({
          month,
          drivers: z.object({
            calls: z.number(),
            actions: z.number().nullable(),
            models: z.array(DriverModel).readonly(),
            parts: z
              .record(z.string(), z.number())
              .optional()
              .openapi({ description: 'Shares of the input by composition part, estimated.' }),
          }),
          days: z.array(z.object({ date, share: z.number() })).readonly(),
          part: z.number(),
          spent: z.number(),
        }),
      )
      .readonly(),
  })
  .openapi('ForecastBaseLine', {
    description: 'What a scenario starts from; the browser works scenarios out from it by itself.',
  });

export const ForecastSpread = z
  .object({
    drivers: z.array(z.enum(['calls', 'context', 'rate'])).readonly(),
    months: z.array(z.object({ month, deviations: z.array(z.number()).readonly() })).readonly(),
    correlation: z.array(z.array(z.number()).readonly()).readonly(),
    between: z.number(),
  })
  .openapi('ForecastSpread', {
    description:
      'How far drivers were off in the back-test: standard deviations of log(actual ÷ forecast) by month, how the drivers go together, and (`between`) how the calls of different workflows do.',
  });

export const ForecastHeadline = z
  .object({
    calls: z.number(),
    actions: z.number().nullable(),
    fanOut: z.number().nullable(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    tokensPerCall: z.number(),
    cachedShare: z.number(),
    rate: z.number().openapi({ description: 'Dollars per 1K tokens, input and output together.' }),
  })
  .openapi('ForecastHeadline');

export const monthState = z.enum(['ended', 'under-way', 'ahead']);
export const ForecastMonth = z
  .object({
    month,
    state: monthState,
    spent: money.openapi({ description: 'In the ledger so far.' }),
    ahead: money.openapi({ description: 'Expected of the days that are left.' }),
    total: money,
    low: money,
    high: money,
    budget: unknowable.openapi({ description: 'Of a budget in money by month on this very scope.' }),
    plan: unknowable.openapi({ description: 'Of the plan that was locked for it.' }),
    headline: ForecastHeadline,
  })
  .openapi('ForecastMonth');
export type MonthOfForecast = z.infer<typeof ForecastMonth>;

export const ForecastDriver = z
  .object({
    driver: z.enum(DRIVERS),
    basis: z.enum(['measured', 'estimated', 'unknown']),
    now: z
      .number()
      .nullable()
      .openapi({ description: 'Mean of the last 28 days; calls and actions per day.' }),
    history: z.array(z.object({ date, value: z.number().nullable() })),
    ahead: z.array(z.object({ date, value: z.number(), low: z.number(), high: z.number() })),
    method: z.enum(METHODS).nullable(),
    skill,
    backtest: ForecastBacktest.nullable(),
    tried: z.array(z.object({ method: z.enum(METHODS), wape: z.number() })),
    shifts: z.array(z.object({ date, factor: z.number(), found: z.boolean(), name: z.string() })),
    setAside: z.array(z.object({ date, value: z.number(), expected: z.number() })),
    sentence: z.string(),
  })
  .openapi('ForecastDriver');
export type DriverOfForecast = z.infer<typeof ForecastDriver>;

export const ForecastGroup = z
  .object({
    workflow: z.string(),
    team: z.string(),
    months: z.array(z.object({ month, total: money, low: money, high: money })),
    skill,
    method: z.enum(METHODS),
    wape: ratio,
    coverage: ratio,
    historyDays: count,
  })
  .openapi('ForecastGroup');

export const Forecast = z
  .object({
    sentence: z.string(),
    scope: ForecastScope,
    level: z.number(),
    history: z.array(z.object({ date, cost: money, calls: count })),
    days: z.array(z.object({ date, cost: money, low: money, high: money })),
    months: z.array(ForecastMonth),
    groups: z
      .array(ForecastGroup)
      .openapi({ description: 'Workflows in scope; their months sum to the months.' }),
    drivers: z.array(ForecastDriver),
    backtest: ForecastBacktest,
    skill,
    notes: z.array(z.string()).openapi({
      description:
        'What a reader must know: no skill, short histories, price changes taken in, unpriced calls.',
    }),
    base: z.array(ForecastBaseLine),
    spread: ForecastSpread,
    currency: z.literal('USD'),
    timeZone: z.string(),
    priceVersions: z.array(z.string()),
    unpriced: count,
    asOf: instant,
    completeUntil: instant,
    madeFrom: z.object({ from: instant, to: instant }).openapi({ description: 'The history that was read.' }),
  })
  .openapi('Forecast');
export type ForecastAnswer = z.infer<typeof Forecast>;

const workflowsOfForecast = count.nullable().openapi({
  description:
    'Null: no such forecast is being made, or its history is still read. It may be done, or nobody asked.',
});
/** While the same question to `/forecasts` is under way. */
export const ForecastProgress = z
  .object({ done: workflowsOfForecast, of: workflowsOfForecast })
  .openapi('ForecastProgress', { description: 'Workflows, counted.' });
export type ForecastProgress = z.infer<typeof ForecastProgress>;

const judgedMonth = z.object({
  month,
  madeAt: instant,
  forecast: money,
  low: money,
  high: money,
  actual: money,
  error: z.number().nullable().openapi({ description: '(forecast − actual) ÷ actual.' }),
  errorOfForecast: z
    .number()
    .nullable()
    .openapi({ description: '(forecast − actual) ÷ forecast, as FinOps counts it.' }),
  inside: z.boolean(),
});
const judgement = z.object({
  months: z.array(judgedMonth),
  wape: ratio,
  naiveWape: ratio.openapi({ description: 'Of the same months as the last whole month carried on.' }),
  coverage: ratio,
  target: z.number(),
});
export const ForecastAccuracy = z
  .object({
    sentence: z.string(),
    scope: ForecastScope,
    level: z.number(),
    monthEnd: judgement.extend({ madeOnDay: count }),
    nextMonth: judgement,
    weeks: z.array(
      z.object({
        from: date,
        forecast: money,
        low: money,
        high: money,
        actual: money,
        error: z.number().nullable(),
        inside: z.boolean(),
      }),
    ),
    weeksWape: ratio,
    weeksCoverage: ratio,
    timeZone: z.string(),
    asOf: instant,
  })
  .openapi('ForecastAccuracy', {
    description: 'Forecasts made again as of the past, each from what was known then, against what came.',
  });
export type AccuracyAnswer = z.infer<typeof ForecastAccuracy>;

export const HoursQuery = z.strictObject({
  ...scope,
  days: z.string().max(2).optional().openapi({ description: 'Days ahead, 1 to 14. Default: 7.' }),
  level: z.string().max(5).optional().openapi({ description: levelWords }),
});
const hourRange = z.object({ value: z.number(), low: z.number(), high: z.number() });
export const ForecastHours = z
  .object({
    sentence: z.string(),
    scope: ForecastScope,
    level: z.number(),
    history: z
      .array(z.object({ hour: instant, calls: count, cost: money }))
      .openapi({ description: 'The last two weeks.' }),
    hours: z.array(
      z.object({
        hour: instant,
        calls: hourRange,
        tokensPerCall: z.number(),
        rate: z.number(),
        cost: money,
        low: money,
        high: money,
      }),
    ),
    drivers: z.array(
      z.object({ driver: z.enum(DRIVERS), method: z.enum(METHODS), skill, backtest: ForecastBacktest }),
    ),
    wape: ratio,
    coverage: ratio,
    judged: count,
    currency: z.literal('USD'),
    asOf: instant,
  })
  .openapi('ForecastHours', { description: 'Hours of UTC; `horizonDays` of their back-tests counts hours.' });
export type HoursAnswer = z.infer<typeof ForecastHours>;

export const CommitmentQuery = z.strictObject({
  model: z.string().max(256).openapi({ description: 'The model that the throughput would serve.' }),
  provider: z.string().max(256).optional(),
  workflow: z.string().max(256).optional(),
  unitTokensPerHour: z.string().max(20).openapi({ description: 'Tokens an hour that one unit serves.' }),
  unitPricePerHour: z
    .string()
    .max(40)
    .openapi({ description: 'Dollars an hour that one unit costs, used or not.' }),
  minimumUnits: z.string().max(10).optional(),
  increment: z.string().max(10).optional(),
  days: z
    .string()
    .max(4)
    .optional()
    .openapi({ description: 'Days of hourly demand that are read. Default: 28.' }),
  timeZone,
});
export const CommitmentAnswer = z
  .object({
    sentence: z.string(),
    model: z.string(),
    breakEvenUtilisation: ratio.openapi({
      description: 'Price of a unit ÷ what its tokens cost as they go; above 1 it never pays.',
    }),
    payAsYouGoPerUnitHour: unknowable,
    best: z.object({ units: count, costPerHour: money, saving: money, utilisation: ratio, spill: ratio }),
    options: z.array(
      z.object({
        units: count,
        costPerHour: money,
        saving: money.openapi({ description: 'A month of 730 hours against paying as it goes.' }),
        utilisation: ratio,
        spill: ratio.openapi({ description: 'Share of tokens beyond the units, paid as they go.' }),
        regretLow: money.openapi({
          description: 'A month, if demand is at its P10, against the best choice for that.',
        }),
        regretHigh: money,
      }),
    ),
    hours: count,
    demand: z.object({
      mean: z.number(),
      p10: z.number(),
      p50: z.number(),
      p90: z.number(),
      max: z.number(),
    }),
    basis: z.literal('estimated'),
    currency: z.literal('USD'),
    timeZone: z.string(),
    asOf: instant,
  })
  .openapi('CommitmentAdvice');
export type CommitmentAdvice = z.infer<typeof CommitmentAnswer>;
