/** What tests read off a page. What a page says comes when its answer does: it is waited for, never taken for there. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

import { formatDollars, parseDollars } from '../../src/units/money.ts';
import { faintTexts } from '../browser.ts';

export const sentence = (page: Page): Locator => page.locator('.sentence').first();

export const says = (page: Page, text: string): Promise<void> =>
  sentence(page).filter({ hasText: text }).waitFor();

/** Of the address. */
export const parameter = (page: Page, name: string): string | null =>
  new URL(page.url()).searchParams.get(name);

/** Exact amounts, which cells have as titles. */
export const titles = (cells: Locator): Promise<Array<string | null>> =>
  cells.evaluateAll((all) => all.map((one) => one.getAttribute('title')));

/** `$1,234.50` and `1,234.5` as the API writes them. */
export const plain = (shown: string): string => formatDollars(parseDollars(shown.replaceAll(/[$,\s]/g, '')));

export const sum = (amounts: readonly string[]): string =>
  formatDollars(amounts.reduce((all, one) => all + parseDollars(one), 0n));

/** Nothing pushes the page sideways. */
export const expectToFit = (page: Page): Promise<void> =>
  expect
    .poll(() =>
      page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
    )
    .toBe(0);

/** No text in sight is fainter than WCAG allows, once what fades in has. */
export const expectLegible = (page: Page): Promise<void> => expect.poll(() => faintTexts(page)).toEqual([]);
