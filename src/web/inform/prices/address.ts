/** What the address of the prices page can say, and what holds where it is silent. */
import type { Go } from '../../parts/address.ts';

export const DEFAULTS = {
  view: 'book',
  find: '',
  origin: '',
  from: '',
  to: '',
  version: '',
  by: 'workflow',
  model: '',
  at: '',
} as const;

export type PricesAddress = Readonly<Record<keyof typeof DEFAULTS, string>>;
export type PricesGo = Go<keyof typeof DEFAULTS>;
