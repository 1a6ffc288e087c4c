/** A button of the top line and what hangs from it. */
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';

import { Icon } from './icon.tsx';
import type { IconName } from './icon.tsx';
import { openOverlay, useOverlay } from './overlay.ts';
import type { OverlayName } from './overlay.ts';

interface DropProps {
  readonly name: OverlayName;
  readonly label: string;
  readonly icon: IconName;
  readonly children: ReactNode;
}

export function Drop({ name, label, icon, children }: DropProps) {
  const open = useOverlay() === name;
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (open) place.current?.querySelector<HTMLElement>('.drop-panel :is(a, button, input)')?.focus();
  }, [open]);
  const close = (): void => openOverlay(undefined);
  return (
    <div
      ref={place}
      className="drop"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        event.stopPropagation();
        button.current?.focus();
        close();
      }}
      onBlur={(event) => {
        if (open && !event.currentTarget.contains(event.relatedTarget)) close();
      }}
    >
      <button
        ref={button}
        type="button"
        className="btn plain"
        aria-expanded={open}
        onClick={() => openOverlay(open ? undefined : name)}
      >
        <Icon name={icon} />
        <span className="drop-label">{label}</span>
      </button>
      {open && <div className="drop-panel">{children}</div>}
    </div>
  );
}

/** One thing to choose in it. */
export function DropText({ label, note }: { readonly label: string; readonly note?: string }) {
  return (
    <span>
      {label}
      {note !== undefined && <small>{note}</small>}
    </span>
  );
}
