/** An answer that takes long, in a real browser: said in words, stopped by its reader, asked again. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { expectNoViolations } from '../axe.ts';
import { hold } from './held-answers.ts';
import { onSystem } from './in-browser.ts';
import { choosePeriod, toPage } from './page-clicks.ts';
import { PHONE } from './watched-pages.ts';

const { system, pages, inBrowser } = onSystem();

const bar = (page: Page) => page.locator('.asking-bar');
const button = (page: Page, name: string) => bar(page).getByRole('button', { name });

const hasFocus = async (page: Page, name: string): Promise<boolean> =>
  (await page.evaluate(`document.activeElement?.textContent`)) === name;

/** Questions to a path of the API. */
const at =
  (path: RegExp) =>
  ({ pathname }: URL): boolean =>
    path.test(pathname);

describe('an answer that takes long', () => {
  it(
    'is said in words over what was shown, is taken back with escape, and comes when it is asked again',
    inBrowser(async () => {
      const page = await pages.open('/spend');
      const content = page.locator('.content');
      await page.locator('.content[data-ready="true"]').waitFor();
      expect(await bar(page).count()).toBe(0);
      const before = await content.locator('.sentence').textContent();
      const held = await hold(page, at(/^\/api\/v1\/ledger$/));
      await choosePeriod(page, 'Last month');
      await button(page, 'Cancel').waitFor();
      expect(await bar(page).textContent()).toMatch(/^Adding up the period by workflow…\d+ sCancel$/);
      expect(await content.locator('.sentence').textContent()).toBe(before);
      await expectNoViolations(page);

      await button(page, 'Cancel').focus();
      await page.keyboard.press('Escape');
      await button(page, 'Ask again').waitFor();
      expect(await bar(page).textContent()).toContain(
        'Stopped. Nothing was changed. The figures shown answer the question before.',
      );
      await expect.poll(() => held.takenBack).toHaveLength(held.asked.length);
      expect(await content.locator('.sentence').textContent()).toBe(before);
      await expectNoViolations(page);

      // The reader comes back to the window: what was stopped stays so.
      const asked = held.asked.length;
      await page.evaluate(`dispatchEvent(new Event('visibilitychange'))`);
      await page.getByRole('button', { name: 'Light or dark' }).click(); // the page is usable
      expect(held.asked).toHaveLength(asked);

      expect(await hasFocus(page, 'Ask again')).toBe(false); // it went to what was pressed
      await button(page, 'Ask again').focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => held.asked.length).toBeGreaterThan(asked);
      await button(page, 'Cancel').waitFor(); // at once, and still under the hand
      await expect.poll(() => hasFocus(page, 'Cancel')).toBe(true);
      held.letGo();
      await page.locator('.content[data-ready="true"]').waitFor();
      await bar(page).waitFor({ state: 'detached' });
      expect(await content.locator('.sentence').textContent()).not.toBe(before);
    }),
  );

  it(
    'counts where the server counts, and says nothing where it does not',
    inBrowser(async () => {
      const page = await pages.open('/spend', { size: PHONE, scheme: 'dark' });
      await page.locator('.content[data-ready="true"]').waitFor();
      const held = await hold(page, at(/^\/api\/v1\/forecasts$/));
      let steps: { done: number | null; of: number | null } = { done: null, of: null };
      await page.route('**/api/v1/forecasts/progress*', (route) => route.fulfill({ json: steps }));
      await page.goto(`${system.apiUrl}/forecast`);
      await button(page, 'Cancel').waitFor();
      expect(await bar(page).textContent()).toMatch(/^Forecasting Organisation…/);
      expect(await page.locator('progress').count()).toBe(0);
      steps = { done: 12, of: 40 };
      await bar(page).getByText('12 of 40 workflows').waitFor();
      expect(await page.locator('progress').getAttribute('value')).toBe('12');
      await expectNoViolations(page);
      await button(page, 'Cancel').click();
      await button(page, 'Ask again').waitFor();
      await expect.poll(() => held.takenBack).toHaveLength(held.asked.length);
      held.letGo();
      await button(page, 'Ask again').click();
      await page.getByText('Nothing to forecast from yet').waitFor();
      await bar(page).waitFor({ state: 'detached' });
    }),
  );

  it(
    'is taken back when its page is left',
    inBrowser(async () => {
      const page = await pages.open('/settings');
      const held = await hold(page, at(/^\/api\/v1\/changes$/));
      await toPage(page, 'What changed');
      await expect.poll(() => held.asked).toHaveLength(1);
      await toPage(page, 'Spend');
      await expect.poll(() => held.takenBack).toHaveLength(1);
      held.letGo();
    }),
  );

  it(
    'has all its states in the gallery',
    inBrowser(async () => {
      const page = await pages.open('/parts');
      const group = page.getByRole('region', { name: 'Asking' });
      await group.getByText('12 of 40 workflows').waitFor();
      expect(await group.locator('.asking-bar').count()).toBe(4);
      await expectNoViolations(page);
    }),
  );
});
