/**
 * What calls of a kind usually take of their upper bound: the 99th percentile of the last shares, in thousandths. An
 * `expected` budget reserves that part, so that a caller who always states a generous limit does not starve itself.
 */
import type { Amount } from '../../budgets/budgets.ts';
import type { BudgetUnit } from '../../rulebook/rulebook.ts';
import type { Intent, Settlement } from '../call.ts';
import type { Bound } from './bound.ts';
import { actualOf } from './ticket.ts';

const REMEMBERED = 200;
/** Before so many calls are known, the bound is reserved: no percentile can be read from fewer. */
const LEAST_KNOWN = 20;
const KINDS = 1_000;
const THOUSAND = 1_000n;

interface Kind {
  readonly shares: number[];
  next: number;
  /** Worked out anew after each call that is learned. */
  p99: number | undefined;
}

export class Expectations {
  readonly #kinds = new Map<string, Kind>();

  /** @returns the part of `most` that is to be reserved, rounded up. */
  of(intent: Intent, unit: BudgetUnit, most: Amount): Amount {
    const kind = this.#kinds.get(nameOf(intent, unit));
    if (kind === undefined || kind.shares.length < LEAST_KNOWN) return most;
    kind.p99 ??= percentile99(kind.shares);
    return (most * BigInt(kind.p99) + THOUSAND - 1n) / THOUSAND;
  }

  learn(settlement: Settlement, bound: Bound): void {
    if (bound.kind !== 'bounded' || settlement.status !== 'ok') return;
    this.#add(settlement, 'money', bound.cost.total);
    this.#add(settlement, 'tokens', BigInt(bound.tokens));
  }

  #add(settlement: Settlement, unit: BudgetUnit, most: Amount): void {
    if (most <= 0n) return;
    const actual = actualOf(settlement, unit, most);
    const share = Number((actual * THOUSAND + most - 1n) / most);
    const name = nameOf(settlement.intent, unit);
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      if (this.#kinds.size >= KINDS) this.#kinds.clear(); // a stream of invented workflows must not grow memory
      this.#kinds.set(name, (kind = { shares: [], next: 0, p99: undefined }));
    }
    kind.shares[kind.next] = share;
    kind.next = (kind.next + 1) % REMEMBERED;
    kind.p99 = undefined;
  }
}

function percentile99(shares: readonly number[]): number {
  const sorted = shares.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number(THOUSAND);
}

function nameOf({ attribution, model }: Intent, unit: BudgetUnit): string {
  return `${attribution.workflow}\n${model}\n${unit}`;
}
