/** The address bar is the state: what is shown can be shared, and back works. */
import { useCallback, useSyncExternalStore } from 'react';

type Values = Readonly<Record<string, string>>;

const CHANGED = 'setpoint:address';

function subscribe(listen: () => void): () => void {
  addEventListener('popstate', listen);
  addEventListener(CHANGED, listen);
  return () => {
    removeEventListener('popstate', listen);
    removeEventListener(CHANGED, listen);
  };
}

/**
 * Named values of the address, with defaults that are left out of it.
 * The setter adds a step to the history; an empty string or the default removes a name.
 */
export function useAddress<Names extends string>(
  defaults: Readonly<Record<Names, string>>,
): [Readonly<Record<Names, string>>, (change: Partial<Record<Names, string>>) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search);
  const given = new URLSearchParams(search);
  const values = Object.fromEntries(
    Object.entries<string>(defaults).map(([name, standard]) => [name, given.get(name) ?? standard]),
  ) as Record<Names, string>;
  const change = useCallback(
    (next: Partial<Record<Names, string>>) => {
      const parameters = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries<string | undefined>(next)) {
        if (value === undefined || value === '' || value === (defaults as Values)[name]) parameters.delete(name);
        else parameters.set(name, value);
      }
      const text = parameters.toString();
      history.pushState(null, '', text === '' ? location.pathname : `?${text}`);
      dispatchEvent(new Event(CHANGED));
    },
    [defaults],
  );
  return [values, change];
}
