/** Budgets set, changed and ended: seen at once, and taken back by the decision that is the inverse. */
import type {
  Budget,
  BudgetList,
  ChangedBudget,
  NewBudget,
  StandingBudget,
} from '../../../api/contract/budgets.ts';
import { useDecision } from '../../parts/decide.ts';
import { api } from '../../parts/server.ts';
import { amountText, windowText } from './budget-words.ts';

const KEY = ['budgets'] as const;
const LIST = ['budgets', 'list'] as const;
const TAKEN_BACK = 'taken back right after it was decided';

/** @param budget the one to change; undefined: a new one. */
export function useBudgetDecision(budget: StandingBudget | undefined, keyOf: (text: string) => string) {
  return useDecision({
    call: (ask: NewBudget) =>
      budget === undefined
        ? api.budgets.set(ask, keyOf(JSON.stringify(ask)))
        : api.budgets.change(budget.id, { ...ask, ...seen(budget) }),
    changes: KEY,
    shows: {
      key: LIST,
      as: (list: BudgetList, ask) => mapped(list, (one) => (one.id === budget?.id ? retold(one, ask) : one)),
    },
    done: ({ budget: now, published }) => {
      const to = `${amountText(now.amount, now.unit)} ${windowText(now.window)}`;
      return {
        text: budget === undefined ? `${now.name} is set to ${to}` : `${now.name} is changed to ${to}`,
        effect: effectOf(budget, now, published),
        undo: () =>
          budget === undefined
            ? api.budgets.end(now.id, TAKEN_BACK, now.version ?? undefined)
            : api.budgets.change(now.id, { ...draftOf(budget), ...seen(now) }),
      };
    },
  });
}

export function useBudgetEnd(budget: StandingBudget) {
  return useDecision({
    call: (reason: string) => api.budgets.end(budget.id, reason, budget.version ?? undefined),
    changes: KEY,
    shows: {
      key: LIST,
      as: (list: BudgetList) => ({ ...list, budgets: list.budgets.filter(({ id }) => id !== budget.id) }),
    },
    done: ({ budget: now, published }) => ({
      text: `${budget.name} is ended`,
      effect: `Nothing holds spend to ${amountText(budget.amount, budget.unit)} ${windowText(budget.window)} any more.${late(published)}`,
      undo: () => api.budgets.set({ id: budget.id, ...draftOf(budget), ...seen(now) }),
    }),
    refusedAs: () => `End ${budget.name}`,
  });
}

/** What was seen when it was decided: a newer decision is not decided away unseen. */
function seen({ version }: Pick<Budget, 'version'>): { readonly ifVersion?: number } {
  return version === null ? {} : { ifVersion: version };
}

function effectOf(was: Budget | undefined, now: Budget, published: boolean): string {
  const before =
    was === undefined || was.amount === now.amount ? '' : `Before: ${amountText(was.amount, was.unit)}.`;
  return `${before}${late(published)}`.trim();
}

function late(published: boolean): string {
  return published ? '' : ' The gateways could not be told yet; they will be at the next publication.';
}

/** A budget as it is sent, whole: every field that a decision has. */
function draftOf(budget: Budget): ChangedBudget {
  const { name, scope, unit, amount, window, mode, thresholds, onAuthorityLoss, unboundedCall } = budget;
  const { kind, value, tag } = scope;
  return {
    name,
    scope: { kind, ...(kind !== 'organisation' && { value }), ...(kind === 'tag' && { tag }) },
    unit,
    amount,
    window,
    mode,
    thresholds,
    onAuthorityLoss,
    ...(unboundedCall !== null && { unboundedCall }),
    reason: TAKEN_BACK,
  };
}

function mapped(list: BudgetList, change: (budget: StandingBudget) => StandingBudget): BudgetList {
  return { ...list, budgets: list.budgets.map(change) };
}

/** A row as it was asked to be. What it comes to in percent and days is the server's to say, and unknown until then. */
function retold(budget: StandingBudget, ask: NewBudget): StandingBudget {
  const { name, amount, mode = budget.mode } = ask;
  const accounts = budget.accounts.map((account) => ({
    ...account,
    cap: amount,
    ...(amount !== budget.amount && { remaining: null, percent: null, spentPercent: null }),
  }));
  return { ...budget, name, amount, mode, accounts };
}
