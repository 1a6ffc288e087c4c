/**
 * A CFO closes October of the demo company by clicking only: what it came to, why it grew, down to one receipt; what the providers
 * bill beside it, the budget that broke, and the file for the board. Every figure is held against the API.
 */
import { readFile } from 'node:fs/promises';

import { parse } from 'csv-parse/sync';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestContext } from 'vitest';

import type { ChangesAnswer } from '../../src/api/contract/anomalies.ts';
import type { BudgetList } from '../../src/api/contract/budgets.ts';
import type { Reconciliation } from '../../src/api/contract/invoices.ts';
import type { LedgerAnswer, Receipt } from '../../src/api/contract.ts';
import { changePercent, moneyCell, moneyText } from '../../src/units/figures.ts';
import { formatDollars, parseDollars } from '../../src/units/money.ts';
import { buildWebApp, findBrowser, launch } from '../browser.ts';
import { DEMO_NOW } from './demo-pages.ts';
import { startDemo } from './demo-system.ts';
import type { DemoSystem } from './demo-system.ts';
import { answered, breakDownBy, choosePeriod, openQuestion, reconcile, toPage } from './page-clicks.ts';
import { watchPages } from './watched-pages.ts';

const found = findBrowser(process.env);
const WAIT = { timeout: 60_000 };
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

/** The overview of October, as each part of the journey begins. */
function inOctober(run: (page: Page) => Promise<void>): (context: TestContext) => Promise<void> {
  return async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    const page = await pages.open('/');
    await answered(page);
    await choosePeriod(page, 'Oct[a-z]* 2026');
    await says(page, 'October 2026 closed at');
    await run(page);
    expect(pages.complaints()).toEqual([]);
  };
}

const sentence = (page: Page): Locator => page.locator('.sentence').first();
const says = (page: Page, text: string): Promise<void> =>
  sentence(page).filter({ hasText: text }).waitFor(WAIT);
const sum = (amounts: readonly string[]): string =>
  formatDollars(amounts.reduce((all, one) => all + parseDollars(one), 0n));
/** `$1,234.50` and `1,234.5` as the API writes them. */
const plain = (shown: string): string => formatDollars(parseDollars(shown.replaceAll(/[$,\s]/g, '')));

describe('the CFO', { timeout: 300_000 }, () => {
  it(
    'reads what October came to, compares it, and opens why it grew, down to one receipt that adds up',
    inOctober(async (page) => {
      const { total, compared } = await system.api<LedgerAnswer>(
        `/api/v1/ledger?${OCTOBER}&of=cost,calls&compare=previous`,
      );
      const [is, was] = [parseDollars(total.cost ?? ''), parseDollars(compared?.total.cost ?? '')];
      await openQuestion(page, 'compare');
      await page.getByRole('button', { name: 'Off', exact: true }).click(WAIT);
      await expect.poll(() => sentence(page).innerText(), WAIT).not.toContain('September');
      await openQuestion(page, 'compare');
      await page.getByRole('button', { name: 'Previous period' }).click(WAIT);
      await says(
        page,
        `closed at ${moneyText(total.cost ?? '')}, ${changePercent(was, is - was).slice(1)} above`,
      );

      await page.getByRole('link', { name: 'by driver' }).click(WAIT);
      await page.getByRole('heading', { level: 1, name: 'What changed' }).waitFor(WAIT);
      const changes = await system.api<ChangesAnswer>(
        '/api/v1/changes?after=2026-10&before=previous&by=workflow',
      );
      await says(page, changes.sentence);
      const steps = Object.values(changes.effects);
      expect(sum([...steps, changes.beside])).toBe(changes.change);
      expect(changes.after.cost).toBe(total.cost);
      const moved = page.getByLabel('What moved').locator('tr.total td.num');
      const shown = [changes.before.cost, changes.after.cost, changes.change].map((one) => moneyCell(one, 0));
      expect((await moved.allInnerTexts()).slice(0, 3)).toEqual(shown);

      const risen = page.getByLabel('What moved').locator('tbody tr', { hasText: 'Support copilot' }).first();
      await risen.getByRole('link').click(WAIT);
      await page.getByRole('heading', { level: 1, name: 'Ledger' }).waitFor(WAIT);
      await page.locator('table.calls tbody tr', { hasText: 'Support copilot' }).first().click(WAIT);
      await addsUp(page);
    }),
  );

  it(
    'checks what the providers bill beside the ledger',
    inOctober(async (page) => {
      await toPage(page, 'Invoices');
      await reconcile(page, system, '2026-10');
      const id = new URL(page.url()).searchParams.get('id') ?? '';
      const { providers } = await system.api<Reconciliation>(`/api/v1/reconciliations/${id}`);
      const stated = providers.filter(({ invoice }) => invoice !== null);
      const [ledger, billed] = [
        sum(stated.map((one) => one.ledger)),
        sum(stated.map(({ invoice }) => invoice ?? '0')),
      ];
      const above = parseDollars(billed) - parseDollars(ledger);
      await says(page, `bill ${moneyText(billed)} and the ledger has ${moneyText(ledger)}`);
      await says(page, `they bill ${changePercent(parseDollars(ledger), above).slice(1)} more`);
      await says(page, 'nothing is unexplained');
    }),
  );

  it(
    'sees the budget that breaks and its date',
    inOctober(async (page) => {
      await toPage(page, 'Budgets');
      const { budgets } = await system.api<BudgetList>('/api/v1/budgets');
      const broken = budgets.find(({ accounts }) => (accounts[0]?.spentPercent ?? 0) > 100);
      const account = broken?.accounts[0];
      const row = page.locator('tbody tr', { hasText: broken?.name ?? '' }).first();
      await row.waitFor(WAIT);
      const date = new Date(account?.burn.crossed?.from ?? '');
      const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
      expect(await row.innerText()).toContain(`on ${short.format(date)}`);
      const long = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' });
      await says(
        page,
        `used up its November budget of ${moneyText(broken?.amount ?? '')} on ${long.format(date)}`,
      );
    }),
  );

  it(
    'takes what is shown along as a file with the total of the page',
    inOctober(async (page) => {
      await toPage(page, 'Spend');
      await breakDownBy(page, 'Team');
      await page.getByRole('button', { name: 'Revenue', exact: true }).waitFor(WAIT);
      await page.getByRole('button', { name: 'Export' }).click(WAIT);
      const [download] = await Promise.all([
        page.waitForEvent('download', WAIT),
        page.getByText('This table, CSV').click(WAIT),
      ]);
      const rows = parse<Record<string, string>>(await readFile(await download.path()), { columns: true });
      const total = rows.find(({ row }) => row === 'total')?.['cost'] ?? '';
      expect(await page.locator('tr.total td').last().innerText()).toBe(moneyCell(total, 0));
      const parts = rows.filter(({ row }) => row !== 'total').map(({ cost }) => cost ?? '0');
      expect(sum(parts)).toBe(formatDollars(parseDollars(total)));
      const answer = await system.api<LedgerAnswer>(`/api/v1/ledger?${OCTOBER}&of=cost`);
      expect(total).toBe(answer.total.cost);
    }),
  );
});

/** The charges of the receipt that is open come to its cost, to the last digit, and both are the API's. */
async function addsUp(page: Page): Promise<void> {
  const drawer = page.getByLabel('Receipt', { exact: true });
  const due = drawer.locator('table.buckets tr.due td.num');
  await due.waitFor(WAIT);
  const charges = await drawer
    .locator('table.buckets tbody tr:not(.due):not(.sum) td:last-child')
    .allInnerTexts();
  const cost = plain(await due.innerText());
  expect(sum(charges.map(plain))).toBe(cost);
  const call = new URL(page.url()).searchParams.get('call') ?? '';
  const receipt = await system.api<Receipt>(`/api/v1/calls/${call}`);
  expect(cost).toBe(receipt.total);
}
