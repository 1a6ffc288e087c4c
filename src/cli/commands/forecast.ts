/** `setpoint forecast`: what spend is expected to be, scenarios over it, how well such forecasts went, whether a commitment pays. */
import type { CommitmentAsk, ForecastAsk, HoursAsk } from '../../api/client.ts';
import type { AccuracyAnswer, ForecastAnswer } from '../../api/contract/forecast.ts';
import type { ProjectAsk, ProjectionAnswer, ScenarioProjection } from '../../api/contract/plans.ts';
import { countText, NONE, shareText } from '../../units/figures.ts';
import { moneyColumn } from '../figures.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import type { Column, Sheet } from '../table.ts';
import { readScenarioFiles } from './scenario-files.ts';
import { showSheet } from './sheets.ts';

export const right = (header: string): Column => ({ header, align: 'right' });
export const left = (header: string): Column => ({ header, align: 'left' });

export async function runForecast(command: Command, ask: ForecastAsk): Promise<number> {
  const { forecast } = await command.client();
  command.waits('Forecasting', { unit: 'workflows', ask: () => forecast.progress(ask) });
  const answer = await forecast.show(ask);
  showSheet(command, {
    answer,
    rows: answer.months.map(({ headline, ...month }) => ({ ...month, ...headline })),
    sheet: () => forecastSheet(answer),
    empty: 'There is no history to forecast from.',
  });
  if (command.format === 'json') return EXIT.ok;
  command.say(answer.sentence);
  const { backtest, level } = answer;
  command.say(
    `Back-test of ${backtest.folds} forecasts, ${backtest.horizonDays} days each: off by ${error(backtest.wape)} (seasonal naive ${error(backtest.naiveWape)}); the ${shareText(level)} interval held ${error(backtest.coverage)} of ${countText(backtest.judged)} days.`,
  );
  for (const note of answer.notes) command.say(`! ${note}`);
  return EXIT.ok;
}

function error(value: number | null): string {
  return value === null ? 'n/a' : shareText(value, 1);
}

function forecastSheet({ months, groups }: ForecastAnswer): Sheet {
  const show = moneyColumn(months.flatMap(({ total, high, budget }) => [total, high, budget]));
  const [first] = groups;
  const names = groups.length > 1 || first === undefined ? [] : [first.workflow];
  return {
    columns: [
      left(names.length === 1 ? 'Month' : 'Month'),
      right('Spent'),
      right('Ahead'),
      right('Total'),
      right('Low'),
      right('High'),
      right('Budget'),
      right('Plan'),
      right('Calls ahead'),
      right('Tokens/call'),
      right('$/1K'),
    ],
    rows: months.map((one) => [
      one.state === 'under-way' ? `${one.month} so far` : one.month,
      one.state === 'ahead' ? NONE : show(one.spent),
      show(one.ahead),
      show(one.total),
      show(one.low),
      show(one.high),
      show(one.budget),
      show(one.plan),
      countText(one.headline.calls),
      countText(one.headline.tokensPerCall),
      one.headline.rate.toFixed(5),
    ]),
  };
}

export async function runAccuracy(command: Command, ask: ForecastAsk): Promise<number> {
  command.waits('Making forecasts of the past again');
  const answer = await (await command.client()).forecast.accuracy(ask);
  const rows = [
    ...answer.monthEnd.months.map((one) => ({ made: `day ${answer.monthEnd.madeOnDay}`, ...one })),
    ...answer.nextMonth.months.map((one) => ({ made: 'before it', ...one })),
  ];
  showSheet(command, {
    answer,
    rows,
    sheet: () => accuracySheet(rows),
    empty: 'No whole month has ended after four weeks of history, so nothing can be judged.',
  });
  if (command.format === 'json') return EXIT.ok;
  command.say(answer.sentence);
  for (const [name, one] of [
    [`Made on day ${answer.monthEnd.madeOnDay}`, answer.monthEnd],
    ['Made before the month', answer.nextMonth],
  ] as const)
    command.say(
      `${name}: off by ${error(one.wape)} (aim ${shareText(one.target)}; the month before carried on ${error(one.naiveWape)}); ${shareText(answer.level)} intervals held ${error(one.coverage)} of ${one.months.length} months.`,
    );
  return EXIT.ok;
}

function accuracySheet(
  rows: ReadonlyArray<{ readonly made: string } & AccuracyAnswer['nextMonth']['months'][number]>,
): Sheet {
  const show = moneyColumn(rows.flatMap(({ forecast, actual, high }) => [forecast, actual, high]));
  return {
    columns: [
      left('Month'),
      left('Made'),
      right('Forecast'),
      right('Low'),
      right('High'),
      right('Actual'),
      right('Error'),
      left('Inside'),
    ],
    rows: rows.map((one) => [
      one.month,
      one.made,
      show(one.forecast),
      show(one.low),
      show(one.high),
      show(one.actual),
      signed(one.error),
      one.inside ? 'yes' : 'no',
    ]),
  };
}

/** `+2.1%`, `−3.4%`. */
export function signed(value: number | null): string {
  if (value === null) return NONE;
  return `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value * 100).toFixed(1)}%`;
}

export async function runProjection(
  command: Command,
  files: readonly string[],
  ask: Omit<ProjectAsk, 'scenarios'>,
): Promise<number> {
  const read = await readScenarioFiles(command, files);
  const said = Object.fromEntries(Object.entries(ask).filter(([, value]) => value !== undefined));
  command.waits('Working the scenarios out');
  const answer = await (await command.client()).forecast.project({ ...read, ...said });
  showSheet(command, {
    answer,
    rows: [answer.base, ...answer.scenarios].map(projectionRow),
    sheet: () => projectionSheet(answer),
    empty: 'There is nothing to project.',
  });
  if (command.format === 'json') return EXIT.ok;
  command.say(answer.sentence);
  command.say(
    'Projected amounts are rounded to $100; --json has them as they are, with waterfall and tornado.',
  );
  for (const { name, crossing } of answer.scenarios)
    if (crossing?.kind === 'crosses')
      command.say(
        `! "${name}" passes the budget of $${crossing.budget} on ${crossing.date ?? 'a day not known'}.`,
      );
  return EXIT.ok;
}

function projectionRow({ name, basis, months, rounded, monthly, difference, percent }: ScenarioProjection) {
  const last = months.at(-1);
  return {
    scenario: name,
    basis,
    month: last?.month,
    calls: last?.headline.calls,
    tokensPerCall: last?.headline.tokensPerCall,
    rate: last?.headline.rate,
    monthly,
    rounded,
    low: last?.low,
    high: last?.high,
    difference,
    percent,
  };
}

function projectionSheet({ base, scenarios, swing }: ProjectionAnswer): Sheet {
  const all = [base, ...scenarios];
  const show = moneyColumn(all.map(({ rounded }) => rounded));
  return {
    columns: [
      left('Scenario'),
      right('Monthly calls'),
      right('Tokens/call'),
      right('$/1K'),
      right('Projected'),
      right('vs as it is'),
      left('Basis'),
    ],
    rows: all.map((one) => {
      const headline = one.months.at(-1)?.headline;
      return [
        one.name,
        countText(headline?.calls),
        countText(headline?.tokensPerCall),
        headline === undefined ? NONE : headline.rate.toFixed(4),
        show(one.rounded),
        one.percent === 0 ? '0%' : one.percent === null ? NONE : percentOf(one.percent),
        one.basis,
      ];
    }),
    ...(swing !== null && { total: ['Total addressable swing', '', '', '', show(swing.rounded), '', ''] }),
  };
}

function percentOf(value: number): string {
  return `${value > 0 ? '+' : '−'}${Math.abs(Math.round(value * 100))}%`;
}

export async function runHours(command: Command, ask: HoursAsk): Promise<number> {
  const answer = await (await command.client()).forecast.hours(ask);
  const rows = answer.hours.map(({ calls, ...one }) => ({
    ...one,
    calls: calls.value,
    callsLow: calls.low,
    callsHigh: calls.high,
  }));
  showSheet(command, {
    answer,
    rows,
    sheet: () => {
      const show = moneyColumn(rows.map(({ high }) => high));
      return {
        columns: [
          left('Hour, UTC'),
          right('Calls'),
          right('Tokens/call'),
          right('$/1K'),
          right('Cost'),
          right('Low'),
          right('High'),
        ],
        rows: rows.map((one) => [
          one.hour.slice(0, 16).replace('T', ' '),
          countText(one.calls),
          countText(one.tokensPerCall),
          one.rate.toFixed(5),
          show(one.cost),
          show(one.low),
          show(one.high),
        ]),
      };
    },
    empty: 'There is no hour ahead.',
  });
  if (command.format === 'json') return EXIT.ok;
  command.say(answer.sentence);
  command.say(
    `Back-test: off by ${error(answer.wape)} by the hour; the ${shareText(answer.level)} interval held ${error(answer.coverage)} of ${countText(answer.judged)} hours.`,
  );
  return EXIT.ok;
}

export async function runCommitment(command: Command, ask: CommitmentAsk): Promise<number> {
  const answer = await (await command.client()).forecast.commitment(ask);
  showSheet(command, {
    answer,
    rows: answer.options,
    sheet: () => {
      const show = moneyColumn(answer.options.flatMap(({ saving, regretHigh }) => [saving, regretHigh]));
      const hour = moneyColumn(answer.options.map(({ costPerHour }) => costPerHour));
      return {
        columns: [
          right('Units'),
          right('Per hour'),
          right('Saving/month'),
          right('Used'),
          right('Spill'),
          right('Regret at P10'),
          right('Regret at P90'),
        ],
        rows: answer.options.map((one) => [
          `${one.units}${one.units === answer.best.units ? ' *' : ''}`,
          hour(one.costPerHour),
          show(one.saving),
          shareText(one.utilisation),
          shareText(one.spill),
          show(one.regretLow),
          show(one.regretHigh),
        ]),
      };
    },
    empty: 'There is no demand to size for.',
  });
  if (command.format !== 'json') command.say(answer.sentence);
  return EXIT.ok;
}
