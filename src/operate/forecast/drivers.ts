/**
 * What the spend of a workflow is made of: calls × context × rate, by model. A leaf of plain numbers, so that a browser
 * works a scenario out while its slider moves. Floats are estimates of what will be; no amount of the ledger is one.
 */

/** One model's part of a workflow. Rates are dollars per million tokens, as they were paid, not list prices. */
export interface ModelDrivers {
  readonly model: string;
  /** Share of the workflow's calls, 0 to 1; shares sum to 1. */
  readonly share: number;
  /** Tokens per call. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Share of the input that is read from a prompt cache, 0 to 1. */
  readonly cachedShare: number;
  readonly inputRate: number;
  readonly cachedRate: number;
  readonly outputRate: number;
  /** Dollars per call that no token explains: fees, searches, what was rounded. */
  readonly otherPerCall: number;
}

export interface DriverSet {
  /** Calls of the span. User actions × fan-out, where both are known. */
  readonly calls: number;
  /** User actions; null: the ledger does not tell which calls belong together. */
  readonly actions: number | null;
  readonly models: readonly ModelDrivers[];
  /** Shares of the input by composition part, estimated by counts; what no part is known of is `unknown`. Absent: nothing is known. */
  readonly parts?: Readonly<Record<string, number>> | undefined;
}

/** The three figures that people say: calls × tokens per call × dollars per thousand tokens. */
export interface Headline {
  readonly calls: number;
  readonly actions: number | null;
  readonly fanOut: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly tokensPerCall: number;
  readonly cachedShare: number;
  /** Dollars per thousand tokens, input and output together. */
  readonly rate: number;
  /** Dollars. */
  readonly cost: number;
}

const MILLION = 1_000_000;

/** Dollars of one call at one model. */
export function callCost(one: ModelDrivers): number {
  const { inputTokens, outputTokens, cachedShare, inputRate, cachedRate, outputRate, otherPerCall } = one;
  const inputAt = (1 - cachedShare) * inputRate + cachedShare * cachedRate;
  return (inputTokens * inputAt + outputTokens * outputRate) / MILLION + otherPerCall;
}

/** Dollars: calls × what a call costs over the mix of models. */
export function costOf({ calls, models }: DriverSet): number {
  return calls * models.reduce((sum, one) => sum + one.share * callCost(one), 0);
}

export function headlineOf(set: DriverSet): Headline {
  const { calls, actions, models } = set;
  const mean = (of: (one: ModelDrivers) => number): number =>
    models.reduce((sum, one) => sum + one.share * of(one), 0);
  const inputTokens = mean((one) => one.inputTokens);
  const outputTokens = mean((one) => one.outputTokens);
  const cached = mean((one) => one.inputTokens * one.cachedShare);
  const tokensPerCall = inputTokens + outputTokens;
  const cost = costOf(set);
  const tokens = calls * tokensPerCall;
  return {
    calls,
    actions,
    fanOut: actions === null || actions === 0 ? null : calls / actions,
    inputTokens,
    outputTokens,
    tokensPerCall,
    cachedShare: inputTokens === 0 ? 0 : cached / inputTokens,
    rate: tokens === 0 ? 0 : (cost / tokens) * 1000,
    cost,
  };
}

/** Several workflows as one: calls add up, everything else is weighted by what it counts. */
export function addHeadlines(all: readonly Headline[]): Headline {
  const sum = (of: (one: Headline) => number): number => all.reduce((total, one) => total + of(one), 0);
  const calls = sum((one) => one.calls);
  const input = sum((one) => one.calls * one.inputTokens);
  const output = sum((one) => one.calls * one.outputTokens);
  const cached = sum((one) => one.calls * one.inputTokens * one.cachedShare);
  const cost = sum((one) => one.cost);
  const known = all.length > 0 && all.every(({ actions }) => actions !== null);
  const actions = known ? sum((one) => one.actions ?? 0) : null;
  const per = (amount: number): number => (calls === 0 ? 0 : amount / calls);
  return {
    calls,
    actions,
    fanOut: actions === null || actions === 0 ? null : calls / actions,
    inputTokens: per(input),
    outputTokens: per(output),
    tokensPerCall: per(input + output),
    cachedShare: input === 0 ? 0 : cached / input,
    rate: input + output === 0 ? 0 : (cost / (input + output)) * 1000,
    cost,
  };
}

/** Drivers that somebody states in three figures, as one model without a name: the rate holds for every token. */
export function statedDrivers(stated: {
  readonly calls: number;
  readonly actions?: number | undefined;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Dollars per thousand tokens. */
  readonly rate: number;
}): DriverSet {
  const perMillion = stated.rate * 1000;
  return {
    calls: stated.calls,
    actions: stated.actions ?? null,
    models: [
      {
        model: '',
        share: 1,
        inputTokens: stated.inputTokens,
        outputTokens: stated.outputTokens,
        cachedShare: 0,
        inputRate: perMillion,
        cachedRate: perMillion,
        outputRate: perMillion,
        otherPerCall: 0,
      },
    ],
  };
}
