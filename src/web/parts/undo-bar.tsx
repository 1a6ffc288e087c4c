/** A quiet bar at the bottom: what was done, what it does to money, and for a while the way back. Every edit can be changed on its page too. */
import { useEffect, useState } from 'react';

import { Keys } from './keys.tsx';
import { tell } from './telling.ts';
import { closeUndo, undoLast, useUndo } from './undo.ts';
import type { UndoState } from './undo.ts';

const OFFERED_MS = 10_000;
const SAID_MS = 4_000;

/** The bar over every page. It waits for as long as it is pointed at or has the focus. */
export function UndoBar() {
  const state = useUndo();
  const [held, setHeld] = useState(false);
  const { kind } = state;
  useEffect(() => {
    // A refusal stays until it is read; what is under way ends by itself.
    if (held || (kind !== 'done' && kind !== 'undone')) return undefined;
    const timer = setTimeout(() => closeUndo(state), kind === 'done' ? OFFERED_MS : SAID_MS);
    return () => clearTimeout(timer);
  }, [held, kind, state]);
  return (
    <div
      className="undo-place"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <UndoWords state={state} onUndo={() => void undoLast()} onClose={() => closeUndo(state)} />
    </div>
  );
}

interface UndoWordsProps {
  readonly state: UndoState;
  readonly onUndo: () => void;
  readonly onClose: () => void;
}

/** The live region stands there before it says anything: one that is added with its words is not read aloud everywhere. */
export function UndoWords({ state, onUndo, onClose }: UndoWordsProps) {
  const isShown = state.kind !== 'none';
  return (
    <div className={isShown ? 'undo-bar' : undefined}>
      <p role="status" aria-live="polite">
        {isShown && wordsOf(state)}
        {state.kind === 'done' && state.deed.effect !== undefined && <small>{state.deed.effect}</small>}
      </p>
      {state.kind === 'done' && (
        <button type="button" className="btn" aria-keyshortcuts="z" onClick={onUndo}>
          Undo <Keys keys="z" />
        </button>
      )}
      {isShown && state.kind !== 'undoing' && (
        <button type="button" className="btn plain" onClick={onClose}>
          Close
        </button>
      )}
    </div>
  );
}

function wordsOf(state: Exclude<UndoState, { kind: 'none' }>): string {
  switch (state.kind) {
    case 'done':
      return `${state.deed.text}.`;
    case 'undoing':
      return `Taking back: ${state.deed.text}…`;
    case 'undone':
      return `Taken back: ${state.deed.text}. Both decisions are kept.`;
    case 'refused': {
      const { title, detail, refused } = tell(state.error);
      const stands = refused ? '' : ' Whether it was done is not known: look before you try again.';
      const what = state.what === 'undoing' ? 'Not taken back' : 'Not done';
      return `${what}: ${state.text}. ${title}. ${detail}${stands}`;
    }
  }
}
