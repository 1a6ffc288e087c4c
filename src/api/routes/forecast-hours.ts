/** `GET /api/v1/forecasts/hours`: the next days by the hour, from eight weeks of hours. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { forecastHours } from '../../operate/forecast/forecast.ts';
import type { Hourly } from '../../operate/forecast/forecast.ts';
import { moneyText } from '../../units/figures.ts';
import { answering } from '../attributing.ts';
import { API_PREFIX } from '../contract.ts';
import { ForecastHours, HoursQuery } from '../contract/forecast.ts';
import type { HoursAnswer } from '../contract/forecast.ts';
import { moneyOf, rounded } from '../forecasting/amounts.ts';
import { readForecastAsk, scopeName, scopeOf } from '../forecasting/asks.ts';
import type { ReadAsk } from '../forecasting/asks.ts';
import { presentBacktest } from '../forecasting/drivers.ts';
import { conditionsOf } from '../forecasting/months.ts';
import { ledgerFor } from '../leaving.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const HISTORY_HOURS = 14 * 24;
const MOST_DAYS = 14;

export function mountForecastHours(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/forecasts/hours`,
    operationId: 'forecastHours',
    summary:
      'The next days by the hour: calls, tokens per call, rate and cost, with intervals and what such intervals held',
    tags: ['forecast'],
    request: { query: HoursQuery },
    responses: {
      200: jsonOf(ForecastHours, 'Hours of UTC.'),
      ...problemsOf('bad_request', 'login_needed', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    const { days = '7', ...words } = context.req.valid('query');
    const read = readForecastAsk(words, parts);
    if (read.kind === 'problems') return refuseFields(context, read.problems);
    const count = Number(days);
    if (!Number.isInteger(count) || count < 1 || count > MOST_DAYS)
      return refuseFields(context, [{ path: 'days', message: `a whole number of days, 1 to ${MOST_DAYS}` }]);
    const { scope, atMs, level } = read.value;
    return answering(context, async () => {
      const ask = { atMs, hours: count * 24, where: conditionsOf(scope), level };
      const hourly = await forecastHours(ledgerFor(parts, context), ask);
      if (hourly === undefined)
        return refuseFields(context, [
          { path: 'workflow', message: 'the ledger has no call of the last eight weeks to forecast from' },
        ]);
      return context.json(present(read.value, hourly), 200);
    });
  });
}

function present(ask: ReadAsk, { history, ahead, drivers, judged }: Hourly): HoursAnswer {
  const hour = (ms: number): string => new Date(ms).toISOString();
  return {
    sentence: sentenceOf(ask, ahead),
    scope: scopeOf(ask.scope),
    level: ask.level,
    history: history.slice(-HISTORY_HOURS).map((one) => ({
      hour: hour(one.startMs),
      calls: one.calls,
      cost: moneyOf(one.cost),
    })),
    hours: ahead.map(({ startMs, calls, tokensPerCall, rate, cost }) => ({
      hour: hour(startMs),
      calls: { value: rounded(calls.point, 1), low: rounded(calls.low, 1), high: rounded(calls.high, 1) },
      tokensPerCall: rounded(tokensPerCall, 1),
      rate: rounded(rate, 8),
      cost: moneyOf(cost.point),
      low: moneyOf(cost.low),
      high: moneyOf(cost.high),
    })),
    drivers: (['calls', 'inputTokens', 'outputTokens', 'rate'] as const).map((driver) => ({
      driver,
      method: drivers[driver].method,
      skill: drivers[driver].skill,
      backtest: presentBacktest(drivers[driver]),
    })),
    wape: judged.wape,
    coverage: judged.coverage,
    judged: judged.judged,
    currency: 'USD',
    asOf: hour(ask.atMs),
  };
}

function sentenceOf({ scope }: ReadAsk, ahead: Hourly['ahead']): string {
  const total = ahead.reduce((sum, { cost }) => sum + cost.point, 0);
  const peak = ahead.reduce((most, one) => (one.cost.point > most.cost.point ? one : most));
  const when = new Date(peak.startMs).toISOString().slice(0, 16).replace('T', ' ');
  const days = ahead.length / 24;
  return `${scopeName(scope)}: ${moneyText(moneyOf(total))} over the next ${days === 1 ? 'day' : `${days} days`}, most in the hour from ${when} UTC (${moneyText(moneyOf(peak.cost.point))}).`;
}
