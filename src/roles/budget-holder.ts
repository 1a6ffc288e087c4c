/** A gateway worker's part of the budgets: its slices, and the pace at which it tells where it stands. */
import { setTimeout as pause } from 'node:timers/promises';

import { SliceHolder } from '../budgets/budgets.ts';
import type { AuthorityLink } from '../budgets/budgets.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';

const FLUSH_EVERY_MS = 100;

export interface BudgetHolding {
  readonly holder: SliceHolder;
  /** To be called with every rulebook: nothing is asked of anybody, and no timer runs, while it has no budgets. */
  obey(rulebook: Rulebook): void;
  /** After the last call: tells where it stands and gives back what is left. */
  stop(): Promise<void>;
}

export function holdBudgets(options: {
  /** The id of this worker's journal. */
  readonly journal: string;
  readonly link: AuthorityLink & { close(): void };
  /** The longest that a call waits for others to give back what they reserved. */
  readonly longestWaitMs: number;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly say: (text: string) => void;
}): BudgetHolding {
  const { journal, link, longestWaitMs, nowMs, monotonicMs, say } = options;
  const holder = new SliceHolder({
    holder: journal,
    link,
    nowMs,
    monotonicMs,
    pause: (ms) => pause(ms),
    longestWaitMs,
    onTrouble: (trouble) =>
      say(
        `the budget authority cannot be asked (${trouble instanceof Error ? trouble.message : String(trouble)}); until it can, calls do what their budgets say for this case`,
      ),
  });
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | undefined;
  const flush = (): Promise<void> =>
    (flushing ??= holder.flush().finally(() => {
      flushing = undefined;
    }));
  return {
    holder,
    obey({ budgets }) {
      if (budgets.length === 0 || timer !== undefined) return;
      timer = setInterval(() => void flush(), FLUSH_EVERY_MS);
      void flush(); // introduces this worker: before that nothing is given to anybody
    },
    async stop() {
      if (timer === undefined) return;
      clearInterval(timer);
      await flushing;
      await holder.close();
      link.close();
    },
  };
}
