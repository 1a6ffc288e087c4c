/** What happened, on the charts of the demo company: its price cut and its commitment, in a real browser. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { AnnotationsAnswer } from '../../src/api/contract/annotations.ts';
import type { BudgetDetail } from '../../src/api/contract/budgets.ts';
import { moneyText } from '../../src/units/figures.ts';
import { expectNoViolations } from '../axe.ts';
import { onDemo } from './in-browser.ts';
import { parameter } from './page-reads.ts';
import { PHONE } from './watched-pages.ts';

const CUT = /^Price of openai gpt-5\.2 falls: input \$2\.50 to \$\d/;
const COMMITMENT = /^Agreed price of aws begins: 10% off list/;
const CUT_WORDS = 'Price of openai gpt-5.2 falls';
const { system, pages, inBrowser } = onDemo();

const lines = (page: Page) => page.locator('.happened li');

describe('what happened', () => {
  it(
    'is told by the API: the cut with both rates, the commitment with its terms',
    inBrowser(async () => {
      const { annotations } = await system.api<AnnotationsAnswer>('/api/v1/annotations?during=2026');
      const texts = annotations.map(({ text }) => text);
      expect(texts).toEqual(expect.arrayContaining([expect.stringMatching(CUT)]));
      expect(texts).toEqual(expect.arrayContaining([expect.stringMatching(COMMITMENT)]));
    }),
  );

  it(
    'stands on the chart of spend, in a list with links, in what the keys say, and can be hidden',
    inBrowser(async () => {
      const page = await pages.open('/spend?during=2026&grain=month');
      await page.locator('.note-mark').first().waitFor();
      const more = page.locator('summary', { hasText: 'more that happened' });
      if ((await more.count()) > 0) await more.click();
      for (const words of [CUT_WORDS, 'Agreed price of aws begins'])
        await expect.poll(() => lines(page).filter({ hasText: words }).count()).toBe(1);
      expect(await lines(page).getByRole('link').first().getAttribute('href')).toMatch(/^\/\w+/);
      await expectNoViolations(page);
      await page.locator('.plot-box').focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowRight');
      await page.locator('[aria-live]', { hasText: 'Agreed price of aws begins' }).waitFor();
      await page.getByRole('button', { name: 'Hide what happened' }).click();
      await expect.poll(() => page.locator('.note-mark').count()).toBe(0);
      await page.reload();
      await page.getByRole('button', { name: 'Show what happened' }).click();
      await page.locator('.note-mark').first().waitFor();
    }),
    240_000,
  );

  it(
    'has a budget that was used up, on the day that the ledger knows, with its link to the budget',
    inBrowser(async () => {
      const { annotations } = await system.api<AnnotationsAnswer>('/api/v1/annotations?during=2026-11');
      const used = annotations.find(({ text }) => text.startsWith('Budget Revenue used up'));
      const { budget } = await system.api<BudgetDetail>('/api/v1/budgets/revenue');
      expect(used?.at.slice(0, 10)).toBe(budget.accounts[0]?.burn.crossed?.from.slice(0, 10));
      const page = await pages.open('/spend?during=2026-11');
      await lines(page).getByRole('link', { name: 'Budget Revenue used up' }).click();
      await page.getByRole('dialog', { name: 'Revenue' }).getByLabel('Versions').waitFor();
      await expect.poll(() => parameter(page, 'show')).toBe('revenue');
      // As it stood earlier: with less spent, and by the version that was in force.
      await page.goto(`${system.apiUrl}/budgets?show=revenue&at=2026-11-20`);
      const then = page.getByRole('dialog', { name: 'Revenue' });
      await then.getByText('At the start of 20 Nov 2026 version 1 gave $13,900 per month.').waitFor();
      const past = await system.api<BudgetDetail>('/api/v1/budgets/revenue?at=2026-11-20T00:00:00Z');
      const spent = past.budget.accounts[0]?.spent ?? '';
      expect(spent).not.toBe(budget.accounts[0]?.spent);
      await then.getByLabel('Windows then').getByText(moneyText(spent)).waitFor();
      await page.goto(`${system.apiUrl}/budgets?show=revenue&at=2026-10-20`);
      await then.getByText('no version was in force').waitFor();
    }),
  );

  it(
    'is narrowed with the page: another provider’s agreement is not its news',
    inBrowser(async () => {
      const page = await pages.open('/spend?during=2026&grain=month&where=provider%3Dopenai');
      await page.locator('.note-mark').first().waitFor();
      // It may stand among those that a press opens.
      await page.locator('.happened', { hasText: CUT_WORDS }).waitFor({ state: 'attached' });
      expect(await page.locator('.happened', { hasText: 'Agreed price of aws' }).count()).toBe(0);
    }),
  );

  it(
    'leads to the page that knows more, on a phone too',
    inBrowser(async () => {
      const page = await pages.open('/spend?during=2026&grain=month', { size: PHONE });
      await page
        .getByRole('link', { name: /^Agreed price of aws begins/ })
        .or(page.locator('summary'))
        .first()
        .click();
      await page.getByRole('link', { name: /^Agreed price of aws begins/ }).click();
      await page.waitForURL(/\/prices/);
    }),
  );
});
