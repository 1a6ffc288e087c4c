/**
 * What was just decided, and how it is taken back. Taking back is a decision of its own, by the call that is the inverse of the
 * first; the server refuses it when somebody decided in between. One at a time: what is decided next takes its place.
 */
import { openStore } from './store.ts';

export interface Deed {
  /** What was done, as a sentence without its full stop. */
  readonly text: string;
  /** What it does to money, where it does anything. */
  readonly effect?: string | undefined;
  /** The inverse call. */
  readonly undo: () => Promise<unknown>;
  /** Asks again for what the page shows, whether the server agreed or not. */
  readonly refresh: () => unknown;
}

export type UndoState =
  | { readonly kind: 'none' }
  | { readonly kind: 'done' | 'undoing' | 'undone'; readonly deed: Deed }
  /** `doing`: the decision itself; `undoing`: its inverse. */
  | {
      readonly kind: 'refused';
      readonly what: 'doing' | 'undoing';
      readonly text: string;
      readonly error: Error;
    };

const NONE: UndoState = { kind: 'none' };
const state = openStore<UndoState>(NONE);

export const useUndo = state.use;

/** Shows what was done, with the offer to take it back. */
export function offerUndo(deed: Deed): void {
  state.set({ kind: 'done', deed });
}

/** What was shown at once is not so: the server refused it. */
export function sayRefused(text: string, error: Error): void {
  state.set({ kind: 'refused', what: 'doing', text, error });
}

/** The offer goes; what was done stays done. What came in its place meanwhile stays too. */
export function closeUndo(shown: UndoState): void {
  if (state.get() === shown) state.set(NONE);
}

export async function undoLast(): Promise<void> {
  const now = state.get();
  if (now.kind !== 'done') return;
  const { deed } = now;
  const begun: UndoState = { kind: 'undoing', deed };
  state.set(begun);
  const after = await deed.undo().then(
    (): UndoState => ({ kind: 'undone', deed }),
    (error: unknown): UndoState => ({
      kind: 'refused',
      what: 'undoing',
      text: deed.text,
      error: error instanceof Error ? error : new Error(String(error)),
    }),
  );
  // What was decided meanwhile has the place; a refusal is never lost for it.
  if (state.get() === begun || after.kind === 'refused') state.set(after);
  void deed.refresh();
}
