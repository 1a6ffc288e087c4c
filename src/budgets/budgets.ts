/**
 * Budgets: reserve, settle, slices. The front door. Pure: clocks and transports are arguments, so that one seed replays
 * everything that can happen between gateways and the authority.
 */
export { EVERY, openBudgets, valueOf } from './account.ts';
export type { Account, Amount, BudgetBook, CallOwner } from './account.ts';
export type { Admission, Need, Reservation } from './admission.ts';
export { BudgetAuthority } from './authority.ts';
export { booksOf } from './books.ts';
export {
  readAccountViews,
  readBooksLook,
  readGrantAnswer,
  readHolderMessage,
  readReportAnswer,
  writeMessage,
} from './codec.ts';
export type { HolderMessage } from './codec.ts';
export { budgetIdOf, budgetOfRule, MOST_BUDGETS, readBudgetDraft, toBudgetRule } from './draft.ts';
export type { BudgetDraft, DecidedBudget, DraftProblem } from './draft.ts';
export { findAccount } from './naming.ts';
export { SliceHolder } from './holder.ts';
export type { HolderOptions } from './holder.ts';
export type {
  AccountLevel,
  AccountOf,
  AccountView,
  Attach,
  AuthorityBooks,
  AuthorityLink,
  BookedAccount,
  BookedHolder,
  GrantAnswer,
  GrantAsk,
  GrantLine,
  HolderReport,
  HolderTotals,
  Rebase,
  ReportAnswer,
  Steps,
} from './protocol.ts';
export { windowsOf } from './window.ts';
export type { Window } from './window.ts';
