/** Every shortcut there is. The keys that act, the help and the palette are made from this one table. */
import { PAGES } from '../pages.ts';
import { openFilter } from './filtering/open.ts';
import { changeFilters, filtersNow } from './filters.ts';
import { singleKeys } from './kept.ts';
import { isDialogOpen, openOverlay, overlayNow } from './overlay.ts';
import { goTo } from './path.ts';
import { PRESETS } from './periods.ts';
import { stepRow } from './row-steps.ts';
import { shareLink } from './share.ts';
import { turnTheme } from './theme.ts';
import { undoLast } from './undo.ts';

export interface Shortcut {
  /** `mod+k`, `g o`, `/`: as it is written in the help. */
  readonly keys: string;
  readonly label: string;
  readonly group: 'Everywhere' | 'Go to' | 'Ask' | 'Period' | 'Rows';
  /** Left out where the page itself acts: the help lists it all the same. */
  readonly run?: () => void;
}

export function turnCompare(): void {
  changeFilters({ compare: filtersNow().compare === 'off' ? 'previous' : 'off' });
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: 'mod+k', label: 'Search, go and do', group: 'Everywhere', run: () => openOverlay('palette') },
  { keys: 'e', label: 'Export', group: 'Everywhere', run: () => openOverlay('export') },
  { keys: 's', label: 'Save this view', group: 'Everywhere', run: () => openOverlay('save-view') },
  { keys: 'v', label: 'Saved views', group: 'Everywhere', run: () => openOverlay('views') },
  { keys: 'u', label: 'Copy a link to this', group: 'Everywhere', run: () => void shareLink() },
  { keys: 'z', label: 'Undo what was just done', group: 'Everywhere', run: () => void undoLast() },
  { keys: 'd', label: 'Light or dark', group: 'Everywhere', run: turnTheme },
  { keys: '?', label: 'All shortcuts', group: 'Everywhere', run: () => openOverlay('help') },
  ...PAGES.flatMap(({ key, label, path }): Shortcut[] =>
    key === undefined ? [] : [{ keys: `g ${key}`, label, group: 'Go to', run: () => goTo(path) }],
  ),
  { keys: '/', label: 'Filter', group: 'Ask', run: () => openFilter('filters') },
  { keys: 't', label: 'Choose a period', group: 'Ask', run: () => openFilter('period') },
  { keys: 'c', label: 'Compare, or not', group: 'Ask', run: turnCompare },
  { keys: 'b', label: 'Break down', group: 'Ask', run: () => openFilter('by') },
  ...PRESETS.flatMap(({ key, label, during }): Shortcut[] =>
    key === undefined ? [] : [{ keys: key, label, group: 'Period', run: () => choosePeriod(during) }],
  ),
  { keys: 'j', label: 'Next row', group: 'Rows' },
  { keys: 'k', label: 'Row before', group: 'Rows' },
  { keys: 'enter', label: 'Open the row', group: 'Rows' },
  { keys: 'esc', label: 'One step back', group: 'Rows' },
];

export const SHORTCUT_GROUPS = ['Everywhere', 'Go to', 'Ask', 'Period', 'Rows'] as const;

export function choosePeriod(during: string): void {
  changeFilters({ during });
  openFilter(undefined);
}

/** How long `g` waits for the second key. */
const SECOND_KEY_MS = 1_500;

/** Acts on keys until the returned function is called. */
export function listenForShortcuts(): () => void {
  let first: { readonly key: string; readonly atMs: number } | undefined;
  const press = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.metaKey || event.ctrlKey) && !event.altKey && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      openOverlay(overlayNow() === 'palette' ? undefined : 'palette');
      return;
    }
    if (isTaken(event) || singleKeys.get() === 'off') return;
    const waits = first !== undefined && event.timeStamp - first.atMs < SECOND_KEY_MS;
    const keys = waits ? `${first?.key} ${event.key}` : event.key;
    first = undefined;
    if (keys === 'g') {
      first = { key: 'g', atMs: event.timeStamp };
      return;
    }
    if (keys === 'j' || keys === 'k') {
      // A page that walks its rows itself has said so when all listeners have been asked.
      setTimeout(() => {
        if (!event.defaultPrevented) stepRow(keys === 'j' ? 1 : -1);
      });
      return;
    }
    const found = SHORTCUTS.find((one) => one.keys === keys && one.run !== undefined);
    if (found === undefined) return;
    event.preventDefault();
    found.run?.();
  };
  addEventListener('keydown', press);
  return () => removeEventListener('keydown', press);
}

/** Keys that mean something else: in a field, with a modifier, or while something is to be decided over the page. */
function isTaken(event: KeyboardEvent): boolean {
  if (event.metaKey || event.ctrlKey || event.altKey) return true;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  const isField = target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
  return isField || isDialogOpen() || document.querySelector('dialog[open]') !== null;
}
