/**
 * The forecast page on the demo company in a real browser: what it says is what the API says, a slider needs no request, a scenario that
 * is kept can be laid over again, and a plan is proposed and locked; with the keyboard alone, in both themes, wide and narrow.
 */
import { readFile } from 'node:fs/promises';

import type { Page, Request } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import type { AccuracyAnswer, ForecastAnswer } from '../../src/api/contract/forecast.ts';
import type { PlanRecord, ProjectionAnswer, ScenarioRecord } from '../../src/api/contract/plans.ts';
import { columnDecimals, moneyCell, moneyText } from '../../src/units/figures.ts';
import { expectNoViolations } from '../axe.ts';
import { post } from './api-calls.ts';
import { onDemo } from './in-browser.ts';
import { exported } from './page-clicks.ts';
import { focusOn, tabTo } from './page-keys.ts';
import { expectLegible, expectToFit, parameter, says, sentence } from './page-reads.ts';
import { PHONE } from './watched-pages.ts';
import type { Around } from './watched-pages.ts';

const COPILOT = 'workflow=Support+copilot&months=2';
const { system, pages, inBrowser } = onDemo();

async function open(path: string, around: Around = {}): Promise<Page> {
  const page = await pages.open(path, around);
  await page.locator('.plot-box').first().waitFor();
  return page;
}

/** What the page asks the API from now on. */
function listen(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request: Request) => {
    if (request.url().includes('/api/')) asked.push(request.url());
  });
  return asked;
}

const row = (page: Page, table: string, name: string) =>
  page.getByRole('region', { name: table, exact: true }).locator('tbody tr', { hasText: name });
const CURVE = `document.querySelector('.plot path.s-acc').getAttribute('d')`;

describe('the forecast page', { timeout: 240_000 }, () => {
  it(
    'says what the API says: sentence, months, workflows',
    inBrowser(async () => {
      const page = await open('/forecast');
      const answer = await system.api<ForecastAnswer>('/api/v1/forecasts?months=3&level=0.8');
      await expect.poll(() => sentence(page).innerText()).toBe(answer.sentence);
      const decimals = columnDecimals(answer.months.map(({ total }) => total));
      for (const { month, spent, total, low, high, state } of answer.months) {
        const name = new Intl.DateTimeFormat('en-GB', {
          month: 'long',
          year: 'numeric',
          timeZone: 'UTC',
        }).format(Date.parse(`${month}-01`));
        const cells = await row(page, 'Months', name).locator('td').allInnerTexts();
        expect(cells[1]).toBe(state === 'ahead' ? '–' : moneyCell(spent, decimals));
        expect(cells[3]).toBe(moneyCell(total, decimals));
        expect(cells[4]).toBe(`[${moneyCell(low, decimals)}, ${moneyCell(high, decimals)}]`);
        expect(await row(page, 'Months', name).locator('td').nth(3).getAttribute('title')).toBe(`$${total}`);
      }
      const groups = page.getByRole('region', { name: 'Workflows', exact: true }).locator('tbody tr');
      await expect.poll(() => groups.count()).toBe(answer.groups.length);
      for (const { workflow, months, skill } of answer.groups.filter((one) => one.workflow !== '')) {
        const line = row(page, 'Workflows', workflow);
        expect(await line.locator('td').nth(2).getAttribute('title')).toBe(`$${months[0]?.total}`);
        if (skill === 'none') expect(await line.innerText()).toContain('seasonal naive is used');
      }
      await page.getByRole('link', { name: 'Support copilot' }).click();
      await page.waitForURL(/workflow=Support\+copilot/);
      await expect.poll(() => page.locator('h1').innerText()).toBe('Forecast: Support copilot');
    }),
  );

  it(
    'a slider moves curve, table and product without a request, by keyboard; its dot leads back',
    inBrowser(async () => {
      const page = await open(`/forecast?${COPILOT}`);
      await row(page, 'Scenarios', 'As it goes').waitFor();
      await page.waitForLoadState('networkidle');
      const asked = listen(page);
      await tabTo(page, 'Calls');
      const before = await page.evaluate<string>(CURVE);
      for (let presses = 0; presses < 10; presses += 1) await page.keyboard.press('ArrowRight');
      const typed = row(page, 'Scenarios', 'Your changes');
      await expect.poll(() => typed.locator('td').nth(7).innerText()).toMatch(/^\+/);
      await expect.poll(() => page.evaluate<string>(CURVE)).not.toBe(before);
      await page.getByText('= $').first().waitFor();
      await expect.poll(() => parameter(page, 'draft')).toContain('"driver":"calls"');
      expect(asked).toEqual([]);
      await page.getByRole('button', { name: /^Calls: back to/ }).click();
      await typed.waitFor({ state: 'detached' });
      await expect.poll(() => page.evaluate<string>(CURVE)).toBe(before);
      expect(asked).toEqual([]);
    }),
  );

  it(
    'a scenario is kept, is there after a reload, and comes to what the API works out, to its interval',
    inBrowser(async () => {
      const page = await open(`/forecast?${COPILOT}`);
      await page.getByLabel('User actions, a month').fill('600,000');
      await page.getByLabel('Compression').fill('40');
      await page.getByRole('button', { name: 'Save as scenario' }).click();
      const dialog = page.getByRole('dialog', { name: 'Save as scenario' });
      await expectNoViolations(page);
      await dialog.getByLabel('Name').fill('Adoption, compressed');
      await dialog.getByLabel('Reason').fill('asked in a test');
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'detached' });
      await page.waitForURL(/with=/);
      await page.reload();
      const line = row(page, 'Scenarios', 'Adoption, compressed');
      await line.waitFor();
      const { scenarios } = await system.api<{ scenarios: ScenarioRecord[] }>('/api/v1/scenarios');
      const saved = scenarios.find(({ name }) => name === 'Adoption, compressed')!;
      expect(saved).toMatchObject({
        scope: { kind: 'workflow', name: 'Support copilot' },
        reason: 'asked in a test',
        changes: [
          { driver: 'actions', to: 600_000, basis: 'assumed' },
          { driver: 'inputTokens', times: 0.6, lever: 'compression', basis: 'assumed' },
        ],
      });
      const projection = await post<ProjectionAnswer>(system, '/scenarios/project', {
        workflow: 'Support copilot',
        months: 2,
        scenarios: [{ name: saved.name, changes: saved.changes }],
      });
      const [one] = projection.scenarios;
      await expect.poll(() => line.locator('td').nth(6).innerText()).toBe(moneyCell(one!.rounded, 0));
      const base = row(page, 'Scenarios', 'As it goes');
      await expect
        .poll(() => base.locator('td').nth(6).innerText())
        .toBe(moneyCell(projection.base.rounded, 0));
      const hundreds = (amount: string): string =>
        moneyCell(String(Math.round(Number(amount) / 100) * 100), 0);
      const last = one!.months.at(-1)!;
      await expect
        .poll(() => row(page, 'Months', 'January 2027').locator('td').nth(4).innerText())
        .toBe(`[${hundreds(last.low)}, ${hundreds(last.high)}]`);
      await says(page, 'ours to decide');
      const file = await exported(page, 'Scenario, YAML');
      expect(file.suggestedFilename()).toBe('scenario-adoption-compressed.yaml');
      const written = parse(await readFile(await file.path(), 'utf8')) as object;
      expect(written).toMatchObject({ name: saved.name, changes: saved.changes });
      // The chip takes it away again, and the address forgets it.
      await page.getByRole('button', { name: 'Adoption, compressed', pressed: true }).first().click();
      await line.waitFor({ state: 'detached' });
      await expect.poll(() => parameter(page, 'with')).toBeNull();
    }),
  );

  it(
    'a change that makes no sense says so in words',
    inBrowser(async () => {
      const draft = encodeURIComponent(
        JSON.stringify([{ driver: 'calls', times: 2, to: 3, basis: 'assumed' }]),
      );
      const page = await open(`/forecast?${COPILOT}&draft=${draft}`);
      await page.getByRole('alert').getByText('either "times"').waitFor();
    }),
  );

  it(
    'shows its misses: the back-test is asked for when it is seen, and is the API’s',
    inBrowser(async () => {
      const page = await pages.open('/forecast');
      const asked = listen(page);
      await page.locator('.plot-box').first().waitFor();
      expect(asked.filter((url) => url.includes('/accuracy'))).toEqual([]);
      await page.getByText('How far off were we').scrollIntoViewIfNeeded();
      const accuracy = await system.api<AccuracyAnswer>('/api/v1/forecasts/accuracy?level=0.8');
      const inside = accuracy.weeks.filter((one) => one.inside).length;
      await page.getByText(`${inside} of ${accuracy.weeks.length} weeks`, { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Month end on day 10' }).click();
      await page.getByText('As figures').click();
      const lines = page.getByRole('region', { name: 'Back-test as figures' }).locator('tbody tr');
      await expect.poll(() => lines.count()).toBe(accuracy.monthEnd.months.length);
      await expect
        .poll(() => lines.first().locator('td').nth(3).innerText())
        .toBe(moneyText(Number(accuracy.monthEnd.months[0]!.actual).toFixed(2)));
    }),
  );

  it(
    'says what throughput by the hour would save',
    inBrowser(async () => {
      const page = await open(`/forecast?${COPILOT}`);
      const card = page.locator('section', { has: page.getByRole('heading', { name: 'Commitment' }) });
      await card.getByLabel('Model').fill('claude-opus-4-8');
      await card.getByLabel('Tokens an hour').fill('5,000,000');
      await card.getByLabel('Dollars an hour').fill('12.5');
      await card.getByRole('button', { name: 'Compare' }).click();
      const answer = await system.api<{ sentence: string; options: unknown[] }>(
        '/api/v1/forecasts/commitment?model=claude-opus-4-8&workflow=Support+copilot&unitTokensPerHour=5000000&unitPricePerHour=12.5',
      );
      await card.getByText(answer.sentence).waitFor();
      await expect.poll(() => card.locator('tbody tr').count()).toBe(answer.options.length);
    }),
  );
});

describe('plans', { timeout: 240_000 }, () => {
  it(
    'one is proposed and locked by keyboard alone; a month that had none says so',
    inBrowser(async () => {
      const page = await open(`/forecast?${COPILOT}`);
      await tabTo(page, 'Propose as plan');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Propose as plan' });
      await focusOn(page, 'Name');
      await page.keyboard.type('Winter');
      await tabTo(page, 'Reason');
      await page.keyboard.type('agreed in a test');
      await dialog.locator('button[type=submit]:enabled').waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/forecast\/plans/);
      await page.getByText('agreed in a test').waitFor();
      await tabTo(page, 'Lock Winter');
      await page.keyboard.press('Enter');
      const lock = page.getByRole('dialog', { name: 'Lock plan' });
      await expectNoViolations(page);
      await focusOn(page, 'Reason');
      await page.keyboard.type('the board said yes');
      await page.keyboard.press('Enter');
      await lock.waitFor({ state: 'detached' });
      const card = page.getByRole('region', { name: 'Plan Winter' });
      await card.getByText('locked', { exact: true }).waitFor();
      const { plans } = await system.api<{ plans: PlanRecord[] }>('/api/v1/plans');
      const plan = plans.find(({ name }) => name === 'Winter')!;
      expect(plan).toMatchObject({ state: 'locked', locked: { reason: 'the board said yes' } });
      const decimals = columnDecimals(plan.months.map(({ amount }) => amount));
      await expect
        .poll(() => card.locator('tbody tr').last().locator('td').nth(1).innerText())
        .toBe(moneyCell(plan.months.at(-1)!.amount, decimals));
      await page.getByRole('cell', { name: 'no plan was locked before it began' }).first().waitFor();
      const ahead = await open(`/forecast?${COPILOT}`);
      const planned = plan.months.find(({ month }) => month === '2027-01')!;
      await expect
        .poll(() => row(ahead, 'Months', 'January 2027').locator('td').nth(5).innerText())
        .toBe(moneyCell(planned.amount, decimals));
      await ahead.getByText('Against plan, ').waitFor();
    }),
  );

  it(
    'all of it is legible and fits, in both themes, wide and narrow, with scenarios laid over',
    inBrowser(async () => {
      for (const name of ['Growth', 'Levers'])
        await post<ScenarioRecord>(system, '/scenarios', {
          name,
          workflow: 'Support copilot',
          reason: 'for the look',
          changes: [
            {
              driver: 'calls',
              times: name === 'Growth' ? 1.4 : 0.6,
              from: '2026-12-01',
              until: '2027-01-15',
            },
          ],
        });
      const paths = [`/forecast?${COPILOT}&with=growth,levers&pick=levers`, '/forecast/plans'];
      for (const path of paths)
        for (const around of [{ scheme: 'light' }, { scheme: 'dark', size: PHONE }] as const) {
          const page = await pages.open(path, around);
          await page.locator('main table').first().waitFor();
          await page.waitForLoadState('networkidle');
          await expectNoViolations(page);
          await expectLegible(page);
          await expectToFit(page);
        }
    }),
  );
});
