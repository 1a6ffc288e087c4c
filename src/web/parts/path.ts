/** Which page is shown: the first word of the path. Moving between pages loads nothing anew. */
import { useSyncExternalStore } from 'react';
import type { MouseEvent } from 'react';

const CHANGED = 'setpoint:address';

function subscribe(listen: () => void): () => void {
  addEventListener('popstate', listen);
  addEventListener(CHANGED, listen);
  return () => {
    removeEventListener('popstate', listen);
    removeEventListener(CHANGED, listen);
  };
}

/** The first word of the path; empty on the first page. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname.split('/')[1] ?? '');
}

/** Shows another page, as a step of the history. `search` begins with a question mark, or is empty. */
export function goTo(path: string, search = ''): void {
  history.pushState(null, '', `/${path}${search}`);
  dispatchEvent(new Event(CHANGED));
  document.getElementById('content')?.scrollTo(0, 0);
  scrollTo(0, 0);
}

/** For a link: a plain click moves within the app, any other is the browser's. */
export function onLink(path: string, search = ''): (event: MouseEvent) => void {
  return (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(path, search);
  };
}
