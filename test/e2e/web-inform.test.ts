/** The pages of Inform in a real browser, on a system with money in it: attribution, prices, invoices. */
import { readFile } from 'node:fs/promises';

import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';

import type { CoverageAnswer, MissingAnswer, RuleList } from '../../src/api/contract/attribution.ts';
import type { Reconciliation } from '../../src/api/contract/invoices.ts';
import type { PriceDecisions, PriceList, WhatIfAnswer } from '../../src/api/contract/prices.ts';
import type { LedgerAnswer } from '../../src/api/contract.ts';
import { moneyCell, moneyText, shareText } from '../../src/units/figures.ts';
import { fileRows } from '../file-rows.ts';
import { post, tellOfCalls } from './api-calls.ts';
import { onSystem } from './in-browser.ts';
import { exported } from './page-clicks.ts';
import { focusOn, tabTo } from './page-keys.ts';
import { expectLegible, expectToFit, parameter, says, titles } from './page-reads.ts';
import { PHONE } from './watched-pages.ts';

const MONTH = new Date().toISOString().slice(0, 7);
const MODEL = 'gpt-4o';
/** The model of the calls that name no workflow. */
const NAMELESS = 'gpt-4o-mini';

/** Two in three name their workflow. */
const CALLS = Array.from({ length: 30 }, (_, at) => ({
  model: at % 3 === 0 ? NAMELESS : MODEL,
  inputTokens: (at % 3 === 0 ? 1_000_000 : 100_000) + 1_000 * at,
  outputTokens: 10_000,
  ...(at % 3 !== 0 && { workflow: at % 3 === 1 ? 'support' : 'extraction' }),
}));

const { system, pages, inBrowser } = onSystem({ prepare: () => tellOfCalls(system, CALLS) });

const COVERAGE = '/api/v1/attribution/coverage?during=this-month&by=week';

describe('the attribution page', () => {
  it(
    'says the coverage of the API against its target, and what is missing opens its calls',
    inBrowser(async () => {
      const page = await pages.open('/attribution?during=this-month');
      await page
        .getByRole('button', { name: /^Draft a rule/ })
        .first()
        .waitFor();
      const coverage = await system.api<CoverageAnswer>(COVERAGE);
      const missing = await system.api<MissingAnswer>('/api/v1/attribution/missing?during=this-month');
      const { share, missing: left } = coverage.fields.workflow;
      await says(page, `${shareText(share, 1)} of ${moneyText(coverage.total.cost)} names its workflow`);
      await says(page, 'below the target of 95%');
      await says(page, `${moneyText(left.cost)} is unattributed`);
      expect(missing.missing.cost).toBe(left.cost);
      const total = page.getByLabel('What is missing').locator('tr.total td').last();
      await expect.poll(() => total.getAttribute('title')).toBe(`$${left.cost}`);
      await total.getByRole('link').click();
      await page.getByText('no workflow named, newest first').waitFor();
      await expect.poll(() => page.locator('table.calls tbody tr').count()).toBe(left.calls);
      await page.goBack();
      await page.getByRole('heading', { name: 'Attribution' }).waitFor();
    }),
  );

  it(
    'a rule is added and applied with the keyboard alone, after it said what it would move',
    inBrowser(async () => {
      const before = await system.api<CoverageAnswer>(COVERAGE);
      const page = await pages.open('/attribution?during=this-month');
      await page
        .getByRole('button', { name: /^Draft a rule/ })
        .first()
        .waitFor();
      await tabTo(page, 'New rule');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: 'New rule' });
      await focusOn(page, 'Rule');
      await page.keyboard.type('all-of-it');
      await tabTo(page, 'When the');
      await page.keyboard.press('m'); // the first sign whose name begins so: the model
      await tabTo(page, 'is');
      await page.keyboard.type('gpt-*');
      await tabTo(page, 'it is workflow');
      await page.keyboard.type('search');
      await tabTo(page, 'Reason');
      await page.keyboard.type('only search uses this model');
      await dialog.getByText('Coverage then').waitFor();
      await expect
        .poll(() => dialog.locator('.effect dd').allInnerTexts())
        .toContainEqual(expect.stringContaining('100%'));
      const moved = moneyText(before.fields.workflow.missing.cost);
      await dialog.locator('.effect', { hasText: moved }).waitFor();
      await tabTo(page, /^Add and apply/);
      await page.keyboard.press('Enter');
      await dialog.getByText('Correction lines that take').waitFor();
      await focusOn(page, `Add rule and post ${moved} of corrections`);
      await page.keyboard.press('Enter');
      await page
        .getByRole('dialog', { name: 'Applied' })
        .getByText(/of 10 calls moved/)
        .waitFor();
      await tabTo(page, 'Done');
      await page.keyboard.press('Enter');
      await page.locator('.sentence', { hasText: '100%' }).waitFor();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      const [rule] = (await system.api<RuleList>('/api/v1/attribution/rules')).rules;
      expect(rule).toMatchObject({ id: 'all-of-it', set: { workflow: 'search' }, state: 'in-force' });
      const after = await system.api<CoverageAnswer>(COVERAGE);
      expect(after.total.cost).toBe(before.total.cost);
      expect(after.fields.workflow.missing.cost).toBe('0');
    }),
  );

  it(
    'lists the rule with its version, and withdraws it for a reason',
    inBrowser(async () => {
      const page = await pages.open('/attribution?during=this-month&view=rules');
      const row = page.locator('tr', { hasText: 'all-of-it' });
      await row.getByText('model is gpt-*').waitFor();
      await row.getByRole('button', { name: 'Withdraw all-of-it' }).click();
      const dialog = page.getByRole('dialog', { name: 'Withdraw rule' });
      await dialog.getByLabel('Reason').fill('search has its own key now');
      await dialog.getByRole('button', { name: 'Withdraw rule' }).click();
      await page.getByText('No rule yet').waitFor();
      await page.getByLabel('Earlier versions').check();
      await page.locator('tr', { hasText: 'all-of-it' }).getByText('withdrawn').waitFor();
    }),
  );
});

describe('the prices page', () => {
  it(
    'shows the book in force, found as it is typed, with every digit of a rate',
    inBrowser(async () => {
      const page = await pages.open('/prices');
      const book = await system.api<PriceList>('/api/v1/prices?limit=10000');
      await says(page, 'has a price');
      await says(
        page,
        `${book.prices.length.toLocaleString('en-US')} prices hold now, none of them your own`,
      );
      await page.getByLabel('Find a provider or model').fill(`openai ${MODEL}`);
      const price = book.prices.find(({ provider, model }) => provider === 'openai' && model === MODEL);
      const row = page
        .locator('tbody tr')
        .filter({ has: page.getByLabel(`All rates of openai ${MODEL}`, { exact: true }) });
      await row.waitFor();
      const input = price?.rates.find(
        ({ bucket, aboveTokens }) => bucket === 'freshIn' && aboveTokens === null,
      );
      const shown = await row.locator('td.num').first().innerText();
      expect(Number(shown)).toBe(Number(input?.rate));
      await expect.poll(() => parameter(page, 'find')).toBe(`openai ${MODEL}`);
    }),
  );

  it(
    'a suspicious price says why and what it would do, and is set only with a reason, by keyboard alone',
    inBrowser(async () => {
      const page = await pages.open('/prices?view=decisions');
      await page.getByText('No price was decided here yet').waitFor();
      await tabTo(page, 'Set a price');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Set a price' });
      await focusOn(page, 'Provider');
      await page.keyboard.type('openai');
      await tabTo(page, 'Model');
      await page.keyboard.type(MODEL);
      await tabTo(page, 'Input');
      await page.keyboard.type('2500');
      await page.keyboard.press('Enter');
      await dialog.getByText('This price is suspicious.').waitFor();
      await dialog
        .getByText(/is it a price per thousand/)
        .first()
        .waitFor();
      await dialog.getByText('At this price').waitFor();
      const set = dialog.getByRole('button', { name: 'Set it all the same' });
      await tabTo(page, 'Reason');
      await page.keyboard.type('contract of the test');
      expect(await set.isEnabled()).toBe(false);
      await tabTo(page, 'Why it is meant all the same', 'Shift+Tab');
      await page.keyboard.type('a price to look at');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: 'Price set' }).getByText('is in force').waitFor();
      await tabTo(page, 'Done');
      await page.keyboard.press('Enter');
      const row = page.locator('tbody tr', { hasText: MODEL });
      await row.getByText('Input 2,500.00').waitFor();
      await row.getByText('was suspicious, confirmed').waitFor();
      const { decisions } = await system.api<PriceDecisions>('/api/v1/prices/decisions');
      expect(decisions[0]).toMatchObject({
        model: MODEL,
        standing: 'in-force',
        reason: 'contract of the test',
      });
    }),
  );

  it(
    'compares two versions, and says what another price would have made of the month',
    inBrowser(async () => {
      const page = await pages.open('/prices?view=compare');
      const changed = page.getByLabel('What differs').locator('tbody tr', { hasText: MODEL }).first();
      await changed.getByText('2,500.00').waitFor();
      await page.getByRole('button', { name: 'What if' }).click();
      await page.getByRole('button', { name: 'Period' }).click();
      await page.getByRole('button', { name: 'This month' }).last().click();
      await page.getByRole('combobox', { name: 'Calls of' }).fill(`openai/${MODEL}`);
      await page.getByRole('combobox', { name: 'as if they had gone to' }).fill(`openai/${NAMELESS}`);
      await page.getByRole('button', { name: 'Price it' }).click();
      await page.locator('figure').waitFor();
      await page.getByText('assumed', { exact: true }).waitFor();
      const table = page.getByLabel('What it would have cost');
      await table.locator('tr.total').waitFor();
      const answer = await post<WhatIfAnswer>(system, '/prices/what-if', {
        during: 'this-month',
        by: 'workflow',
        mapping: [{ from: `openai/${MODEL}`, to: `openai/${NAMELESS}` }],
      });
      const shown = await titles(table.locator('tr.total td.num'));
      expect(shown.slice(0, 2)).toEqual([`$${answer.total.before}`, `$${answer.total.after}`]);
    }),
  );

  it(
    'withdraws a price for a reason; the history keeps it',
    inBrowser(async () => {
      const page = await pages.open('/prices?view=decisions');
      await page.getByRole('button', { name: /^Withdraw the price of openai/ }).click();
      const dialog = page.getByRole('dialog', { name: 'Withdraw price' });
      await dialog.getByLabel('Reason').fill('it was only looked at');
      await dialog.getByRole('button', { name: 'Withdraw price' }).click();
      await page.locator('tbody tr', { hasText: MODEL }).getByText('withdrawn').waitFor();
    }),
  );
});

describe('the invoices page', () => {
  it(
    'teaches at first; then an imported statement is reconciled, its steps are the API’s, and keys say why',
    inBrowser(async () => {
      const page = await pages.open('/invoices');
      await page.getByText('No month was reconciled yet').waitFor();
      const focus = await fetch(`${system.apiUrl}/api/v1/focus?during=this-month`);
      const file = {
        name: 'focus.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(await focus.arrayBuffer()),
      };
      await page.getByRole('button', { name: 'Import a statement' }).click();
      const dialog = page.getByRole('dialog', { name: 'Import a statement' });
      await dialog.getByLabel('What it is').selectOption('focus');
      await dialog.getByLabel('File').setInputFiles(file);
      await dialog.getByRole('button', { name: 'Import', exact: true }).click();
      await dialog.getByText(/Reconcile the month to compare it/).waitFor();
      await dialog.getByRole('button', { name: 'Done' }).click();
      await page.getByRole('button', { name: 'Reconcile a month' }).first().click();
      const ask = page.getByRole('dialog', { name: 'Reconcile a month' });
      await ask.getByLabel('Month').fill(MONTH);
      await ask.getByRole('button', { name: 'Reconcile' }).click();
      await page.getByRole('heading', { name: 'Ledger to invoice' }).waitFor();
      const id = parameter(page, 'id') ?? '';
      const data = await system.api<Reconciliation>(`/api/v1/reconciliations/${id}`);
      const openai = data.providers.find(({ provider }) => provider === 'openai');
      const row = page.getByLabel('By provider').locator('tbody tr', { hasText: 'openai' });
      await expect.poll(() => row.locator('td').nth(1).getAttribute('title')).toBe(`$${openai?.ledger}`);
      expect(await row.locator('td').last().getAttribute('title')).toBe(`$${openai?.invoice}`);
      expect(await row.locator('td').nth(1).innerText()).toBe(moneyCell(openai?.ledger, 2));
      await says(page, `the ledger has ${moneyText(openai?.ledger ?? '')}`);
      await page.getByRole('combobox', { name: 'Show' }).selectOption('');
      await page.getByRole('button', { name: 'Statements' }).click();
      await page.getByRole('button', { name: /lines of focus.csv/ }).click();
      await page.getByRole('heading', { name: 'Lines' }).waitFor();
    }),
  );
});

describe('exports and receipts', () => {
  it(
    'what is shown comes as CSV and Parquet with every digit, and the period as FOCUS',
    inBrowser(async () => {
      const page = await pages.open('/ledger');
      await page.locator('tr.total').waitFor();
      const download = await exported(page, 'This table, CSV');
      const answer = await system.api<LedgerAnswer>(
        '/api/v1/ledger?by=workflow,team&of=calls,averageInputTokens,costPerCall,share,cost,unpricedCalls',
      );
      expect(download.suggestedFilename()).toBe('ledger-this-month.csv');
      const csv = parse<Record<string, string>>(await readFile(await download.path()), { columns: true });
      expect(csv.at(-1)).toMatchObject({
        row: 'total',
        cost: answer.total.cost,
        priceVersions: answer.priceVersions.join(','),
        timeZone: answer.timeZone,
      });
      const shown = answer.rows.map(({ group, figures }) => [...group, figures.cost]);
      const groups = csv.filter(({ row }) => row === 'group');
      expect(groups.map(({ workflow, team, cost }) => [workflow, team, cost])).toEqual(shown);
      const parquet = await exported(page, 'This table, Parquet');
      const stored = await fileRows(await readFile(await parquet.path()));
      expect(stored.map(({ row, cost }) => [row, cost])).toEqual(csv.map(({ row, cost }) => [row, cost]));
      const focus = await exported(page, 'FOCUS 1.2, CSV');
      expect(focus.suggestedFilename()).toBe('focus-1.2-this-month.csv');
    }),
  );

  it(
    'a receipt says where a line came from, and its price book opens the prices of its model',
    inBrowser(async () => {
      const page = await pages.open('/ledger');
      await page.locator('table.calls tr', { hasText: 'extraction' }).first().click();
      const receipt = page.getByLabel('Receipt', { exact: true });
      await receipt.getByText('a trace, not the gateway').waitFor();
      await receipt.getByRole('link', { name: /price book/ }).click();
      await page.getByRole('heading', { name: 'Prices', exact: true }).waitFor();
      await page.getByLabel(`All rates of openai ${MODEL}`, { exact: true }).waitFor();
    }),
  );
});

const PAGES = [
  '/attribution?during=this-month',
  '/attribution?view=shared',
  '/prices',
  '/prices?view=decisions',
  '/prices?view=what-if&during=this-month',
  '/invoices',
  '/invoices?view=statements',
];

describe('the look of these pages', () => {
  for (const path of PAGES)
    it(
      `${path} is legible in light and dark, and fits a phone`,
      inBrowser(async () => {
        for (const scheme of ['light', 'dark'] as const) {
          const page = await pages.open(path, { scheme });
          await page.locator('.sentence, .empty').first().waitFor();
          await page.locator('tbody tr, .empty').first().waitFor();
          await expectLegible(page);
        }
        const phone = await pages.open(path, { size: PHONE });
        await phone.locator('tbody tr, .empty').first().waitFor();
        await expectToFit(phone);
        await phone.getByRole('button', { name: 'Pages' }).click();
        await phone.getByRole('link', { name: 'Ledger' }).waitFor();
      }),
    );

  it(
    'dialogs are legible in the dark and fit a phone',
    inBrowser(async () => {
      for (const [path, name] of [
        ['/attribution', 'New rule'],
        ['/prices', 'Set a price'],
        ['/invoices', 'Import'],
      ] as const) {
        const page = await pages.open(path, { size: PHONE, scheme: 'dark' });
        await page.getByRole('button', { name, exact: true }).click();
        await page.getByRole('dialog').waitFor();
        await expectLegible(page);
        await expectToFit(page);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
    }),
  );
});
