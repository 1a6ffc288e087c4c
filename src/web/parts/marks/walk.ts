/** Walking the marks of a chart that has one row of them: arrows, Home and End; Enter opens, Escape leaves. */
import { useState } from 'react';
import type { KeyboardEvent } from 'react';

export interface Walk {
  /** The mark that is looked at. */
  readonly here: number | undefined;
  readonly said: string;
  readonly leave: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

interface WalkInput {
  readonly count: number;
  /** What is said of a mark when it is reached. */
  readonly sayAt: (at: number) => string;
  readonly onOpen?: ((at: number) => void) | undefined;
}

export function useWalk({ count, sayAt, onOpen }: WalkInput): Walk {
  const [at, setHere] = useState<number>();
  // New figures may have fewer marks than those that were walked.
  const here = at === undefined || at >= count ? undefined : at;
  const leave = (): void => setHere(undefined);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && here !== undefined) {
      event.stopPropagation();
      return leave();
    }
    if (event.key === 'Enter' && here !== undefined && onOpen !== undefined) {
      event.preventDefault();
      return onOpen(here);
    }
    const next = stepped(event.key, here, count);
    if (next === undefined) return;
    event.preventDefault();
    setHere(next);
  };
  return { here, said: here === undefined ? '' : sayAt(here), leave, onKeyDown };
}

/** Where a key leads; undefined for a key that is not ours, and where there is nothing to walk. */
export function stepped(key: string, here: number | undefined, count: number): number | undefined {
  if (count === 0) return undefined;
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return here === undefined ? 0 : Math.min(here + 1, count - 1);
    case 'ArrowLeft':
    case 'ArrowUp':
      return here === undefined ? count - 1 : Math.max(here - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
