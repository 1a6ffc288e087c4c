/** The ledger page on a large ledger, live, by keyboard and on paper; in a real browser on a running system. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { CallsPage, Receipt } from '../../src/api/contract.ts';
import { formatDollars, parseDollars } from '../../src/units/money.ts';
import { expectNoViolations } from '../axe.ts';
import { scrollTo } from './blank-frames.ts';
import { onSystem } from './in-browser.ts';
import { fillLedger } from './large-ledger.ts';
import { parameter } from './page-reads.ts';
import type { Around } from './watched-pages.ts';

const LINES = 100_500;

const { system, pages, inBrowser } = onSystem({
  simulator: { timeScale: 0.01 },
  prepare: () => fillLedger(system, LINES),
});

const CALLS = 'table.calls tr[data-place]';
const drawer = (page: Page) => page.getByLabel('Receipt', { exact: true });
const calls = (page: Page) =>
  page.locator('button.call').evaluateAll((all) => all.map((one) => one.dataset['call']));
/** The call that has the focus. */
const onCall = (page: Page) => page.evaluate<string>(`document.activeElement?.dataset?.call ?? ''`);
const inRegion = <T>(page: Page, what: string) =>
  page.evaluate<T>(`document.querySelector('.calls-region').${what}`);

async function openPage(query = '', around: Around = {}): Promise<Page> {
  const page = await pages.open(`/ledger?during=7d${query}`, around);
  await page.locator(CALLS).first().waitFor();
  return page;
}

async function live(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Live', exact: true }).waitFor();
}

async function send(workflow: string): Promise<void> {
  const response = await fetch(`${system.gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-setpoint-workflow': workflow },
    body: JSON.stringify({ model: 'sim-small', messages: [{ role: 'user', content: `For ${workflow}.` }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
}

describe('a hundred thousand lines', () => {
  it(
    'are scrolled through by the wheel without a blank frame; without reading and drawing ahead there are some',
    inBrowser(async () => {
      const ahead = await scrollTo(await openPage(), 6_000, 1_600, 120_000);
      const control = await scrollTo(await openPage('&ahead=off'), 3_000, 1_600, 60_000);
      console.log('scrolled by the wheel', JSON.stringify({ ahead, control }));
      expect(ahead.place).toBeGreaterThanOrEqual(6_000);
      expect(ahead.longestBlankMs).toBeLessThanOrEqual(100);
      expect(control.blank).toBeGreaterThan(ahead.blank + 5);
      expect(control.longestBlankMs).toBeGreaterThan(100);
    }),
    240_000,
  );

  it(
    'are reached to the last one, hold few rows in the page, and come back on the way up',
    inBrowser(async () => {
      const page = await openPage();
      const total = (
        await system.api<{ total: { lines: number } }>('/api/v1/ledger?during=7d&of=lines&simulated=only')
      ).total.lines;
      expect(total).toBeGreaterThanOrEqual(LINES);
      await expect
        .poll(() => page.locator('table.calls').getAttribute('aria-rowcount'))
        .toBe(String(total + 1));
      await page.locator('button.call').first().focus();
      const atEnd = async (): Promise<boolean> => {
        await page.keyboard.press('End');
        return (await page.locator('.calls-card footer').innerText()).startsWith(
          `${total.toLocaleString('en')} lines`,
        );
      };
      await expect.poll(atEnd, { timeout: 240_000, interval: 20 }).toBe(true);
      await page.keyboard.press('End');
      const last = page.locator(`tr[data-place="${total - 1}"]`);
      await last.waitFor();
      expect(await last.getAttribute('aria-rowindex')).toBe(String(total + 1));
      expect(await page.locator(CALLS).count()).toBeLessThan(120);
      const up = await scrollTo(page, total - 4_000, 1_600, 60_000);
      console.log('and up again', JSON.stringify(up));
      expect(up.longestBlankMs).toBeLessThanOrEqual(100);
      await page.locator('button.call').first().focus();
      await page.keyboard.press('Home');
      await page.locator('tr[data-place="0"]').waitFor();
      const [newest] = (await system.api<CallsPage>('/api/v1/calls?during=7d&simulated=only&limit=1')).lines;
      await expect
        .poll(() => page.locator('tr[data-place="0"] button.call').getAttribute('data-call'))
        .toBe(newest?.call);
    }),
    360_000,
  );
});

describe('what is live', () => {
  it(
    'a new call stands on top at once, and waits behind a button while somebody reads further down',
    inBrowser(async () => {
      const page = await openPage();
      await live(page);
      await send('live-one');
      await page.locator('tr[data-place="0"]', { hasText: 'live-one' }).waitFor();
      await scrollTo(page, 300, 1_600, 30_000);
      const before = await inRegion<number>(page, 'scrollTop');
      const read = await page.locator(CALLS).nth(30).innerText();
      await send('live-two');
      await send('live-three');
      const button = page.getByRole('button', { name: '2 new calls' });
      await button.waitFor();
      expect(await inRegion<number>(page, 'scrollTop')).toBe(before);
      expect(await page.locator(CALLS).nth(30).innerText()).toBe(read);
      await button.click();
      await page.locator('tr[data-place="0"]', { hasText: 'live-three' }).waitFor();
      await page.locator('tr[data-place="1"]', { hasText: 'live-two' }).waitFor();
      expect(await inRegion<number>(page, 'scrollTop')).toBe(0);
      await expect.poll(() => page.locator('.counters').innerText()).toMatch(/3 calls since/);
    }),
  );

  it(
    'asks for no totals while nothing comes, and stands still when it is paused',
    inBrowser(async () => {
      const page = await openPage();
      await live(page);
      await page.waitForTimeout(3_000);
      let asked = 0;
      page.on('request', (request) => (asked += request.url().includes('/api/v1/ledger') ? 1 : 0));
      await page.waitForTimeout(5_000);
      expect(asked).toBe(0);
      await page.getByRole('button', { name: 'Live', exact: true }).click();
      const paused = page.getByRole('button', { name: 'Paused' });
      await paused.waitFor();
      await send('while-paused');
      await page.waitForTimeout(2_000);
      expect(await page.locator(CALLS, { hasText: 'while-paused' }).count()).toBe(0);
      await paused.click();
      await page.locator('tr[data-place="0"]', { hasText: 'while-paused' }).waitFor();
      await expect.poll(() => asked).toBeGreaterThan(0);
    }),
  );

  it(
    'survives a restart of control: it says that the server is away, and no call is missing or twice',
    inBrowser(async () => {
      const page = await openPage();
      await live(page);
      const names = ['r-before', 'r-down-1', 'r-down-2', 'r-down-3', 'r-after'];
      await send('r-before');
      await page.locator(CALLS, { hasText: 'r-before' }).waitFor();
      await system.kill('control');
      await page.getByRole('button', { name: 'Server away' }).waitFor();
      for (const name of names.slice(1, 4)) await send(name);
      await system.ready();
      await page.getByRole('button', { name: 'Live', exact: true }).waitFor();
      await send('r-after');
      await page.locator(CALLS, { hasText: 'r-after' }).waitFor();
      for (const name of names)
        await expect.poll(() => page.locator(CALLS, { hasText: name }).count(), { message: name }).toBe(1);
      const { lines } = await system.api<CallsPage>('/api/v1/calls?during=7d&simulated=only&limit=40');
      await expect
        .poll(async () => (await calls(page)).slice(0, 30))
        .toEqual(lines.map(({ call }) => call).slice(0, 30));
      // The browser itself reports each refused connection.
      pages.forgive('ERR_');
      pages.forgive('50');
    }),
    180_000,
  );
});

describe('the receipt', () => {
  it(
    'says what the API says in every digit, agreed discount and all, and goes along as JSON',
    inBrowser(async () => {
      const [, call] = (
        await system.api<CallsPage>('/api/v1/calls?during=7d&simulated=only&limit=2&where=workflow=research')
      ).lines;
      const page = await openPage(`&call=${call?.call}`);
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await drawer(page).locator('tr.due').waitFor();
      const receipt = await system.api<Receipt>(`/api/v1/calls/${call?.call}`);
      const cells = await drawer(page)
        .locator('table.buckets tbody tr')
        .evaluateAll((rows) =>
          rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)),
        );
      const cost = (row: string): bigint =>
        parseDollars(
          (cells.find(([name]) => name?.startsWith(row))?.at(-1) ?? '').replace('$', '').replace('−', '-'),
        );
      expect(formatDollars(cost('Cost'))).toBe(receipt.total);
      expect(formatDollars(cost('Before discount'))).toBe(receipt.lines[0]?.listCost);
      expect(formatDollars(cost('Before discount') + cost('Agreement discount'))).toBe(receipt.total);
      expect(formatDollars(cost('input') + cost('output'))).toBe(receipt.lines[0]?.listCost);
      expect(cells.find(([name]) => name?.startsWith('Agreement'))?.[2]).toBe('−2%');
      const said = await drawer(page).innerText();
      expect(said).toContain(`${parseDollars(receipt.total).toLocaleString('en')} picodollars, exact`);
      expect(said).toMatch(/Started[\s\S]*First byte[\s\S]*Ended[\s\S]*Recorded/);
      expect(said).toContain('4bf92f3577b34da6a3ce929d0e0e4736');
      await drawer(page).getByRole('button', { name: 'Copy as JSON' }).click();
      const copied = await page.evaluate<string>('navigator.clipboard.readText()');
      expect(JSON.parse(copied)).toEqual(receipt);
    }),
  );

  it(
    'prints on one page',
    inBrowser(async () => {
      const page = await openPage();
      await page.locator(CALLS).nth(3).click();
      await drawer(page).locator('tr.due').waitFor();
      const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
      expect(pdf.match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1);
    }),
  );
});

describe('without a mouse, and for everybody', () => {
  it(
    'rows, receipts, columns and the tail are reached by keyboard',
    inBrowser(async () => {
      const page = await openPage();
      const [first, second, third] = await calls(page);
      await page.keyboard.press('j');
      await expect.poll(() => onCall(page)).toBe(first);
      await page.keyboard.press('j');
      await expect.poll(() => onCall(page)).toBe(second);
      await page.keyboard.press('Enter');
      await drawer(page).locator('tr.due').waitFor();
      await page.keyboard.press('j');
      await expect.poll(() => parameter(page, 'call')).toBe(third);
      await drawer(page).getByRole('button', { name: 'Newer call' }).focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => parameter(page, 'call')).toBe(second);
      await page.keyboard.press('Escape');
      await drawer(page).waitFor({ state: 'detached' });
      await expect.poll(() => onCall(page)).toBe(second);
      for (let press = 0; press < 60; press += 1) await page.keyboard.press('j');
      await expect.poll(() => page.locator('tr[data-place="61"]').count()).toBe(1);
      await expect
        .poll(() => page.evaluate(`document.activeElement.closest('tr')?.dataset.place`))
        .toBe('61');
      await page.keyboard.press('Home');
      await expect.poll(() => onCall(page)).toBe(first);

      await page.getByText('Columns', { exact: true }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('checkbox', { name: 'Duration' }).focus();
      await page.keyboard.press('Space');
      await page.getByRole('columnheader', { name: 'Duration' }).waitFor();
      await page.getByRole('button', { name: 'Move Model up' }).focus();
      await page.keyboard.press('Enter'); // before the provider, which is not shown
      await page.keyboard.press('Enter');
      await page.keyboard.press('Escape');
      const heads = () => page.locator('table.calls th').allInnerTexts();
      const isMoved = (all: readonly string[]): boolean =>
        all.indexOf('Model') === all.indexOf('Customer') - 1;
      await expect.poll(async () => isMoved(await heads())).toBe(true);
      const own = await heads();
      await page.reload();
      await page.locator(CALLS).first().waitFor();
      await expect.poll(heads).toEqual(own);
    }),
  );

  it(
    'axe finds nothing, in light and in dark, with the receipt and a row open',
    inBrowser(async () => {
      for (const scheme of ['light', 'dark'] as const) {
        const page = await openPage('&by=workflow%2Ctag%3Aenvironment%2Cmodel', { scheme });
        await page.getByRole('button', { name: 'Break down support by tag environment' }).click();
        await page.getByRole('button', { name: 'Break down production by model' }).click();
        await page.locator('tr.level-2').first().waitFor();
        await page.locator(CALLS).nth(2).click();
        await drawer(page).locator('tr.due').waitFor();
        await expectNoViolations(page);
      }
    }),
  );
});
