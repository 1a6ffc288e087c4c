import { useId, useLayoutEffect, useRef } from 'react';
import type { ReactNode } from 'react';

import { Icon } from './icon.tsx';

interface DialogProps {
  readonly title: string;
  readonly note?: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A thing to decide, over the page. The browser keeps the focus in it, closes it with esc and gives the focus back. */
export function Dialog({ title, note, onClose, children }: DialogProps) {
  const place = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // Before it is taken away and not after: a dialog that is no longer in the page gives the focus back to nobody.
  useLayoutEffect(() => {
    const dialog = place.current;
    dialog?.showModal();
    firstThing(dialog)?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={place}
      className="dialog"
      aria-labelledby={titleId}
      onClose={() => {
        // The browser tells of it a moment later: by then it may be gone, and what was opened next must stay.
        if (place.current !== null) onClose();
      }}
    >
      <header>
        <h2 id={titleId}>{title}</h2>
        {note !== undefined && <p>{note}</p>}
        <button type="button" className="btn plain square push" aria-label="Close" onClick={onClose}>
          <Icon name="cross" />
        </button>
      </header>
      {children}
    </dialog>
  );
}

/** What has to be written first, else what is pressed at last. */
function firstThing(dialog: HTMLDialogElement | null): HTMLElement | null | undefined {
  const empty = [...(dialog?.querySelectorAll<HTMLInputElement>('input:required') ?? [])].find(
    ({ value }) => value === '',
  );
  return empty ?? dialog?.querySelector<HTMLElement>('.btn.primary:enabled, input');
}
