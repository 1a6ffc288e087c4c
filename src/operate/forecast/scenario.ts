/**
 * Scenarios: what spend would be if drivers moved. Pure and small: the browser runs the same file while a slider moves,
 * the API runs it for what is kept. Amounts leave as picodollars, rounded once, so that parts sum to the whole.
 */
import { CHANGE_BASES, SCENARIO_DRIVERS, STEPS } from './changes.ts';
import type { BaseLine, BaseMonth, ChangeBasis, DriverChange, ScenarioDriver, Step } from './changes.ts';
import { addHeadlines, costOf, headlineOf } from './drivers.ts';
import type { DriverSet, Headline, ModelDrivers } from './drivers.ts';

export { CHANGE_BASES, LEVERS, problemsOfChanges, SCENARIO_DRIVERS, STEPS } from './changes.ts';
export type {
  BaseLine,
  BaseMonth,
  ChangeBasis,
  DriverChange,
  LeverName,
  ScenarioDriver,
  Step,
} from './changes.ts';

const STEP_OF: Readonly<Record<ScenarioDriver, Step>> = {
  actions: 'calls',
  fanOut: 'calls',
  calls: 'calls',
  inputTokens: 'context',
  outputTokens: 'context',
  tokens: 'context',
  cachedShare: 'cache',
  mix: 'mix',
  rate: 'rate',
};

export interface ProjectedMonth {
  readonly month: string;
  /** Dollars, what is spent already included. */
  readonly cost: number;
  /** Of the days ahead. */
  readonly headline: Headline;
}

export interface Projection {
  readonly months: readonly ProjectedMonth[];
  /** Dollars a day, ahead only. */
  readonly days: ReadonlyArray<{ readonly date: string; readonly cost: number }>;
  readonly workflows: ReadonlyArray<{
    readonly workflow: string;
    readonly team: string;
    readonly months: readonly ProjectedMonth[];
  }>;
}

/** The base as it is: no change. */
export function project(base: readonly BaseLine[], changes: readonly DriverChange[] = []): Projection {
  const days = new Map<string, number>();
  const progressOf = rememberedProgress();
  const workflows = base.map(({ workflow, team, months }) => {
    const mine = changes.filter((one) => one.workflow === undefined || one.workflow === workflow);
    return {
      workflow,
      team,
      months: months.map((month) => projectMonth(month, mine, { days, progressOf })),
    };
  });
  const names = [...new Set(base.flatMap(({ months }) => months.map(({ month }) => month)))].toSorted();
  return {
    workflows,
    days: [...days].map(([date, cost]) => ({ date, cost })).toSorted((a, b) => (a.date < b.date ? -1 : 1)),
    months: names.map((month) => {
      const all = workflows.flatMap((one) => one.months.filter((other) => other.month === month));
      return {
        month,
        cost: all.reduce((sum, one) => sum + one.cost, 0),
        headline: addHeadlines(all.map(({ headline }) => headline)),
      };
    }),
  };
}

function projectMonth(
  { month, drivers, days, part, spent }: BaseMonth,
  said: readonly DriverChange[],
  { days: sums, progressOf }: Projecting,
): ProjectedMonth {
  const changes = said.map((one) => (isVolume(one) ? { ...one, to: one.to * part } : one));
  const settled = new Map<string, Settled>();
  let ahead = 0;
  for (const { date, share } of days) {
    // Days between two ramps are alike: each distinct progress is worked out once.
    const progress = said.map((one) => progressOf(one, date));
    const key = progress.join();
    const known = settled.get(key) ?? changedSet(drivers, changes, progress);
    settled.set(key, known);
    known.share += share;
    const cost = known.cost * share;
    ahead += cost;
    sums.set(date, (sums.get(date) ?? 0) + cost);
  }
  const headlines = [...settled.values()].map(({ set, share }) => headlineOf(scaled(set, share)));
  return { month, cost: spent + ahead, headline: addHeadlines(headlines) };
}

interface Projecting {
  /** Dollars by day, summed up over workflows. */
  readonly days: Map<string, number>;
  readonly progressOf: typeof progressAt;
}

/** Workflows share their days, and a date is worked out once for all of them: a slider moves over hundreds. */
function rememberedProgress(): typeof progressAt {
  const known = new Map<DriverChange, Map<string, number>>();
  return (change, date) => {
    const dates = known.get(change) ?? new Map<string, number>();
    known.set(change, dates);
    const progress = dates.get(date) ?? progressAt(change, date);
    dates.set(date, progress);
    return progress;
  };
}

interface Settled {
  readonly set: DriverSet;
  readonly cost: number;
  /** Of the month's calls, over all its days that are like this. */
  share: number;
}

function isVolume(change: DriverChange): change is DriverChange & { readonly to: number } {
  return (change.driver === 'calls' || change.driver === 'actions') && change.to !== undefined;
}

function changedSet(
  drivers: DriverSet,
  changes: readonly DriverChange[],
  progress: readonly number[],
): Settled {
  const set = applyChanges(drivers, changes, progress);
  return { set, cost: costOf(set), share: 0 };
}

function scaled(set: DriverSet, share: number): DriverSet {
  return { ...set, calls: set.calls * share, actions: set.actions === null ? null : set.actions * share };
}

/** How much of a change has happened on a day, 0 to 1. */
export function progressAt({ from, until }: DriverChange, date: string): number {
  if (from !== undefined && date < from) return 0;
  if (until === undefined || date >= until) return 1;
  if (from === undefined) return 1;
  const day = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 86_400_000;
  return (day(date) - day(from) + 1) / (day(until) - day(from) + 1);
}

/** Applies changes in the order of the steps, whatever order they were written in. */
export function applyChanges(
  drivers: DriverSet,
  changes: readonly DriverChange[],
  progress: readonly number[] = changes.map(() => 1),
): DriverSet {
  return SCENARIO_DRIVERS.reduce(
    (set, driver) =>
      changes.reduce(
        (sofar, change, at) =>
          change.driver === driver ? applyChange(sofar, change, progress[at] ?? 1) : sofar,
        set,
      ),
    drivers,
  );
}

function applyChange(set: DriverSet, change: DriverChange, progress: number): DriverSet {
  if (progress === 0) return set;
  const moved = (now: number): number => {
    const end = change.to ?? now * (change.times ?? 1);
    return now + (end - now) * progress;
  };
  switch (change.driver) {
    case 'calls':
      return withCalls(set, moved(set.calls));
    case 'actions': {
      const times = set.actions === null || set.actions === 0 ? moved(1) : moved(set.actions) / set.actions;
      return withCalls(set, set.calls * times);
    }
    case 'fanOut': {
      const now = set.actions === null || set.actions === 0 ? 1 : set.calls / set.actions;
      return { ...set, calls: (set.calls * moved(now)) / now };
    }
    case 'inputTokens':
      return change.part === undefined ? withTokens(set, change, moved) : withPart(set, change.part, moved);
    case 'outputTokens':
      return withTokens(set, change, moved);
    case 'tokens': {
      const now = headlineOf(set).tokensPerCall;
      const times = now === 0 ? 1 : moved(now) / now;
      return eachModel(set, change.model, (one) => ({
        ...one,
        inputTokens: one.inputTokens * times,
        outputTokens: one.outputTokens * times,
      }));
    }
    case 'cachedShare':
      return eachModel(set, change.model, (one) => ({
        ...one,
        cachedShare: Math.min(1, Math.max(0, moved(one.cachedShare))),
      }));
    case 'mix':
      return withMix(set, change.model ?? '', moved);
    case 'rate':
      return withRate(set, change, moved);
  }
}

/** More calls of as many actions each: fan-out stays. */
function withCalls(set: DriverSet, calls: number): DriverSet {
  const actions = set.actions === null || set.calls === 0 ? set.actions : (set.actions * calls) / set.calls;
  return { ...set, calls, actions };
}

function withTokens(set: DriverSet, change: DriverChange, moved: (now: number) => number): DriverSet {
  const driver = change.driver === 'inputTokens' ? 'inputTokens' : 'outputTokens';
  const now = headlineOf(set)[driver];
  // What is said of the mean holds for each model in proportion; of one model, for itself.
  return eachModel(set, change.model, (one) => ({
    ...one,
    [driver]:
      change.model !== undefined
        ? moved(one[driver])
        : now === 0
          ? moved(0)
          : (one[driver] * moved(now)) / now,
  }));
}

/** One part of the input grows or shrinks, the others stay; every model carries it in proportion to its input. */
function withPart(set: DriverSet, part: string, moved: (now: number) => number): DriverSet {
  const { inputTokens } = headlineOf(set);
  const share = set.parts?.[part] ?? 0;
  if (share === 0 || inputTokens === 0) return set;
  const size = Math.max(0, moved(inputTokens * share));
  const whole = inputTokens * (1 - share) + size;
  const times = whole / inputTokens;
  const parts = Object.entries(set.parts ?? {}).map(([name, one]) => [
    name,
    name === part ? size / Math.max(whole, Number.MIN_VALUE) : one / times,
  ]);
  return {
    ...eachModel(set, undefined, (one) => ({ ...one, inputTokens: one.inputTokens * times })),
    parts: Object.fromEntries(parts) as Record<string, number>,
  };
}

/** Gives one model a share; the others give way in proportion. */
function withMix(set: DriverSet, model: string, moved: (now: number) => number): DriverSet {
  const now = set.models.find((one) => one.model === model)?.share;
  if (now === undefined) return set;
  const share = Math.min(1, Math.max(0, moved(now)));
  const rest = 1 - now;
  const others = set.models.length - 1;
  if (others === 0) return set;
  return {
    ...set,
    models: set.models.map((one) => {
      if (one.model === model) return { ...one, share };
      return { ...one, share: rest === 0 ? (1 - share) / others : (one.share / rest) * (1 - share) };
    }),
  };
}

function withRate(set: DriverSet, change: DriverChange, moved: (now: number) => number): DriverSet {
  const now = change.model === undefined ? headlineOf(set).rate : 1;
  const times = now === 0 ? 1 : moved(now) / now;
  return eachModel(set, change.model, (one) => ({
    ...one,
    inputRate: one.inputRate * times,
    cachedRate: one.cachedRate * times,
    outputRate: one.outputRate * times,
    otherPerCall: one.otherPerCall * times,
  }));
}

function eachModel(
  set: DriverSet,
  model: string | undefined,
  change: (one: ModelDrivers) => ModelDrivers,
): DriverSet {
  return {
    ...set,
    models: set.models.map((one) => (model === undefined || one.model === model ? change(one) : one)),
  };
}

export interface WaterfallStep {
  readonly step: Step;
  /** Dollars that this step adds, after the steps before it. */
  readonly amount: number;
  readonly before: number;
  readonly after: number;
  /** The least certain basis among its changes. */
  readonly basis: ChangeBasis;
}

/**
 * From the base to the scenario, one step after the other: calls, context, cache, mix, rate; each is counted at what the
 * steps before it left. Steps add up exactly; their order decides how a joint effect is shared, so it is always this one.
 */
export function waterfall(
  base: readonly BaseLine[],
  changes: readonly DriverChange[],
  month?: string,
): WaterfallStep[] {
  const total = (among: readonly DriverChange[]): number =>
    project(base, among)
      .months.filter((one) => month === undefined || one.month === month)
      .reduce((sum, { cost }) => sum + cost, 0);
  let before = total([]);
  return STEPS.flatMap((step, at): WaterfallStep[] => {
    const mine = changes.filter(({ driver }) => STEP_OF[driver] === step);
    if (mine.length === 0) return [];
    const after = total(changes.filter(({ driver }) => STEPS.indexOf(STEP_OF[driver]) <= at));
    const one = { step, amount: after - before, before, after, basis: weakestBasis(mine) };
    before = after;
    return [one];
  });
}

/** A scenario is as certain as its weakest change. */
export function weakestBasis(changes: readonly DriverChange[]): ChangeBasis {
  return CHANGE_BASES.find((basis) => changes.some((one) => one.basis === basis)) ?? 'verified';
}
