/** The shell of the web app in a real browser: filter bar, palette, keys, links, paper; by keyboard, and under axe. */
import { readFile } from 'node:fs/promises';

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { expectNoViolations } from '../axe.ts';
import { tellOfCalls } from './api-calls.ts';
import { onSystem } from './in-browser.ts';
import { find, focused, focusOn, highlighted } from './page-keys.ts';
import { expectToFit, parameter, sentence } from './page-reads.ts';
import { PHONE } from './watched-pages.ts';
import type { Around } from './watched-pages.ts';

/** Of two workflows and two teams. */
const CALLS = Array.from({ length: 24 }, (_, at) => ({
  model: 'gpt-4o',
  inputTokens: 100_000 + 1_000 * at,
  outputTokens: 10_000,
  workflow: at % 2 === 0 ? 'claims copilot' : 'extraction',
  team: at % 3 === 0 ? 'CX' : 'Legal',
}));

const { system, pages, inBrowser } = onSystem({ prepare: () => tellOfCalls(system, CALLS) });

async function openChanges(query = '', around: Around = {}): Promise<Page> {
  const page = await pages.open(`/changes${query}`, around);
  await page.locator('tr.total').waitFor();
  return page;
}

describe('by keyboard only', () => {
  it(
    'a period is chosen, a filter added, excluded and taken away, and focus comes back each time',
    inBrowser(async () => {
      const page = await openChanges();
      await page.keyboard.press('t');
      await focusOn(page, /^Today/);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await expect.poll(() => parameter(page, 'during')).toBe('7d');
      await focusOn(page, /^Period\s*Last 7 days/);

      await page.keyboard.press('/');
      await focusOn(page, 'Filter by');
      await page.keyboard.type('workf');
      await highlighted(page, 'Workflow');
      await page.keyboard.press('Enter');
      await focusOn(page, 'Workflow: values');
      await page.keyboard.type('claims');
      await highlighted(page, 'claims copilot');
      await page.keyboard.press('Enter');
      await expect.poll(() => parameter(page, 'where')).toBe('workflow=claims+copilot');
      await page.keyboard.press('Alt+Enter');
      await expect.poll(() => parameter(page, 'where')).toBe('workflow%21=claims+copilot');
      await page.keyboard.press('Escape');
      await focusOn(page, 'Filter');
      await page.keyboard.press('Shift+Tab');
      await focusOn(page, 'Remove the filter Workflow is not claims copilot');
      await page.keyboard.press('Enter');
      await expect.poll(() => parameter(page, 'where')).toBeNull();
    }),
  );

  it(
    'days of one’s own are chosen in the two months, by arrows',
    inBrowser(async () => {
      const page = await pages.open('/changes?during=2026-03-10..2026-03-12');
      await page.getByText('No money was spent').waitFor();
      await page.keyboard.press('t');
      const days = page.getByRole('grid', { name: 'March 2026' });
      await days.waitFor();
      await days.getByRole('button', { name: /12 March 2026/ }).focus();
      for (const [key, day] of [
        ['ArrowUp', '5 March 2026'],
        ['Home', '2 March 2026'], // its Monday
        ['Enter', '2 March 2026'],
        ['PageUp', '2 February 2026'],
        ['ArrowRight', '3 February 2026'],
      ] as const) {
        await page.keyboard.press(key);
        await focusOn(page, new RegExp(`\\b${day}`));
      }
      await page.keyboard.press('Enter');
      await expect.poll(() => parameter(page, 'during')).toBe('2026-02-03..2026-03-02');
    }),
  );

  it(
    'the palette finds a workflow, a page and an act',
    inBrowser(async () => {
      const page = await openChanges('?during=this-month&zone=Europe%2FZurich');
      await find(page, 'claims', 'claims copilot');
      await expect.poll(() => decodeURIComponent(page.url())).toMatch(/claims.copilot/);
      expect(parameter(page, 'zone')).toBe('Europe/Zurich');

      await find(page, 'pric', 'Prices');
      await page.getByRole('heading', { name: 'Prices', exact: true }).waitFor();

      await find(page, 'light or', 'Light or dark');
      await expect.poll(() => page.evaluate<string>('document.documentElement.dataset.theme')).toBe('dark');
    }),
  );

  it(
    'single keys act, but neither in a field nor when they are switched off',
    inBrowser(async () => {
      const page = await openChanges();
      await page.keyboard.press('g');
      await page.keyboard.press('b');
      await page.getByRole('heading', { name: 'Budgets', exact: true }).waitFor();
      await page.getByLabel('As it stood at the start of').focus();
      await page.keyboard.press('?');
      expect(await page.getByRole('dialog').count()).toBe(0);
      await page.getByRole('button', { name: 'Light or dark' }).focus();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
      await page.getByLabel(/Shortcuts of a single key/).uncheck();
      await page.keyboard.press('Escape');
      await focusOn(page, 'Light or dark');
      await page.keyboard.press('g');
      await page.keyboard.press('c');
      await page.keyboard.press('y');
      expect(new URL(page.url()).pathname).toBe('/budgets');
      await page.keyboard.press('Control+k');
      await focusOn(page, 'Search, go and do');
    }),
  );
});

describe('rows', () => {
  it(
    'are walked with j and k, and enter opens the lines behind one, narrowed as it was',
    inBrowser(async () => {
      const page = await openChanges('?where=team%3DCX&zone=Europe%2FZurich');
      const row = (): Promise<number> =>
        page.evaluate<number>(
          `[...document.querySelectorAll('main tbody tr')].indexOf(document.activeElement.closest('tr'))`,
        );
      await page.keyboard.press('j');
      await expect.poll(row).toBe(0);
      await page.keyboard.press('j');
      await expect.poll(row).toBe(1);
      await page.keyboard.press('k');
      await expect.poll(row).toBe(0);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Ledger', exact: true }).waitFor();
      expect([parameter(page, 'where'), parameter(page, 'zone')]).toEqual(['team=CX', 'Europe/Zurich']);
      expect(parameter(page, 'only')).toContain('workflow=');
    }),
  );
});

describe('what the address holds', () => {
  it(
    'filters go along from page to page, and back undoes them one by one',
    inBrowser(async () => {
      const page = await openChanges();
      await page.keyboard.press('y');
      await expect.poll(() => parameter(page, 'during')).toBe('this-year');
      await page.keyboard.press('c');
      await expect.poll(() => parameter(page, 'compare')).toBe('off');
      await page.getByRole('navigation').getByRole('link', { name: 'Anomalies' }).click();
      await page.getByRole('heading', { name: 'Anomalies', exact: true }).waitFor();
      expect([parameter(page, 'during'), parameter(page, 'compare')]).toEqual(['this-year', 'off']);
      await page.getByText('This year').waitFor();
      await page.goBack();
      await page.getByRole('heading', { name: 'What changed', exact: true }).waitFor();
      await page.goBack();
      await expect.poll(() => parameter(page, 'compare')).toBeNull();
      expect(parameter(page, 'during')).toBe('this-year');
      await page.goForward();
      await expect.poll(() => parameter(page, 'compare')).toBe('off');
    }),
  );

  it(
    'a shared link has its dates written out and gives the same digits',
    inBrowser(async () => {
      const page = await openChanges('?during=this-month');
      const before = await sentence(page).innerText();
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.getByRole('button', { name: 'Copy a link to this' }).click();
      await page.getByRole('status').getByText('Link copied').waitFor();
      const link = new URL(await page.evaluate<string>('navigator.clipboard.readText()'));
      expect(link.searchParams.get('during')).toMatch(/^\d{4}-\d\d-\d\d/);
      expect(link.searchParams.get('zone')).not.toBeNull();
      const other = await openChanges(link.search);
      await expect.poll(() => sentence(other).innerText()).toBe(before);
      expect(await other.locator('tr.total').innerText()).toBe(await page.locator('tr.total').innerText());
    }),
  );

  it(
    'a time zone is chosen once for all pages, and says so beside the figures',
    inBrowser(async () => {
      const page = await openChanges();
      await page.locator('.facts .zone').first().click();
      await page.getByRole('combobox', { name: 'Time zone' }).fill('zurich');
      await highlighted(page, 'Zurich');
      await page.keyboard.press('Enter');
      await expect.poll(() => parameter(page, 'zone')).toBe('Europe/Zurich');
      await expect.poll(() => page.locator('.facts').first().innerText()).toContain('Europe/Zurich');
    }),
  );
});

describe('on paper, as a picture, on a phone', () => {
  it(
    'a chart is saved as PNG',
    inBrowser(async () => {
      const page = await openChanges('?during=this-month');
      await page.keyboard.press('e');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: /Spend, by driver, PNG/ }).click(),
      ]);
      const file = await readFile(await download.path());
      expect(file.subarray(1, 4).toString()).toBe('PNG');
      expect(file.readUInt32BE(16)).toBeGreaterThan(800); // its width in pixels
      expect(download.suggestedFilename()).toBe('setpoint-spend-by-driver.png');
    }),
  );

  it(
    'print has the figures and what they rest on, and no controls',
    inBrowser(async () => {
      const page = await openChanges();
      await page.emulateMedia({ media: 'print' });
      expect(await page.getByRole('navigation').isVisible()).toBe(false);
      expect(await page.getByRole('button', { name: 'Export' }).isVisible()).toBe(false);
      expect(await page.locator('.filters .facts').isVisible()).toBe(true);
      expect(await page.locator('tr.total').isVisible()).toBe(true);
    }),
  );

  it(
    'the pages are a sheet on a phone; esc and a press beside it close it',
    inBrowser(async () => {
      const page = await openChanges('', { size: PHONE });
      await expectToFit(page);
      const menu = page.getByRole('button', { name: 'Pages' });
      await menu.click();
      await expect.poll(() => focused(page)).toMatchObject({ name: 'What changed' });
      await page.keyboard.press('Escape');
      await focusOn(page, 'Pages');
      await menu.click();
      await page.getByRole('navigation').waitFor();
      await menu.click();
      await page.getByRole('navigation').waitFor({ state: 'hidden' });
      await page.locator('[data-filter=period]').click();
      await page.getByRole('group', { name: 'Billing months' }).waitFor();
      await expectToFit(page);
    }),
  );

  it(
    'at twice the size nothing is cut off sideways',
    inBrowser(async () => {
      const page = await openChanges('', { size: { width: 720, height: 450 } });
      await expectToFit(page);
    }),
  );
});

describe('axe finds nothing', () => {
  const opened: readonly (readonly [name: string, open: (page: Page) => Promise<void>])[] = [
    ['the page', () => Promise.resolve()],
    [
      'the palette',
      async (page) => {
        await page.keyboard.press('Control+k');
        await page.getByRole('option').first().waitFor();
      },
    ],
    [
      'the help',
      async (page) => {
        await page.keyboard.press('?');
        await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
      },
    ],
    [
      'the period with its months',
      async (page) => {
        await page.keyboard.press('t');
        await page.getByRole('button', { name: 'Days of my own' }).click();
        await page.getByRole('grid').first().waitFor();
      },
    ],
    [
      'the filters',
      async (page) => {
        await page.keyboard.press('/');
        await page.getByRole('option').first().waitFor();
        await page.keyboard.press('Enter');
        await page.getByRole('option', { name: /claims/ }).waitFor();
      },
    ],
    [
      'the export menu',
      async (page) => {
        await page.keyboard.press('e');
        await page.getByRole('button', { name: /Print/ }).waitFor();
      },
    ],
  ];
  for (const [name, open] of opened)
    it(
      `with ${name} open, light and dark`,
      inBrowser(async () => {
        for (const scheme of ['light', 'dark'] as const) {
          const page = await openChanges('?where=team%3DCX', { scheme });
          await open(page);
          await expectNoViolations(page);
        }
      }),
    );
});
