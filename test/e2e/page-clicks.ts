/** What a person does with the pointer on any page of the web app: to a page, a period, a filter, a breakdown. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'csv-parse/sync';
import type { Download, Page } from 'playwright-core';

import type { DemoSystem } from './demo-system.ts';

const MONTHS_OF_HISTORY = 24;

/** By the side navigation; what the page before asked about goes along. */
export async function toPage(page: Page, label: string): Promise<void> {
  await page.locator('#main-nav').getByRole('link', { name: label, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: label, exact: true }).waitFor();
}

/** A named period or a billing month: `Last 30 days`, `Oct 2026`. */
export async function choosePeriod(page: Page, label: string): Promise<void> {
  await openQuestion(page, 'period');
  await page
    .getByRole('button', { name: new RegExp(`^${label}`) })
    .last()
    .click();
  await page.locator('.months').waitFor({ state: 'detached' });
}

/** Both days are in it: `2026-05-07`. */
export async function chooseDays(page: Page, first: string, last: string): Promise<void> {
  await openQuestion(page, 'period');
  const own = page.getByRole('button', { name: 'Days of my own' });
  if ((await own.getAttribute('aria-expanded')) === 'false') await own.click();
  await page.locator('.range').waitFor();
  for (const day of [first, last]) {
    const button = page.locator(`[data-day="${day}"]`);
    for (let months = 0; months < MONTHS_OF_HISTORY && (await button.count()) === 0; months += 1) {
      const shown = (await page.locator('[data-day]').first().getAttribute('data-day')) ?? '';
      await page.getByRole('button', { name: day < shown ? 'Earlier months' : 'Later months' }).click();
    }
    await button.click();
  }
  await page.locator('.range').waitFor({ state: 'detached' });
}

export async function filterBy(page: Page, dimension: string, value: string): Promise<void> {
  await openQuestion(page, 'filters');
  await page.getByRole('option', { name: dimension, exact: true }).click();
  await page.getByRole('option').filter({ hasText: value }).first().click();
  await page.keyboard.press('Escape');
  await page.locator('.filter.chosen', { hasText: value }).waitFor();
}

export async function breakDownBy(page: Page, dimension: string): Promise<void> {
  await openQuestion(page, 'by');
  await page.getByRole('option', { name: dimension, exact: true }).click();
}

export async function openQuestion(page: Page, name: string): Promise<void> {
  await page.locator(`[data-filter="${name}"]`).first().click();
}

/** What the page exports under a name that begins so. */
export async function exported(page: Page, name: string): Promise<Download> {
  await page.getByRole('button', { name: 'Export' }).click();
  const link = page.getByRole('link', { name: new RegExp(`^${name}`) });
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  await link.waitFor({ state: 'detached' });
  return file;
}

/** The same, read as CSV. */
export async function exportedRows(page: Page, name: string): Promise<Record<string, string>[]> {
  return rowsOf(await exported(page, name));
}

export async function rowsOf(file: Download): Promise<Record<string, string>[]> {
  return parse<Record<string, string>>(await readFile(await file.path()), { columns: true });
}

/** Once the page has an answer to what it asks now, and not to what it asked before. */
export async function answered(page: Page): Promise<void> {
  await page.locator('.content:not([aria-busy="true"]) .sentence').first().waitFor();
}

const STATEMENTS = [
  ['openai-costs', 'openai-costs', 'json'],
  ['anthropic-cost', 'anthropic-cost-report', 'json'],
  ['aws-cur', 'aws-cur', 'csv'],
] as const;

/** On the invoices page: imports what the providers of the demo bill for the month, and compares it with the ledger. */
export async function reconcile(page: Page, { directory }: DemoSystem, month: string): Promise<void> {
  for (const [kind, name, ending] of STATEMENTS) {
    await page.getByRole('button', { name: 'Import', exact: true }).first().click();
    const dialog = page.getByRole('dialog', { name: 'Import a statement' });
    await dialog.getByLabel('What it is').selectOption(kind);
    const file = join(directory, '.setpoint-demo/demo/statements', `${name}-${month}.${ending}`);
    await dialog.getByLabel('File').setInputFiles(file);
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await dialog.getByText(/Reconcile the month to compare it/).waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
  }
  await page.getByRole('button', { name: 'Reconcile a month' }).first().click();
  const ask = page.getByRole('dialog', { name: 'Reconcile a month' });
  await ask.getByLabel('Month').fill(month);
  await ask.getByRole('button', { name: 'Reconcile' }).click();
  await ask.waitFor({ state: 'detached', timeout: 120_000 });
  await page.getByRole('heading', { name: 'Ledger to invoice' }).waitFor();
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
