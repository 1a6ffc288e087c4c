/** What lies over the page, or hangs from its top line: one at most, opened by a button, a key or the palette. */
import { onMove } from './path.ts';
import { openStore } from './store.ts';

export type OverlayName = 'palette' | 'help' | 'export' | 'views' | 'save-view' | 'rename-view';

const { get, set, use } = openStore<OverlayName | undefined>(undefined);

export const openOverlay = set;
export const overlayNow = get;
export const useOverlay = use;

const DIALOGS: readonly OverlayName[] = ['palette', 'help', 'save-view', 'rename-view'];

/** Whether a dialog was asked for; its code may still be on its way. */
export function isDialogOpen(): boolean {
  const open = get();
  return open !== undefined && DIALOGS.includes(open);
}

onMove(() => openOverlay(undefined)); // whoever went somewhere wants to see it
