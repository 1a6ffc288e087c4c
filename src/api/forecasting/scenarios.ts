/** What a scenario starts from, and several of them worked out side by side. */
import { linesWithin, spreadOf, statedDrivers } from '../../operate/forecast/forecast.ts';
import { problemsOfChanges } from '../../operate/forecast/scenario.ts';
import type { BaseLine } from '../../operate/forecast/scenario.ts';
import { NO_SPREAD } from '../../operate/forecast/spread.ts';
import type { Spread } from '../../operate/forecast/spread.ts';
import { moneyText } from '../../units/figures.ts';
import type { ProjectAsk, ProjectionAnswer, ScenarioDraft } from '../contract/plans.ts';
import type { ApiParts } from '../parts.ts';
import type { FieldProblem } from '../problems.ts';
import { percentText } from './amounts.ts';
import { monthlyBudget, monthName } from './answer.ts';
import { forecasterOf, scopeName, scopeOf } from './asks.ts';
import type { ReadAsk } from './asks.ts';
import { presentBase } from './months.ts';
import { changesOf, projectScenario, swingOf } from './projecting.ts';

export interface OpenedBase {
  readonly base: readonly BaseLine[];
  readonly spread: Spread;
  readonly stated: boolean;
}

/** From the ledger; or a month as somebody states it, which nothing is known to be off of. */
export async function openBase(
  parts: ApiParts,
  ask: ReadAsk,
  stated: ProjectAsk['base'],
): Promise<OpenedBase> {
  if (stated !== undefined) {
    const date = new Date(ask.atMs).toISOString();
    const workflow = stated.workflow ?? ask.scope.workflow ?? '';
    const month = {
      month: date.slice(0, 7),
      drivers: statedDrivers(stated),
      days: [{ date: date.slice(0, 10), share: 1 }],
      part: 1,
      spent: 0,
    };
    return { base: [{ workflow, team: '', months: [month] }], spread: NO_SPREAD, stated: true };
  }
  const forecaster = forecasterOf(parts);
  const forecast = await forecaster.company(ask);
  return {
    base: presentBase(forecast, ask.scope, forecaster.book()),
    spread: spreadOf(forecast, linesWithin(forecast, ask.scope)),
    stated: false,
  };
}

/** `low` and `high` around a change, dates that are none, drivers that are not there: said of the field they stand in. */
export function draftProblems(draft: ScenarioDraft, base: readonly BaseLine[], path: string): FieldProblem[] {
  const changes = changesOf(draft);
  const dates = changes.flatMap(({ from, until }, at) =>
    [from, until].some((date) => date !== undefined && !isDate(date))
      ? [{ at, message: 'dates are written 2026-12-01' }]
      : [],
  );
  // Measured effects come of verdicts and verified savings; until those are kept, none can be named.
  const unproven = changes.flatMap(({ basis, evidence = '' }, at) =>
    basis !== 'assumed' && evidence !== ''
      ? [{ at, message: `no verdict or saving "${evidence}" is kept here: say "assumed" until there is one` }]
      : [],
  );
  return [...problemsOfChanges(changes, base), ...dates, ...unproven].map(({ at, message }) => ({
    path: `${path}changes.${at}`,
    message,
  }));
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
}

export async function answerProjection(
  parts: ApiParts,
  ask: ReadAsk,
  given: Pick<ProjectAsk, 'scenarios' | 'budget'> & { readonly opened: OpenedBase },
): Promise<ProjectionAnswer> {
  const { opened } = given;
  const budget = given.budget ?? (await monthlyBudget(parts, ask)) ?? undefined;
  const around = { ...opened, level: ask.level, budget };
  const base = projectScenario(around, 'As it is', []);
  const scenarios = given.scenarios.map((one) => projectScenario(around, one.name, changesOf(one)));
  const swing = swingOf([base, ...scenarios]);
  return {
    sentence: sentenceOf(ask, base, scenarios, swing),
    scope: scopeOf(ask.scope),
    level: ask.level,
    base,
    scenarios,
    swing,
    currency: 'USD',
    timeZone: ask.timeZone,
    asOf: new Date(ask.atMs).toISOString(),
  };
}

function sentenceOf(
  { scope }: ReadAsk,
  base: ProjectionAnswer['base'],
  scenarios: ProjectionAnswer['scenarios'],
  swing: ProjectionAnswer['swing'],
): string {
  const month = base.months.at(-1)?.month ?? '';
  const start = `${scopeName(scope)} in ${monthName(month)}: ${moneyText(base.rounded)} as it is`;
  const [only, ...others] = scenarios;
  if (only === undefined || swing === null) return `${start}.`;
  const told = (one: ProjectionAnswer['base']): string =>
    `${moneyText(one.rounded)} with "${one.name}" (${percentText(one.percent)})`;
  if (others.length === 0) return `${start}, ${told(only)}.`;
  return `${start}; what lies between "${swing.highest}" and "${swing.lowest}" is ours to decide: ${moneyText(swing.rounded)} a month.`;
}
