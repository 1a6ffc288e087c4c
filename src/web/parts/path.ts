/** Where we are and how to go elsewhere: the router's history, and links that keep what every page asks about. */
import { createBrowserHistory, createMemoryHistory, useLocation } from '@tanstack/react-router';
import type { MouseEvent } from 'react';

import { afterPainting } from './after-painting.ts';

/** One history for the router and for those who only change the address. Without a window (in a test) it is kept in memory. */
export const history = typeof window === 'undefined' ? createMemoryHistory() : createBrowserHistory();

/**
 * A press is answered by the next picture, and what it leads to is drawn in the one behind it: the address changes at once,
 * so that whoever changes it next builds on it, and those who look at it hear of it once the button is seen to be pressed.
 */
const { subscribe } = history;
/** For what lies over the page: it goes with the press itself, or it would take away what the next press opens. */
export const onMove = subscribe;
history.subscribe = (listen) => subscribe((change) => afterPainting(() => listen(change)));

/** Names in the address that mean the same on every page; links within the app take them along. */
export const GLOBAL_NAMES = ['during', 'compare', 'grain', 'where', 'zone'] as const;

/** The first word of the path; empty on the first page. */
export function usePath(): string {
  return useLocation({ select: ({ pathname }) => pathname.split('/')[1] ?? '' });
}

/** The part of the address that goes along to another page, from a question mark on, or empty. */
export function keptSearch(search: string = location.search): string {
  const given = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const name of GLOBAL_NAMES) {
    const value = given.get(name);
    if (value !== null) kept.set(name, value);
  }
  const text = kept.toString();
  return text === '' ? '' : `?${text}`;
}

/** Shows another page, as a step of the history. `search` begins with a question mark, or is empty. */
export function goTo(path: string, search: string = keptSearch()): void {
  history.push(`/${path}${search}`);
  scrollTo(0, 0);
}

/** For a link: a plain click moves within the app, any other is the browser's. */
export function onLink(path: string, search?: string): (event: MouseEvent) => void {
  return (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(path, search);
  };
}
