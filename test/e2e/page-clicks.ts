/** What a person does with the pointer on any page of the web app: to a page, a period, a filter, a breakdown. */
import { join } from 'node:path';

import type { Page } from 'playwright-core';

import type { DemoSystem } from './demo-system.ts';

/** On machines that do other things too. */
const WAIT = { timeout: 60_000 };
const MONTHS_OF_HISTORY = 24;

/** By the side navigation; what the page before asked about goes along. */
export async function toPage(page: Page, label: string): Promise<void> {
  await page.locator('#main-nav').getByRole('link', { name: label, exact: true }).click(WAIT);
  await page.getByRole('heading', { level: 1, name: label, exact: true }).waitFor(WAIT);
}

/** A named period or a billing month: `Last 30 days`, `Oct 2026`. */
export async function choosePeriod(page: Page, label: string): Promise<void> {
  await openQuestion(page, 'period');
  await page
    .getByRole('button', { name: new RegExp(`^${label}`) })
    .last()
    .click(WAIT);
  await page.locator('.months').waitFor({ state: 'detached', ...WAIT });
}

/** Both days are in it: `2026-05-07`. */
export async function chooseDays(page: Page, first: string, last: string): Promise<void> {
  await openQuestion(page, 'period');
  const own = page.getByRole('button', { name: 'Days of my own' });
  if ((await own.getAttribute('aria-expanded')) === 'false') await own.click(WAIT);
  await page.locator('.range').waitFor(WAIT);
  for (const day of [first, last]) {
    const button = page.locator(`[data-day="${day}"]`);
    for (let months = 0; months < MONTHS_OF_HISTORY && (await button.count()) === 0; months += 1) {
      const shown = (await page.locator('[data-day]').first().getAttribute('data-day', WAIT)) ?? '';
      await page.getByRole('button', { name: day < shown ? 'Earlier months' : 'Later months' }).click(WAIT);
    }
    await button.click(WAIT);
  }
  await page.locator('.range').waitFor({ state: 'detached', ...WAIT });
}

export async function filterBy(page: Page, dimension: string, value: string): Promise<void> {
  await openQuestion(page, 'filters');
  await page.getByRole('option', { name: dimension, exact: true }).click(WAIT);
  await page.getByRole('option').filter({ hasText: value }).first().click(WAIT);
  await page.keyboard.press('Escape');
  await page.locator('.filter.chosen', { hasText: value }).waitFor(WAIT);
}

export async function breakDownBy(page: Page, dimension: string): Promise<void> {
  await openQuestion(page, 'by');
  await page.getByRole('option', { name: dimension, exact: true }).click(WAIT);
}

export async function openQuestion(page: Page, name: string): Promise<void> {
  await page.locator(`[data-filter="${name}"]`).first().click(WAIT);
}

/** Once the page has an answer to what it asks now, and not to what it asked before. */
export async function answered(page: Page): Promise<void> {
  await page.locator('.content:not([aria-busy="true"]) .sentence').first().waitFor(WAIT);
}

const STATEMENTS = [
  ['openai-costs', 'openai-costs', 'json'],
  ['anthropic-cost', 'anthropic-cost-report', 'json'],
  ['aws-cur', 'aws-cur', 'csv'],
] as const;

/** On the invoices page: imports what the providers of the demo bill for the month, and compares it with the ledger. */
export async function reconcile(page: Page, { directory }: DemoSystem, month: string): Promise<void> {
  for (const [kind, name, ending] of STATEMENTS) {
    await page.getByRole('button', { name: 'Import', exact: true }).first().click(WAIT);
    const dialog = page.getByRole('dialog', { name: 'Import a statement' });
    await dialog.getByLabel('What it is').selectOption(kind);
    const file = join(directory, '.setpoint-demo/demo/statements', `${name}-${month}.${ending}`);
    await dialog.getByLabel('File').setInputFiles(file);
    await dialog.getByRole('button', { name: 'Import', exact: true }).click(WAIT);
    await dialog.getByText(/Reconcile the month to compare it/).waitFor(WAIT);
    await dialog.getByRole('button', { name: 'Done' }).click(WAIT);
  }
  await page.getByRole('button', { name: 'Reconcile a month' }).first().click(WAIT);
  const ask = page.getByRole('dialog', { name: 'Reconcile a month' });
  await ask.getByLabel('Month').fill(month);
  await ask.getByRole('button', { name: 'Reconcile' }).click(WAIT);
  await ask.waitFor({ state: 'detached', timeout: 120_000 });
  await page.getByRole('heading', { name: 'Ledger to invoice' }).waitFor(WAIT);
}

/** What the page says to paste, sent as a shell would send it. @returns the status. */
export async function paste(command: string): Promise<number> {
  const url = /curl (\S+)/.exec(command)?.[1] ?? '';
  const headers = [...command.matchAll(/-H '([^:]+): ([^']+)'/g)].map(
    ([, name = '', value = '']): [string, string] => [name, value],
  );
  const body = /-d '(.*)'$/s.exec(command)?.[1] ?? '';
  return (await fetch(url, { method: 'POST', headers, body })).status;
}
