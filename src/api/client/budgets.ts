/** Budgets, as the client asks. */
import type {
  BudgetAccounts,
  BudgetCheck,
  BudgetCheckAsk,
  BudgetDetail,
  BudgetList,
  BudgetPreview,
  ChangedBudget,
  DecidedBudgetAnswer,
  NewBudget,
} from '../contract/budgets.ts';
import type { Reach } from './reach.ts';

export function budgetCalls({ get, ask: askOf, post, put, remove }: Reach) {
  const at = (id: string, part = ''): string => `/budgets/${encodeURIComponent(id)}${part}`;
  return {
    /** @param instant as they stood then; absent: now. */
    list: (instant?: string): Promise<BudgetList> => get('/budgets', { at: instant }),
    show: (id: string, instant?: string): Promise<BudgetDetail> => get(at(id), { at: instant }),
    accounts: (id: string): Promise<BudgetAccounts> => get(at(id, '/accounts')),
    set: (budget: NewBudget, idempotencyKey?: string): Promise<DecidedBudgetAnswer> =>
      post('/budgets', budget, idempotencyKey),
    change: (id: string, budget: ChangedBudget): Promise<DecidedBudgetAnswer> => put(at(id), budget),
    end: (id: string, reason?: string, ifVersion?: number): Promise<DecidedBudgetAnswer> =>
      remove(at(id), { reason, ifVersion }),
    check: (ask: BudgetCheckAsk): Promise<BudgetCheck> => askOf('/budgets/check', ask),
    preview: (budget: NewBudget): Promise<BudgetPreview> => askOf('/budgets/preview', budget),
  };
}
