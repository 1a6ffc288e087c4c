import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { askApi, fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import { COMPANY, forecastAnswer } from '../../test/fakes/forecast-ledger.ts';
import { EMPTY_ANSWER, fakeLedger } from '../../test/fakes/ledger.ts';
import { readBudgetDraft } from '../budgets/budgets.ts';
import { openRegistry } from '../registry/registry.ts';
import { formatDollars, parseDollars } from '../units/money.ts';
import { CommitmentAnswer, Forecast, ForecastAccuracy, ForecastHours } from './contract/forecast.ts';
import { Plan, PlanAccuracy, PlanList, ScenarioProjections } from './contract/plans.ts';
import { Problem } from './contract.ts';

async function open(parts: Parameters<typeof fakeApi>[0] & { readonly nowMs?: number } = {}) {
  const { nowMs = NOW_MS, ...rest } = parts;
  const ledger = fakeLedger({ answer: (question) => forecastAnswer(question, { nowMs }) });
  const fake = await fakeApi({ ledger, now: () => nowMs, ...rest });
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await askApi(fake, path, { method, body });
    return { status: response.status, body: await response.json() };
  };
  return { get: (path: string) => send('GET', path), send };
}

const sum = (amounts: readonly string[]): string =>
  formatDollars(amounts.reduce((all, one) => all + parseDollars(one), 0n));

describe('GET /api/v1/forecasts', () => {
  it('carries a company that does not change on as it is, and all parts add up to the picodollar', async () => {
    const { get } = await open();
    const answer = Forecast.parse((await get('/forecasts?months=2')).body);
    expect(answer.months.map(({ month, state }) => [month, state])).toEqual([
      ['2026-03', 'under-way'],
      ['2026-04', 'ahead'],
      ['2026-05', 'ahead'],
    ]);
    for (const [at, month] of answer.months.entries()) {
      expect(sum([month.spent, month.ahead])).toBe(month.total);
      expect(sum(answer.groups.map(({ months }) => months[at]!.total))).toBe(month.total);
    }
    // 22 working days and 8 of weekends in April, at known costs a call.
    const april = COMPANY.reduce((all, one) => all + (one.calls * (22 + 8 * 0.3) * one.costPerCall) / 1e6, 0);
    expect(Number(answer.months[1]!.total) / april).toBeCloseTo(1, 2);
    expect(Number(answer.months[1]!.low)).toBeLessThanOrEqual(Number(answer.months[1]!.total));
    expect(answer.months[1]!.headline).toMatchObject({ actions: null });
    const days = answer.days.filter(({ date }) => date.startsWith('2026-04'));
    expect(Number(sum(days.map(({ cost }) => cost)))).toBeCloseTo(Number(answer.months[1]!.total), 3);
  });

  it('knows user actions and fan-out of a workflow whose calls name their request, and says where it does not', async () => {
    const { get } = await open();
    const support = Forecast.parse((await get('/forecasts?workflow=support')).body);
    const driver = (name: string) => support.drivers.find((one) => one.driver === name);
    expect(driver('fanOut')).toMatchObject({ now: 4, basis: 'measured' });
    expect(driver('inputTokens')?.now).toBe(6_800);
    expect(support.months[1]!.headline.fanOut).toBeCloseTo(4, 2);
    const contracts = Forecast.parse((await get('/forecasts?workflow=contracts')).body);
    const unknown = contracts.drivers.find((one) => one.driver === 'actions');
    expect(unknown).toMatchObject({ now: null, basis: 'unknown' });
    expect(unknown?.sentence).toContain('request id');
  });

  it('forecasts the unattributed, and a team, by the same figures as the whole', async () => {
    const { get } = await open();
    const whole = Forecast.parse((await get('/forecasts')).body);
    const parts = await Promise.all(
      ['workflow=', 'team=CX', 'workflow=contracts'].map(async (scope) =>
        Forecast.parse((await get(`/forecasts?${scope}`)).body),
      ),
    );
    for (const [at, month] of whole.months.entries())
      expect(sum(parts.map(({ months }) => months[at]!.total))).toBe(month.total);
  });

  it('does not pretend where there is no history', async () => {
    const { get } = await open({ ledger: fakeLedger({ answer: () => EMPTY_ANSWER }) });
    const answer = Forecast.parse((await get('/forecasts')).body);
    expect(answer.sentence).toContain('no whole day of calls');
    expect(answer.groups).toEqual([]);
  });

  it('made as of the past reads nothing later', async () => {
    const { get } = await open();
    const then = Forecast.parse((await get('/forecasts?asOf=2026-02-01')).body);
    expect(then.months[0]).toMatchObject({ month: '2026-02', spent: '0' });
    expect(then.history.at(-1)?.date).toBe('2026-01-31');
  });

  it.each([
    ['/forecasts?workflow=a&team=b', 'not both'],
    ['/forecasts?months=13', '1 to 12'],
    ['/forecasts?level=80', '0.8 for 80 %'],
    ['/forecasts?asOf=2027-01-01', 'has not come yet'],
    ['/forecasts?timeZone=Mars', 'IANA'],
    ['/forecasts?workflow=nobody', 'no call of "nobody"'],
  ])('400 %s', async (path, words) => {
    const { get } = await open();
    const { status, body } = await get(path);
    expect(status).toBe(400);
    expect(Problem.parse(body).detail).toContain(words);
  });

  it('503 when the ledger is away, and answers again when it is back', async () => {
    let away = true;
    const ledger = fakeLedger({
      answer: (question) => {
        if (away) throw new Error('gone');
        return forecastAnswer(question, { nowMs: NOW_MS });
      },
    });
    const { get } = await open({ ledger });
    expect((await get('/forecasts')).status).toBe(503);
    away = false;
    expect((await get('/forecasts')).status).toBe(200);
  });
});

describe('GET /api/v1/forecasts/hours', () => {
  it('carries the hours of a week on, whose cost is calls × tokens × rate, within intervals that were measured', async () => {
    const { get } = await open();
    const answer = ForecastHours.parse((await get('/forecasts/hours?workflow=contracts&days=7')).body);
    expect(answer.hours).toHaveLength(7 * 24);
    expect(answer.history).toHaveLength(14 * 24);
    expect(answer.hours[0]?.hour).toBe('2026-03-20T10:00:00.000Z');
    // 7,000 calls of a working day, and three tenths of them at weekends, at $0.1152 a call.
    const day = (date: string) => answer.hours.filter(({ hour }) => hour.startsWith(date));
    expect(Number(sum(day('2026-03-24').map(({ cost }) => cost))) / (7_000 * 0.1152)).toBeCloseTo(1, 1);
    expect(Number(sum(day('2026-03-22').map(({ cost }) => cost))) / (0.3 * 7_000 * 0.1152)).toBeCloseTo(1, 1);
    for (const { calls, tokensPerCall, rate, cost, low, high } of answer.hours) {
      expect((calls.value * tokensPerCall * rate) / 1000 / Number(cost)).toBeCloseTo(1, 2);
      expect(Number(low)).toBeLessThanOrEqual(Number(high));
    }
    expect(answer.drivers.map(({ driver }) => driver)).toEqual([
      'calls',
      'inputTokens',
      'outputTokens',
      'rate',
    ]);
  });

  it('400 says what is wrong with a question', async () => {
    const { get } = await open();
    expect((await get('/forecasts/hours?days=15')).status).toBe(400);
    expect((await get('/forecasts/hours?workflow=nobody')).status).toBe(400);
  });
});

describe('GET /api/v1/forecasts/accuracy', () => {
  it('judges months by forecasts made before them, and an unchanging company is forecast well', async () => {
    const { get } = await open();
    const answer = ForecastAccuracy.parse((await get('/forecasts/accuracy')).body);
    expect(answer.nextMonth.months.length).toBeGreaterThanOrEqual(10);
    expect(answer.nextMonth.wape).toBeLessThan(0.03);
    for (const { month, madeAt } of answer.nextMonth.months) expect(madeAt).toBe(`${month}-01T00:00:00.000Z`);
    for (const { month, madeAt } of answer.monthEnd.months) expect(madeAt).toBe(`${month}-11T00:00:00.000Z`);
    expect(answer.weeks).toHaveLength(8);
  });
});

const UNMANAGED = {
  name: 'unmanaged',
  changes: [
    { driver: 'actions', times: 1.4 },
    { driver: 'tokens', times: 1.3 },
  ],
};
const LEVERS = {
  name: 'levers',
  changes: [
    { driver: 'actions', times: 1.4 },
    { driver: 'tokens', times: 0.5, low: 0.4, high: 0.7 },
  ],
};

describe('POST /api/v1/scenarios/project', () => {
  it('works scenarios out over the forecast, with a waterfall that adds up and the swing between them', async () => {
    const { send } = await open();
    const ask = { workflow: 'support', budget: '40000', scenarios: [UNMANAGED, LEVERS] };
    const answer = ScenarioProjections.parse((await send('POST', '/scenarios/project', ask)).body);
    expect(answer.base.basis).toBe('measured');
    for (const one of answer.scenarios) {
      expect(one.basis).toBe('assumed');
      expect(sum([answer.base.monthly, ...one.waterfall.map(({ amount }) => amount)])).toBe(one.monthly);
      expect(one.draws).toBe(10_000);
    }
    const [unmanaged, levers] = answer.scenarios;
    expect(Number(unmanaged!.monthly) / Number(answer.base.monthly)).toBeCloseTo(1.4 * 1.3, 4);
    expect(answer.swing).toMatchObject({ highest: 'unmanaged', lowest: 'levers' });
    expect(answer.swing!.amount).toBe(
      formatDollars(parseDollars(unmanaged!.monthly) - parseDollars(levers!.monthly)),
    );
    expect(unmanaged!.crossing).toMatchObject({ kind: 'crosses' });
    expect(levers!.crossing).toMatchObject({ kind: 'stays', date: null });
    expect(levers!.tornado[0]?.name).toBe('tokens');
  });

  it('starts from a month that somebody states, marked assumed', async () => {
    const { send } = await open();
    const base = { calls: 1_240_000, inputTokens: 6_800, outputTokens: 210, rate: 0.004805 };
    const answer = ScenarioProjections.parse(
      (await send('POST', '/scenarios/project', { base, scenarios: [UNMANAGED] })).body,
    );
    expect(answer.base).toMatchObject({ basis: 'assumed', rounded: '41800' });
  });

  it('400 names the change that is wrong, and takes no measured effect without a verdict that is kept', async () => {
    const { send } = await open();
    const scenarios = [
      {
        name: 'bad',
        changes: [{ driver: 'calls' }, { driver: 'tokens', times: 0.5, basis: 'gated', evidence: 'v-9' }],
      },
    ];
    const { status, body } = await send('POST', '/scenarios/project', { scenarios });
    expect(status).toBe(400);
    expect(Problem.parse(body).errors.map(({ path }) => path)).toEqual([
      'scenarios.0.changes.0',
      'scenarios.0.changes.1',
    ]);
    expect(Problem.parse(body).detail).toContain('v-9');
  });
});

describe('scenarios and plans', () => {
  it('are kept, changed and removed; a plan is frozen, locked once, and judged only if it was locked before', async () => {
    let nowMs = NOW_MS;
    const registry = await openRegistry({ file: ':memory:', nowMs: () => nowMs, randomBytes });
    const ledger = fakeLedger({ answer: (question) => forecastAnswer(question, { nowMs }) });
    const { get, send } = await open({ registry, ledger, now: () => nowMs });
    const kept = await send('POST', '/scenarios', { workflow: 'support', ...UNMANAGED, reason: 'asked' });
    expect(kept).toMatchObject({
      status: 201,
      body: { id: 'unmanaged', version: 1, author: 'local', reason: 'asked' },
    });
    expect((await send('POST', '/scenarios', { ...UNMANAGED })).status).toBe(409);
    expect(
      (await send('PUT', '/scenarios/unmanaged', { workflow: 'support', ...LEVERS })).body,
    ).toMatchObject({ version: 2 });
    const proposed = Plan.parse(
      (await send('POST', '/plans', { name: 'Board', scenario: 'unmanaged' })).body,
    );
    expect(proposed).toMatchObject({
      id: 'board',
      state: 'proposed',
      basis: 'assumed',
      scenario: { version: 2 },
    });
    for (const month of proposed.months)
      expect(sum(month.workflows.map(({ amount }) => amount))).toBe(month.amount);
    expect((await send('DELETE', '/scenarios/unmanaged')).status).toBe(200);
    const locked = Plan.parse((await send('POST', '/plans/board/lock', { reason: 'agreed' })).body);
    expect(locked).toMatchObject({ state: 'locked', digest: proposed.digest, locked: { reason: 'agreed' } });
    expect((await send('POST', '/plans/board/withdraw', {})).status).toBe(409);
    const second = Plan.parse((await send('POST', '/plans', { name: 'Board' })).body);
    expect(second.id).toBe('board-2');
    expect((await send('POST', '/plans/board-2/lock', {})).status).toBe(200);
    nowMs = Date.UTC(2026, 4, 2);
    const { months, sentence } = PlanAccuracy.parse((await get('/plans/accuracy?months=4')).body);
    const whole = months.filter(({ scope }) => scope.kind === 'organisation');
    expect(whole.map(({ month, why }) => [month, why])).toEqual([
      ['2026-02', 'no-plan'],
      ['2026-03', 'no-plan'], // locked while it ran
      ['2026-04', ''],
      ['2026-05', 'under-way'],
    ]);
    expect(whole[2]).toMatchObject({ plan: { id: 'board-2' }, within: true });
    expect(months.find(({ month, scope }) => month === '2026-04' && scope.name === 'support')).toMatchObject({
      plan: { id: 'board' },
      within: false,
    });
    expect(sentence).toContain('April 2026');
    expect(PlanList.parse((await get('/plans')).body).plans.map(({ id }) => id)).toEqual([
      'board-2',
      'board',
    ]);
    await registry.close();
  });

  it('holds an ended month to the budget that was decided by then', async () => {
    let nowMs = NOW_MS;
    const registry = await openRegistry({ file: ':memory:', nowMs: () => nowMs, randomBytes });
    const window = { kind: 'calendar', unit: 'month' } as const;
    const read = readBudgetDraft(
      { name: 'All', scope: { kind: 'organisation' }, amount: '50000', window },
      'UTC',
    );
    if (read.kind === 'problems') throw new Error('the draft is no budget');
    await registry.budgets.set({ budget: read.budget, reason: '', how: 'new', most: 9 }, 'ada');
    nowMs = Date.UTC(2026, 4, 2);
    const ledger = fakeLedger({ answer: (question) => forecastAnswer(question, { nowMs }) });
    const { get } = await open({ registry, ledger, now: () => nowMs });
    const { months } = PlanAccuracy.parse((await get('/plans/accuracy?months=4')).body);
    expect(months.map(({ month, budget }) => [month, budget])).toEqual([
      ['2026-02', null],
      ['2026-03', '50000'],
      ['2026-04', '50000'],
      ['2026-05', '50000'],
    ]);
    expect(months[2]!.variance).toBeCloseTo((Number(months[2]!.actual) - 50_000) / 50_000, 4);
    await registry.close();
  });
});

describe('GET /api/v1/forecasts/commitment', () => {
  const unit = 'unitTokensPerHour=5000000';
  it('finds how many units pay for, with what they spill and what is regretted', async () => {
    const { get } = await open();
    const answer = CommitmentAnswer.parse(
      (await get(`/forecasts/commitment?model=gpt-4o&${unit}&unitPricePerHour=10`)).body,
    );
    expect(answer.hours).toBe(28 * 24);
    expect(answer.breakEvenUtilisation).toBeLessThan(1);
    expect(answer.best.units).toBeGreaterThan(0);
    expect(Number(answer.best.saving)).toBeGreaterThan(0);
    const none = answer.options[0]!;
    expect(none).toMatchObject({ units: 0, saving: '0', spill: 1, utilisation: null });
  });

  it('says so where a unit costs more than all that it could serve', async () => {
    const { get } = await open();
    const answer = CommitmentAnswer.parse(
      (await get(`/forecasts/commitment?model=gpt-4o&${unit}&unitPricePerHour=1000`)).body,
    );
    expect(answer.best.units).toBe(0);
    expect(answer.sentence).toContain('pays at no load');
  });

  it.each([
    [`model=none&${unit}&unitPricePerHour=1`, 'no priced call'],
    [`model=gpt-4o&unitTokensPerHour=x&unitPricePerHour=1`, 'unitTokensPerHour'],
    [`model=gpt-4o&${unit}&unitPricePerHour=-1`, 'unitPricePerHour'],
  ])('400 %s', async (query, words) => {
    const { get } = await open();
    const { status, body } = await get(`/forecasts/commitment?${query}`);
    expect(status).toBe(400);
    expect(Problem.parse(body).detail).toContain(words);
  });
});
