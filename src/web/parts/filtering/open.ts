/** Which filter's panel is open: one at most, opened by its button or by a key. */
import { history, onMove } from '../path.ts';
import { openStore } from '../store.ts';

export type FilterName = 'period' | 'compare' | 'grain' | 'by' | 'filters' | 'zone';

const { set, use } = openStore<FilterName | undefined>(undefined);

export const openFilter = set;
export const useOpenFilter = use;

let path = history.location.pathname;
onMove(({ location }) => {
  if (location.pathname === path) return;
  path = location.pathname;
  openFilter(undefined);
});
