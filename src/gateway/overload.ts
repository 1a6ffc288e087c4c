/**
 * The overload ladder of one worker: what it gives up, and from when on, so that calls under way are served. A state
 * machine over samples; who takes them, and when, is not its business.
 *
 * Two kinds of limits. Memory, disk and spool must not be crossed: behind them every new call is refused. Time is shared:
 * a busy event loop refuses a share of new calls that grows while it stays busy and shrinks when it does not (additive
 * both ways), so that it keeps working at its limit instead of swinging between all and nothing.
 */
import type { OverloadRule } from '../rulebook/rulebook.ts';
import type { Refusal } from './wires/wire.ts';

/** One sample; taken every 250 ms. */
export interface Pressure {
  /** Share of the time since the last sample in which the event loop had work. */
  readonly busy: number;
  /** 99th percentile of the loop's delay since the last sample. */
  readonly loopDelayMs: number;
  /** Share of the memory that this worker may use. */
  readonly memory: number;
  /** Age of the oldest record that is not on the disk. */
  readonly syncLagMs: number;
  /** Share of the space that calls which are not in the ledger yet can take. */
  readonly spool: number;
}

/** `closing`: connections close after their answer, nothing is sent twice. `shedding`: new calls are refused as well. */
export type OverloadStep = 'normal' | 'closing' | 'shedding';

const STEPS: readonly OverloadStep[] = ['normal', 'closing', 'shedding'];
/** A busy second may be one large request, or a start; only the first refusal waits for it. */
const SAMPLES_TO_SHED = 4;
/** Per cent of new calls, by sample: three times the capacity are met in six seconds, and the swing is no wider than this. */
const MORE = 3;
const LESS = 1;
/** Some always get through, so that a worker whose limit is set wrong still serves. */
const MOST = 95;
const WHOLE = 100;
/** A hard limit is left behind only well below it. */
const RELIEF = 0.95;

export class Ladder {
  #step: OverloadStep = 'normal';
  /** Per cent. */
  #refused = 0;
  #busySamples = 0;
  #blockedBy = '';
  #owed = 0;

  get step(): OverloadStep {
    return this.#step;
  }

  /** Share of new calls that is refused, 0 to 1. */
  get share(): number {
    return this.#blockedBy === '' ? this.#refused / WHOLE : 1;
  }

  /** What /metrics shows. */
  gauges(): Readonly<Record<string, number>> {
    return { overload_step: STEPS.indexOf(this.#step), overload_shed_share: this.share };
  }

  observe(pressure: Pressure, rule: OverloadRule): void {
    if (!rule.enabled) return this.#reset();
    this.#blockedBy = blockedBy(pressure, rule, this.#blockedBy === '' ? 1 : RELIEF);
    const isBusy = pressure.busy >= rule.shedBusy || pressure.loopDelayMs >= rule.shedLoopDelayMs;
    this.#busySamples = isBusy ? this.#busySamples + 1 : 0;
    if (this.#busySamples >= (this.#refused > 0 ? 1 : SAMPLES_TO_SHED))
      this.#refused = Math.min(MOST, this.#refused + MORE);
    else if (!isBusy) this.#refused = Math.max(0, this.#refused - LESS);
    const isNear = pressure.busy >= rule.closeBusy || pressure.memory >= rule.closeMemory;
    this.#step = this.share > 0 ? 'shedding' : isNear ? 'closing' : 'normal';
  }

  /** Asked once for each new call, before anything of it is read. Spreads refusals evenly; no chance in it. */
  refuses(): boolean {
    const refused = this.#blockedBy === '' ? this.#refused : WHOLE;
    if (refused === 0) return false;
    this.#owed += refused;
    if (this.#owed < WHOLE) return false;
    this.#owed -= WHOLE;
    return true;
  }

  refusal(): Refusal {
    const reason = this.#blockedBy === '' ? 'its processor is at its limit' : this.#blockedBy;
    return {
      code: 'setpoint_overloaded',
      status: 503,
      message: `This gateway takes no more calls for a moment: ${reason}. The call was not read, nothing was sent to a provider and nothing was charged. Try again shortly.`,
      retryAfterSeconds: this.#blockedBy === '' ? 1 : 5,
    };
  }

  #reset(): void {
    this.#step = 'normal';
    this.#refused = 0;
    this.#busySamples = 0;
    this.#blockedBy = '';
  }
}

function blockedBy(pressure: Pressure, rule: OverloadRule, relief: number): string {
  if (pressure.memory >= rule.shedMemory * relief) return 'its memory is nearly used up';
  if (pressure.syncLagMs >= rule.shedSyncLagMs * relief) return 'the disk is too slow to record calls';
  if (pressure.spool >= rule.shedSpool * relief)
    return 'the space for calls that are not in the ledger yet is nearly used up';
  return '';
}
