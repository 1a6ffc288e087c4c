/** The rows by keyboard: j and k walk, home and end go to either end of what is there, enter opens. */
import { useCallback, useEffect, useRef } from 'react';
import type { RefObject } from 'react';

import { singleKeys } from '../../parts/kept.ts';

export interface RowWalk {
  readonly region: RefObject<HTMLElement | null>;
  /** Rows that can be walked to. */
  readonly count: number;
  readonly callAt: (place: number) => string | undefined;
  readonly placeOf: (call: string) => number;
  readonly scrollTo: (place: number) => void;
  readonly picked: string;
  readonly onPick: (call: string, how?: 'step' | 'replace') => void;
}

/** A row far away is drawn some frames after it was scrolled to. */
const MOST_FRAMES = 30;

/**
 * An open receipt follows the walk, without steps of its own in the history. Closed, the focus returns to the row whose
 * receipt it was. Rows out of sight are not in the page, so the walk is by place and not by element.
 */
export function useRowWalk(walk: RowWalk): void {
  const now = useRef(walk);
  useEffect(() => {
    now.current = walk;
  });
  const last = useRef(-1);
  const focus = useCallback((place: number): void => {
    last.current = place;
    now.current.scrollTo(place);
    focusRow(now.current.region, place, MOST_FRAMES);
  }, []);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { region, count, callAt, placeOf, picked, onPick } = now.current;
      if (isTaken(event)) return;
      const at = focusedPlace(region.current) ?? (picked === '' ? last.current : placeOf(picked));
      const place = target(event, at, count, region.current);
      if (place === undefined || count === 0) return;
      event.preventDefault();
      focus(place);
      const call = callAt(place);
      if (picked !== '' && call !== undefined) onPick(call, 'replace');
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [focus]);

  const { picked } = walk;
  const before = useRef(picked);
  useEffect(() => {
    const closed = picked === '' ? before.current : '';
    before.current = picked;
    const place = closed === '' ? -1 : now.current.placeOf(closed);
    if (place >= 0) focus(place);
  }, [picked, focus]);
}

function target(
  { key }: KeyboardEvent,
  at: number,
  count: number,
  region: HTMLElement | null,
): number | undefined {
  const within = region?.contains(document.activeElement) === true;
  const hasLetters = singleKeys.get() === 'on';
  if (key === 'j' && hasLetters) return Math.min(at + 1, count - 1);
  if (key === 'k' && hasLetters) return Math.max(at - 1, 0);
  if (key === 'Home' && within) return 0;
  if (key === 'End' && within) return count - 1;
  return undefined;
}

/** A key that means something to what has the focus, or has been answered. */
export function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return true;
  if (!(event.target instanceof HTMLElement)) return false;
  return event.target.closest('input, select, textarea, [role="menu"], [role="listbox"], dialog') !== null;
}

function focusedPlace(region: HTMLElement | null): number | undefined {
  const row = document.activeElement?.closest<HTMLElement>('tr[data-place]');
  if (row === null || row === undefined || region?.contains(row) !== true) return undefined;
  return Number(row.dataset['place']);
}

function focusRow(region: RefObject<HTMLElement | null>, place: number, frames: number): void {
  const button = region.current?.querySelector<HTMLElement>(`tr[data-place="${place}"] button.call`);
  if (button !== null && button !== undefined) button.focus({ preventScroll: true });
  else if (frames > 0) requestAnimationFrame(() => focusRow(region, place, frames - 1));
}
