import type { ServerResponse } from 'node:http';

import type { PriceBook } from '../../prices/prices.ts';
import type { ClientGonePolicy, Limits } from '../../rulebook/rulebook.ts';
import type { Composition, Usage } from '../../units/tokens.ts';
import type { Intent, Settlement, StrictRecorder } from '../call.ts';
import type { AnswerForm, CarriedResult, Meter, Reading, Wire } from '../wires/wire.ts';
import type { Counted } from './meter.ts';
import type { AttemptFailure } from './retry.ts';
import type { Ticket } from './ticket.ts';

/** What an exchange needs of the world around it. */
export interface ExchangeContext {
  readonly response: ServerResponse;
  readonly intent: Intent;
  readonly wire: Wire;
  readonly meter: Meter;
  /** The form of a successful answer, by its content type. */
  readonly answerForm: (contentType: string) => AnswerForm;
  readonly prices: PriceBook;
  readonly limits: Limits;
  readonly onClientGone: ClientGonePolicy;
  /** The gateway asked for usage on the client's behalf, so the extra event must be taken out again. */
  readonly filterEvents: boolean;
  readonly overheadMicros: number;
  readonly monotonicMs: () => number;
  /** Takes a place among the streams that are read on after their client left; undefined when none is free. */
  readonly takeDrainPlace: () => (() => void) | undefined;
  readonly compose: (usage: Usage, output: Reading['output']) => Composition;
  readonly count: (reading: Reading) => Promise<Counted>;
  /** @returns whether the settlement is recorded. */
  readonly settle: (settlement: Settlement) => boolean;
  /** Waits for the disk; undefined where nothing waits for it. */
  readonly strict: StrictRecorder | undefined;
  /** What the attempt reserved in its budgets; undefined: no budget counts it. */
  readonly ticket?: Ticket | undefined;
  /** Results of other calls that this answer tells of. */
  readonly carry: (results: readonly CarriedResult[]) => void;
  /** The provider goes on working after its answer; what it comes to is told by a later one. */
  readonly awaitResult: (responseId: string) => void;
  /** A broken invariant of this request. */
  readonly onFault: (fault: unknown) => void;
  /** The provider has answered on this pool before, so the connection may be one that was kept. */
  readonly reusable: boolean;
  /** What follows a failure of which the client knows nothing: the next attempt, to begin once this one is recorded, or none. */
  readonly again: (failure: AttemptFailure) => NextAttempt | undefined;
}

export interface NextAttempt {
  begin(): void;
  /** This one could not be recorded, so nothing follows it. */
  drop(): void;
}
