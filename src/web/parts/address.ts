/** The address bar is the state: what is shown can be shared, and back works. */
import { useLocation } from '@tanstack/react-router';
import { createContext, useCallback, useContext } from 'react';

import { history } from './path.ts';

/** What is asked, from a question mark on; what is drawn unhurriedly has its own, which may be the one before. */
export const Search = createContext('');

export function useSearchNow(): string {
  return useLocation({ select: ({ searchStr }) => searchStr });
}

type Values<Names extends string> = Readonly<Record<Names, string>>;

/** Changes named values. `replace` makes no step of its own in the history. */
export type Go<Names extends string> = (
  change: Partial<Record<Names, string>>,
  how?: 'step' | 'replace',
) => void;

/** Named values of the address, with defaults that are left out of it. An empty string or the default removes a name. */
export function useAddress<Names extends string>(defaults: Values<Names>): [Values<Names>, Go<Names>] {
  const given = new URLSearchParams(useContext(Search));
  const values = Object.fromEntries(
    Object.entries<string>(defaults).map(([name, standard]) => [name, given.get(name) ?? standard]),
  ) as Record<Names, string>;
  const go = useCallback<Go<Names>>(
    (change, how = 'step') => {
      const { pathname, search: now } = history.location;
      const target = addressAfter(now, defaults, change);
      if (target === now) return;
      if (how === 'step') history.push(`${pathname}${target}`);
      else history.replace(`${pathname}${target}`);
    },
    [defaults],
  );
  return [values, go];
}

export function addressAfter<Names extends string>(
  search: string,
  defaults: Values<Names>,
  change: Partial<Record<Names, string>>,
): string {
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries<string | undefined>(change)) {
    if (value === undefined || value === '' || value === defaults[name as Names]) parameters.delete(name);
    else parameters.set(name, value);
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
