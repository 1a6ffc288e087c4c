/**
 * Settling: an attempt's settlement is recorded once, and what its client is told next waits for the record. Where
 * durability is strict it waits for the disk as well. Knows nothing of connections.
 */
import type { AttemptStatus, Charge, Settlement } from '../call.ts';
import type { Composition } from '../../units/tokens.ts';
import type { Reading } from '../wires/wire.ts';
import { EMPTY_READING, settlementOf } from './endings.ts';
import type { ExchangeContext } from './exchange-context.ts';
import { chargesNow, countedCharges, presumedCharge } from './meter.ts';

/** How far an attempt has come. */
export interface Progress {
  /** 0 until a status line has arrived. */
  httpStatus: number;
  firstByteMs: number;
  /** The request may have reached the provider. */
  sent: boolean;
  /** Its budgets had no more for it. */
  outgrown: boolean;
}

type Next = (settlement: Settlement) => void;

export interface SettlingEnds {
  readonly elapsedMs: () => number;
  /** The record is not safe on the disk, so the client must not be told that its call is done. */
  readonly onUnsafe: () => void;
  /** A broken invariant. */
  readonly onFault: (fault: unknown) => void;
}

export class Settling {
  readonly progress: Progress = { httpStatus: 0, firstByteMs: 0, sent: false, outgrown: false };
  readonly #context: ExchangeContext;
  readonly #ends: SettlingEnds;
  #begun = false;
  #recorded = false;
  #safe: Settlement | undefined;
  /** What goes on once a count or an fdatasync that is under way has ended. */
  readonly #waiting: Next[] = [];

  constructor(context: ExchangeContext, ends: SettlingEnds) {
    this.#context = context;
    this.#ends = ends;
  }

  /** The outcome is decided; nothing that comes later changes it. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Begun, and what waits for it must wait on. */
  get underWay(): boolean {
    return this.#begun && this.#safe === undefined;
  }

  /** Goes on when the settlement that is under way is safe. */
  afterwards(next: Next): void {
    if (this.#safe !== undefined) next(this.#safe);
    else this.#waiting.push(next);
  }

  /** Records the settlement once, then goes on. Counting, where nothing was reported, is waited for. */
  settle(status: AttemptStatus, then: Next): void {
    if (this.#begun) return this.afterwards(then);
    this.#begun = true;
    const { meter, intent, prices } = this.#context;
    const reading = meter.reading();
    const charges = chargesNow(reading, intent, prices, this.progress);
    if (charges !== undefined) return this.#record(status, reading, charges, then);
    const counting = this.#context.count(reading).then((counted) => {
      this.#record(status, reading, countedCharges(reading, counted, intent, prices), then);
    });
    counting.catch((fault: unknown) => this.#ends.onFault(fault));
  }

  /** Settles with charges that are known already. */
  settleAs(status: AttemptStatus, charges: Charge[], then: Next): void {
    this.#begun = true;
    this.#record(status, this.#context.meter.reading(), charges, then);
  }

  /** As far as anything is known, when the gateway itself has failed on the request. */
  abandon(): void {
    this.#begun = true;
    if (this.#recorded) return;
    this.#recorded = true;
    const { intent } = this.#context;
    const unknown = { basis: 'unknown', input: {}, output: {} } as const;
    this.#context.settle(this.#settlement('upstream_failed', EMPTY_READING, presumedCharge(intent), unknown));
  }

  #record(status: AttemptStatus, reading: Reading, charges: Charge[], then: Next): void {
    const composition = this.#context.compose(charges[0]?.usage ?? {}, reading.output);
    const settlement = this.#settlement(status, reading, charges, composition);
    this.#recorded = true;
    const isRecorded = this.#context.settle(settlement);
    if (reading.pending === true) this.#context.awaitResult(reading.responseId);
    const carried = this.#context.meter.carried?.() ?? NOTHING_CARRIED;
    if (carried.length > 0) this.#context.carry(carried);
    const { strict } = this.#context;
    if (strict === undefined) return this.#goOn(settlement, then);
    if (!isRecorded) return this.#ends.onUnsafe();
    strict
      .durable()
      .then(
        () => this.#goOn(settlement, then),
        (fault: unknown) => {
          this.#context.onFault(fault);
          this.#ends.onUnsafe();
        },
      )
      .catch((fault: unknown) => this.#ends.onFault(fault));
  }

  #goOn(settlement: Settlement, then: Next): void {
    this.#safe = settlement;
    then(settlement);
    if (this.#waiting.length === 0) return;
    for (const next of this.#waiting.splice(0)) next(settlement);
  }

  #settlement(
    status: AttemptStatus,
    reading: Reading,
    charges: Charge[],
    composition: Composition,
  ): Settlement {
    const { httpStatus, firstByteMs, outgrown } = this.progress;
    return settlementOf(reading, {
      intent: this.#context.intent,
      status,
      httpStatus,
      ...(outgrown && { finishReason: 'budget' }),
      durationMs: this.#ends.elapsedMs(),
      firstByteMs,
      overheadMicros: this.#context.overheadMicros,
      composition,
      charges,
    });
  }
}

const NOTHING_CARRIED: readonly never[] = [];
