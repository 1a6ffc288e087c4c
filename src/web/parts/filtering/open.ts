/** Which filter's panel is open: one at most, opened by its button or by a key. */
import { useSyncExternalStore } from 'react';

import { history } from '../path.ts';

export type FilterName = 'period' | 'compare' | 'grain' | 'by' | 'filters' | 'zone';

let current: FilterName | undefined;
const listeners = new Set<() => void>();

export function openFilter(name: FilterName | undefined): void {
  if (name === current) return;
  current = name;
  for (const listen of listeners) listen();
}

let path = history.location.pathname;
history.subscribe(({ location }) => {
  if (location.pathname === path) return;
  path = location.pathname;
  openFilter(undefined);
});

export function useOpenFilter(): FilterName | undefined {
  return useSyncExternalStore(
    (listen) => {
      listeners.add(listen);
      return () => void listeners.delete(listen);
    },
    () => current,
  );
}
