/**
 * Budgets: reserve, settle, slices. The front door. Pure: clocks and transports are arguments, so that one seed replays
 * everything that can happen between gateways and the authority.
 */
export { EVERY, openBudgets, valueOf } from './account.ts';
export type { Account, Amount, BudgetBook, CallOwner } from './account.ts';
export { BudgetAuthority } from './authority.ts';
export type { AccountView, Steps } from './authority.ts';
export { SliceHolder } from './holder.ts';
export type { Admission, HolderOptions, Need, Reservation } from './holder.ts';
export type {
  AccountLevel,
  Attach,
  AuthorityLink,
  GrantAnswer,
  GrantAsk,
  GrantLine,
  HolderReport,
  HolderTotals,
  ReportAnswer,
} from './protocol.ts';
export { stepOf, windowsOf } from './window.ts';
export type { Window } from './window.ts';
