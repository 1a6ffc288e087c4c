/**
 * A FinOps analyst of the demo company, by clicking only: whose spend nobody names and the rule that names it, what another model
 * would have cost, an invoice that differs, down to the key and its cause, a forecast that becomes a plan, and files of what is
 * shown. Every figure is held against the API.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { CoverageAnswer, MissingAnswer, PreviewAnswer } from '../../src/api/contract/attribution.ts';
import type { Reconciliation } from '../../src/api/contract/invoices.ts';
import type { PlanRecord, ProjectionAnswer } from '../../src/api/contract/plans.ts';
import type { WhatIfAnswer } from '../../src/api/contract/prices.ts';
import type { LedgerAnswer } from '../../src/api/contract.ts';
import type { Truth } from '../../src/demo/demo.ts';
import { columnDecimals, countText, moneyCell, moneyText, shareText } from '../../src/units/figures.ts';
import { formatDollars, parseDollars } from '../../src/units/money.ts';
import { expectNoViolations } from '../axe.ts';
import { post } from './api-calls.ts';
import { onDemo } from './in-browser.ts';
import {
  answered,
  breakDownBy,
  choosePeriod,
  exportedRows,
  filterBy,
  reconcile,
  toPage,
} from './page-clicks.ts';
import { parameter, says, sum, titles } from './page-reads.ts';

/** The month in which calls began to say whose they are: much of its spend has no name, and most of that can be given one. */
const SEPTEMBER = 'during=2026-09';
const OCTOBER = 'during=2026-10';
const DEAR = 'openai/gpt-5.2';
const CHEAP = 'openai/gpt-5.4-mini';

const { system, pages, inBrowser } = onDemo();

/** The overview of a month, as each part of the journey begins. */
const inMonth = (month: string, run: (page: Page) => Promise<void>) =>
  inBrowser(async () => {
    const page = await pages.open('/');
    await answered(page);
    await choosePeriod(page, month);
    await run(page);
  });

const added = (left: string, right: string): string =>
  formatDollars(parseDollars(left) + parseDollars(right));
const less = (left: string, right: string): string => formatDollars(parseDollars(left) - parseDollars(right));

const coverage = (): Promise<CoverageAnswer> =>
  system.api<CoverageAnswer>(`/api/v1/attribution/coverage?${SEPTEMBER}&by=week`);
async function costOf(question: string): Promise<string> {
  return (await system.api<LedgerAnswer>(`/api/v1/ledger?${question}&of=cost`)).total.cost ?? '';
}

describe('the FinOps analyst', { timeout: 300_000 }, () => {
  it(
    'finds spend that nobody names, opens its calls, weighs the suggested rule, and sees coverage move by it',
    inMonth('Sep[a-z]* 2026', async (page) => {
      await toPage(page, 'Attribution');
      const before = await coverage();
      const { share, missing: left } = before.fields.workflow;
      await says(page, `${shareText(share, 1)} of ${moneyText(before.total.cost)} names its workflow`);
      await says(page, `${moneyText(left.cost)} is unattributed`);

      const { parts } = await system.api<MissingAnswer>(`/api/v1/attribution/missing?${SEPTEMBER}&limit=12`);
      const [part] = parts;
      const suggested = part?.suggestion?.rule;
      if (part === undefined || suggested === undefined) throw new Error('no rule is suggested for the most');
      const row = page.getByLabel('What is missing').locator('tbody tr', { hasText: part.value }).first();
      await expect
        .poll(async () => (await titles(row.locator('td.num'))).at(-1))
        .toBe(`$${part.amount.cost}`);
      await row.getByRole('link', { name: /show the calls/ }).click();
      await page.getByRole('heading', { level: 1, name: 'Ledger' }).waitFor();
      const listed = `${countText(part.amount.calls)} calls, ${moneyText(part.amount.cost)}`;
      await page.locator('.calls-card header p').getByText(listed).waitFor();
      const lines = await exportedRows(page, 'These lines, CSV');
      const costs = lines.filter((line) => line['row'] !== 'total').map(({ cost }) => cost ?? '');
      expect(sum(costs)).toBe(part.amount.cost);
      await page.goBack();

      await row.getByRole('button', { name: `Draft a rule for ${part.value}` }).click();
      const dialog = page.getByRole('dialog', { name: 'Rule' });
      const preview = await post<PreviewAnswer>(system, '/attribution/preview', {
        during: '2026-09',
        drafts: [suggested],
        only: [],
      });
      const effect = dialog.locator('.effect dd');
      const weighed = async () => (await effect.allInnerTexts()).map((text) => text.split('\n')[0]?.trim());
      const [now, then] = [shareText(preview.before.share, 1), shareText(preview.after.share, 1)];
      await expect.poll(weighed).toEqual([moneyText(preview.moved.amount.cost), now, then]);
      expect(preview.moved.amount.cost).toBe(part.amount.cost);

      const owner = suggested.set.workflow ?? '';
      const named = `${SEPTEMBER}&where=${encodeURIComponent(`workflow=${owner}`)}`;
      const owned = await costOf(named);
      await dialog.getByLabel('Reason').fill('its system prompt is used by nothing else');
      await dialog.getByRole('button', { name: /^Add and apply/ }).click();
      await dialog.getByRole('button', { name: /^Add rule and post/ }).click();
      const applied = page.getByRole('dialog', { name: 'Applied' });
      await applied.getByText(`of ${countText(part.amount.calls)} calls moved`).waitFor();
      await applied.getByRole('button', { name: 'Done' }).click();

      await says(page, `${then} of ${moneyText(before.total.cost)} names its workflow`);
      const after = await coverage();
      expect(after.total).toEqual(before.total);
      expect(after.fields.workflow.missing.cost).toBe(less(left.cost, part.amount.cost));
      expect(await costOf(named)).toBe(added(owned, part.amount.cost));
    }),
  );

  it(
    'asks what October would have cost at another model, and nothing booked changes',
    inMonth('Oct[a-z]* 2026', async (page) => {
      const booked = await costOf(OCTOBER);
      await toPage(page, 'Prices');
      await page.getByRole('button', { name: 'What if', exact: true }).click();
      await page.getByRole('combobox', { name: 'Calls of' }).fill(DEAR);
      await page.getByRole('combobox', { name: 'as if they had gone to' }).fill(CHEAP);
      await page.getByRole('button', { name: 'Price it' }).click();
      const answer = await post<WhatIfAnswer>(system, '/prices/what-if', {
        during: '2026-10',
        by: 'workflow',
        mapping: [{ from: DEAR, to: CHEAP }],
      });
      expect(answer.total.before).toBe(booked);
      expect(parseDollars(answer.total.after)).toBeLessThan(parseDollars(booked));
      await page.getByText(`calls of ${DEAR} priced as ${CHEAP}`).waitFor();
      await page.getByText('assumed', { exact: true }).first().waitFor();
      const total = page.getByLabel('What it would have cost').locator('tr.total td.num');
      await expect
        .poll(async () => (await titles(total)).slice(0, 2))
        .toEqual([`$${answer.total.before}`, `$${answer.total.after}`]);
      expect(await costOf(OCTOBER)).toBe(booked);
    }),
  );

  it(
    'reconciles an invoice that differs, reads the cause at its key, and makes the ledger equal it',
    inMonth('Oct[a-z]* 2026', async (page) => {
      const { invoiceVariance } = await truth();
      await toPage(page, 'Invoices');
      await reconcile(page, system, invoiceVariance.month);
      await says(page, 'the largest cause is off the gateway');
      await says(page, 'nothing is unexplained');
      const id = parameter(page, 'id') ?? '';
      const data = await system.api<Reconciliation>(`/api/v1/reconciliations/${id}`);
      const differs = data.providers.find(({ provider }) => provider === invoiceVariance.provider);
      const row = page.getByLabel('By provider').locator('tbody tr', { hasText: invoiceVariance.provider });
      await expect
        .poll(async () => (await titles(row.locator('td.num'))).slice(0, 4))
        .toEqual([`$${differs?.ledger}`, `$${invoiceVariance.variance}`, '$0', `$${differs?.invoice}`]);

      await page.getByRole('combobox', { name: 'Show' }).selectOption(invoiceVariance.cause);
      const key = page.getByLabel('Keys', { exact: true }).locator('tbody tr').first();
      await key.getByText(invoiceVariance.account).first().waitFor();
      const [, , residual] = await titles(key.locator('td.num'));
      await key.getByRole('button', { name: /^Why / }).click();
      const why = page.locator('tr.detail').first();
      await why.getByText(`Off the gateway, ${residual}`).waitFor();

      const before = await costOf(OCTOBER);
      await page.getByRole('button', { name: 'Apply corrections…' }).click();
      const dialog = page.getByRole('dialog', { name: 'Apply corrections' });
      await dialog.getByRole('button', { name: /^Post/ }).click();
      await dialog.getByText('The ledger now equals the invoice').waitFor();
      await dialog.getByRole('button', { name: 'Done' }).click();
      await page.getByRole('link', { name: 'Show the lines' }).waitFor();
      expect(await costOf(OCTOBER)).toBe(added(before, invoiceVariance.variance));
      expect(await costOf(`${OCTOBER}&where=source=invoice`)).toBe(invoiceVariance.variance);
    }),
  );

  it(
    'moves a driver of one workflow, keeps it, and makes it the plan that its months are held against',
    inMonth('Oct[a-z]* 2026', async (page) => {
      const workflow = 'Support copilot';
      await toPage(page, 'Workflows');
      await page.locator('main').getByRole('link', { name: workflow }).first().click();
      await page.locator('main').getByRole('link', { name: 'Forecast', exact: true }).click();
      await page.getByRole('heading', { level: 1, name: `Forecast: ${workflow}` }).waitFor();
      await page.getByLabel('User actions, a month').fill('600,000');
      await page.getByRole('button', { name: 'Save as scenario' }).click();
      const save = page.getByRole('dialog', { name: 'Save as scenario' });
      await save.getByLabel('Name').fill('Adoption');
      await save.getByLabel('Reason').fill('support wants it for everybody');
      await expectNoViolations(page);
      await save.getByRole('button', { name: 'Save', exact: true }).click();
      const row = page
        .getByRole('region', { name: 'Scenarios' })
        .locator('tbody tr', { hasText: 'Adoption' });
      await row.waitFor();
      const { scenarios } = await post<ProjectionAnswer>(system, '/scenarios/project', {
        workflow,
        months: 3,
        scenarios: [{ name: 'Adoption', changes: [{ driver: 'actions', to: 600_000, basis: 'assumed' }] }],
      });
      const [projected] = scenarios;
      if (projected === undefined) throw new Error('nothing was projected');
      await expect.poll(() => row.locator('td').nth(6).innerText()).toBe(moneyCell(projected.rounded, 0));

      await page.getByRole('button', { name: 'Propose as plan' }).click();
      const propose = page.getByRole('dialog', { name: 'Propose as plan' });
      await propose.getByLabel('Name').fill('Winter');
      await propose.getByLabel('Reason').fill('agreed with support');
      expect(await propose.getByLabel('Made of').locator('option:checked').innerText()).toBe('Adoption');
      await expectNoViolations(page);
      await propose.getByRole('button', { name: 'Propose', exact: true }).click();
      const card = page.getByRole('region', { name: 'Plan Winter' });
      await card.getByRole('button', { name: 'Lock Winter' }).click();
      const lock = page.getByRole('dialog', { name: 'Lock plan' });
      await lock.getByLabel('Reason').fill('the board said yes');
      await expectNoViolations(page);
      await lock.getByRole('button', { name: 'Lock plan' }).click();
      await card.getByText('locked', { exact: true }).waitFor();
      const { plans } = await system.api<{ plans: readonly PlanRecord[] }>('/api/v1/plans');
      const plan = plans.find(({ name }) => name === 'Winter');
      expect(plan?.state).toBe('locked');
      const amounts = plan?.months.map(({ amount }) => amount) ?? [];
      expect(amounts).toEqual(projected.months.map(({ total }) => total));
      const decimals = columnDecimals(amounts);
      await expect
        .poll(() => card.locator('tbody tr td:nth-child(2)').allInnerTexts())
        .toEqual(amounts.map((amount) => moneyCell(amount, decimals)));
    }),
  );

  it(
    'takes along as files what is shown, narrowed and broken down as it is on the page',
    inMonth('Oct[a-z]* 2026', async (page) => {
      await toPage(page, 'Spend');
      await filterBy(page, 'Provider', 'anthropic');
      await breakDownBy(page, 'Model');
      const { rows, total } = await system.api<LedgerAnswer>(
        `/api/v1/ledger?${OCTOBER}&of=cost&by=model&where=provider=anthropic&compare=previous`,
      );
      const shown = page.locator('table tbody tr');
      await shown
        .filter({ hasText: rows[0]?.group[0] ?? '' })
        .first()
        .waitFor();
      const table = await exportedRows(page, 'This table, CSV');
      const cells = shown.locator('td:last-child');
      const costs = table.map(({ cost }) => `$${cost}`);
      await expect.poll(() => titles(cells)).toEqual(costs);
      expect(table.map(({ model }) => model).slice(0, rows.length)).toEqual(
        rows.map(({ group: [name] }) => name),
      );
      expect(table.at(-1)).toMatchObject({ row: 'total', cost: total.cost });
    }),
  );
});

/** What the demo knows about itself without having asked the ledger. */
async function truth(): Promise<Truth['stories']> {
  const file = join(system.directory, '.setpoint-demo/demo/truth.json');
  return (JSON.parse(await readFile(file, 'utf8')) as Truth).stories;
}
