/** The way from a figure to the lines that prove it. */
import type { MouseEvent } from 'react';

import { toAddress } from './conditions.ts';
import type { Conditions } from './conditions.ts';
import { history, keptSearch, onLink } from './path.ts';

interface Proof {
  readonly during: string;
  readonly by?: string;
  readonly only?: Conditions;
  /** What narrows the figure as a whole: the filters of a page that they narrow. */
  readonly where?: Conditions;
  /** Where the days of the figure begin; the zone of the address unless it is another. Empty: the server's. */
  readonly zone?: string;
}

/** For an `a`: the ledger of a period, and below it the lines that fulfil the conditions. */
export function ledgerLink(proof: Proof): {
  readonly href: string;
  readonly onClick: (event: MouseEvent) => void;
} {
  const search = ledgerSearch(proof);
  return { href: `/ledger${search}`, onClick: onLink('ledger', search) };
}

export function ledgerSearch({ during, by = '', only = [], where = [], zone = zoneNow() }: Proof): string {
  const parameters = new URLSearchParams({
    ...(during !== 'this-month' && { during }),
    ...(by !== '' && { by }),
    ...(where.length > 0 && { where: toAddress(where) }),
    ...(only.length > 0 && { only: toAddress(only) }),
    ...(zone !== '' && { zone }),
  }).toString();
  return parameters === '' ? '' : `?${parameters}`;
}

/** Spend broken down so, under what the address asks about, or under these conditions in place of its own. */
export function spendLink(by: string, where?: Conditions): ReturnType<typeof ledgerLink> {
  const search = spendSearch(by, where);
  return { href: `/spend${search}`, onClick: onLink('spend', search) };
}

export function spendSearch(by: string, where?: Conditions): string {
  const search = new URLSearchParams(keptSearch());
  if (where !== undefined) search.set('where', toAddress(where));
  search.set('by', by);
  return `?${search.toString()}`;
}

function zoneNow(): string {
  return new URLSearchParams(history.location.search).get('zone') ?? '';
}
