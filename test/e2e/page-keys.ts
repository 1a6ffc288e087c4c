/** What a person without a pointer does on any page of the web app. Wherever they are, they see where they are. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const MOST_STOPS = 200;

export interface Focused {
  /** By what a screen reader would call it. */
  readonly name: string;
  readonly state: 'seen' | 'unseen' | 'lost';
  /** Its tag and classes, for messages. */
  readonly what: string;
}

/** Says of whatever has the focus whether a ring in the accent colour, or an outline, is around it or around the field that it is in. */
const LOOK = `(() => {
  const at = document.activeElement;
  if (at === null || at === document.body || at === document.documentElement) return { name: '', state: 'lost', what: 'body' };
  const probe = document.body.appendChild(document.createElement('i'));
  probe.style.boxShadow = '0 0 0 1px var(--accent)';
  const accent = getComputedStyle(probe).boxShadow.split(' 0px')[0];
  probe.remove();
  const isRinged = (one) => {
    const { boxShadow, outlineStyle, outlineWidth } = getComputedStyle(one);
    return boxShadow.includes(accent) || (outlineStyle !== 'none' && outlineWidth !== '0px');
  };
  const around = [at, at.closest('.palette-head, .number, .filter')].filter((one) => one !== null);
  const { width, height } = at.getBoundingClientRect();
  const named = (at.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ').trim();
  const name = at.ariaLabel ?? (named || (at.labels?.[0]?.textContent ?? at.textContent ?? ''));
  return {
    name: name.trim().replaceAll(/\\s+/g, ' ').slice(0, 120),
    state: width * height > 0 && around.some(isRinged) ? 'seen' : 'unseen',
    what: at.tagName.toLowerCase() + (at.id && '#' + at.id) + [...at.classList].map((one) => '.' + one).join(''),
  };
})()`;

export function focused(page: Page): Promise<Focused> {
  return page.evaluate<Focused>(LOOK);
}

/** Until the focus is on what has that name, in sight. */
export async function focusOn(page: Page, name: string | RegExp): Promise<void> {
  const wanted = typeof name === 'string' ? name : expect.stringMatching(name);
  await expect.poll(() => focused(page)).toMatchObject({ name: wanted, state: 'seen' });
}

/** Presses tab until what has that name has the focus; every stop on the way must be in sight. */
export async function tabTo(page: Page, name: string | RegExp, key = 'Tab'): Promise<void> {
  const passed: string[] = [];
  for (let stops = 0; stops < MOST_STOPS; stops += 1) {
    const at = await focused(page);
    if (at.state === 'seen' && (typeof name === 'string' ? at.name === name : name.test(at.name))) return;
    passed.push(`${at.state} ${at.what} ${at.name}`);
    if (stops > 0 && at.state !== 'seen') break;
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not reach ${name}, each stop in sight:\n${passed.join('\n')}`);
}

/** Notes every event of a pointer from now on; keys that press a button make clicks too, without a count. */
export async function watchPointer(page: Page): Promise<() => Promise<readonly string[]>> {
  await page.evaluate(`(() => {
    window.pointed = [];
    const kinds = ['pointerdown', 'pointerup', 'pointermove', 'mousedown', 'mouseup', 'mousemove', 'wheel', 'touchstart', 'click', 'dblclick'];
    for (const kind of kinds)
      addEventListener(kind, (event) => {
        if (kind !== 'click' || event.detail > 0) window.pointed.push(kind);
      }, { capture: true, passive: true });
  })()`);
  return () => page.evaluate<string[]>('window.pointed');
}

/** In a list that narrows as somebody writes: what enter takes. */
export async function highlighted(page: Page, text: string): Promise<void> {
  await page.locator('.option[data-highlighted]', { hasText: text }).first().waitFor();
}

/** By the palette: what is written, and the first thing that it finds. */
export async function find(page: Page, text: string, found: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await focusOn(page, 'Search, go and do');
  await page.keyboard.type(text);
  await highlighted(page, found);
  await page.keyboard.press('Enter');
  await page.locator('.palette').waitFor({ state: 'detached' });
}
