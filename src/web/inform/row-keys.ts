import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';

type Pick = (call: string, how?: 'step' | 'replace') => void;

/**
 * j and k walk the rows (and an open receipt follows, without steps of its own in the history), enter opens the row's
 * receipt, being a button, and esc closes it. Focus returns to the row whose receipt was open.
 */
export function useRowKeys(
  rows: RefObject<HTMLTableSectionElement | null>,
  picked: string,
  onPick: Pick,
): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (isTaken(event)) return;
      if (event.key === 'Escape' && picked !== '') onPick('');
      const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
      if (step === 0) return;
      const next = neighbour(buttonsOf(rows.current), picked, step);
      next?.focus();
      const call = next?.dataset['call'];
      if (picked !== '' && call !== undefined) onPick(call, 'replace');
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [rows, picked, onPick]);

  const before = useRef(picked);
  useEffect(() => {
    const closed = picked === '' ? before.current : '';
    before.current = picked;
    if (closed === '') return;
    buttonsOf(rows.current)
      .find((button) => button.dataset['call'] === closed)
      ?.focus({ preventScroll: true });
  }, [rows, picked]);
}

function isTaken(event: KeyboardEvent): boolean {
  if (event.metaKey || event.ctrlKey || event.altKey) return true;
  return event.target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
}

function buttonsOf(rows: HTMLTableSectionElement | null): HTMLButtonElement[] {
  return [...(rows?.querySelectorAll<HTMLButtonElement>('button.call') ?? [])];
}

/** From the row with the focus, else from that of the open receipt, else the first. Lines of one call are rows apart. */
function neighbour(
  buttons: readonly HTMLButtonElement[],
  picked: string,
  step: 1 | -1,
): HTMLButtonElement | undefined {
  const focused = buttons.findIndex((button) => button === document.activeElement);
  const at = focused >= 0 ? focused : buttons.findIndex((button) => button.dataset['call'] === picked);
  return buttons[Math.min(Math.max(at + step, 0), buttons.length - 1)];
}
