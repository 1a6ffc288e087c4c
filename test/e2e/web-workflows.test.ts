/**
 * The pages of workflows on the demo company: what they say is what the API says, the cents of a dollar add up, nobody is left
 * out, and a name that the ledger does not know is not shown as one that spent nothing.
 */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { CompositionAnswer } from '../../src/api/contract/composition.ts';
import type { LedgerAnswer } from '../../src/api/contract.ts';
import { countText, moneyCell, moneyText } from '../../src/units/figures.ts';
import { expectNoViolations } from '../axe.ts';
import { onDemo } from './in-browser.ts';
import { expectToFit, parameter, says } from './page-reads.ts';
import { PHONE } from './watched-pages.ts';

const OCTOBER = 'during=2026-10';
/** It pays fees beside tokens. */
const NAME = 'Sales research agent';
const ONE = `where=${encodeURIComponent(`workflow=${NAME}`)}`;
const UNKNOWN = '/workflows/no%2Fsuch%2050%25';

const { system, pages, inBrowser } = onDemo();

async function ready(page: Page): Promise<void> {
  await page.locator('[data-ready="true"]').waitFor();
  await page.evaluate('document.fonts.ready.then(() => undefined)');
}

const ledger = (query: string): Promise<LedgerAnswer> =>
  system.api<LedgerAnswer>(`/api/v1/ledger?${OCTOBER}&${query}`);
const composition = (query: string): Promise<CompositionAnswer> =>
  system.api<CompositionAnswer>(`/api/v1/composition?${OCTOBER}&${query}`);
const lastCells = async (page: Page, table: string): Promise<string[]> =>
  (await page.locator(`[aria-label="${table}"] tbody tr td:last-child`).allInnerTexts()).map((text) =>
    text.trim(),
  );

describe('the list of workflows', { timeout: 120_000 }, () => {
  it(
    'has the ledger’s figures, what names no workflow among them, and opens one',
    inBrowser(async () => {
      const page = await pages.open(`/workflows?${OCTOBER}`);
      await ready(page);
      const answer = await ledger('by=workflow&of=calls,cost&limit=500');
      const costs = [...answer.rows.map(({ figures }) => figures.cost), answer.total.cost];
      await expect.poll(() => lastCells(page, 'Workflows')).toEqual(costs.map((cost) => moneyCell(cost, 0)));
      await says(page, moneyCell(answer.total.cost, 0, '$'));
      await says(page, `in ${answer.rows.length - 1} workflows`);
      await expect.poll(() => page.locator('.dollar-rows').getByText('unattributed').count()).toBe(1);
      await page.locator('[aria-label="Workflows"] tr', { hasText: NAME }).locator('td').nth(2).click();
      await page.waitForURL(/\/workflows\/Sales%20research%20agent\?during=2026-10$/);
      await page.getByRole('heading', { level: 1, name: NAME }).waitFor();
    }),
  );

  it(
    'draws each dollar as long as its parts',
    inBrowser(async () => {
      const page = await pages.open(`/workflows?${OCTOBER}`);
      await ready(page);
      const row = page.locator('.dollar-rows li', { hasText: NAME });
      const { groups } = await composition('by=workflow');
      const its = groups.find(({ group }) => group[0] === NAME);
      const strip = await row.locator('.strip').boundingBox();
      for (const [mark, part] of [
        ['c-fee', its?.parts.fees],
        ['c-reas', its?.parts.reasoning],
      ] as const) {
        const box = await row.locator(`.strip .${mark}`).boundingBox();
        const share = Number(part) / Number(its?.cost);
        expect((box?.width ?? 0) / (strip?.width ?? 1)).toBeCloseTo(share, 1);
      }
    }),
  );
});

describe('one workflow', { timeout: 120_000 }, () => {
  it(
    'says what the API says: cost, calls, parts, models and customers',
    inBrowser(async () => {
      const page = await pages.open(`/workflows/${encodeURIComponent(NAME)}?${OCTOBER}`);
      await ready(page);
      const { total, rows } = await ledger(`${ONE}&by=model&of=calls,cost,costPerCall`);
      await says(page, moneyText(total.cost ?? ''));
      await says(page, countText(total.calls));
      await says(page, moneyText(total.costPerCall ?? ''));
      const { total: made } = await composition(`${ONE}&by=workflow`);
      const parts = page.locator('[aria-label="Parts of one dollar"]');
      const fees = parts.locator('tr', { hasText: 'Fees' }).locator('td').last();
      await expect.poll(() => fees.innerText()).toBe(moneyCell(made.parts.fees, 0));
      const cents = await parts.locator('tbody tr:not(.total) td:nth-child(3)').allInnerTexts();
      expect(
        cents.reduce((sum, text) => sum + (text.startsWith('<') ? 0 : Number.parseInt(text, 10)), 0),
      ).toBe(100);
      await expect
        .poll(() => lastCells(page, 'Models'))
        .toEqual([...rows.map(({ figures }) => figures.cost), total.cost].map((cost) => moneyCell(cost, 0)));
      await expect
        .poll(async () => (await lastCells(page, 'Customers')).at(-1))
        .toBe(moneyCell(total.cost, 0));
    }),
  );

  it(
    'is of this workflow alone, whatever workflow the filters name, and keeps the others on the way',
    inBrowser(async () => {
      const where = new URLSearchParams({ where: 'workflow=Support+copilot&team=Revenue' }).toString();
      const page = await pages.open(`/workflows/${encodeURIComponent(NAME)}?${OCTOBER}&${where}`);
      await ready(page);
      const { total } = await ledger(`${ONE}&where=team=Revenue&of=cost`);
      const both = await ledger(`${ONE}&where=workflow=Support+copilot&of=cost`);
      expect(both.total.cost).not.toBe(total.cost); // asked together they would be added
      await says(page, moneyText(total.cost ?? ''));
      await page.locator('.sentence').getByRole('link').first().click();
      await page.waitForURL(/\/ledger\?/);
      expect(parameter(page, 'where')).toBe('team=Revenue&workflow=Sales+research+agent');
    }),
  );

  it(
    'says that there is none of this name, and nothing about money that it would have spent',
    inBrowser(async () => {
      const page = await pages.open(`${UNKNOWN}?${OCTOBER}`);
      await ready(page);
      await page.getByText('The ledger knows no workflow named no/such 50%').waitFor();
      expect(await page.locator('.tiles').count()).toBe(0);
      // A name that is known, in a month before its first call, is another thing.
      const early = await pages.open(`/workflows/${encodeURIComponent(NAME)}?during=2020-01`);
      await ready(early);
      await early.getByText(`${NAME} made no call that costs money, January 2020`).waitFor();
      await expectNoViolations(page);
    }),
  );
});

describe('on every screen', { timeout: 240_000 }, () => {
  for (const path of [
    `/workflows?${OCTOBER}`,
    `/workflows/${encodeURIComponent(NAME)}?${OCTOBER}`,
    `${UNKNOWN}?${OCTOBER}`,
  ])
    it(
      `${path} has nothing that axe finds and nothing wider than the window`,
      inBrowser(async () => {
        for (const around of [{ scheme: 'light' }, { scheme: 'dark', size: PHONE }] as const) {
          const page = await pages.open(path, around);
          await ready(page);
          await expectNoViolations(page);
          await expectToFit(page);
        }
      }),
    );
});
