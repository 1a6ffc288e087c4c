/** What one reader prefers, kept by this browser. A browser that keeps nothing still does what was chosen, until it is closed. */
import { openStore } from './store.ts';

function openKept(
  name: string,
  first: string,
): { get: () => string; set: (value: string) => void; use: () => string } {
  const store = openStore(readKept(name) ?? first);
  return {
    ...store,
    set(value) {
      store.set(value);
      try {
        localStorage.setItem(`setpoint:${name}`, value);
      } catch {
        // Said above.
      }
    },
  };
}

function readKept(name: string): string | undefined {
  try {
    return localStorage.getItem(`setpoint:${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Shortcuts of a single key can be in the way of speech input and of slips of the hand (WCAG 2.1.4): `on` or `off`. */
export const singleKeys = openKept('single-keys', 'on');

/** Whether charts say what happened meanwhile: `on` or `off`. */
export const annotationsShown = openKept('annotations', 'on');

/** `comfortable`, or `compact`: rows closer together. */
export const density = openKept('density', 'comfortable');

export function applyDensity(): void {
  document.documentElement.dataset['density'] = density.get();
}

export function turnDensity(): void {
  density.set(density.get() === 'compact' ? 'comfortable' : 'compact');
  applyDensity();
}
