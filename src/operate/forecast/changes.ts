/** What a scenario changes and what it starts from, and what is wrong with changes as somebody wrote them. A leaf. */
import type { DriverSet } from './drivers.ts';

/** What can be changed, in the order in which a waterfall walks: demand, context, cache, mix, rate. */
export const SCENARIO_DRIVERS = [
  'actions',
  'fanOut',
  'calls',
  'inputTokens',
  'outputTokens',
  'tokens',
  'cachedShare',
  'mix',
  'rate',
] as const;
export type ScenarioDriver = (typeof SCENARIO_DRIVERS)[number];

export const STEPS = ['calls', 'context', 'cache', 'mix', 'rate'] as const;
export type Step = (typeof STEPS)[number];

export const LEVERS = ['compression', 'routing', 'caching', 'policy'] as const;
export type LeverName = (typeof LEVERS)[number];
/** Where an effect comes from: somebody's guess, a gate's verdict, a saving seen in the ledger. */
export const CHANGE_BASES = ['assumed', 'gated', 'verified'] as const;
export type ChangeBasis = (typeof CHANGE_BASES)[number];

export interface DriverChange {
  readonly driver: ScenarioDriver;
  /** Exactly one of both: a factor, or what it comes to. `rate` is dollars per 1K tokens, `cachedShare` and `mix` are shares, calls and actions are per month. */
  readonly times?: number;
  readonly to?: number;
  /** How far the end of it may be from what is said: P10 and P90 of `times` or `to`. */
  readonly low?: number;
  readonly high?: number;
  /** The workflow that it concerns; absent: all in scope. */
  readonly workflow?: string;
  /** The model that it concerns: whose share `mix` sets, whose price `rate` moves. */
  readonly model?: string;
  /** Of `inputTokens`: the composition part that it concerns, as `history`; absent: the whole input. */
  readonly part?: string;
  /** ISO dates: it begins here (absent: at once) and has its whole effect here (absent: at once), on a straight line between. */
  readonly from?: string;
  readonly until?: string;
  readonly basis: ChangeBasis;
  readonly lever?: LeverName;
  /** The verdict or saving behind `gated` and `verified`. */
  readonly evidence?: string;
  readonly note?: string;
}

/** One workflow's expected month. */
export interface BaseMonth {
  /** `2026-12`. */
  readonly month: string;
  readonly drivers: DriverSet;
  /** The days that are still ahead, with their share of `drivers.calls`; shares sum to 1. */
  readonly days: ReadonlyArray<{ readonly date: string; readonly share: number }>;
  /** How much of the month the days ahead are, 0 to 1: what is said of a whole month holds for this part of it. */
  readonly part: number;
  /** Dollars of the month that are spent already. */
  readonly spent: number;
}

export interface BaseLine {
  readonly workflow: string;
  readonly team: string;
  readonly months: readonly BaseMonth[];
}

/** What is wrong with changes, in the words of whoever wrote them; empty: nothing. */
export function problemsOfChanges(
  changes: readonly DriverChange[],
  base: readonly BaseLine[],
): Array<{ readonly at: number; readonly message: string }> {
  return changes.flatMap((change, at) => problemsOf(change, base).map((message) => ({ at, message })));
}

function problemsOf(change: DriverChange, base: readonly BaseLine[]): string[] {
  const { driver, times, to, low, high, from, until, workflow, model, part, basis, evidence } = change;
  const lines = base.filter((one) => workflow === undefined || one.workflow === workflow);
  const sets = lines.flatMap(({ months }) => months.map(({ drivers }) => drivers));
  const is = (value: number | undefined): boolean =>
    value === undefined || (Number.isFinite(value) && value >= 0);
  const ends = [to, low, high].filter((value) => value !== undefined);
  const rules: ReadonlyArray<readonly [boolean, string]> = [
    [
      (times === undefined) === (to === undefined),
      'say either "times" (a factor) or "to" (what it comes to)',
    ],
    [![times, to, low, high].every(is), 'numbers must not be negative'],
    [low !== undefined && high !== undefined && low > high, '"low" lies above "high"'],
    [from !== undefined && until !== undefined && from > until, '"from" lies after "until"'],
    [until !== undefined && from === undefined, '"until" needs a "from": say when it begins'],
    [
      (driver === 'cachedShare' || driver === 'mix') && to !== undefined && ends.some((value) => value > 1),
      'a share is between 0 and 1: write 0.4 for 40 %',
    ],
    [part !== undefined && driver !== 'inputTokens', 'a part is one of the input: use it with "inputTokens"'],
    [
      part !== undefined && !sets.some(({ parts }) => (parts?.[part] ?? 0) > 0),
      `no workflow in scope is known to send "${part ?? ''}"; known are ${knownParts(sets)}`,
    ],
    [driver === 'mix' && model === undefined, 'name the model whose share it is'],
    [lines.length === 0, `no workflow "${workflow ?? ''}" is in the scope of this forecast`],
    [
      model !== undefined && !sets.some(({ models }) => models.some((one) => one.model === model)),
      `no workflow in scope uses the model "${model ?? ''}": the ledger has no price it paid for it`,
    ],
    [
      (driver === 'actions' || driver === 'fanOut') &&
        to !== undefined &&
        sets.some((set) => set.actions === null),
      'the ledger does not know user actions here, since calls carry no request id: use "times", or change "calls"',
    ],
    [
      driver !== 'mix' &&
        to !== undefined &&
        workflow === undefined &&
        lines.length > 1 &&
        driver !== 'cachedShare',
      'name the workflow: "to" on all of them at once would make each the same',
    ],
    [
      basis !== 'assumed' && (evidence ?? '') === '',
      `a ${basis} effect names its evidence; without one it is assumed`,
    ],
  ];
  return rules.flatMap(([broken, message]) => (broken ? [message] : []));
}

function knownParts(sets: readonly DriverSet[]): string {
  const names = new Set(
    sets.flatMap(({ parts = {} }) => Object.keys(parts).filter((name) => (parts[name] ?? 0) > 0)),
  );
  return names.size === 0 ? 'none' : [...names].join(', ');
}
