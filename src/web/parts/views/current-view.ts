/** Which saved view the page shows, and whether it has been changed since it was opened. */
import { useLocation } from '@tanstack/react-router';
import type { MouseEvent } from 'react';

import type { View } from '../../../api/contract/views.ts';
import { goTo, history, onLink } from '../path.ts';
import { openStore } from '../store.ts';

/** What is open for a moment only, and no part of what a page asks about. */
const MOMENTARY = ['call', 'ahead'];

export interface Here {
  readonly path: string;
  readonly state: string;
}

export interface CurrentView {
  readonly view: View;
  readonly changed: boolean;
}

/** Id of the view that was opened last, as long as its page is shown; empty for none. */
const opened = openStore(keptId());

export function hereNow(): Here {
  return hereOf(history.location);
}

export function useCurrentView(views: readonly View[]): CurrentView | undefined {
  const here = hereOf(
    useLocation({ select: ({ pathname, searchStr }) => ({ pathname, search: searchStr }) }),
  );
  return currentOf(views, here, opened.use());
}

export function markOpened(id: string): void {
  opened.set(id);
  try {
    sessionStorage.setItem('setpoint:view', id);
  } catch {
    // A browser that keeps nothing knows it until the page is left.
  }
}

/** Goes to a view, as a step of the history. */
export function openView({ id, path, state }: View): void {
  markOpened(id);
  goTo(path, searchOf(state));
}

/** For the link of a view. */
export function onView({ id, path, state }: View): (event: MouseEvent) => void {
  const follow = onLink(path, searchOf(state));
  return (event) => {
    follow(event);
    if (event.defaultPrevented) markOpened(id); // it opens here, and not beside
  };
}

function searchOf(state: string): string {
  return state === '' ? '' : `?${state}`;
}

/** @param openedId of the view that was opened last: a changed address alone does not say of which view it is. */
export function currentOf(views: readonly View[], here: Here, openedId: string): CurrentView | undefined {
  const ofPage = views.filter(({ path }) => path === here.path);
  const last = ofPage.find(({ id }) => id === openedId);
  const isSame = (view: View): boolean => sorted(view.state) === sorted(here.state);
  if (last !== undefined && isSame(last)) return { view: last, changed: false };
  const same = ofPage.find(isSame);
  if (same !== undefined) return { view: same, changed: false };
  return last === undefined ? undefined : { view: last, changed: true };
}

function hereOf({ pathname, search }: { readonly pathname: string; readonly search: string }): Here {
  const given = new URLSearchParams(search);
  for (const name of MOMENTARY) given.delete(name);
  return { path: pathname.replaceAll(/^\/+|\/+$/g, ''), state: given.toString() };
}

/** The same question, whatever the order in which it was put together. */
function sorted(state: string): string {
  const given = new URLSearchParams(state);
  given.sort();
  return given.toString();
}

function keptId(): string {
  try {
    return sessionStorage.getItem('setpoint:view') ?? '';
  } catch {
    return '';
  }
}
