/**
 * Control's part of the budgets: the authority of this machine, its socket, and its bookkeeper; or, where settings name
 * a shared state, the bookkeeper of the authority there.
 */
import { booksOf, BudgetAuthority } from '../budgets/budgets.ts';
import type { AccountView, AuthorityBooks } from '../budgets/budgets.ts';
import type { LedgerReader } from '../ledger/question.ts';
import { dataFiles } from '../operate/operate.ts';
import type { Settings } from '../operate/operate.ts';
import { createBudgetKeeper } from './budget-keeper.ts';
import { budgetSocketPath, listenForHolders } from './budget-socket.ts';
import type { RoleWorld } from './places.ts';
import { followRulebook } from './rulebook-file.ts';
import { openSharedState } from './shared-state.ts';

const LOOK_EVERY_MS = 1_000;

export interface ControlledBudgets {
  /** Every account that is counted at this moment; where the authority is elsewhere, as it was a second ago. */
  accounts(): readonly AccountView[];
  stop(): Promise<void>;
}

interface Authority {
  readonly books: AuthorityBooks;
  readonly accounts: () => readonly AccountView[];
  readonly isShared: boolean;
  close(): Promise<void>;
}

/** Begins with nothing known: workers introduce themselves again, and the ledger is asked for the rest. */
export async function startBudgets(
  settings: Settings,
  ledger: LedgerReader,
  world: RoleWorld,
): Promise<ControlledBudgets> {
  const { nowMs, monotonicMs, say } = world;
  const authority = (await sharedAuthority(settings, world)) ?? (await ownAuthority(settings, world));
  const { books, isShared } = authority;
  const endsAreTold = settings.ledger !== undefined;
  const keeper = createBudgetKeeper({ books, ledger, isShared, endsAreTold, nowMs, monotonicMs, say });
  let stopped = false;
  const path = dataFiles(settings.data).rulebook;
  const rulebook = followRulebook({ path, say: () => undefined }).then((found) => {
    if (!stopped) found.watch((next) => keeper.obey(next));
    return found;
  });
  rulebook.catch((fault: unknown) =>
    say(`budgets: ${fault instanceof Error ? fault.message : String(fault)}`),
  );
  return {
    accounts: authority.accounts,
    async stop() {
      stopped = true;
      void rulebook.then(
        (found) => found.stop(),
        () => undefined,
      );
      await keeper.stop();
      await authority.close();
    },
  };
}

async function ownAuthority(settings: Settings, { nowMs, say }: RoleWorld): Promise<Authority> {
  const authority = new BudgetAuthority();
  const server = await listenForHolders({ path: budgetSocketPath(settings.data), authority, nowMs, say });
  return {
    books: booksOf(authority, nowMs),
    accounts: () => authority.view(nowMs()),
    isShared: false,
    close: () => server.close(),
  };
}

async function sharedAuthority(settings: Settings, world: RoleWorld): Promise<Authority | undefined> {
  const shared = await openSharedState(settings, world);
  if (shared === undefined) return undefined;
  let views: readonly AccountView[] = [];
  const timer = setInterval(() => {
    shared.books.views().then(
      (found) => void (views = found),
      () => void (views = views.map((view) => ({ ...view, known: false }))), // nobody knows at the moment
    );
  }, LOOK_EVERY_MS);
  return {
    books: shared.books,
    accounts: () => views,
    isShared: true,
    async close() {
      clearInterval(timer);
      shared.close();
    },
  };
}
