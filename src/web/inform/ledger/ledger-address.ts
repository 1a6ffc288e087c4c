/** What the address of the page can say beside what every page asks about, and what holds where it is silent. */
import type { Go } from '../../parts/address.ts';

export const DEFAULTS = {
  /** Dimensions, the first one's rows broken down by the second, and so on. */
  by: 'workflow,customer',
  call: '',
  only: '',
  simulated: 'auto',
  rows: '50',
  /** `cost.desc`; empty: as the ledger answers, the largest cost first. */
  sort: '',
  /** `off`: nothing is read or drawn ahead of the reader; for measuring what that is worth. */
  ahead: 'on',
} as const;
export type LedgerAddress = Readonly<Record<keyof typeof DEFAULTS, string>>;
export type LedgerGo = Go<keyof typeof DEFAULTS>;
