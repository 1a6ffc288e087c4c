/** `/api/v1/forecasts`: what spend is expected to be, how well such forecasts went, and whether a commitment pays. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import {
  adviseCommitment,
  coverageOf,
  HOURS_A_MONTH,
  MADE_ON_DAY,
  wapeOf,
} from '../../operate/forecast/forecast.ts';
import type { Commitment, CommitmentOption, Judged } from '../../operate/forecast/forecast.ts';
import { moneyText } from '../../units/figures.ts';
import { parsePeriod } from '../../units/period.ts';
import { answering } from '../attributing.ts';
import { API_PREFIX } from '../contract.ts';
import {
  CommitmentAnswer,
  CommitmentQuery,
  Forecast,
  ForecastAccuracy,
  ForecastProgress,
  ForecastQuery,
} from '../contract/forecast.ts';
import type { AccuracyAnswer, CommitmentAdvice } from '../contract/forecast.ts';
import { moneyOf, rounded } from '../forecasting/amounts.ts';
import { answerForecast } from '../forecasting/answer.ts';
import { forecasterOf, readForecastAsk, scopeName, scopeOf, unknownScope } from '../forecasting/asks.ts';
import type { ReadAsk } from '../forecasting/asks.ts';
import { readHours } from '../forecasting/hours.ts';
import type { HoursAsk } from '../forecasting/hours.ts';
import { ledgerFor, signalOf } from '../leaving.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuseFields } from '../problems.ts';
import type { FieldProblem } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const READING = ['bad_request', 'login_needed', 'ledger_unavailable'] as const;
const ACCURACY_TARGET = 0.12;
const MONTH_END_TARGET = 0.1;

export function mountForecasts(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountForecast(app, parts);
  mountProgress(app, parts);
  mountAccuracy(app, parts);
  mountCommitment(app, parts);
}

function mountForecast(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/forecasts`,
    operationId: 'forecast',
    summary: 'Expected spend by day and month from its drivers, with intervals and their measured coverage',
    tags: ['forecast'],
    request: { query: ForecastQuery },
    responses: { 200: jsonOf(Forecast, 'The forecast.'), ...problemsOf(...READING) },
  });
  app.openapi(route, async (context) => {
    const read = readForecastAsk(context.req.valid('query'), parts, signalOf(context));
    if (read.kind === 'problems') return refuseFields(context, read.problems);
    return answering(context, async () => {
      const forecast = await forecasterOf(parts).company(read.value);
      const unknown = unknownScope(context, forecast, read.value.scope);
      return unknown ?? context.json(await answerForecast(parts, read.value, forecast), 200);
    });
  });
}

function mountProgress(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/forecasts/progress`,
    operationId: 'forecastProgress',
    summary: 'How many workflows are done of a forecast that is being made for the same question',
    tags: ['forecast'],
    request: { query: ForecastQuery },
    responses: { 200: jsonOf(ForecastProgress, 'Counted.'), ...problemsOf('bad_request', 'login_needed') },
  });
  app.openapi(route, (context) => {
    const read = readForecastAsk(context.req.valid('query'), parts);
    if (read.kind === 'problems') return refuseFields(context, read.problems);
    const { done = null, of = null } = forecasterOf(parts).progress(read.value) ?? {};
    return context.json({ done, of }, 200);
  });
}

function mountAccuracy(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/forecasts/accuracy`,
    operationId: 'forecastAccuracy',
    summary: 'Forecasts made again as of the past, each from what was known then, against what came',
    tags: ['forecast'],
    request: { query: ForecastQuery.omit({ months: true }) },
    responses: { 200: jsonOf(ForecastAccuracy, 'Error and coverage.'), ...problemsOf(...READING) },
  });
  app.openapi(route, async (context) => {
    const read = readForecastAsk(context.req.valid('query'), parts, signalOf(context));
    if (read.kind === 'problems') return refuseFields(context, read.problems);
    const { scope, level, timeZone, atMs } = read.value;
    return answering(context, async () => {
      const { monthEnd, nextMonth, weeks } = await forecasterOf(parts).accuracy(read.value, scope);
      const body: AccuracyAnswer = {
        sentence: accuracySentence(read.value, { monthEnd, nextMonth }),
        scope: scopeOf(scope),
        level,
        monthEnd: { madeOnDay: MADE_ON_DAY, ...judgementOf(monthEnd, MONTH_END_TARGET) },
        nextMonth: judgementOf(nextMonth, ACCURACY_TARGET),
        weeks: weeks.map(({ of, ...one }) => ({ from: of, ...presentRange(one) })),
        weeksWape: shown(wapeOf(weeks)),
        weeksCoverage: shown(coverageOf(weeks)),
        timeZone,
        asOf: new Date(atMs).toISOString(),
      };
      return context.json(body, 200);
    });
  });
}

function judgementOf(judged: readonly Judged[], target: number): AccuracyAnswer['nextMonth'] {
  return {
    months: judged.map((one) => ({
      month: one.of,
      madeAt: `${one.madeOn}T00:00:00.000Z`,
      ...presentRange(one),
      errorOfForecast: one.point > 0 ? rounded((one.point - one.actual) / one.point, 4) : null,
    })),
    wape: shown(wapeOf(judged)),
    naiveWape: shown(wapeOf(judged, ({ naive }) => naive)),
    coverage: shown(coverageOf(judged)),
    target,
  };
}

function presentRange({ point, low, high, actual }: Omit<Judged, 'of'>) {
  return {
    forecast: moneyOf(point),
    low: moneyOf(low),
    high: moneyOf(high),
    actual: moneyOf(actual),
    error: actual > 0 ? rounded((point - actual) / actual, 4) : null,
    inside: low <= actual && actual <= high,
  };
}

function shown(value: number | null): number | null {
  return value === null ? null : rounded(value, 4);
}

function accuracySentence(
  { scope }: ReadAsk,
  { monthEnd, nextMonth }: { readonly monthEnd: readonly Judged[]; readonly nextMonth: readonly Judged[] },
): string {
  const [late, early] = [wapeOf(monthEnd), wapeOf(nextMonth)];
  if (late === null || early === null)
    return `${scopeName(scope)}: too short a history to judge a forecast of a month; a whole month after four weeks is the least.`;
  const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
  const naive = wapeOf(nextMonth, (one) => one.naive);
  const skill =
    naive === null
      ? ''
      : early < naive
        ? `, where the month before carried on was off by ${percent(naive)}`
        : `: no better than the month before carried on (${percent(naive)})`;
  return `${scopeName(scope)}: made on day ${MADE_ON_DAY}, a month's end was off by ${percent(late)} over ${monthEnd.length} months; made before it began, a month was off by ${percent(early)}${skill}.`;
}

function mountCommitment(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/forecasts/commitment`,
    operationId: 'adviseCommitment',
    summary: 'Whether throughput paid by the hour pays, from the distribution of hourly demand, with regret',
    tags: ['forecast'],
    request: { query: CommitmentQuery },
    responses: { 200: jsonOf(CommitmentAnswer, 'The advice.'), ...problemsOf(...READING) },
  });
  app.openapi(route, async (context) => {
    const words = context.req.valid('query');
    const read = readHoursAsk(words, parts);
    if (Array.isArray(read)) return refuseFields(context, read);
    return answering(context, async () => {
      const demand = await readHours(ledgerFor(parts, context), read);
      if (demand.tokens === 0)
        return refuseFields(context, [
          { path: 'model', message: `the ledger has no priced call of "${words.model}" in that time` },
        ]);
      const advice = adviseCommitment({
        hours: demand.hours,
        unitTokens: Number(words.unitTokensPerHour),
        unitPrice: Number(words.unitPricePerHour),
        tokenPrice: demand.cost / demand.tokens,
        minimumUnits: Number(words.minimumUnits ?? 1),
        increment: Number(words.increment ?? 1),
      });
      const around = { model: words.model, hours: demand.hours.length, timeZone: read.timeZone };
      return context.json(presentAdvice(advice, { ...around, asOf: new Date(read.atMs).toISOString() }), 200);
    });
  });
}

function readHoursAsk(
  words: { readonly [name: string]: string | undefined },
  parts: ApiParts,
): HoursAsk | FieldProblem[] {
  const problems: FieldProblem[] = [];
  const number = (name: string, least: number, absent: number): number => {
    const value = words[name] === undefined ? absent : Number(words[name]);
    if (!Number.isFinite(value) || value < least)
      problems.push({ path: name, message: `a number of at least ${least}` });
    return value;
  };
  number('unitTokensPerHour', 1, Number.NaN);
  number('unitPricePerHour', 0, Number.NaN);
  number('minimumUnits', 1, 1);
  number('increment', 1, 1);
  const days = number('days', 1, 28);
  if (days > 366) problems.push({ path: 'days', message: 'at most 366' });
  const { model = '', provider, workflow, timeZone = parts.timeZone } = words;
  if (problems.length > 0) return problems;
  const atMs = parts.now();
  try {
    const during = parsePeriod(`${Math.floor(days)}d`, { nowMs: atMs, timeZone });
    return { model, provider, workflow, during, atMs, timeZone };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [{ path: 'timeZone', message: error.message }];
  }
}

function presentAdvice(
  { breakEven, goingPerUnit, best, options, demand }: Commitment,
  around: {
    readonly model: string;
    readonly hours: number;
    readonly timeZone: string;
    readonly asOf: string;
  },
): CommitmentAdvice {
  const option = ({
    units,
    costPerHour,
    saving,
    utilisation,
    spill,
    regretLow,
    regretHigh,
  }: CommitmentOption) => ({
    units,
    costPerHour: moneyOf(costPerHour),
    saving: moneyOf(saving),
    utilisation: shown(utilisation),
    spill: rounded(spill, 4),
    regretLow: moneyOf(regretLow),
    regretHigh: moneyOf(regretHigh),
  });
  const { regretLow: _low, regretHigh: _high, ...chosen } = option(best);
  return {
    sentence: adviceSentence({ breakEven, best }, around.model),
    ...around,
    breakEvenUtilisation: shown(breakEven),
    payAsYouGoPerUnitHour: moneyOf(goingPerUnit),
    best: chosen,
    options: options.map(option),
    demand: {
      mean: rounded(demand.mean, 0),
      p10: rounded(demand.p10, 0),
      p50: rounded(demand.p50, 0),
      p90: rounded(demand.p90, 0),
      max: rounded(demand.max, 0),
    },
    basis: 'estimated',
    currency: 'USD',
  };
}

function adviceSentence({ breakEven, best }: Pick<Commitment, 'breakEven' | 'best'>, model: string): string {
  const even = breakEven === null ? '' : ` A unit pays from ${Math.round(breakEven * 100)} % of use on`;
  if (breakEven !== null && breakEven > 1)
    return `${model}: a unit costs more than all the tokens that it could serve, so it pays at no load.${even}.`;
  if (best.units === 0) return `${model}: demand is too low or too uneven for a unit to pay.${even}.`;
  const saving = moneyText(moneyOf(best.saving));
  return `${model}: ${best.units} units save ${saving} in a month of ${HOURS_A_MONTH} hours, ${Math.round((best.utilisation ?? 0) * 100)} % used.${even}.`;
}
