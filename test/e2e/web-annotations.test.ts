/** What happened, on the charts of the demo company: its price cut and its commitment, in a real browser. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestContext } from 'vitest';

import type { AnnotationsAnswer } from '../../src/api/contract/annotations.ts';
import type { BudgetDetail } from '../../src/api/contract/budgets.ts';
import { moneyText } from '../../src/units/figures.ts';
import { axeViolations } from '../axe.ts';
import { buildWebApp, findBrowser, launch } from '../browser.ts';
import { DEMO_NOW } from './demo-pages.ts';
import { startDemo } from './demo-system.ts';
import type { DemoSystem } from './demo-system.ts';
import { PHONE, watchPages } from './watched-pages.ts';

const found = findBrowser(process.env);
const WAIT = { timeout: 60_000 };
const CUT = /^Price of openai gpt-5\.2 falls: input \$2\.50 to \$\d/;
const COMMITMENT = /^Agreed price of aws begins: 10% off list/;
const CUT_WORDS = 'Price of openai gpt-5.2 falls';
let demo: DemoSystem;
let browser: Browser;
const pages = watchPages(
  () => browser,
  () => demo.apiUrl,
);

beforeAll(async () => {
  if (found.kind === 'missing') return;
  buildWebApp();
  [demo, browser] = await Promise.all([startDemo(DEMO_NOW), launch(found.executable)]);
}, 400_000);
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});
afterEach(() => pages.closeAll());

function inBrowser(run: () => Promise<void>): (context: TestContext) => Promise<void> {
  return async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    await run();
    expect(pages.complaints()).toEqual([]);
  };
}

const lines = (page: Page) => page.locator('.happened li');

describe('what happened', () => {
  it(
    'is told by the API: the cut with both rates, the commitment with its terms',
    inBrowser(async () => {
      const { annotations } = await demo.api<AnnotationsAnswer>('/api/v1/annotations?during=2026');
      const texts = annotations.map(({ text }) => text);
      expect(texts).toEqual(expect.arrayContaining([expect.stringMatching(CUT)]));
      expect(texts).toEqual(expect.arrayContaining([expect.stringMatching(COMMITMENT)]));
    }),
    120_000,
  );

  it(
    'stands on the chart of spend, in a list with links, in what the keys say, and can be hidden',
    inBrowser(async () => {
      const page = await pages.open('/spend?during=2026&grain=month');
      await page.locator('.note-mark').first().waitFor(WAIT);
      const more = page.locator('summary', { hasText: 'more that happened' });
      if ((await more.count()) > 0) await more.click();
      expect(await lines(page).filter({ hasText: CUT_WORDS }).count()).toBe(1);
      expect(await lines(page).filter({ hasText: 'Agreed price of aws begins' }).count()).toBe(1);
      expect(await lines(page).getByRole('link').first().getAttribute('href')).toMatch(/^\/\w+/);
      expect(await axeViolations(page)).toEqual([]);
      await page.locator('.plot-box').focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowRight');
      await page.locator('[aria-live]', { hasText: 'Agreed price of aws begins' }).waitFor(WAIT);
      await page.getByRole('button', { name: 'Hide what happened' }).click();
      expect(await page.locator('.note-mark').count()).toBe(0);
      await page.reload();
      await page.getByRole('button', { name: 'Show what happened' }).click(WAIT);
      await page.locator('.note-mark').first().waitFor(WAIT);
    }),
    240_000,
  );

  it(
    'has a budget that was used up, on the day that the ledger knows, with its link to the budget',
    inBrowser(async () => {
      const { annotations } = await demo.api<AnnotationsAnswer>('/api/v1/annotations?during=2026-11');
      const used = annotations.find(({ text }) => text.startsWith('Budget Revenue used up'));
      const { budget } = await demo.api<BudgetDetail>('/api/v1/budgets/revenue');
      expect(used?.at.slice(0, 10)).toBe(budget.accounts[0]?.burn.crossed?.from.slice(0, 10));
      const page = await pages.open('/spend?during=2026-11');
      await lines(page).getByRole('link', { name: 'Budget Revenue used up' }).click(WAIT);
      await page.getByRole('dialog', { name: 'Revenue' }).getByLabel('Versions').waitFor(WAIT);
      expect(new URL(page.url()).searchParams.get('show')).toBe('revenue');
      // As it stood earlier: with less spent, and by the version that was in force.
      await page.goto(`${demo.apiUrl}/budgets?show=revenue&at=2026-11-20`);
      const then = page.getByRole('dialog', { name: 'Revenue' });
      await then.getByText('At the start of 20 Nov 2026 version 1 gave $13,900 per month.').waitFor(WAIT);
      const past = await demo.api<BudgetDetail>('/api/v1/budgets/revenue?at=2026-11-20T00:00:00Z');
      const spent = past.budget.accounts[0]?.spent ?? '';
      expect(spent).not.toBe(budget.accounts[0]?.spent);
      await then.getByLabel('Windows then').getByText(moneyText(spent)).waitFor();
      await page.goto(`${demo.apiUrl}/budgets?show=revenue&at=2026-10-20`);
      await then.getByText('no version was in force').waitFor(WAIT);
    }),
    120_000,
  );

  it(
    'is narrowed with the page: another provider’s agreement is not its news',
    inBrowser(async () => {
      const page = await pages.open('/spend?during=2026&grain=month&where=provider%3Dopenai');
      await page.locator('.note-mark').first().waitFor(WAIT);
      const texts = await page.locator('.happened').allTextContents();
      expect(texts.join(' ')).toContain(CUT_WORDS);
      expect(texts.join(' ')).not.toContain('Agreed price of aws');
    }),
    120_000,
  );

  it(
    'leads to the page that knows more, on a phone too',
    inBrowser(async () => {
      const page = await pages.open('/spend?during=2026&grain=month', { size: PHONE });
      await page
        .getByRole('link', { name: /^Agreed price of aws begins/ })
        .or(page.locator('summary'))
        .first()
        .click(WAIT);
      await page.getByRole('link', { name: /^Agreed price of aws begins/ }).click(WAIT);
      await page.waitForURL(/\/prices/, WAIT);
    }),
    120_000,
  );
});
