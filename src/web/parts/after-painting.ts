import { startTransition, useEffect, useState } from 'react';
import type { ReactNode } from 'react';

/** A page that nobody sees is not painted. */
const LONGEST_MS = 100;

/** Does it once the browser has painted what is there, at once where nothing is painted. */
export function afterPainting(work: () => void): void {
  if (typeof document === 'undefined' || document.hidden) return work();
  let done = false;
  const once = (): void => {
    if (done) return;
    done = true;
    work();
  };
  requestAnimationFrame(() => setTimeout(once));
  setTimeout(once, LONGEST_MS);
}

/** Becomes true once what was drawn with it has been painted. */
export function usePainted(): boolean {
  const [isPainted, setPainted] = useState(false);
  useEffect(() => {
    let gone = false;
    afterPainting(() => {
      if (!gone) startTransition(() => setPainted(true));
    });
    return () => void (gone = true);
  }, []);
  return isPainted;
}

/** What stands below the first words of a page: it comes in the picture behind them, so that they do not wait for it. */
export function Behind({ children }: { readonly children: ReactNode }): ReactNode {
  return usePainted() && children;
}

/** As many as a list shows at once when it is opened; the others come in the picture behind it. */
const IN_SIGHT = 12;

/** How many items of a list that was just opened are to be drawn. */
export function useInSight(): number {
  return usePainted() ? Number.POSITIVE_INFINITY : IN_SIGHT;
}
