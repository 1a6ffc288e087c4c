/**
 * Every page of the web app on the demo company, as people meet it: full, in both themes, wide and narrow. No page complains,
 * axe finds nothing, nothing is wider than the window, and what a page says is what the API says.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestContext } from 'vitest';

import type { Workspace } from '../../src/api/contract/workspace.ts';
import type { LedgerAnswer } from '../../src/api/contract.ts';
import { moneyCell, moneyText } from '../../src/units/figures.ts';
import { parseDollars } from '../../src/units/money.ts';
import { axeViolations } from '../axe.ts';
import { buildWebApp, findBrowser, launch } from '../browser.ts';
import { DEMO_NOW, DEMO_PAGES } from './demo-pages.ts';
import { startDemo } from './demo-system.ts';
import type { DemoSystem } from './demo-system.ts';
import { PHONE, watchPages } from './watched-pages.ts';

const found = findBrowser(process.env);
const OCTOBER = 'during=2026-10';

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

async function ready(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().waitFor({ timeout: 60_000 });
  await page.evaluate('document.fonts.ready.then(() => undefined)');
}

const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

describe('every page', { timeout: 240_000 }, () => {
  for (const { path, ready: selector } of DEMO_PAGES)
    it(
      `${path} has nothing that axe finds, wide and light, narrow and dark`,
      inBrowser(async () => {
        for (const around of [{ scheme: 'light' }, { scheme: 'dark', size: PHONE }] as const) {
          const page = await pages.open(path, around);
          await ready(page, selector);
          // What is asked for after the first answer comes a moment later: the page is judged as it comes to rest.
          await expect
            .poll(() => axeViolations(page), {
              timeout: 20_000,
              interval: 1_000,
              message: JSON.stringify(around),
            })
            .toEqual([]);
          expect(await page.evaluate(OVERFLOW), JSON.stringify(around)).toBe(0);
        }
      }),
    );
});

const total = (query: string): Promise<LedgerAnswer> => system.api<LedgerAnswer>(`/api/v1/ledger?${query}`);

describe('the overview', { timeout: 120_000 }, () => {
  it(
    'says what the API says, and each figure opens its lines',
    inBrowser(async () => {
      const page = await pages.open(`/?${OCTOBER}`);
      await ready(page, '.plot-box');
      const answer = await total(`${OCTOBER}&of=cost,calls&compare=previous`);
      expect(await page.locator('.sentence').innerText()).toContain(moneyText(answer.total.cost ?? ''));
      const cell = page.locator('tr.total td').last();
      expect(await cell.innerText()).toBe(moneyCell(answer.total.cost, 0));
      await page.locator('.sentence').getByRole('link').first().click();
      await page.waitForURL(/\/ledger\?/);
      await page.getByText('October 2026').first().waitFor();
    }),
  );
});

describe('a selection in which no call began', { timeout: 120_000 }, () => {
  for (const { name, path, ready: selector } of [
    { name: 'overview', path: `/?${OCTOBER}`, ready: '.plot-box' },
    { name: 'ledger', path: `/ledger?${OCTOBER}`, ready: 'table.calls' },
  ])
    it(
      `is no empty one on the ${name}, which says what its second attempts cost`,
      inBrowser(async () => {
        const { total: retries } = await total(`${OCTOBER}&where=kind=retry&of=cost,calls`);
        expect(retries.calls).toBe(0);
        const page = await pages.open(`${path}&where=kind=retry`);
        await ready(page, selector);
        const said = await page.locator('.sentence').innerText();
        expect(said).toContain(moneyText(retries.cost ?? ''));
        expect(said).toContain('no call began here; second attempts');
        expect(await page.locator('.card.empty').count()).toBe(0);
        // Where there is neither call nor money it is empty, and says so.
        const empty = await pages.open(`${path}&where=kind=hedge`);
        await ready(empty, '.card.empty');
        expect(await empty.locator('.sentence').count()).toBe(0);
      }),
    );
});

describe('the demo’s own clock', { timeout: 120_000 }, () => {
  it(
    'decides which month is proposed to be reconciled, whatever day it is where the browser is',
    inBrowser(async () => {
      const page = await pages.open('/invoices');
      await page.clock.setFixedTime('2027-03-05T12:00:00Z');
      await page.reload();
      await page.getByRole('button', { name: 'Reconcile a month' }).first().click();
      await expect.poll(() => page.getByLabel('Month', { exact: true }).inputValue()).toBe('2026-10');
    }),
  );

  it(
    'is not all there while the demo is loaded: that sums are a part is said, and they are asked for again when it is',
    inBrowser(async () => {
      const page = await pages.open('/settings');
      let loading = true;
      let asked = 0;
      await page.route('**/api/v1/workspace', async (route) => {
        const answer = (await (await route.fetch()).json()) as Workspace;
        await route.fulfill({ json: { ...answer, ...(loading && { loadedAt: null }) } });
      });
      page.on('request', (request) => void (asked += Number(request.url().includes('/api/v1/ledger'))));
      await page.goto(`${system.apiUrl}/?${OCTOBER}`);
      const notice = page
        .getByRole('status')
        .getByText('still being loaded, so every sum here is only a part');
      await notice.waitFor();
      await ready(page, '.plot-box');
      expect(await axeViolations(page)).toEqual([]);
      const before = asked;
      loading = false;
      await notice.waitFor({ state: 'detached' });
      await expect.poll(() => asked).toBeGreaterThan(before);
    }),
  );
});

describe('the spend page', { timeout: 120_000 }, () => {
  it(
    'has rows that add up to its total, in three time zones, and a course for each',
    inBrowser(async () => {
      for (const zone of ['UTC', 'Europe/Zurich', 'America/New_York']) {
        const page = await pages.open(`/spend?${OCTOBER}&by=team&zone=${encodeURIComponent(zone)}`);
        await ready(page, '.plot-box');
        const answer = await total(`${OCTOBER}&by=team&of=cost&timeZone=${zone}`);
        const exact = await page
          .locator('tbody tr:not(.total) td:last-child')
          .evaluateAll((cells) => cells.map((one) => (one as unknown as { title: string }).title.slice(1)));
        const sum = exact.reduce((left, text) => left + parseDollars(text), 0n);
        expect(sum).toBe(parseDollars(answer.total.cost ?? ''));
      }
    }),
  );

  it(
    'is drilled into by keyboard: a bar opens its lines',
    inBrowser(async () => {
      const page = await pages.open(`/spend?${OCTOBER}`);
      await ready(page, '.plot-box');
      await page.locator('.plot-box').focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowUp');
      const said = await page.locator('.under-plot').innerText();
      const day = await total(`during=2026-10-01&where=workflow=Support+copilot&of=cost`);
      expect(said).toContain(`1 Oct: Support copilot ${moneyText(day.total.cost ?? '')}`);
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/ledger\?/);
      const address = new URL(page.url()).searchParams;
      expect(address.get('during')).toBe('2026-10-01');
      expect(address.get('only')).toBe('workflow=Support+copilot');
    }),
  );

  it(
    'says what each customer costs, from the overview and the palette, down to the receipt of a call',
    inBrowser(async () => {
      const answer = await total(`${OCTOBER}&by=customer&of=cost`);
      const largest = answer.rows.find(({ group }) => group[0] !== '');
      const [customer = ''] = largest?.group ?? [];
      const cost = largest?.figures.cost ?? '';
      const page = await pages.open(`/?${OCTOBER}`);
      await page.getByRole('link', { name: 'by customer', exact: true }).click();
      const row = page.locator('tbody tr', { hasText: customer }).first();
      await row.locator(`td[title="$${cost}"]`).waitFor({ timeout: 60_000 });
      expect(new URL(page.url()).search).toBe(`?${OCTOBER}&by=customer`);
      await page.goto(`${system.apiUrl}/prices`);
      await page.getByRole('heading', { name: 'Prices', exact: true }).waitFor();
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('A page, a workflow').fill('spend by cust');
      await page.getByRole('option', { name: 'Spend by customer' }).click();
      await page.waitForURL(/\/spend\?by=customer/);
      await page.goto(`${system.apiUrl}/spend?${OCTOBER}&by=customer`);
      await row.locator(`td[title="$${cost}"]`).getByRole('button').click();
      await page.waitForURL(/\/ledger\?/);
      expect(new URL(page.url()).searchParams.get('only')).toBe(new URLSearchParams({ customer }).toString());
      await page.locator('button.call').first().click();
      await page.getByLabel('Receipt', { exact: true }).getByText(customer).first().waitFor();
    }),
  );

  it(
    'goes on with a value when its name is pressed, and back again',
    inBrowser(async () => {
      const page = await pages.open(`/spend?${OCTOBER}`);
      await ready(page, '.plot-box');
      await page.getByRole('button', { name: 'Contract extraction', exact: true }).click();
      await page.waitForURL(/by=customer/);
      const answer = await total(`${OCTOBER}&where=workflow=Contract+extraction&of=cost`);
      await expect
        .poll(() => page.locator('tr.total td').last().innerText())
        .toBe(moneyCell(answer.total.cost, 0));
      await page.goBack();
      await expect.poll(() => page.locator('tr.total td').last().innerText()).toBe('110,000');
    }),
  );
});
