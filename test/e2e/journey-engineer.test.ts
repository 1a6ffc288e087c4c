/**
 * A system that has just begun. A newcomer is led from its empty overview to a first call, and sees it appear. An engineer looks
 * which way a call goes, makes three calls of one user action through the gateway, and finds which of them, and what in it, cost
 * what. Every figure is held against the API.
 */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { GatewayStanding } from '../../src/api/contract/gateway.ts';
import type { CallsPage, LedgerAnswer, Receipt } from '../../src/api/contract.ts';
import { countText, moneyText } from '../../src/units/figures.ts';
import { expectNoViolations } from '../axe.ts';
import { onSystem } from './in-browser.ts';
import { paste, toPage } from './page-clicks.ts';
import { parameter, plain, sum, titles } from './page-reads.ts';

const REQUEST = 'order-4711';
/** What answers one question of a customer: look up, rank, write. */
const STEPS = [
  { step: 'look up', model: 'sim-small', words: 40 },
  { step: 'rank', model: 'sim-small', words: 900 },
  { step: 'write', model: 'sim-large', words: 300 },
] as const;

const { system, pages, inBrowser } = onSystem({ simulator: { timeScale: 0.01 } });

/** @returns the id of the call. */
async function call({ step, model, words }: (typeof STEPS)[number]): Promise<string> {
  const response = await fetch(`${system.gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-setpoint-workflow': 'order help',
      'x-setpoint-request': REQUEST,
      'x-setpoint-tags': `step=${step}`,
    },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'order '.repeat(words) }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
  return response.headers.get('x-setpoint-call-id') ?? '';
}

describe('a newcomer', { timeout: 240_000 }, () => {
  it(
    'is led from the empty overview to a first call, sees it appear, and opens what it cost',
    inBrowser(async () => {
      const page = await pages.open('/');
      await page.getByText('Waiting for the first call').waitFor();
      await page.getByRole('link', { name: 'Other ways to begin' }).click();
      await page.getByRole('heading', { level: 1, name: 'Get started' }).waitFor();
      await page.getByText('Waiting for the first call …').waitFor();
      const command = await page.getByLabel('A call with curl').innerText();
      expect(await paste(command)).toBe(200);
      const row = page.getByRole('region', { name: 'Calls that arrived' }).locator('tbody tr');
      await row.getByRole('link', { name: 'Open the receipt' }).click();
      await page.waitForURL(/call=/);
      const id = parameter(page, 'call') ?? '';
      await opened(page, id);
      const { total } = await system.api<LedgerAnswer>('/api/v1/ledger?simulated=only&of=calls');
      expect(total.calls).toBe(1);
      await expectNoViolations(page);
    }),
  );
});

describe('an engineer', { timeout: 240_000 }, () => {
  it(
    'sees the way of a call, makes calls, and finds which step cost what',
    inBrowser(async () => {
      const page = await pages.open('/');
      await toPage(page, 'Gateway');
      await page.getByRole('tab', { name: 'Routes' }).click();
      const { routes } = await system.api<GatewayStanding>('/api/v1/gateway');
      const route = routes.find(({ dialect, model }) => dialect === 'openai' && model === 'sim-*');
      const way = page.getByLabel('Table of routes').locator('tbody tr', { hasText: 'sim-*' }).first();
      await expect.poll(() => way.innerText()).toMatch(new RegExp(`openai\\s+${route?.provider}`));

      const ids: string[] = [];
      for (const step of STEPS) ids.push(await call(step));
      await toPage(page, 'Ledger');
      const last = page.locator(`button.call[data-call="${ids[2]}"]`);
      await last.click();
      const write = await opened(page, ids[2] ?? '');
      expect(write.lines[0]).toMatchObject({ model: 'sim-large', workflow: 'order help', request: REQUEST });
      await expectNoViolations(page);

      // From the one call to all calls of the same user action, and what they came to together.
      const drawer = page.getByLabel('Receipt', { exact: true });
      await drawer.getByRole('link', { name: REQUEST }).click();
      await drawer.waitFor({ state: 'detached' });
      const narrowed = `during=all&simulated=only&where=request=${REQUEST}`;
      const { total } = await system.api<LedgerAnswer>(`/api/v1/ledger?${narrowed}&of=calls,cost`);
      expect(total.calls).toBe(STEPS.length);
      const sentence = `${countText(STEPS.length)} calls, ${moneyText(total.cost ?? '')}`;
      await page.locator('.calls-card header p').getByText(sentence).waitFor();
      const rows = page.locator('table.calls tr[data-place]');
      await expect.poll(() => rows.count()).toBe(STEPS.length);
      const { lines } = await system.api<CallsPage>(`/api/v1/calls?${narrowed}&limit=50`);
      const costs = rows.locator('td:last-child span');
      await expect.poll(() => titles(costs)).toEqual(lines.map((line) => `$${line.cost}`));
      expect(sum(lines.map(({ cost }) => cost ?? '0'))).toBe(total.cost);

      const receipts: Receipt[] = [];
      for (const id of ids) {
        await page.locator(`button.call[data-call="${id}"]`).click();
        receipts.push(await opened(page, id));
      }
      expect(sum(receipts.map((one) => one.total))).toBe(total.cost);
      expect(receipts.map(({ lines: [line] }) => line?.tags['step'])).toEqual(STEPS.map(({ step }) => step));
    }),
  );
});

/** The receipt that is open: of that call, with what it was tagged, and its charges come to its cost, to the last digit. */
async function opened(page: Page, id: string): Promise<Receipt> {
  const drawer = page.getByLabel('Receipt', { exact: true });
  await drawer.locator(`header .mono[title="${id}"]`).waitFor();
  const receipt = await system.api<Receipt>(`/api/v1/calls/${id}`);
  const due = drawer.locator('table.buckets tr.due td.num');
  await expect.poll(async () => plain(await due.innerText())).toBe(receipt.total);
  const charges = drawer.locator('table.buckets tbody tr:not(.due):not(.sum) td:last-child');
  expect(sum((await charges.allInnerTexts()).map(plain))).toBe(receipt.total);
  for (const [name, value] of Object.entries(receipt.lines[0]?.tags ?? {}))
    await drawer.getByText(`${name}: ${value}`).waitFor();
  return receipt;
}
