/**
 * A CFO closes October of the demo company by clicking only: what it came to, why it grew, down to one receipt; what the providers
 * bill beside it, the budget that broke, and the file for the board. Every figure is held against the API.
 */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { ChangesAnswer } from '../../src/api/contract/anomalies.ts';
import type { BudgetList } from '../../src/api/contract/budgets.ts';
import type { Reconciliation } from '../../src/api/contract/invoices.ts';
import type { LedgerAnswer, Receipt } from '../../src/api/contract.ts';
import { changePercent, moneyCell, moneyText } from '../../src/units/figures.ts';
import { formatDollars, parseDollars } from '../../src/units/money.ts';
import { onDemo } from './in-browser.ts';
import {
  answered,
  breakDownBy,
  choosePeriod,
  exportedRows,
  openQuestion,
  reconcile,
  toPage,
} from './page-clicks.ts';
import { parameter, plain, says, sentence, sum } from './page-reads.ts';

const OCTOBER = 'during=2026-10';

const { system, pages, inBrowser } = onDemo();

/** The overview of October, as each part of the journey begins. */
const inOctober = (run: (page: Page) => Promise<void>) =>
  inBrowser(async () => {
    const page = await pages.open('/');
    await answered(page);
    await choosePeriod(page, 'Oct[a-z]* 2026');
    await says(page, 'October 2026 closed at');
    await run(page);
  });

describe('the CFO', { timeout: 300_000 }, () => {
  it(
    'reads what October came to, compares it, and opens why it grew, down to one receipt that adds up',
    inOctober(async (page) => {
      const { total, compared } = await system.api<LedgerAnswer>(
        `/api/v1/ledger?${OCTOBER}&of=cost,calls&compare=previous`,
      );
      const [is, was] = [parseDollars(total.cost ?? ''), parseDollars(compared?.total.cost ?? '')];
      await openQuestion(page, 'compare');
      await page.getByRole('button', { name: 'Off', exact: true }).click();
      await expect.poll(() => sentence(page).innerText()).not.toContain('September');
      await openQuestion(page, 'compare');
      await page.getByRole('button', { name: 'Previous period' }).click();
      await says(
        page,
        `closed at ${moneyText(total.cost ?? '')}, ${changePercent(was, is - was).slice(1)} above`,
      );

      await page.getByRole('link', { name: 'by driver' }).click();
      await page.getByRole('heading', { level: 1, name: 'What changed' }).waitFor();
      const changes = await system.api<ChangesAnswer>(
        '/api/v1/changes?after=2026-10&before=previous&by=workflow',
      );
      await says(page, changes.sentence);
      const steps = Object.values(changes.effects);
      expect(sum([...steps, changes.beside])).toBe(changes.change);
      expect(changes.after.cost).toBe(total.cost);
      const moved = page.getByLabel('What moved').locator('tr.total td.num');
      const shown = [changes.before.cost, changes.after.cost, changes.change].map((one) => moneyCell(one, 0));
      await expect.poll(async () => (await moved.allInnerTexts()).slice(0, 3)).toEqual(shown);

      const risen = page.getByLabel('What moved').locator('tbody tr', { hasText: 'Support copilot' }).first();
      await risen.getByRole('link').click();
      await page.getByRole('heading', { level: 1, name: 'Ledger' }).waitFor();
      await page.locator('table.calls tbody tr', { hasText: 'Support copilot' }).first().click();
      await addsUp(page);
    }),
  );

  it(
    'checks what the providers bill beside the ledger',
    inOctober(async (page) => {
      await toPage(page, 'Invoices');
      await reconcile(page, system, '2026-10');
      const id = parameter(page, 'id') ?? '';
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
      const date = new Date(account?.burn.crossed?.from ?? '');
      const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
      await row.getByText(`on ${short.format(date)}`).waitFor();
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
      await page.getByRole('button', { name: 'Revenue', exact: true }).waitFor();
      const rows = await exportedRows(page, 'This table, CSV');
      const total = rows.find(({ row }) => row === 'total')?.['cost'] ?? '';
      await expect.poll(() => page.locator('tr.total td').last().innerText()).toBe(moneyCell(total, 0));
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
  const cost = plain(await due.innerText());
  const charges = drawer.locator('table.buckets tbody tr:not(.due):not(.sum) td:last-child');
  expect(sum((await charges.allInnerTexts()).map(plain))).toBe(cost);
  const call = parameter(page, 'call') ?? '';
  const receipt = await system.api<Receipt>(`/api/v1/calls/${call}`);
  expect(cost).toBe(receipt.total);
}
