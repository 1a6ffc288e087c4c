/** Light or dark: the system's choice until the reader makes one, which this browser then keeps. */
export type Theme = 'light' | 'dark';

const KEPT_AS = 'setpoint:theme';

/** Called before the first paint, so that a dark page never flashes white. */
export function applyKeptTheme(): void {
  const kept = readKept();
  if (kept !== undefined) document.documentElement.dataset['theme'] = kept;
}

/** `system`: no choice was made. */
export type ThemeChoice = Theme | 'system';

export function themeChoice(): ThemeChoice {
  return readKept() ?? 'system';
}

export function chooseTheme(choice: ThemeChoice): void {
  if (choice !== 'system') return keepTheme(choice);
  delete document.documentElement.dataset['theme'];
  try {
    localStorage.removeItem(KEPT_AS);
  } catch {
    // Nothing was kept, so nothing is left.
  }
}

export function turnTheme(): void {
  keepTheme(themeNow() === 'dark' ? 'light' : 'dark');
}

function keepTheme(next: Theme): void {
  document.documentElement.dataset['theme'] = next;
  try {
    localStorage.setItem(KEPT_AS, next);
  } catch {
    // A browser that keeps nothing still shows what was chosen.
  }
}

function themeNow(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function readKept(): Theme | undefined {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return kept === 'light' || kept === 'dark' ? kept : undefined;
  } catch {
    return undefined;
  }
}
