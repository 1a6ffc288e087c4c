import { useContext, useDeferredValue } from 'react';
import type { ReactNode } from 'react';

import { Search } from './address.ts';

/**
 * Drawn in pieces between which a press is answered; until all of it is drawn, what was there stays. What is in it reads the
 * address as it was when its figures were asked for.
 */
function useUnhurried(children: ReactNode): { readonly drawn: ReactNode; readonly isDrawn: boolean } {
  const now = <Search value={useContext(Search)}>{children}</Search>;
  const drawn = useDeferredValue(now);
  return { drawn, isDrawn: drawn === now };
}

export function Unhurried({ children }: { readonly children: ReactNode }): ReactNode {
  return useUnhurried(children).drawn;
}

interface ContentProps {
  /** The figures answer the question before. */
  readonly isOld?: boolean;
  /** They answer this one. */
  readonly isReady: boolean;
  readonly children: ReactNode;
}

/** What a page shows of its answers, below what is asked. */
export function Content({ isOld = false, isReady, children }: ContentProps) {
  const { drawn, isDrawn } = useUnhurried(children);
  return (
    <div className="content" aria-busy={isOld || !isDrawn} data-ready={isReady && isDrawn}>
      {drawn}
    </div>
  );
}
