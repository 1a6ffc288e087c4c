/**
 * Tells the state that several hosts share which journals are in the ledger to their end, so that what their workers held
 * of budgets is free again wherever they ran. It is told behind the last line and before the journal is removed: while
 * it cannot be told the journal stays, and a crash in between tells it again. A little later it is told once more: the state
 * may have been lost before anybody looked at it, and a bookkeeper would wait for the holder.
 */
import type { OnFinished } from '../ledger/ledger.ts';
import type { Settings } from '../operate/operate.ts';
import type { SharedAuthority } from './budget-redis.ts';
import type { RoleWorld } from './places.ts';
import { openSharedState } from './shared-state.ts';

/** Longer than a bookkeeper takes from look to look, also while the ledger is slow. */
const AGAIN_AFTER_MS = 5_000;

export interface DrainedTeller {
  /** For the drain. */
  readonly onFinished: OnFinished;
  close(): void;
}

/**
 * Undefined where hosts share no state, or each has a ledger of its own: a control elsewhere could then not count the lines
 * of a journal that was drained here. Connects when the first journal ends.
 */
export function drainedTeller(
  settings: Settings,
  world: Pick<RoleWorld, 'environment' | 'monotonicMs'>,
  againAfterMs = AGAIN_AFTER_MS,
): DrainedTeller | undefined {
  if (settings.sharedState === undefined || settings.ledger === undefined) return undefined;
  let shared: SharedAuthority | undefined;
  const tell = async (journal: string): Promise<void> => {
    shared ??= await openSharedState(settings, world);
    await shared?.drained(journal);
  };
  const again = new Map<string, NodeJS.Timeout>();
  const tellAgain = (journal: string): void => {
    const timer = setTimeout(() => {
      tell(journal).then(
        () => again.delete(journal),
        () => again.has(journal) && tellAgain(journal),
      );
    }, againAfterMs).unref();
    again.set(journal, timer);
  };
  return {
    async onFinished(journal, { missingFrames }) {
      if (missingFrames > 0) return; // what a damaged disk took may be a call: what was held goes on counting as spent
      await tell(journal);
      tellAgain(journal);
    },
    close() {
      for (const timer of again.values()) clearTimeout(timer);
      again.clear();
      shared?.close();
    },
  };
}
