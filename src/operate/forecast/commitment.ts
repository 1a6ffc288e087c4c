/**
 * Whether throughput that is paid by the hour, used or not, pays: from the distribution of hourly demand, not its mean. With hourly
 * demand D, cost(K) = c_r·K + c_p·E[(D − K)⁺]; it is least where P(D > K) = c_r ÷ c_p (the newsvendor's rule). Pure.
 */

export interface CommitmentAsk {
  /** Tokens of each hour, quiet hours included. */
  readonly hours: readonly number[];
  /** Tokens an hour that one unit serves. */
  readonly unitTokens: number;
  /** Dollars an hour that one unit costs. */
  readonly unitPrice: number;
  /** Dollars per token as it goes, over the mix that the hours had. */
  readonly tokenPrice: number;
  readonly minimumUnits?: number;
  readonly increment?: number;
}

export interface CommitmentOption {
  readonly units: number;
  /** Dollars an hour, spill-over included. */
  readonly costPerHour: number;
  /** Dollars a month of 730 hours against paying everything as it goes; negative: it costs more. */
  readonly saving: number;
  /** Share of the units that demand fills; null: there are no units. */
  readonly utilisation: number | null;
  /** Share of tokens beyond the units. */
  readonly spill: number;
  /** Dollars a month that another choice would have saved, were demand at its P10 or P90 throughout. */
  readonly regretLow: number;
  readonly regretHigh: number;
}

export interface Commitment {
  /** Utilisation at which a unit costs what its tokens cost as they go; above 1: it never pays. Null: no price to compare with. */
  readonly breakEven: number | null;
  /** Dollars an hour of one unit's tokens as they go. */
  readonly goingPerUnit: number;
  readonly best: CommitmentOption;
  /** None, the best, and what lies around it and beyond. */
  readonly options: readonly CommitmentOption[];
  readonly demand: {
    readonly mean: number;
    readonly p10: number;
    readonly p50: number;
    readonly p90: number;
    readonly max: number;
  };
}

export const HOURS_A_MONTH = 730;
const MOST_OPTIONS = 9;

export function adviseCommitment(ask: CommitmentAsk): Commitment {
  const sorted = Float64Array.from(ask.hours).toSorted();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const demand = {
    mean: sorted.reduce((sum, one) => sum + one, 0) / Math.max(1, sorted.length),
    p10: at(0.1),
    p50: at(0.5),
    p90: at(0.9),
    max: at(1),
  };
  const goingPerUnit = ask.unitTokens * ask.tokenPrice;
  const choices = choicesOf(ask, demand.max);
  const costAt = (units: number): number => hourlyCost(ask, sorted, units);
  const best = choices.reduce((least, units) => (costAt(units) < costAt(least) ? units : least), 0);
  const scaled = { low: at(0.1), high: at(0.9) };
  const option = (units: number): CommitmentOption => {
    const costPerHour = costAt(units);
    const { served, all } = servedOf(ask, sorted, units);
    const regret = (level: number): number => {
      const cost = (count: number): number => hourlyCost(ask, [level], count);
      return (cost(units) - Math.min(...choices.map(cost))) * HOURS_A_MONTH;
    };
    return {
      units,
      costPerHour,
      saving: (costAt(0) - costPerHour) * HOURS_A_MONTH,
      utilisation: units === 0 ? null : served / (units * ask.unitTokens * Math.max(1, sorted.length)),
      spill: all === 0 ? 0 : 1 - served / all,
      regretLow: regret(scaled.low),
      regretHigh: regret(scaled.high),
    };
  };
  return {
    breakEven: goingPerUnit > 0 ? ask.unitPrice / goingPerUnit : null,
    goingPerUnit,
    best: option(best),
    options: shown(choices, best).map(option),
    demand,
  };
}

/** Dollars of an hour with so many units, over the hours. */
function hourlyCost(ask: CommitmentAsk, hours: ArrayLike<number>, units: number): number {
  const room = units * ask.unitTokens;
  let beyond = 0;
  for (let at = 0; at < hours.length; at += 1) beyond += Math.max(0, (hours[at] ?? 0) - room);
  return units * ask.unitPrice + (ask.tokenPrice * beyond) / Math.max(1, hours.length);
}

function servedOf(ask: CommitmentAsk, hours: ArrayLike<number>, units: number) {
  const room = units * ask.unitTokens;
  let [served, all] = [0, 0];
  for (let at = 0; at < hours.length; at += 1) {
    served += Math.min(room, hours[at] ?? 0);
    all += hours[at] ?? 0;
  }
  return { served, all };
}

/** None, or from the least that is sold upward in its steps, until demand never reaches further. */
function choicesOf({ unitTokens, minimumUnits = 1, increment = 1 }: CommitmentAsk, most: number): number[] {
  const enough = Math.ceil(most / unitTokens);
  const steps = Math.max(0, Math.ceil((enough - minimumUnits) / increment));
  return [
    0,
    ...Array.from({ length: Math.min(steps, 10_000) + 1 }, (_, at) => minimumUnits + at * increment),
  ];
}

function shown(choices: readonly number[], best: number): number[] {
  const at = choices.indexOf(best);
  const around = choices.slice(Math.max(1, at - 2), at + 3);
  const step = Math.max(1, Math.floor(choices.length / (MOST_OPTIONS - 4)));
  const spread = choices.filter((_, place) => place % step === 0);
  return [...new Set([0, ...spread, ...around])].toSorted((a, b) => a - b);
}
