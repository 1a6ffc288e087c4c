/** The way from a figure to the lines that prove it. */
import type { MouseEvent } from 'react';

import { toAddress } from './conditions.ts';
import type { Conditions } from './conditions.ts';
import { onLink } from './path.ts';

interface Proof {
  readonly during: string;
  readonly by?: string;
  readonly only?: Conditions;
}

/** For an `a`: the ledger of a period, and below it the lines that fulfil the conditions. */
export function ledgerLink({ during, by = '', only = [] }: Proof): {
  readonly href: string;
  readonly onClick: (event: MouseEvent) => void;
} {
  const search = ledgerSearch({ during, by, only });
  return { href: `/ledger${search}`, onClick: onLink('ledger', search) };
}

export function ledgerSearch({ during, by = '', only = [] }: Proof): string {
  const parameters = new URLSearchParams({
    ...(during !== 'this-month' && { during }),
    ...(by !== '' && { by }),
    ...(only.length > 0 && { only: toAddress(only) }),
  }).toString();
  return parameters === '' ? '' : `?${parameters}`;
}
