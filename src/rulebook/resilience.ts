/** What the gateway does when a provider fails or this machine is at its limit: rules and their defaults. */

/** How often one request is sent again to the same provider, where its client knows nothing of the failure. */
export interface RetryRule {
  /** Attempts after the first; 0: none, not even where a kept connection was closed under the request. */
  readonly most: number;
  /** No attempt begins later than this after the request was accepted. */
  readonly deadlineMs: number;
}

/** When a provider is not asked any more for a model with a credential. */
export interface BreakerRule {
  /** Failures in a row; 0: it is always asked. */
  readonly failures: number;
  /** The first pause; each failed probe doubles it, up to a minute. */
  readonly pauseMs: number;
}

/**
 * From where on a worker protects what is under way. Busy: share of time in which its event loop had work. Memory: of
 * what the worker may use. Spool: of the space that calls not yet in the ledger can take.
 */
export interface OverloadRule {
  readonly enabled: boolean;
  readonly closeBusy: number;
  readonly closeMemory: number;
  readonly shedBusy: number;
  readonly shedLoopDelayMs: number;
  readonly shedMemory: number;
  readonly shedSyncLagMs: number;
  readonly shedSpool: number;
  /** Undefined: what the container or the machine has. */
  readonly memoryBytes?: number;
}

/** Conservative: clients have retries of their own, and each multiplies ours. */
export const DEFAULT_RETRIES: RetryRule = { most: 1, deadlineMs: 3_000 };
export const DEFAULT_BREAKER: BreakerRule = { failures: 10, pauseMs: 5_000 };
export const DEFAULT_OVERLOAD: OverloadRule = {
  enabled: true,
  closeBusy: 0.92,
  closeMemory: 0.85,
  shedBusy: 0.95,
  shedLoopDelayMs: 250,
  shedMemory: 0.92,
  shedSyncLagMs: 500,
  shedSpool: 0.8,
};
