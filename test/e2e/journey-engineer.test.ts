/**
 * A system that has just begun. A newcomer is led from its empty overview to a first call, and sees it appear. An engineer looks
 * which way a call goes, makes three calls of one user action through the gateway, and finds which of them, and what in it, cost
 * what. Every figure is held against the API.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { GatewayStanding } from '../../src/api/contract/gateway.ts';
import type { CallsPage, LedgerAnswer, Receipt } from '../../src/api/contract.ts';
import { countText, moneyText } from '../../src/units/figures.ts';
import { formatDollars, parseDollars } from '../../src/units/money.ts';
import { expectNoViolations } from '../axe.ts';
import { buildWebApp, findBrowser, launch } from '../browser.ts';
import { paste, toPage } from './page-clicks.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';
import { watchPages } from './watched-pages.ts';

const found = findBrowser(process.env);
const WAIT = { timeout: 60_000 };
const REQUEST = 'order-4711';
/** What answers one question of a customer: look up, rank, write. */
const STEPS = [
  { step: 'look up', model: 'sim-small', words: 40 },
  { step: 'rank', model: 'sim-small', words: 900 },
  { step: 'write', model: 'sim-large', words: 300 },
] as const;

let system: System;
let browser: Browser;
const pages = watchPages(
  () => browser,
  () => system.apiUrl,
);

beforeAll(async () => {
  if (found.kind === 'missing') return;
  buildWebApp();
  [system, browser] = await Promise.all([
    startSystem({ workers: 1, simulator: { timeScale: 0.01 } }),
    launch(found.executable),
  ]);
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});
afterEach(() => pages.closeAll());

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

const sum = (amounts: readonly string[]): string =>
  formatDollars(amounts.reduce((all, one) => all + parseDollars(one), 0n));
/** `$1,234.50` and `1,234.5` as the API writes them. */
const plain = (shown: string): string => formatDollars(parseDollars(shown.replaceAll(/[$,\s]/g, '')));

describe('a newcomer', { timeout: 240_000 }, () => {
  it('is led from the empty overview to a first call, sees it appear, and opens what it cost', async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    const page = await pages.open('/');
    await page.getByText('Waiting for the first call').waitFor(WAIT);
    await page.getByRole('link', { name: 'Other ways to begin' }).click(WAIT);
    await page.getByRole('heading', { level: 1, name: 'Get started' }).waitFor(WAIT);
    await page.getByText('Waiting for the first call …').waitFor(WAIT);
    const command = await page.getByLabel('A call with curl').innerText(WAIT);
    expect(await paste(command)).toBe(200);
    const row = page.getByRole('region', { name: 'Calls that arrived' }).locator('tbody tr');
    await row.getByRole('link', { name: 'Open the receipt' }).click(WAIT);
    const id = new URL(page.url()).searchParams.get('call') ?? '';
    await opened(page, id);
    const { total } = await system.api<LedgerAnswer>('/api/v1/ledger?simulated=only&of=calls');
    expect(total.calls).toBe(1);
    await expectNoViolations(page);
    expect(pages.complaints()).toEqual([]);
  });
});

describe('an engineer', { timeout: 240_000 }, () => {
  it('sees the way of a call, makes calls, and finds which step cost what', async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    const page = await pages.open('/');
    await toPage(page, 'Gateway');
    await page.getByRole('tab', { name: 'Routes' }).click(WAIT);
    const { routes } = await system.api<GatewayStanding>('/api/v1/gateway');
    const route = routes.find(({ dialect, model }) => dialect === 'openai' && model === 'sim-*');
    const way = page.getByLabel('Table of routes').locator('tbody tr', { hasText: 'sim-*' }).first();
    expect(await way.innerText(WAIT)).toMatch(new RegExp(`openai\\s+${route?.provider}`));

    const ids: string[] = [];
    for (const step of STEPS) ids.push(await call(step));
    await toPage(page, 'Ledger');
    const last = page.locator(`button.call[data-call="${ids[2]}"]`);
    await last.click(WAIT);
    const write = await opened(page, ids[2] ?? '');
    expect(write.lines[0]).toMatchObject({ model: 'sim-large', workflow: 'order help', request: REQUEST });
    await expectNoViolations(page);

    // From the one call to all calls of the same user action, and what they came to together.
    const drawer = page.getByLabel('Receipt', { exact: true });
    await drawer.getByRole('link', { name: REQUEST }).click(WAIT);
    await drawer.waitFor({ state: 'detached', ...WAIT });
    const narrowed = `during=all&simulated=only&where=request=${REQUEST}`;
    const { total } = await system.api<LedgerAnswer>(`/api/v1/ledger?${narrowed}&of=calls,cost`);
    expect(total.calls).toBe(STEPS.length);
    const sentence = `${countText(STEPS.length)} calls, ${moneyText(total.cost ?? '')}`;
    await page.locator('.calls-card header p').getByText(sentence).waitFor(WAIT);
    const rows = page.locator('table.calls tr[data-place]');
    await expect.poll(() => rows.count(), WAIT).toBe(STEPS.length);
    const { lines } = await system.api<CallsPage>(`/api/v1/calls?${narrowed}&limit=50`);
    const costs = await rows
      .locator('td:last-child span')
      .evaluateAll((cells) => cells.map((one) => one.getAttribute('title')));
    expect(costs).toEqual(lines.map((line) => `$${line.cost}`));
    expect(sum(lines.map(({ cost }) => cost ?? '0'))).toBe(total.cost);

    const receipts: Receipt[] = [];
    for (const id of ids) {
      await page.locator(`button.call[data-call="${id}"]`).click(WAIT);
      receipts.push(await opened(page, id));
    }
    expect(sum(receipts.map((one) => one.total))).toBe(total.cost);
    expect(receipts.map(({ lines: [line] }) => line?.tags['step'])).toEqual(STEPS.map(({ step }) => step));
    expect(pages.complaints()).toEqual([]);
  });
});

/** The receipt that is open: of that call, with what it was tagged, and its charges come to its cost, to the last digit. */
async function opened(page: Page, id: string): Promise<Receipt> {
  const drawer = page.getByLabel('Receipt', { exact: true });
  await drawer.locator(`header .mono[title="${id}"]`).waitFor(WAIT);
  const receipt = await system.api<Receipt>(`/api/v1/calls/${id}`);
  const due = drawer.locator('table.buckets tr.due td.num');
  await expect.poll(async () => plain(await due.innerText()), WAIT).toBe(receipt.total);
  const charges = drawer.locator('table.buckets tbody tr:not(.due):not(.sum) td:last-child');
  expect(sum((await charges.allInnerTexts()).map(plain))).toBe(receipt.total);
  for (const [name, value] of Object.entries(receipt.lines[0]?.tags ?? {}))
    await drawer.getByText(`${name}: ${value}`).waitFor(WAIT);
  return receipt;
}
