import { startTransition, useEffect, useState } from 'react';

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

/** As many as a list shows at once when it is opened; the others come in the picture behind it. */
const IN_SIGHT = 12;

/** How many items of a list that was just opened are to be drawn. */
export function useInSight(): number {
  const [most, setMost] = useState(IN_SIGHT);
  useEffect(() => {
    let gone = false;
    afterPainting(() => {
      if (!gone) startTransition(() => setMost(Number.POSITIVE_INFINITY));
    });
    return () => void (gone = true);
  }, []);
  return most;
}
