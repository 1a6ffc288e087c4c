/** The page of budgets in a real browser, on a system with money in it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TestContext } from 'vitest';

import type { BudgetDetail, BudgetList } from '../../src/api/contract/budgets.ts';
import type { LedgerAnswer } from '../../src/api/contract.ts';
import { moneyText } from '../../src/units/figures.ts';
import { buildWebApp, faintTexts, findBrowser, launch } from '../browser.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';
import { PHONE, watchPages } from './watched-pages.ts';

const found = findBrowser(process.env);
let system: System;
let browser: Browser;
const pages = watchPages(
  () => browser,
  () => system.apiUrl,
);

beforeAll(async () => {
  if (found.kind === 'missing') return;
  buildWebApp();
  [system, browser] = await Promise.all([startSystem({ workers: 1 }), launch(found.executable)]);
  await spend();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});
afterEach(() => pages.closeAll());

function inBrowser(run: () => Promise<void>): (context: TestContext) => Promise<void> {
  return async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    await run();
    const complaints = pages.complaints();
    if (complaints.length > 0) throw new Error(`The page complained:\n${complaints.join('\n')}`);
  };
}

/** Calls that traces tell of, so that they cost money: a million tokens of team CX's. */
async function spend(): Promise<void> {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const ms = Date.now() - 60_000;
  const spans = Array.from({ length: 10 }, (_, at) => ({
    traceId: 'c'.repeat(32),
    spanId: (at + 1).toString(16).padStart(16, '0'),
    name: 'chat',
    startTimeUnixNano: `${ms + at}000000`,
    endTimeUnixNano: `${ms + at + 500}000000`,
    attributes: [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.provider.name', 'openai'),
      text('gen_ai.request.model', 'gpt-4o'),
      text('gen_ai.response.id', `budget-${at}`),
      { key: 'gen_ai.usage.input_tokens', value: { intValue: '100000' } },
      text('setpoint.workflow', 'support'),
      text('setpoint.team', 'CX'),
    ],
  }));
  const response = await fetch(`${system.apiUrl}/api/v1/otlp/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  });
  expect(response.status).toBe(200);
  const calls = async () =>
    (await system.api<LedgerAnswer>('/api/v1/ledger?during=this-month&of=calls,cost')).total.calls;
  await vi.waitUntil(async () => (await calls()) === 10, { timeout: 20_000, interval: 100 });
}

/** Presses tab until the thing with that name has the focus: what cannot be reached so cannot be used by all. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    if ((await page.evaluate<string>(FOCUSED_NAME)) === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Eighty presses of tab do not reach ${name}.`);
}

const FOCUSED_NAME = `(() => {
  const one = document.activeElement;
  return (one?.ariaLabel ?? one?.labels?.[0]?.textContent ?? one?.textContent ?? '').trim();
})()`;

describe('the budgets page', () => {
  it(
    'teaches at first; then one is set with the keyboard alone, after it said what it would count',
    inBrowser(async () => {
      const page = await pages.open('/budgets');
      await page.getByText('No budget is set yet').waitFor();
      await tabTo(page, 'Set a budget');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Set a budget' });
      await dialog.waitFor();
      expect(await page.evaluate<string>(FOCUSED_NAME)).toBe('Name');
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
      expect(await dialog.locator('.effect dd').innerText()).toContain(moneyText(spent));
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'History of Support' }).waitFor();
      const { budgets, sentence } = await system.api<BudgetList>('/api/v1/budgets');
      expect(budgets).toMatchObject([
        { id: 'support', amount: '5', mode: 'hard', reason: 'agreed in a test' },
      ]);
      const account = budgets[0]!.accounts[0]!;
      expect(account.spent).toBe(spent);
      expect(await page.locator('.sentence').innerText()).toBe(sentence);
      const cells = page.locator('tbody tr', { hasText: 'Support' }).locator('td.num');
      expect(await cells.first().getAttribute('title')).toContain(`$${spent}`);
      expect(await cells.nth(3).innerText()).toBe('$5.00');
    }),
  );

  it(
    'a change that makes no sense is refused in words before it is sent; one that does is the next version',
    inBrowser(async () => {
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
      expect(history.map(({ version, state, amount }) => [version, state, amount])).toEqual([
        [2, 'in-force', '50'],
        [1, 'replaced', '5'],
      ]);
    }),
  );

  it(
    'shows who decided what and why, and ends it for a reason',
    inBrowser(async () => {
      const page = await pages.open('/budgets');
      await page.getByRole('button', { name: 'History of Support' }).click();
      const history = page.getByRole('dialog', { name: 'Support' });
      await history.getByText('Overrun 0').waitFor();
      await history.locator('tr', { hasText: 'agreed in a test' }).getByText('replaced').waitFor();
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
      await fetch(`${system.apiUrl}/api/v1/budgets`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          name: 'Used up',
          scope: { kind: 'workflow', value: '*' },
          amount: '1',
          mode: 'expected',
          window: { kind: 'calendar', unit: 'month' },
          thresholds: [{ percent: 80, action: { kind: 'warn' } }],
        }),
      });
      for (const scheme of ['light', 'dark'] as const) {
        const page = await pages.open('/budgets', { scheme });
        await page.locator('td > .burn').first().waitFor();
        expect(await page.locator('.sentence').innerText()).toContain('used up its');
        expect(await faintTexts(page)).toEqual([]);
      }
      const phone = await pages.open('/budgets', { size: PHONE, scheme: 'dark' });
      await phone.locator('.narrow-burn .burn').first().waitFor();
      expect(await phone.evaluate<number>('document.documentElement.scrollWidth')).toBe(PHONE.width);
      await phone.getByRole('button', { name: 'Set a budget' }).click();
      await phone.getByRole('dialog').waitFor();
      expect(await faintTexts(phone)).toEqual([]);
      expect(await phone.evaluate<number>('document.documentElement.scrollWidth')).toBe(PHONE.width);
    }),
  );
});
