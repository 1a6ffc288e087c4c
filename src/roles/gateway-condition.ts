/** What /readyz of a gateway says: why calls would be refused, and how old what it obeys is. */
import type { GatewayCondition, Ladder } from '../gateway/gateway.ts';
import type { Journal } from '../ledger/ledger.ts';
import type { RulebookFile } from './rulebook-file.ts';

const REFUSING = {
  full: 'The disk of the journal is full. Calls under way are recorded, new ones are refused and cost nothing. Free space; calls are taken again within seconds.',
  stopped:
    'The journal cannot be written. New calls are refused and cost nothing. Free or repair its disk; calls are taken again within seconds.',
  fenced:
    'Another process has taken this journal over. New calls are refused and cost nothing; this process must be started again.',
  closed: 'The journal is closed: this process is ending.',
} as const;

const OVERLOADED =
  'This process has no memory, disk or spool left for another call. New calls are refused and cost nothing; it takes them again when it has.';

/** What a gateway rests on, and whether a call would be refused because of it. */
export function conditionOf(parts: {
  readonly journal: Pick<Journal, 'state' | 'syncLagMs'>;
  readonly rulebook: Pick<RulebookFile, 'current' | 'publishedAtMs'>;
  readonly overload: Pick<Ladder, 'step' | 'share'>;
  readonly nowMs: () => number;
}): GatewayCondition {
  const { journal, rulebook, overload, nowMs } = parts;
  const state = journal.state();
  return {
    refusing: [
      ...(state === 'open' ? [] : [{ reason: `journal_${state}`, detail: REFUSING[state] }]),
      // A share that is shed while the machine is busy is no reason to send everything elsewhere, which would be busier still.
      ...(overload.share < 1 ? [] : [{ reason: 'overloaded', detail: OVERLOADED }]),
    ],
    facts: {
      journal: state,
      syncLagMs: Math.round(journal.syncLagMs()),
      rulebook: rulebook.current().version,
      rulebookAgeSeconds: ageSeconds(rulebook, nowMs),
      overload: overload.step,
    },
  };
}

/** An old rulebook refuses nothing: the gateway obeys it as long as control is away. */
export function ageSeconds(rulebook: Pick<RulebookFile, 'publishedAtMs'>, nowMs: () => number): number {
  return Math.max(0, Math.round((nowMs() - rulebook.publishedAtMs()) / 1_000));
}
