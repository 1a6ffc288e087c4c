/**
 * Every page of the web app on the demo company, as people meet it: full, in both themes, wide and narrow. No page complains,
 * axe finds nothing, nothing is wider than the window, and what a page says is what the API says.
 */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { Workspace } from '../../src/api/contract/workspace.ts';
import type { LedgerAnswer } from '../../src/api/contract.ts';
import { moneyCell, moneyText } from '../../src/units/figures.ts';
import { expectNoViolations } from '../axe.ts';
import { DEMO_PAGES } from './demo-pages.ts';
import { onDemo } from './in-browser.ts';
import { expectToFit, parameter, plain, says, sum, titles } from './page-reads.ts';
import { PHONE } from './watched-pages.ts';

const OCTOBER = 'during=2026-10';

const { system, pages, inBrowser } = onDemo();

async function ready(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().waitFor();
  await page.evaluate('document.fonts.ready.then(() => undefined)');
}

describe('every page', { timeout: 240_000 }, () => {
  for (const { path, ready: selector } of DEMO_PAGES)
    it(
      `${path} has nothing that axe finds, wide and light, narrow and dark`,
      inBrowser(async () => {
        for (const around of [{ scheme: 'light' }, { scheme: 'dark', size: PHONE }] as const) {
          const page = await pages.open(path, around);
          await ready(page, selector);
          await expectNoViolations(page);
          await expectToFit(page);
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
      await says(page, moneyText(answer.total.cost ?? ''));
      const cell = page.locator('tr.total td').last();
      await expect.poll(() => cell.innerText()).toBe(moneyCell(answer.total.cost, 0));
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
        await says(page, moneyText(retries.cost ?? ''));
        await says(page, 'no call began here; second attempts');
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
      await expectNoViolations(page);
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
        const cells = page.locator('tbody tr:not(.total) td:last-child');
        const exact = async (): Promise<string> =>
          sum((await titles(cells)).map((title) => plain(title ?? '')));
        await expect.poll(exact).toBe(answer.total.cost);
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
      const day = await total(`during=2026-10-01&where=workflow=Support+copilot&of=cost`);
      const said = `1 Oct: Support copilot ${moneyText(day.total.cost ?? '')}`;
      await page.locator('.under-plot', { hasText: said }).waitFor();
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
      await row.locator(`td[title="$${cost}"]`).waitFor();
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
      expect(parameter(page, 'only')).toBe(new URLSearchParams({ customer }).toString());
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
