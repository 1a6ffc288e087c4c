/**
 * What people decided about prices over time, and the overrides that it comes to. Decisions are never edited: one that
 * supersedes or withdraws another ends it from an instant on, so that what was priced before stays explained.
 */
import type { PriceOverride } from './book.ts';
import { instantMs } from './overrides.ts';

interface Decided {
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly actor: string;
  readonly reason: string;
  /** Where it came from: `set`, or `import:<hash of the file>`. */
  readonly origin: string;
  /** What was suspicious about it and confirmed nevertheless, in the words of the findings. */
  readonly confirmed: readonly string[];
}

export type PriceDecision =
  | (Decided & {
      readonly action: 'set';
      readonly price: PriceOverride;
      /** The decision that this one ends where it begins; empty for none. */
      readonly supersedes: string;
    })
  | (Decided & {
      readonly action: 'withdraw';
      /** The decision that holds no longer from `from` on. */
      readonly withdraws: string;
      readonly from: string;
    });

/** The prices that stand, each with the decision it comes from. The order of the decisions does not matter. */
export function decidedPrices(decisions: readonly PriceDecision[]): PriceOverride[] {
  const ends = endings(decisions);
  return decisions.flatMap((decision) => {
    if (decision.action !== 'set') return [];
    const { price, id } = decision;
    const endMs = ends.get(id) ?? Infinity;
    const untilMs = Math.min(instantMs(price.until, Infinity), endMs);
    if (untilMs <= instantMs(price.from, -Infinity)) return [];
    const until = endMs < instantMs(price.until, Infinity) ? instantText(endMs) : price.until;
    return [{ ...price, ...(until !== undefined && { until }), decision: id }];
  });
}

/** What became of a decision: it stands, or another has ended it, from an instant on. */
export function standingOf(
  decision: PriceDecision,
  all: readonly PriceDecision[],
): { readonly kind: 'stands' } | { readonly kind: 'superseded' | 'withdrawn'; readonly by: string } {
  for (const other of all) {
    if (other.action === 'withdraw' && other.withdraws === decision.id)
      return { kind: 'withdrawn', by: other.id };
    if (other.action === 'set' && other.supersedes === decision.id)
      return { kind: 'superseded', by: other.id };
  }
  return { kind: 'stands' };
}

function endings(decisions: readonly PriceDecision[]): Map<string, number> {
  const ends = new Map<string, number>();
  for (const decision of decisions) {
    const [ended, atMs] =
      decision.action === 'withdraw'
        ? [decision.withdraws, instantMs(decision.from, -Infinity)]
        : [decision.supersedes, instantMs(decision.price.from, -Infinity)];
    if (ended !== '') ends.set(ended, Math.min(ends.get(ended) ?? Infinity, atMs));
  }
  return ends;
}

function instantText(ms: number): string {
  return new Date(Math.max(ms, 0)).toISOString();
}
