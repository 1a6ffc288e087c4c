/** Control's part of the budgets: the authority of this machine, its socket, and its bookkeeper. */
import { booksOf, BudgetAuthority } from '../budgets/budgets.ts';
import type { AccountView } from '../budgets/budgets.ts';
import type { LedgerReader } from '../ledger/question.ts';
import type { Settings } from '../operate/operate.ts';
import { createBudgetKeeper } from './budget-keeper.ts';
import type { KeptBudgets } from './budget-keeper.ts';
import { budgetSocketPath, listenForHolders } from './budget-socket.ts';
import type { RoleWorld } from './places.ts';

export interface ControlledBudgets {
  /** Keeps the budgets of a rulebook that was just published. */
  obey(kept: KeptBudgets): void;
  /** Every account that is counted at this moment. */
  accounts(): readonly AccountView[];
  stop(): Promise<void>;
}

/** Begins with nothing known: workers introduce themselves again, and the ledger is asked for the rest. */
export async function startBudgets(
  settings: Settings,
  ledger: LedgerReader,
  { nowMs, monotonicMs, say }: RoleWorld,
): Promise<ControlledBudgets> {
  const authority = new BudgetAuthority();
  const server = await listenForHolders({ path: budgetSocketPath(settings.data), authority, nowMs, say });
  const keeper = createBudgetKeeper({ books: booksOf(authority, nowMs), ledger, nowMs, monotonicMs, say });
  return {
    obey: (kept) => keeper.obey(kept),
    accounts: () => authority.view(nowMs()),
    async stop() {
      await keeper.stop();
      await server.close();
    },
  };
}
