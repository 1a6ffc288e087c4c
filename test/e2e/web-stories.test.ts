/** Every story of the demo company is reached by a person who clicks, from the overview on, and the page tells its answer. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { Truth } from '../../src/demo/demo.ts';
import { countText, moneyCell, moneyText, shareText } from '../../src/units/figures.ts';
import { DEMO_NOW } from './demo-pages.ts';
import { onDemo } from './in-browser.ts';
import {
  answered,
  breakDownBy,
  chooseDays,
  choosePeriod,
  filterBy,
  reconcile,
  toPage,
} from './page-clicks.ts';
import { says, sentence } from './page-reads.ts';

const DAY_MS = 86_400_000;

let stories: Truth['stories'];
const { system, pages, inBrowser } = onDemo({
  async prepare() {
    const file = join(system.directory, '.setpoint-demo/demo/truth.json');
    ({ stories } = JSON.parse(await readFile(file, 'utf8')) as Truth);
  },
});

/** From the overview, as everybody begins. */
const fromOverview = (run: (page: Page) => Promise<void>) =>
  inBrowser(async () => {
    const page = await pages.open('/');
    await answered(page);
    await run(page);
  });

const day = (instant: string): string => instant.slice(0, 10);
const dayBefore = (instant: string, days = 1): string =>
  new Date(Date.parse(instant) - days * DAY_MS).toISOString().slice(0, 10);
const hours = ({ from, to }: { readonly from: string; readonly to: string }): string =>
  `${(Date.parse(to) - Date.parse(from)) / 3_600_000} h`;
/** `19 Nov, 02:00`. */
const hourOf = (instant: string): string =>
  `${new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(Date.parse(instant))}, ${instant.slice(11, 16)}`;

async function explain(page: Page, telling: string): Promise<void> {
  const open = page.locator('.decisions li', { hasText: telling }).first();
  await open.getByRole('link', { name: 'Explain' }).click();
  await page.getByRole('heading', { level: 1, name: 'Anomalies' }).waitFor();
}

describe('what waits on the overview', { timeout: 240_000 }, () => {
  it(
    'the retry storm: its hours, that it is retries, and the calls behind it',
    fromOverview(async (page) => {
      const { retryStorm } = stories;
      await explain(page, `${retryStorm.workflow} was above what was expected`);
      const finding = page.locator('.finding', { hasText: `in ${hours(retryStorm)}` });
      const told = await finding.innerText();
      expect(told).toContain(`${retryStorm.workflow} spent`);
      expect(told).toContain('retries +$');
      expect(told).toContain(`${hourOf(retryStorm.from)} to ${hourOf(retryStorm.to)}`);
      await finding.getByRole('link', { name: 'its calls' }).click();
      await filterBy(page, 'Key', 'key-cx');
      await filterBy(page, 'Status', 'client_aborted');
      await says(page, `calls cost ${moneyText(retryStorm.wasted)}`);
    }),
  );

  it(
    'the outage: its hours, and who stood in for how much',
    fromOverview(async (page) => {
      const { outage } = stories;
      await explain(page, 'was below what was expected');
      const finding = page.locator('.finding', { hasText: 'fallback to another model +$' }).first();
      const told = await finding.innerText();
      expect(told).toContain(`in ${hours(outage)}`);
      expect(told).toContain(`${hourOf(outage.from)} to ${hourOf(outage.to)}`);
      await toPage(page, 'Spend');
      await filterBy(page, 'Kind of line', 'fallback');
      await breakDownBy(page, 'Provider');
      await says(page, `came to ${moneyText(outage.fallbackCost)}`);
      await page
        .locator('tbody th, tbody td')
        .getByText(outage.fallbackProvider, { exact: true })
        .first()
        .waitFor();
    }),
  );

  it(
    'the budget that broke: what was spent of it, and on which day it was used up',
    fromOverview(async (page) => {
      const { budgetBreach } = stories;
      const open = page.locator('.decisions li', { hasText: `${budgetBreach.team} is at` });
      await open.getByRole('link', { name: 'Review' }).click();
      await page.getByRole('button', { name: `History of ${budgetBreach.team}` }).click();
      const october = page.getByLabel('Windows before').locator('tr', { hasText: 'October' }).first();
      await october.waitFor();
      const told = await october.innerText();
      expect(told).toContain(`on ${hourOf(`${budgetBreach.crossedOn}T00:00`).split(',')[0]}`);
      expect(told).toContain(moneyText(budgetBreach.spent));
    }),
  );
});

describe('what a look at another period finds', { timeout: 240_000 }, () => {
  it(
    'the prompt release that doubled the input: its day and by how much',
    fromOverview(async (page) => {
      const { at, workflow, averageInputTokensBefore, averageInputTokensAfter } = stories.promptRelease;
      await choosePeriod(page, 'Jul[a-z]* 2026');
      await toPage(page, 'Anomalies');
      const step = page.locator('.finding', { hasText: `${workflow}: input tokens per call stepped up` });
      const told = await step.innerText();
      expect(told).toContain(`on ${day(at)}`);
      const [, before = '', after = ''] = /from ([\d,]+) to ([\d,]+)\./.exec(told) ?? [];
      const near = (text: string, known: number | null): number =>
        Number(text.replaceAll(',', '')) / (known ?? 1);
      expect(near(before, averageInputTokensBefore)).toBeCloseTo(1, 1);
      expect(near(after, averageInputTokensAfter)).toBeCloseTo(1, 1);
    }),
  );

  it(
    'the model that went and the one that came, call by call',
    fromOverview(async (page) => {
      const { from, to, ...move } = stories.modelMigration;
      await toPage(page, 'Spend');
      await chooseDays(page, day(from), dayBefore(to));
      await breakDownBy(page, 'Model');
      const row = (model: string): Locator =>
        page.locator('tbody tr').filter({ has: page.getByRole('button', { name: model, exact: true }) });
      await row(move.fromModel).getByText(countText(move.callsOfOldModelDuring)).waitFor();
      await row(move.toModel).getByText(countText(move.callsOfNewModelDuring)).waitFor();
      await choosePeriod(page, 'Jun[a-z]* 2026');
      await says(page, 'June 2026');
      await answered(page);
      await row(move.toModel).waitFor();
      await expect.poll(() => row(move.fromModel).count()).toBe(0);
    }),
  );

  it(
    'the price cut: what was spent before and after it, and that rates are why',
    fromOverview(async (page) => {
      const { at, model, costThirtyDaysBefore, costThirtyDaysAfter } = stories.priceCut;
      await toPage(page, 'What changed');
      await chooseDays(page, day(at), dayBefore(at, -29));
      await filterBy(page, 'Model', model);
      await says(
        page,
        `from ${moneyText(costThirtyDaysBefore)} to ${moneyText(costThirtyDaysAfter)}: rates −$`,
      );
    }),
  );

  it(
    'untagged spend: its share before and after six weeks, and the way down between',
    fromOverview(async (page) => {
      const { from, to, shareBefore, shareAfter } = stories.untagged;
      const share = async (): Promise<number> =>
        Number(/^([\d.]+)% of/.exec(await sentence(page).innerText())?.[1]);
      const named = (untagged: number | null): Promise<void> =>
        expect.poll(share).toBeCloseTo(100 * (1 - (untagged ?? 0)), 0); // within half a point
      await page
        .getByRole('article')
        .filter({ hasText: 'Attributed to a workflow' })
        .getByRole('link')
        .click();
      await chooseDays(page, dayBefore(from, 7), dayBefore(from));
      await named(shareBefore);
      await chooseDays(page, dayBefore(to), dayBefore(to));
      await named(shareAfter);
      await chooseDays(page, day(from), dayBefore(to));
      await page.getByText(/^Coverage rose from \d/).waitFor();
    }),
  );

  it(
    'the commitment: what its discount saved against list prices',
    fromOverview(async (page) => {
      const { provider, from, cost, saved } = stories.commitment;
      await toPage(page, 'Ledger');
      await chooseDays(page, day(from), day(DEMO_NOW));
      await says(page, 'name a workflow');
      await filterBy(page, 'Provider', provider);
      await says(page, `cost ${moneyText(cost)}`);
      await page.getByText(`agreements saved ${moneyText(saved)}`).waitFor();
    }),
  );

  it(
    'the customer that costs more than its plan: what it cost in the known month',
    fromOverview(async (page) => {
      const [loss] = stories.negativeMargin;
      await choosePeriod(page, 'Oct[a-z]* 2026');
      await toPage(page, 'Spend');
      await breakDownBy(page, 'Customer');
      const row = page
        .locator('tbody tr')
        .filter({ has: page.getByRole('button', { name: loss?.customer ?? '', exact: true }) });
      await expect.poll(() => row.locator('td').last().getAttribute('title')).toBe(`$${loss?.cost}`);
    }),
  );
});

describe('what the providers bill', { timeout: 300_000 }, () => {
  it(
    'is above the ledger, by how much, and which account never passed the gateway',
    fromOverview(async (page) => {
      const { month, ledger, billed, variance, varianceShare, account } = stories.invoiceVariance;
      await toPage(page, 'Invoices');
      await reconcile(page, system, month);
      await says(page, `bill ${moneyText(billed)} and the ledger has ${moneyText(ledger)}`);
      await says(page, `+${moneyCell(variance, 0, '$')}`);
      await says(page, shareText(varianceShare, 1));
      await page.getByText(account).first().waitFor();
    }),
  );
});
