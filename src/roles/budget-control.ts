/** Control's part of the budgets: the authority of this machine, its socket, and its bookkeeper. */
import { booksOf, BudgetAuthority } from '../budgets/budgets.ts';
import type { AccountView } from '../budgets/budgets.ts';
import type { LedgerReader } from '../ledger/question.ts';
import { dataFiles } from '../operate/operate.ts';
import type { Settings } from '../operate/operate.ts';
import { createBudgetKeeper } from './budget-keeper.ts';
import { budgetSocketPath, listenForHolders } from './budget-socket.ts';
import type { RoleWorld } from './places.ts';
import { followRulebook } from './rulebook-file.ts';

export interface ControlledBudgets {
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
  let stopped = false;
  const rulebook = followRulebook(dataFiles(settings.data).rulebook, () => undefined).then((found) => {
    if (!stopped) found.watch((next) => keeper.obey(next));
    return found;
  });
  rulebook.catch((fault: unknown) =>
    say(`budgets: ${fault instanceof Error ? fault.message : String(fault)}`),
  );
  return {
    accounts: () => authority.view(nowMs()),
    async stop() {
      stopped = true;
      void rulebook.then(
        (found) => found.stop(),
        () => undefined,
      );
      await keeper.stop();
      await server.close();
    },
  };
}
