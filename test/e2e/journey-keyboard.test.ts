/**
 * A FinOps analyst and an engineer of the demo company with the keyboard alone: no pointer ever moves, each step has the focus in
 * sight, and it is never lost. What is read and decided on the way is held against the API.
 */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { BudgetList } from '../../src/api/contract/budgets.ts';
import type { LedgerAnswer, Receipt } from '../../src/api/contract.ts';
import { moneyCell, moneyText } from '../../src/units/figures.ts';
import { expectNoViolations } from '../axe.ts';
import { onDemo } from './in-browser.ts';
import { answered } from './page-clicks.ts';
import { find, focused, focusOn, tabTo, watchPointer } from './page-keys.ts';
import { parameter } from './page-reads.ts';

const OCTOBER = 'during=2026-10';

const { system, pages, inBrowser } = onDemo();

const byKeys = (path: string, run: (page: Page) => Promise<void>) =>
  inBrowser(async () => {
    const page = await pages.open(path);
    const pointed = await watchPointer(page);
    await answered(page);
    await run(page);
    expect(await pointed()).toEqual([]);
  });

const press = async (page: Page, ...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};
/** The call that has the focus. */
const onCall = (page: Page): Promise<string> =>
  page.evaluate<string>('document.activeElement.dataset.call ?? ""');
const inSight = (page: Page): Promise<void> =>
  expect.poll(() => focused(page)).toMatchObject({ state: 'seen' });
const ledger = (query: string): Promise<LedgerAnswer> => system.api<LedgerAnswer>(`/api/v1/ledger?${query}`);

describe('with the keyboard alone', { timeout: 300_000 }, () => {
  it(
    'from the overview to a bar of spend, into its lines, a receipt and back',
    byKeys(`/?${OCTOBER}`, async (page) => {
      await press(page, 'Tab');
      await focusOn(page, 'Skip to content');
      await press(page, 'Enter');
      await focusOn(page, 'Overview');

      await find(page, 'spend', 'Spend');
      await focusOn(page, 'Spend');
      expect(parameter(page, 'during')).toBe('2026-10');
      await press(page, 'b');
      await focusOn(page, /^Break down/);
      await page.keyboard.type('team');
      await press(page, 'Enter');
      await expect.poll(() => parameter(page, 'by')).toBe('team');
      await focusOn(page, /^Break down\s*Team/);

      await press(page, '/');
      await focusOn(page, 'Filter by');
      await page.keyboard.type('provider');
      await press(page, 'Enter');
      await focusOn(page, 'Provider: values');
      await page.keyboard.type('anthropic');
      await page.locator('.popup .option[data-highlighted]', { hasText: 'anthropic' }).waitFor();
      await press(page, 'Enter');
      await expect.poll(() => parameter(page, 'where')).toBe('provider=anthropic');
      await press(page, 'Escape');
      await focusOn(page, 'Filter');
      const narrowed = await ledger(`${OCTOBER}&where=provider=anthropic&of=cost`);
      await totalIs(page, narrowed);
      await tabTo(page, 'Remove the filter Provider anthropic', 'Shift+Tab');
      await press(page, 'Enter');
      await expect.poll(() => parameter(page, 'where')).toBeNull();
      await focusOn(page, 'Filter');
      await totalIs(page, await ledger(`${OCTOBER}&of=cost`));

      await tabTo(page, /Arrow keys walk the chart\.$/);
      const said = page.locator('.under-plot');
      await press(page, 'ArrowRight');
      await said.filter({ hasText: '1 Oct' }).waitFor();
      const whole = await said.innerText();
      await press(page, 'ArrowUp');
      await expect.poll(() => said.innerText()).not.toBe(whole);
      const [, team = '', amount = ''] = /1 Oct: (.+?) (\$[\d,.]+)/.exec(await said.innerText()) ?? [];
      const only = `where=${encodeURIComponent(`team=${team}`)}`;
      const day = await ledger(`during=2026-10-01&${only}&of=cost,calls`);
      expect(moneyText(day.total.cost ?? '')).toBe(amount);
      await press(page, 'Enter');
      await focusOn(page, 'Calls');
      await page.locator('.calls-card header p').getByText(amount).waitFor();

      await press(page, 'j');
      await expect.poll(() => onCall(page)).not.toBe('');
      const above = await onCall(page);
      await press(page, 'j');
      await expect.poll(() => onCall(page)).not.toBe(above);
      const row = await onCall(page);
      await press(page, 'Enter');
      const drawer = page.getByLabel('Receipt', { exact: true });
      await drawer.locator('tr.due').waitFor();
      await inSight(page);
      const receipt = await system.api<Receipt>(`/api/v1/calls/${row}`);
      expect(await drawer.locator('tr.due td.num').innerText()).toContain(
        moneyText(receipt.total).slice(0, 4),
      );
      await expectNoViolations(page);
      await press(page, 'Escape');
      await drawer.waitFor({ state: 'detached' });
      await expect.poll(() => onCall(page)).toBe(row);
      await inSight(page);

      await press(page, 't');
      await focusOn(page, /^Today/);
      await press(page, 'ArrowDown', 'ArrowDown', 'Enter');
      await expect.poll(() => parameter(page, 'during')).toBe('7d');
      await focusOn(page, /^Period\s*Last 7 days/);
    }),
  );

  it(
    'a budget is decided, seen, and undone; and the forecast of a workflow is moved by arrows and put back',
    byKeys(`/?${OCTOBER}`, async (page) => {
      await press(page, 'g', 'b');
      await page.getByRole('heading', { level: 1, name: 'Budgets' }).waitFor();
      await answered(page);
      await focusOn(page, 'Budgets');
      const before = await system.api<BudgetList>('/api/v1/budgets');
      await tabTo(page, 'Set a budget');
      await press(page, 'Enter');
      await focusOn(page, /^Name/);
      await page.keyboard.type('Board');
      await tabTo(page, /^Which team/);
      await page.keyboard.type('Legal Ops');
      await tabTo(page, /^Amount/);
      await page.keyboard.type('30000');
      await tabTo(page, /^Reason/);
      await page.keyboard.type('asked by the board');
      const dialog = page.getByRole('dialog', { name: 'Set a budget' });
      await dialog.locator('button[type=submit]:enabled').waitFor();
      await expectNoViolations(page);
      await press(page, 'Enter');
      await dialog.waitFor({ state: 'detached' });
      await focusOn(page, 'Set a budget');
      const row = page.locator('tbody tr', { hasText: 'Board' });
      await row.waitFor();
      await page.locator('.undo-bar', { hasText: 'Board is set to' }).waitFor();
      const set = (await system.api<BudgetList>('/api/v1/budgets')).budgets.find(
        ({ name }) => name === 'Board',
      );
      expect(set).toMatchObject({ scope: { kind: 'team', value: 'Legal Ops' }, amount: '30000' });
      await press(page, 'z');
      await row.waitFor({ state: 'detached' });
      await inSight(page);
      const ids = async (): Promise<string[]> =>
        (await system.api<BudgetList>('/api/v1/budgets')).budgets.map(({ id }) => id);
      await expect.poll(ids).toEqual(before.budgets.map(({ id }) => id));

      await find(page, 'forecast of support', 'Forecast of Support copilot');
      await page.locator('.plot-box').first().waitFor();
      await focusOn(page, 'Forecast: Support copilot');
      await tabTo(page, 'Calls');
      await press(page, ...Array.from({ length: 6 }, () => 'ArrowRight'));
      await focusOn(page, 'Calls');
      const line = page
        .getByRole('region', { name: 'Scenarios' })
        .locator('tbody tr', { hasText: 'Your changes' });
      await expect.poll(() => line.locator('td').nth(7).innerText()).toMatch(/^\+/);
      await tabTo(page, /^Calls: back to/, 'Shift+Tab');
      await press(page, 'Enter');
      await line.waitFor({ state: 'detached' });
      await inSight(page);
    }),
  );

  it(
    'an engineer walks the views of the gateway, makes a call, and reads its receipt',
    byKeys('/', async (page) => {
      await find(page, 'gateway', 'Gateway');
      await focusOn(page, 'Gateway');
      await page.locator('.content[data-ready=true]').waitFor();
      await tabTo(page, 'Providers');
      await press(page, 'ArrowRight');
      await focusOn(page, 'Routes');
      await press(page, 'ArrowRight', 'ArrowRight', 'ArrowRight');
      await focusOn(page, 'Playground');
      await page.getByText('The simulator answers: no money is spent').waitFor();
      await tabTo(page, 'Send');
      await press(page, 'Enter');
      await page.getByText('as the simulator prices it: no money was spent').waitFor();
      await inSight(page);
      await tabTo(page, 'Open the receipt');
      await press(page, 'Enter');
      const drawer = page.getByLabel('Receipt', { exact: true });
      await drawer.locator('tr.due').waitFor();
      await inSight(page);
      const call = parameter(page, 'call') ?? '';
      const receipt = await system.api<Receipt>(`/api/v1/calls/${call}`);
      expect(receipt.call).toBe(call);
      await press(page, 'Escape');
      await drawer.waitFor({ state: 'detached' });
      await inSight(page);
    }),
  );
});

async function totalIs(page: Page, { total }: LedgerAnswer): Promise<void> {
  await expect
    .poll(() => page.locator('tr.total td').last().getAttribute('title'))
    .toBe(`$${total.cost ?? ''}`);
  await expect
    .poll(() => page.locator('tr.total td').last().innerText())
    .toBe(moneyCell(total.cost ?? '', 0));
}
