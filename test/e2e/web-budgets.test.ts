/** The page of budgets in a real browser, on a system with money in it. */
import { describe, expect, it } from 'vitest';

import type { BudgetDetail, BudgetList } from '../../src/api/contract/budgets.ts';
import type { LedgerAnswer } from '../../src/api/contract.ts';
import { moneyText } from '../../src/units/figures.ts';
import { send, tellOfCalls } from './api-calls.ts';
import { onSystem } from './in-browser.ts';
import { focusOn, tabTo } from './page-keys.ts';
import { expectLegible, expectToFit, says, sentence } from './page-reads.ts';
import { PHONE } from './watched-pages.ts';

/** A million tokens of team CX's. */
const CALLS = Array.from({ length: 10 }, () => ({
  model: 'gpt-4o',
  inputTokens: 100_000,
  workflow: 'support',
  team: 'CX',
}));
const SUPPORT = {
  name: 'Support',
  scope: { kind: 'team', value: 'CX' },
  amount: '5',
  window: { kind: 'calendar', unit: 'month' },
  reason: 'agreed in a test',
};

const { system, pages, inBrowser } = onSystem({
  prepare: () => tellOfCalls(system, CALLS),
  async clear() {
    const { budgets } = await system.api<BudgetList>('/api/v1/budgets');
    for (const { id } of budgets) await send(system, 'DELETE', `/budgets/${id}`);
  },
});

describe('the budgets page', () => {
  it(
    'teaches at first; then one is set with the keyboard alone, after it said what it would count',
    inBrowser(async () => {
      const page = await pages.open('/budgets');
      await page.getByText('No budget is set yet').waitFor();
      await tabTo(page, 'Set a budget');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Set a budget' });
      await focusOn(page, 'Name');
      await page.keyboard.type('Support');
      await tabTo(page, 'Which team');
      await page.keyboard.type('CX');
      await tabTo(page, 'Amount');
      await page.keyboard.type('5');
      await tabTo(page, 'Reason');
      await page.keyboard.type('agreed in a test');
      await dialog.getByText('spent in', { exact: false }).waitFor();
      const spent =
        (await system.api<LedgerAnswer>('/api/v1/ledger?during=this-month&of=cost')).total.cost ?? '';
      await dialog.locator('.effect dd', { hasText: moneyText(spent) }).waitFor();
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'History of Support' }).waitFor();
      const { budgets, sentence: said } = await system.api<BudgetList>('/api/v1/budgets');
      expect(budgets).toMatchObject([
        { id: 'support', amount: '5', mode: 'hard', reason: 'agreed in a test' },
      ]);
      const account = budgets[0]!.accounts[0]!;
      expect(account.spent).toBe(spent);
      await expect.poll(() => sentence(page).innerText()).toBe(said);
      const cells = page.locator('tbody tr', { hasText: 'Support' }).locator('td.num');
      await expect.poll(() => cells.first().getAttribute('title')).toContain(`$${spent}`);
      expect(await cells.nth(3).innerText()).toBe('$5.00');
    }),
  );

  it(
    'a change that makes no sense is refused in words before it is sent; one that does is the next version',
    inBrowser(async () => {
      await send(system, 'POST', '/budgets', SUPPORT);
      const page = await pages.open('/budgets');
      await page.getByRole('button', { name: 'Change Support' }).click();
      const dialog = page.getByRole('dialog', { name: 'Change budget' });
      await dialog.getByLabel('Reason').fill('more traffic');
      await dialog.getByLabel('Warn at %').fill('180');
      await dialog.getByRole('alert').getByText('must be a whole number from 1 to 100').waitFor();
      expect(await dialog.getByRole('button', { name: 'Change budget' }).isEnabled()).toBe(false);
      await dialog.getByLabel('Warn at %').fill('90');
      await dialog.getByLabel('Amount').fill('50');
      await dialog.locator('.effect').waitFor();
      await dialog.getByRole('button', { name: 'Change budget' }).click();
      await dialog.waitFor({ state: 'detached' });
      const { history } = await system.api<BudgetDetail>('/api/v1/budgets/support');
      const newest = history[0]?.version ?? 0;
      expect(history.slice(0, 2).map(({ version, state, amount }) => [version, state, amount])).toEqual([
        [newest, 'in-force', '50'],
        [newest - 1, 'replaced', '5'],
      ]);
    }),
  );

  it(
    'shows who decided what and why, and ends it for a reason',
    inBrowser(async () => {
      await send(system, 'POST', '/budgets', SUPPORT);
      await send(system, 'PUT', '/budgets/support', { ...SUPPORT, amount: '50', reason: 'more traffic' });
      const page = await pages.open('/budgets');
      await page.getByRole('button', { name: 'History of Support' }).click();
      const history = page.getByRole('dialog', { name: 'Support' });
      await history.getByText('Overrun 0').waitFor();
      await history.locator('tr', { hasText: 'agreed in a test' }).getByText('replaced').first().waitFor();
      await history.getByRole('button', { name: 'Done' }).click();
      await page.getByRole('button', { name: 'End Support' }).click();
      const end = page.getByRole('dialog', { name: 'End budget' });
      await end.getByLabel('Reason').fill('the test is over');
      await end.getByRole('button', { name: 'End budget' }).click();
      await page.getByText('No budget is set yet').waitFor();
    }),
  );

  it(
    'is legible in light and dark, and fits a phone, its dialogs too',
    inBrowser(async () => {
      await send(system, 'POST', '/budgets', {
        name: 'Used up',
        scope: { kind: 'workflow', value: '*' },
        amount: '1',
        mode: 'expected',
        window: { kind: 'calendar', unit: 'month' },
        thresholds: [{ percent: 80, action: { kind: 'warn' } }],
      });
      for (const scheme of ['light', 'dark'] as const) {
        const page = await pages.open('/budgets', { scheme });
        await page.locator('td > .burn').first().waitFor();
        await says(page, 'used up its');
        await expectLegible(page);
      }
      const phone = await pages.open('/budgets', { size: PHONE, scheme: 'dark' });
      await phone.locator('.narrow-burn .burn').first().waitFor();
      await expectToFit(phone);
      await phone.getByRole('button', { name: 'Set a budget' }).click();
      await phone.getByRole('dialog').waitFor();
      await expectLegible(phone);
      await expectToFit(phone);
    }),
  );
});
