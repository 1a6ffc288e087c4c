/** A file that the server takes long to prepare, in a real browser: said in words, taken back, and what went wrong is no file. */
import { readFile } from 'node:fs/promises';

import { parse } from 'csv-parse/sync';
import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestContext } from 'vitest';

import { axeViolations } from '../axe.ts';
import { buildWebApp, findBrowser, launch } from '../browser.ts';
import { DEMO_NOW } from './demo-pages.ts';
import { startDemo } from './demo-system.ts';
import type { DemoSystem } from './demo-system.ts';
import { reconcile } from './page-clicks.ts';
import { PHONE, watchPages } from './watched-pages.ts';
import type { LedgerAnswer } from '../../src/api/contract.ts';

const found = findBrowser(process.env);
const WAIT = { timeout: 60_000 };
let system: DemoSystem;
let browser: Browser;
const pages = watchPages(
  () => browser,
  () => system.apiUrl,
);

beforeAll(async () => {
  if (found.kind === 'missing') return;
  buildWebApp();
  [system, browser] = await Promise.all([startDemo(DEMO_NOW), launch(found.executable)]);
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});
afterEach(() => pages.closeAll());

function inBrowser(run: () => Promise<void>): (context: TestContext) => Promise<void> {
  return async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    await run();
    expect(pages.complaints()).toEqual([]);
  };
}

const bar = (page: Page) => page.locator('.downloads .asking-bar');
const button = (page: Page, name: string) => bar(page).getByRole('button', { name });

interface Gate {
  readonly asked: readonly string[];
  readonly takenBack: readonly string[];
  open(): void;
}

/** Files wait until the gate is opened; the page's own questions do not. */
async function holdFiles(page: Page): Promise<Gate> {
  const asked: string[] = [];
  const takenBack: string[] = [];
  const gate = Promise.withResolvers<void>();
  page.on('requestfailed', (request) => {
    if (isFile(new URL(request.url()))) takenBack.push(request.url());
  });
  await page.route(isFile, async (route: Route) => {
    asked.push(route.request().url());
    await gate.promise;
    await route.continue().catch(() => undefined); // it may have been taken back
  });
  return { asked, takenBack, open: () => gate.resolve() };
}

function isFile({ searchParams }: URL): boolean {
  return ['csv', 'parquet'].includes(searchParams.get('format') ?? '');
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('link', { name }).click();
}

type CsvRow = Readonly<Record<string, string>>;

async function saved(page: Page, name: string): Promise<{ name: string; rows: readonly CsvRow[] }> {
  const [download] = await Promise.all([page.waitForEvent('download', WAIT), press(page, name)]);
  const text = await readFile(await download.path());
  return { name: download.suggestedFilename(), rows: parse<CsvRow>(text, { columns: true }) };
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => void setTimeout(resolve, 20));
}

async function openSpend(around: Parameters<typeof pages.open>[1] = {}): Promise<Page> {
  const page = await pages.open('/spend', around);
  await page.locator('.content[data-ready="true"]').waitFor(WAIT);
  return page;
}

describe('a file that takes long', () => {
  it(
    'is said in words on any page, is taken back with escape, and comes when it is asked for again',
    inBrowser(async () => {
      const page = await openSpend();
      const held = await holdFiles(page);
      await press(page, 'This table, CSV');
      await button(page, 'Cancel').waitFor(WAIT);
      expect(await bar(page).textContent()).toMatch(/^Preparing This table, CSV…\d+ sCancel$/);
      expect(await axeViolations(page)).toEqual([]);
      await page.getByRole('navigation').getByRole('link', { name: 'Prices' }).click();
      await page.getByRole('heading', { name: 'Prices', level: 1 }).waitFor(WAIT);

      await button(page, 'Cancel').focus();
      await page.keyboard.press('Escape');
      await button(page, 'Ask again').waitFor(WAIT);
      expect(await bar(page).textContent()).toContain('Stopped. Nothing was saved.');
      await until(() => held.takenBack.length === 1);
      expect(held.asked).toHaveLength(1);

      await button(page, 'Ask again').press('Enter');
      await button(page, 'Cancel').waitFor(WAIT); // at once, and still under the hand
      expect(await page.evaluate('document.activeElement?.textContent')).toBe('Cancel');
      const coming = page.waitForEvent('download', WAIT);
      held.open();
      const download = await coming;
      expect(download.suggestedFilename()).toBe('ledger-this-month.csv');
      await bar(page).waitFor({ state: 'detached', ...WAIT });
      expect(new URL(page.url()).pathname).toBe('/prices');
    }),
    120_000,
  );

  it(
    'several have a bar each, apart from what the page is asking; one that is prepared already comes once',
    inBrowser(async () => {
      const page = await openSpend({ size: PHONE, scheme: 'dark' });
      const held = await holdFiles(page);
      for (const name of ['This table, CSV', 'This table, Parquet', 'This table, CSV'])
        await press(page, name);
      await button(page, 'Cancel').nth(1).waitFor(WAIT);
      expect(held.asked).toHaveLength(2);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(PHONE.width);
      expect(await axeViolations(page)).toEqual([]);
      await button(page, 'Cancel').first().click();
      await button(page, 'Close').click();
      await until(() => held.takenBack.length === 1);
      const coming = page.waitForEvent('download', WAIT);
      held.open();
      const download = await coming;
      expect(download.suggestedFilename()).toBe('ledger-this-month.parquet');
      await bar(page).waitFor({ state: 'detached', ...WAIT });
    }),
    120_000,
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
      await page.locator('.downloads').waitFor({ state: 'detached', ...WAIT });
      expect(await page.evaluate('globalThis.seen')).toBe(0);
    }),
    120_000,
  );
});

describe('a file that fails', () => {
  const refusals = [
    { status: 503, title: 'The ledger is away', detail: 'The ledger does not answer. It is started again.' },
    { status: 400, title: 'The request is not valid', detail: 'No such period.' },
  ];
  it.each(refusals)(
    '$status: says so on the page, saves nothing and leads nowhere; then it can be asked for again',
    async (refusal) =>
      inBrowser(async () => {
        const page = await openSpend();
        let downloads = 0;
        page.on('download', () => (downloads += 1));
        const json = { type: 'about:blank', code: 'x', errors: [], request_id: 'r', ...refusal };
        await page.route(isFile, (route) => route.fulfill({ status: refusal.status, json }));
        await press(page, 'This table, CSV');
        await button(page, 'Ask again').waitFor(WAIT);
        const said = await bar(page).locator('[role=status]').textContent();
        expect(said).toMatch(/^This table, CSV was not saved\. /);
        expect(said).toContain(refusal.status < 500 ? refusal.detail : 'It is started again.');
        expect([downloads, new URL(page.url()).pathname]).toEqual([0, '/spend']);
        await page.unroute(isFile);
        const [download] = await Promise.all([
          page.waitForEvent('download', WAIT),
          button(page, 'Ask again').click(),
        ]);
        expect(download.suggestedFilename()).toBe('ledger-this-month.csv');
        pages.forgive(`status of ${refusal.status}`);
      })({ skip: () => undefined } as never),
    120_000,
  );

  it(
    'or breaks off in its middle is no file either',
    inBrowser(async () => {
      const page = await openSpend();
      await page.route(isFile, (route) => route.abort('connectionreset'));
      await press(page, 'This table, CSV');
      await button(page, 'Close').waitFor(WAIT);
      expect(await bar(page).textContent()).toContain('was not saved. Setpoint does not answer.');
      await button(page, 'Close').click();
      await bar(page).waitFor({ state: 'detached', ...WAIT });
      pages.forgive('ERR_CONNECTION_RESET');
    }),
    120_000,
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
    120_000,
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
      await page.getByRole('table', { name: 'Spend without a workflow' }).waitFor(WAIT);
      const { name, rows } = await saved(page, 'What is missing, CSV');
      expect(name).toBe('missing-2026-10.csv');
      const shown = (await figuresIn(page, 'What is missing')).filter((cells) => cells.length > 0);
      expect(shown.length).toBeGreaterThan(1);
      expect(rows.filter(({ row }) => row !== 'other').map(({ cost }) => [cost])).toEqual(shown);
    }),
    120_000,
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
      await page.getByRole('table', { name: 'As booked' }).waitFor(WAIT);
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
    120_000,
  );

  it(
    'keys of a reconciliation, those that are shown',
    inBrowser(async () => {
      const page = await pages.open('/invoices');
      await reconcile(page, system, '2026-10');
      for (const show of ['', 'cost-matched']) {
        await page.getByRole('combobox', { name: 'Show' }).selectOption(show);
        await page.locator('[aria-label="Keys"]').waitFor(WAIT);
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
        await page.getByText(`${shown.length} of ${groups.length.toLocaleString('en-US')}`).waitFor(WAIT);
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
    120_000,
  );
});
