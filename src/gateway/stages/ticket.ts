/** A ticket: what a call reserved in its budgets, from admission to settlement. */
import type { Amount, Reservation } from '../../budgets/budgets.ts';
import type { BudgetUnit } from '../../rulebook/rulebook.ts';
import { sideTotal } from '../../units/tokens.ts';
import { ENDPOINTS } from '../call.ts';
import type { Intent, Recorder, Settlement } from '../call.ts';
import type { Reading } from '../wires/wire.ts';

/** How much a stream may deliver between two looks, in characters: a look costs more than passing an event on. */
const LOOK_EVERY_CHARACTERS = 2_048;
/** The size of a token of output that is still running; the same as composition's estimate for text. */
const CHARACTERS_PER_TOKEN = 4;

/** What a running answer comes to, as far as it has got. */
export interface Running {
  readonly money: Amount;
  readonly tokens: Amount;
}

export class Ticket {
  readonly #reservation: Reservation;
  readonly #headers: Readonly<Record<string, string>>;
  /** Cost of an answer of so many output tokens; undefined: nothing is watched, the reservation is a bound. */
  readonly #comesTo: ((outputTokens: number) => Running) | undefined;
  readonly #onSettled: (settlement: Settlement) => void;
  #nextLook = LOOK_EVERY_CHARACTERS;
  #asking = false;
  #held: Amount[];

  constructor(options: {
    readonly reservation: Reservation;
    readonly headers: Readonly<Record<string, string>>;
    readonly comesTo: ((outputTokens: number) => Running) | undefined;
    readonly onSettled: (settlement: Settlement) => void;
  }) {
    this.#reservation = options.reservation;
    this.#headers = options.headers;
    this.#comesTo = options.comesTo;
    this.#onSettled = options.onSettled;
    this.#held = options.reservation.needs.map(({ amount }) => amount);
  }

  /** Headers of the answer that tell of budgets. */
  get headers(): Readonly<Record<string, string>> {
    return this.#headers;
  }

  /** Whether the answer may come to more than was reserved, so that its stream must be looked at. */
  get watches(): boolean {
    return this.#comesTo !== undefined;
  }

  settle(settlement: Settlement): void {
    const actual = this.#reservation.needs.map(({ account, amount }) =>
      actualOf(settlement, account.rule.unit, amount),
    );
    this.#reservation.settle(actual);
    this.#onSettled(settlement);
  }

  /**
   * The line will not be written, so that recovery charges what the intent presumed: all that was reserved counts as
   * spent, since less would let others spend what the ledger will show.
   */
  keep(): void {
    this.#reservation.settle(this.#held);
  }

  /** The call never went out. */
  release(): void {
    this.#reservation.settle([]);
  }

  /**
   * Looks whether a stream has outgrown what it reserved, and asks for more before it does.
   * @param stop called when there is no more: the stream must end now.
   */
  watch(output: Reading['output'], stop: () => void): void {
    if (this.#comesTo === undefined || this.#asking) return;
    const characters = output.text.length + output.reasoning.length + output.toolCalls.length;
    if (characters < this.#nextLook) return;
    this.#nextLook = characters + LOOK_EVERY_CHARACTERS;
    // As far as it may have got at the next look, so that it is stopped before and not after.
    const running = this.#comesTo(Math.ceil(this.#nextLook / CHARACTERS_PER_TOKEN));
    const more = this.#reservation.needs.map(({ account }, index) => {
      const { unit } = account.rule;
      const comesTo = unit === 'money' ? running.money : unit === 'tokens' ? running.tokens : 0n;
      return comesTo > this.#held[index]! ? comesTo - this.#held[index]! : 0n;
    });
    if (more.every((amount) => amount === 0n)) return;
    this.#asking = true;
    void this.#reservation.extend(more).then((given) => {
      this.#asking = false;
      if (given) this.#held = this.#held.map((amount, index) => amount + more[index]!);
      else stop();
    }, stop);
  }
}

/**
 * Records a settlement, then books it. Never the other way round: what budgets free may be spent by others at once, so
 * the line that says so must stand before.
 * @returns whether the settlement is recorded.
 */
export function recordSettled(
  settlement: Settlement,
  ticket: Ticket | undefined,
  { recorder, onFault }: { readonly recorder: Recorder; readonly onFault: (fault: unknown) => void },
): boolean {
  try {
    const outcome = recorder.settle(settlement, () => ticket?.settle(settlement));
    if (outcome?.kind === 'too_large') {
      ticket?.keep();
      return false;
    }
    ticket?.settle(settlement);
    return true;
  } catch (fault) {
    // The answer is paid for and still goes out. Until the line stands, all that was reserved stays reserved: it is
    // what recovery charges if this process ends first.
    onFault(fault);
    return false;
  }
}

/** What an attempt took, in a budget's unit. What has no price counts as what was reserved for it: unknown is not zero. */
export function actualOf({ intent, charges }: Settlement, unit: BudgetUnit, reserved: Amount): Amount {
  if (unit === 'calls') return callsOf(intent);
  let sum = 0n;
  for (const { cost, usage } of charges) {
    if (unit === 'tokens') sum += BigInt(sideTotal(usage, 'input') + sideTotal(usage, 'output'));
    else if (cost.kind === 'priced') sum += cost.total;
    else return reserved > sum ? reserved : sum;
  }
  return sum;
}

/** As the ledger counts calls: first attempts of inference. */
export function callsOf({ endpoint, attemptNumber }: Intent): Amount {
  return endpoint === 'inference' && attemptNumber === 1 ? 1n : 0n;
}

/** Whether a call can take anything of a budget. */
export function canTake({ endpoint }: Intent): boolean {
  return ENDPOINTS[endpoint] !== 'free' || endpoint === 'batches';
}
