/** Whether the side navigation is open where it does not fit beside the page. */
import { useSyncExternalStore } from 'react';

import { onMove } from './path.ts';

let isOpen = false;
const listeners = new Set<() => void>();

export function openMenu(open: boolean): void {
  if (open === isOpen) return;
  isOpen = open;
  for (const listen of listeners) listen();
}

onMove(() => openMenu(false)); // whoever has chosen a page wants to see it

export function useMenu(): boolean {
  return useSyncExternalStore(
    (listen) => {
      listeners.add(listen);
      return () => void listeners.delete(listen);
    },
    () => isOpen,
  );
}
