/** The words of a forecast of one series: numbers in, numbers out. A leaf; the door passes it on. */

export interface SeriesAsk {
  /** One value per step, oldest first; NaN where it is not known. */
  readonly values: readonly number[];
  /** Lengths of seasons in steps, shortest first: [7] daily, [24, 168] hourly, [] none. */
  readonly periods: readonly number[];
  readonly horizon: number;
  /** Share that the interval shall hold, 0 to 1. Default 0.8. */
  readonly level?: number;
  /** Never below zero, multiplicative where that fits. Default true. */
  readonly positive?: boolean;
  /**
   * Known changes of level, by step from the first value (a launch, a price cut; may lie in the future: at ≥
   * values.length) and factor where known (undefined: learn it). One in the future without a factor changes nothing.
   */
  readonly shifts?: readonly KnownShift[];
  /**
   * Per step over history and horizon: a class of day that the weekly season does not know, for instance 'month-end',
   * 'holiday', 'first'; '' ordinary. Its factor is learned where it occurred at least twice.
   */
  readonly calendar?: readonly string[];
  /** Residual scale and shape of related series, for short histories (pooled prior). */
  readonly prior?: SeriesPrior;
  /** False leaves anomalies in what is learned from: the control of the tests. Default true. */
  readonly setAside?: boolean;
}

export interface KnownShift {
  readonly at: number;
  readonly factor?: number;
  readonly name?: string;
}

/** What related series teach a short one. Relative, so that their sizes do not matter. */
export interface SeriesPrior {
  /** Related series that it was made of. */
  readonly series: number;
  /** Per step ahead, what the point is against the mean of its path: the season, if both begin at the same step. */
  readonly profile: readonly number[];
  /** Paths of relative residuals by step ahead, as `SeriesForecast.residuals`. */
  readonly residuals: readonly (readonly number[])[];
}

export type MethodName = 'seasonal-naive' | 'ets' | 'theta' | 'multi-season' | 'combination' | 'pooled';

export interface Backtest {
  readonly folds: number;
  readonly horizon: number;
  /** Null where there is too little to judge. */
  readonly wape: number | null;
  readonly smape: number | null;
  readonly mase: number | null;
  readonly naiveWape: number | null;
  readonly naiveSmape: number | null;
  readonly naiveMase: number | null;
  /** Measured share of held-out values inside the interval that was made before them, and how many values that is. */
  readonly coverage: number | null;
  readonly judged: number;
}

export interface Shift {
  readonly at: number;
  readonly factor: number;
  /** True: found in the values; false: given. */
  readonly found: boolean;
  readonly name?: string;
}

export interface SetAside {
  readonly at: number;
  readonly value: number;
  readonly expected: number;
}

export interface SeriesForecast {
  /** NaN throughout where no value is known: unknown is not zero. */
  readonly point: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  readonly level: number;
  readonly method: MethodName;
  readonly backtest: Backtest;
  /** Every method that was tried with its back-test error, for the panel. */
  readonly tried: ReadonlyArray<{ readonly method: MethodName; readonly wape: number }>;
  /** 'better' than seasonal naive; 'none': no skill over naive, which is then used and said; 'unknown': too short to judge. */
  readonly skill: 'better' | 'none' | 'unknown';
  /** Level shifts that were found or given. */
  readonly shifts: readonly Shift[];
  /** Steps whose values were set aside as anomalies, with what was put in their place. */
  readonly setAside: readonly SetAside[];
  /**
   * Residuals of the back-test, one path of `horizon` steps per fold, for draws of whole paths. Relative where positive
   * (actual ÷ point − 1), else absolute (actual − point). Beyond the horizon that the history allowed to judge, the last
   * known steps are carried on, wider with the root of the distance.
   */
  readonly residuals: readonly (readonly number[])[];
  /** What each known step was expected to be one step before, by the method used; NaN before the first. */
  readonly fitted: readonly number[];
}
