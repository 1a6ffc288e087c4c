/** One value that several parts of the page look at, outside the address: what is open, what is shown beside. */
import { useSyncExternalStore } from 'react';

export interface Store<T> {
  readonly get: () => T;
  readonly set: (value: T) => void;
  /** The value, as a hook. */
  readonly use: () => T;
}

export function openStore<T>(first: T): Store<T> {
  let current = first;
  const listeners = new Set<() => void>();
  const get = (): T => current;
  const subscribe = (listen: () => void): (() => void) => {
    listeners.add(listen);
    return () => void listeners.delete(listen);
  };
  return {
    get,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const listen of listeners) listen();
    },
    use: () => useSyncExternalStore(subscribe, get),
  };
}
