/** What was just done, with the way back beside it for a while. */
import { useEffect } from 'react';

import { openStore } from '../store.ts';

const OFFERED_MS = 10_000;

interface Offer {
  readonly text: string;
  readonly undo: () => void;
}

const offered = openStore<Offer | undefined>(undefined);

export function offerUndo(text: string, undo: () => void): void {
  offered.set({ text, undo });
}

export function UndoLine() {
  const offer = offered.use();
  useEffect(() => {
    if (offer === undefined) return undefined;
    const timer = setTimeout(() => offered.set(undefined), OFFERED_MS);
    addEventListener('keydown', undoByKey);
    return () => {
      clearTimeout(timer);
      removeEventListener('keydown', undoByKey);
    };
  }, [offer]);
  return (
    <div className="saying undo" role="status">
      {offer !== undefined && (
        <span>
          {offer.text}
          <button type="button" onClick={takeBack}>
            Undo
          </button>
        </span>
      )}
    </div>
  );
}

function takeBack(): void {
  const offer = offered.get();
  offered.set(undefined);
  offer?.undo();
}

/** As everywhere else; in a field it takes back what was written there. */
function undoByKey(event: KeyboardEvent): void {
  const isUndo = (event.metaKey || event.ctrlKey) && !event.shiftKey && event.key.toLowerCase() === 'z';
  const inField = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA)$/.test(event.target.tagName);
  if (!isUndo || inField) return;
  event.preventDefault();
  takeBack();
}
