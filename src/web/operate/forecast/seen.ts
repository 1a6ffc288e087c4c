/** Whether a part of the page came into sight once: what costs the server work is asked for then, and not before. */
import { useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';

/** How far below the window counts as in sight. */
const AHEAD = '200px';

export function useSeen(): [RefObject<HTMLElement | null>, boolean] {
  const place = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (element === null || seen) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
      },
      { rootMargin: AHEAD },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [seen]);
  return [place, seen];
}
