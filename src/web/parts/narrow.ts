import { useSyncExternalStore } from 'react';

/** Where the look puts a drawer over the page instead of beside it. */
const NARROW = '(max-width: 1100px)';

function subscribe(listen: () => void): () => void {
  const media = matchMedia(NARROW);
  media.addEventListener('change', listen);
  return () => media.removeEventListener('change', listen);
}

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => matchMedia(NARROW).matches);
}
