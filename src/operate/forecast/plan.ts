/** The figures of a plan: an expectation frozen as it is now, by month and workflow, with a digest of what was frozen. Pure. */
import { createHash } from 'node:crypto';

import { formatDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import type { CompanyForecast, LineForecast } from './engine.ts';
import { monthsAhead, spentOf } from './outlook.ts';
import type { Range } from './outlook.ts';
import { project, weakestBasis } from './scenario.ts';
import type { BaseLine, ChangeBasis, DriverChange } from './scenario.ts';
import { drawMonth, quantile } from './spread.ts';
import type { Spread } from './spread.ts';

export interface PlanShare {
  readonly workflow: string;
  readonly team: string;
  readonly amount: string;
}

/** Decimal dollars; workflows sum to the amount. */
export interface PlanMonth {
  readonly month: string;
  readonly amount: string;
  readonly low: string;
  readonly high: string;
  readonly workflows: readonly PlanShare[];
}

export interface PlanFigures {
  readonly months: readonly PlanMonth[];
  readonly basis: ChangeBasis | 'measured';
}

export interface PlanWords {
  readonly name: string;
  readonly scope: { readonly kind: 'organisation' | 'team' | 'workflow'; readonly name: string };
  readonly scenario: {
    readonly id: string | null;
    readonly version: number | null;
    readonly name: string;
    readonly changes: readonly DriverChange[];
  };
  /** RFC 3339: the ledger as it stood then. */
  readonly madeFrom: string;
  readonly timeZone: string;
}

export type PlanBody = PlanWords & PlanFigures & { readonly digest: string };

const PICO_PER_MICRO = 1_000_000n;

/** An expectation is said to a millionth of a dollar, and its sums are then exact. */
export function expectedAmount(dollars: number): Picodollars {
  return BigInt(Math.round(dollars * 1e6)) * PICO_PER_MICRO;
}

/** SHA-256 over everything that is frozen, in the order in which it is kept. */
export function freezePlan(words: PlanWords, figures: PlanFigures): PlanBody {
  const body = { ...words, ...figures };
  return { ...body, digest: createHash('sha256').update(JSON.stringify(body)).digest('hex') };
}

/** Of a scenario over its base. */
export function scenarioFigures(
  base: readonly BaseLine[],
  changes: readonly DriverChange[],
  { spread, level }: { readonly spread: Spread; readonly level: number },
): PlanFigures {
  const { months, workflows } = project(base, changes);
  return {
    basis: changes.length === 0 ? 'measured' : weakestBasis(changes),
    months: months.map(({ month }) => {
      const draws = drawMonth({ base, changes, month, spread });
      const range = { low: quantile(draws, (1 - level) / 2), high: quantile(draws, (1 + level) / 2) };
      const shares = workflows.map((one) => ({
        workflow: one.workflow,
        team: one.team,
        dollars: one.months.find((of) => of.month === month)?.cost ?? 0,
      }));
      return planMonth(month, shares, range);
    }),
  };
}

/** Of the forecast as it is. */
export function forecastFigures(forecast: CompanyForecast, lines: readonly LineForecast[]): PlanFigures {
  return {
    basis: 'measured',
    months: monthsAhead(forecast, lines).map(({ month, ahead }) => {
      const spent = lines.reduce((sum, line) => sum + spentOf(forecast, line, month), 0);
      const shares = lines.map((line) => {
        const mine = monthsAhead(forecast, [line]).find((one) => one.month === month);
        return {
          workflow: line.history.workflow,
          team: line.history.team,
          dollars: spentOf(forecast, line, month) + (mine?.ahead.point ?? 0),
        };
      });
      return planMonth(month, shares, { low: spent + ahead.low, high: spent + ahead.high });
    }),
  };
}

function planMonth(
  month: string,
  shares: ReadonlyArray<{ readonly workflow: string; readonly team: string; readonly dollars: number }>,
  { low, high }: Omit<Range, 'point'>,
): PlanMonth {
  const amounts = shares.map(({ dollars }) => expectedAmount(dollars));
  return {
    month,
    amount: formatDollars(amounts.reduce((sum, one) => sum + one, 0n)),
    low: formatDollars(expectedAmount(low)),
    high: formatDollars(expectedAmount(high)),
    workflows: shares.map(({ workflow, team }, at) => ({
      workflow,
      team,
      amount: formatDollars(amounts[at] ?? 0n),
    })),
  };
}
