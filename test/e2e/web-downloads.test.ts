/** A file that the server takes long to prepare, in a real browser: said in words, taken back, and what went wrong is no file. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { LedgerAnswer } from '../../src/api/contract.ts';
import { expectNoViolations } from '../axe.ts';
import { DEMO_NOW } from './demo-pages.ts';
import { hold } from './held-answers.ts';
import { onDemo } from './in-browser.ts';
import { exported, reconcile, rowsOf } from './page-clicks.ts';
import { PHONE } from './watched-pages.ts';

const { system, pages, inBrowser } = onDemo();

const bar = (page: Page) => page.locator('.downloads .asking-bar');
const button = (page: Page, name: string) => bar(page).getByRole('button', { name });

/** The page's own questions do not wait. */
function isFile({ searchParams }: URL): boolean {
  return ['csv', 'parquet'].includes(searchParams.get('format') ?? '');
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('link', { name }).click();
}

async function saved(page: Page, name: string) {
  const file = await exported(page, name);
  return { name: file.suggestedFilename(), rows: await rowsOf(file) };
}

async function openSpend(around: Parameters<typeof pages.open>[1] = {}): Promise<Page> {
  const page = await pages.open('/spend', around);
  await page.locator('.content[data-ready="true"]').waitFor();
  return page;
}

describe('a file that takes long', () => {
  it(
    'is said in words on any page, is taken back with escape, and comes when it is asked for again',
    inBrowser(async () => {
      const page = await openSpend();
      const held = await hold(page, isFile);
      await press(page, 'This table, CSV');
      await button(page, 'Cancel').waitFor();
      expect(await bar(page).textContent()).toMatch(/^Preparing This table, CSV…\d+ sCancel$/);
      await expectNoViolations(page);
      await page.getByRole('navigation').getByRole('link', { name: 'Prices' }).click();
      await page.getByRole('heading', { name: 'Prices', level: 1 }).waitFor();

      await button(page, 'Cancel').focus();
      await page.keyboard.press('Escape');
      await button(page, 'Ask again').waitFor();
      expect(await bar(page).textContent()).toContain('Stopped. Nothing was saved.');
      await expect.poll(() => held.takenBack).toHaveLength(1);
      expect(held.asked).toHaveLength(1);

      await button(page, 'Ask again').press('Enter');
      await button(page, 'Cancel').waitFor(); // at once, and still under the hand
      expect(await page.evaluate('document.activeElement?.textContent')).toBe('Cancel');
      const coming = page.waitForEvent('download');
      held.letGo();
      const download = await coming;
      expect(download.suggestedFilename()).toBe('ledger-this-month.csv');
      await bar(page).waitFor({ state: 'detached' });
      expect(new URL(page.url()).pathname).toBe('/prices');
    }),
  );

  it(
    'several have a bar each, apart from what the page is asking; one that is prepared already comes once',
    inBrowser(async () => {
      const page = await openSpend({ size: PHONE, scheme: 'dark' });
      const held = await hold(page, isFile);
      for (const name of ['This table, CSV', 'This table, Parquet', 'This table, CSV'])
        await press(page, name);
      await button(page, 'Cancel').nth(1).waitFor();
      expect(held.asked).toHaveLength(2);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(PHONE.width);
      await expectNoViolations(page);
      await button(page, 'Cancel').first().click();
      await button(page, 'Close').click();
      await expect.poll(() => held.takenBack).toHaveLength(1);
      const coming = page.waitForEvent('download');
      held.letGo();
      const download = await coming;
      expect(download.suggestedFilename()).toBe('ledger-this-month.parquet');
      await bar(page).waitFor({ state: 'detached' });
    }),
  );

  it(
    'that comes in a moment is only saved',
    inBrowser(async () => {
      const page = await openSpend();
      await page.evaluate(`{
        globalThis.seen = 0;
        new MutationObserver(() => (globalThis.seen += document.querySelectorAll('.downloads button').length))
          .observe(document.body, { subtree: true, childList: true });
        globalThis.setTimeout = ((real) => (run, ms, ...rest) => real(run, ms === 600 ? 60_000 : ms, ...rest))(setTimeout);
        globalThis.setInterval = ((real) => (run, ms, ...rest) => real(run, ms === 1_000 ? 60_000 : ms, ...rest))(setInterval);
      }`); // the moment lasts as long as the machine needs
      await saved(page, 'This table, CSV');
      await page.locator('.downloads').waitFor({ state: 'detached' });
      expect(await page.evaluate('globalThis.seen')).toBe(0);
    }),
  );
});

describe('a file that fails', () => {
  const refusals = [
    { status: 503, title: 'The ledger is away', detail: 'The ledger does not answer. It is started again.' },
    { status: 400, title: 'The request is not valid', detail: 'No such period.' },
  ];
  for (const refusal of refusals)
    it(
      `${refusal.status}: says so on the page, saves nothing and leads nowhere; then it can be asked for again`,
      inBrowser(async () => {
        const page = await openSpend();
        let downloads = 0;
        page.on('download', () => (downloads += 1));
        const json = { type: 'about:blank', code: 'x', errors: [], request_id: 'r', ...refusal };
        await page.route(isFile, (route) => route.fulfill({ status: refusal.status, json }));
        await press(page, 'This table, CSV');
        await button(page, 'Ask again').waitFor();
        const said = await bar(page).locator('[role=status]').textContent();
        expect(said).toMatch(/^This table, CSV was not saved\. /);
        expect(said).toContain(refusal.status < 500 ? refusal.detail : 'It is started again.');
        expect([downloads, new URL(page.url()).pathname]).toEqual([0, '/spend']);
        await page.unroute(isFile);
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          button(page, 'Ask again').click(),
        ]);
        expect(download.suggestedFilename()).toBe('ledger-this-month.csv');
        pages.forgive(`status of ${refusal.status}`);
      }),
    );

  it(
    'or breaks off in its middle is no file either',
    inBrowser(async () => {
      const page = await openSpend();
      await page.route(isFile, (route) => route.abort('connectionreset'));
      await press(page, 'This table, CSV');
      await button(page, 'Close').waitFor();
      expect(await bar(page).textContent()).toContain('was not saved. Setpoint does not answer.');
      await button(page, 'Close').click();
      await bar(page).waitFor({ state: 'detached' });
      pages.forgive('ERR_CONNECTION_RESET');
    }),
  );
});

describe('its link', () => {
  it(
    'stays one: what opens it otherwise is the browser’s own',
    inBrowser(async () => {
      const page = await openSpend();
      await page.getByRole('button', { name: 'Export' }).click();
      const link = page.getByRole('link', { name: 'This table, CSV' });
      expect(await link.getAttribute('href')).toMatch(/^\/api\/v1\/ledger\?.*format=csv$/);
      expect(await link.getAttribute('download')).toBe('');
      const isTaken = await page.evaluate(`(() => {
        let taken;
        addEventListener('click', (event) => { taken = event.defaultPrevented; event.preventDefault(); }, { once: true });
        document.querySelector('.drop-panel a').dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey: true }));
        return taken;
      })()`);
      expect(isTaken).toBe(false);
    }),
  );
});

/** The exact figures behind the cells of a table, row by row. */
function figuresIn(page: Page, table: string): Promise<string[][]> {
  return page.evaluate(
    `[...document.querySelectorAll('[aria-label="${table}"] tbody tr')].map((row) =>
      [...row.querySelectorAll('td.num[title]')].map(({ title }) => title.replace('$', '')))`,
  );
}

describe('a file has the digits of the page', () => {
  it(
    'what is missing of coverage',
    inBrowser(async () => {
      const page = await pages.open('/attribution?during=2026-10');
      await page.getByRole('table', { name: 'Spend without a workflow' }).waitFor();
      const { name, rows } = await saved(page, 'What is missing, CSV');
      expect(name).toBe('missing-2026-10.csv');
      const shown = (await figuresIn(page, 'What is missing')).filter((cells) => cells.length > 0);
      expect(shown.length).toBeGreaterThan(1);
      expect(rows.filter(({ row }) => row !== 'other').map(({ cost }) => [cost])).toEqual(shown);
    }),
  );

  it(
    'what if',
    inBrowser(async () => {
      const { rows: used } = await system.api<LedgerAnswer>(
        '/api/v1/ledger?of=cost&by=provider,model&during=2026-10&limit=2',
      );
      const [model = '', at = ''] = used.map(({ group }) => group.join('/'));
      const words = new URLSearchParams({ view: 'what-if', during: '2026-10', by: 'workflow', model, at });
      const page = await pages.open(`/prices?${words.toString()}`);
      await page.getByRole('table', { name: 'As booked' }).waitFor();
      const { name, rows } = await saved(page, 'What if, CSV');
      expect(name).toBe('what-if-2026-10.csv');
      const shown = await figuresIn(page, 'What it would have cost');
      expect(shown.length).toBeGreaterThan(2);
      expect(rows.map(({ before, after }) => [before, after])).toEqual(
        shown.map(([before, after]) => [before, after]),
      );
      expect(rows.some(({ difference }) => difference !== '0')).toBe(true);
      expect(rows[0]).toMatchObject({ figureBasis: 'assumed' });
    }),
  );

  it(
    'keys of a reconciliation, those that are shown',
    inBrowser(async () => {
      const page = await pages.open('/invoices');
      await reconcile(page, system, '2026-10');
      for (const show of ['', 'cost-matched']) {
        await page.getByRole('combobox', { name: 'Show' }).selectOption(show);
        await page.locator('[aria-label="Keys"]').waitFor();
        const { name, rows } = await saved(page, 'Keys, CSV');
        expect(name).toMatch(/^rec-2026-10-\w+-keys\.csv$/);
        const shown = await figuresIn(page, 'Keys');
        const groups = rows.filter(({ row }) => row === 'group');
        expect(shown.length).toBeGreaterThan(2);
        expect(
          groups
            .slice(0, shown.length)
            .map(({ ledgerCost, invoiceCost, residual }) => [
              ledgerCost,
              invoiceCost || 'No cost stated',
              residual,
            ]),
        ).toEqual(shown);
        await page.getByText(`${shown.length} of ${groups.length.toLocaleString('en-US')}`).waitFor();
      }
    }),
    240_000,
  );
});

describe('a demo as of an instant', () => {
  it(
    'says so on the pages of the ledger too, and how far it is complete by the clock itself',
    inBrowser(async () => {
      const { asOf, completeUntil } = await system.api<LedgerAnswer>('/api/v1/ledger');
      expect(asOf).toBe(new Date(DEMO_NOW).toISOString());
      expect(Math.abs(Date.now() - Date.parse(completeUntil))).toBeLessThan(3_600_000);
      const page = await openSpend();
      expect(await page.locator('.facts').first().textContent()).toContain('as of 25 Nov, 16:00');
    }),
  );
});
