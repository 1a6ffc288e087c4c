/** Saved views in a real browser, by keyboard: saved, opened, changed, renamed, deleted, brought back; and under axe. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { ViewList } from '../../src/api/contract/views.ts';
import { expectNoViolations } from '../axe.ts';
import { send } from './api-calls.ts';
import { onSystem } from './in-browser.ts';
import { find, focusOn } from './page-keys.ts';
import { expectToFit } from './page-reads.ts';
import { PHONE } from './watched-pages.ts';
import type { Around } from './watched-pages.ts';

const { system, pages, inBrowser } = onSystem({
  async clear() {
    for (const { id } of await views()) await send(system, 'DELETE', `/views/${id}`);
  },
});

const views = async (): Promise<ViewList['views']> => (await system.api<ViewList>('/api/v1/views')).views;
const names = async (): Promise<string[]> => (await views()).map(({ name }) => name);
const search = (page: Page): string => new URL(page.url()).search;

async function openSpend(query: string, around: Around = {}): Promise<Page> {
  const page = await pages.open(`/spend${query}`, around);
  await page.locator('[data-ready=true]').waitFor();
  return page;
}

async function save(name: string, query: string): Promise<void> {
  expect((await send(system, 'POST', '/views', { name, path: 'spend', state: query })).status).toBe(201);
}

/** Somebody else saves over a view. */
async function changeElsewhere(id: string, version: number): Promise<void> {
  const view = { name: 'Mine', path: 'spend', state: 'by=key', version };
  expect((await send(system, 'PUT', `/views/${id}`, view)).status).toBe(200);
}

describe('by keyboard only', () => {
  it(
    'a view is saved, survives a reload, and opens from the palette with its period still relative',
    inBrowser(async () => {
      const page = await openSpend('?by=team&during=7d');
      await page.keyboard.press('s');
      await focusOn(page, 'Name');
      await page.keyboard.type('Teams, a week');
      await page.keyboard.press('Enter');
      await page.getByRole('status').getByText('Teams, a week is saved.').waitFor();
      await expect
        .poll(views)
        .toMatchObject([
          { name: 'Teams, a week', path: 'spend', state: 'by=team&during=7d', owner: 'local' },
        ]);
      await page.reload();
      await page.locator('.view-now').getByText('Teams, a week').waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('p');
      await page.getByRole('heading', { name: 'Prices', exact: true }).waitFor();
      await find(page, 'teams, a', 'Teams, a week');
      await expect.poll(() => new URL(page.url()).pathname).toBe('/spend');
      expect(search(page)).toBe('?by=team&during=7d');
    }),
  );

  it(
    'a view is opened from the list, renamed, deleted, and brought back',
    inBrowser(async () => {
      await save('First', 'by=team');
      await save('Second', 'by=model&during=30d');
      const page = await openSpend('');
      await page.keyboard.press('v');
      await focusOn(page, /^First/);
      for (let steps = 0; steps < 3; steps += 1) await page.keyboard.press('Tab');
      await focusOn(page, /^Second/);
      await page.keyboard.press('Enter');
      await expect.poll(() => search(page)).toBe('?by=model&during=30d');

      await page.keyboard.press('v');
      await focusOn(page, /^First/);
      await page.keyboard.press('Tab');
      await focusOn(page, 'Rename First');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: 'Rename the view' }).waitFor();
      await page.getByLabel('Name', { exact: true }).fill('Foremost');
      await page.keyboard.press('Enter');
      await expect.poll(names).toEqual(['Foremost', 'Second']);
      await page.getByRole('dialog').waitFor({ state: 'hidden' });

      await page.keyboard.press('v');
      await focusOn(page, /^Foremost/);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await focusOn(page, 'Delete Foremost');
      await page.keyboard.press('Enter');
      await page.getByRole('status').getByText('Foremost is deleted.').waitFor();
      await focusOn(page, 'Views');
      await expect.poll(names).toEqual(['Second']);
      await page.keyboard.press('z');
      await page.getByRole('status').getByText('Foremost is deleted').waitFor();
      await expect.poll(names).toEqual(['Foremost', 'Second']);
    }),
  );

  it(
    'a changed view says so; the change is discarded, or saved',
    inBrowser(async () => {
      await save('Mine', 'by=team');
      const page = await openSpend('');
      await page.keyboard.press('v');
      await focusOn(page, /^Mine/);
      await page.keyboard.press('Enter');
      await expect.poll(() => search(page)).toBe('?by=team');
      await page.keyboard.press('y');
      await page.locator('.view-now').getByText('changed').waitFor();
      await page.getByRole('button', { name: 'Discard the changes of Mine' }).press('Enter');
      await expect.poll(() => search(page)).toBe('?by=team');
      await expect.poll(() => page.locator('.view-now').innerText()).toBe('Mine');
      await page.keyboard.press('y');
      await page.getByRole('button', { name: 'Save the changes in Mine' }).press('Enter');
      await page.getByRole('status').getByText('Mine is saved as it is shown.').waitFor();
      await expect
        .poll(views)
        .toMatchObject([{ name: 'Mine', state: 'by=team&during=this-year', version: 2 }]);
      await expect.poll(() => page.locator('.view-now').innerText()).toBe('Mine');
    }),
  );
});

it(
  'what the server refuses is taken back and said: a name that is taken, a view that another changed',
  inBrowser(async () => {
    await save('Mine', 'by=team');
    const page = await openSpend('?by=team');
    await page.keyboard.press('s');
    await focusOn(page, 'Name');
    await page.keyboard.type('mine');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('There is a view "Mine" already').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    const id = (await views())[0]?.id ?? '';
    await changeElsewhere(id, 1);
    await page.keyboard.press('v');
    await page.getByRole('button', { name: 'Delete Mine' }).press('Enter');
    await page.getByRole('status').getByText('"Mine" was changed by local in the meantime').waitFor();
    expect(await names()).toEqual(['Mine']);
    pages.forgive('409'); // the browser itself reports each refused request
  }),
);

it(
  'a view that was renamed or saved over is as it was by undo, and not over what another changed since',
  inBrowser(async () => {
    await save('Mine', 'by=team');
    const page = await pages.open('/settings?view=views');
    const undo = page.getByRole('button', { name: 'Undo' });
    const rename = async (name: string): Promise<void> => {
      await page.getByRole('button', { name: 'Rename Mine' }).press('Enter');
      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.keyboard.press('Enter');
      await page.getByRole('status').getByText(`Mine is called ${name} now.`).waitFor();
    };
    await rename('Ours');
    await undo.press('Enter');
    await expect.poll(names).toEqual(['Mine']);
    await page.getByRole('status').getByText('Taken back: Mine is called Ours now').waitFor();

    await page.getByRole('link', { name: 'Mine', exact: true }).press('Enter');
    await expect.poll(() => search(page)).toBe('?by=team');
    await page.keyboard.press('y');
    await page.getByRole('button', { name: 'Save the changes in Mine' }).press('Enter');
    await page.getByRole('status').getByText('Mine is saved as it is shown.').waitFor();
    await page.keyboard.press('z');
    await expect.poll(async () => (await views())[0]?.state).toBe('by=team');
    await page.locator('.view-now').getByText('changed').waitFor();

    await page.goto(`${system.apiUrl}/settings?view=views`);
    await rename('Ours');
    const [view] = await views();
    await changeElsewhere(view?.id ?? '', view?.version ?? 0);
    await undo.press('Enter');
    await page.getByRole('status').getByText('Not taken back: Mine is called Ours now').waitFor();
    expect(await views()).toMatchObject([{ name: 'Mine', state: 'by=key' }]);
    pages.forgive('409');
  }),
);

it(
  'the settings list all views with their owner and dates',
  inBrowser(async () => {
    await save('Mine', 'by=team');
    const page = await pages.open('/settings?view=views');
    const row = page.getByRole('row', { name: /Mine/ });
    await row.waitFor();
    expect(await row.innerText()).toMatch(/Mine\s+Spend\s+–\s+local\s+\d+ \w+ \d{4}/);
    await row.getByRole('button', { name: 'Delete Mine' }).press('Enter');
    await expect.poll(names).toEqual([]);
    await page.getByRole('button', { name: 'Undo' }).press('Enter');
    await expect.poll(names).toEqual(['Mine']);
  }),
);

describe('axe finds nothing', () => {
  const opened: readonly (readonly [name: string, keys: string, wait: (page: Page) => Promise<void>])[] = [
    ['the dialog', 's', (page) => page.getByRole('dialog', { name: 'Save this view' }).waitFor()],
    ['the list', 'v', (page) => page.getByRole('button', { name: 'Delete Mine' }).waitFor()],
  ];
  for (const [name, keys, wait] of opened)
    it(
      `with ${name} open, light and dark, on a wide page and a phone`,
      inBrowser(async () => {
        await save('Mine', 'by=team');
        for (const scheme of ['light', 'dark'] as const)
          for (const size of [{ width: 1440, height: 900 }, PHONE]) {
            const page = await openSpend('?by=team', { scheme, size });
            await page.keyboard.press(keys);
            await wait(page);
            await expectNoViolations(page);
            await expectToFit(page);
          }
      }),
    );
});
