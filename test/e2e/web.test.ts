/** The web app in a real browser, on a running system: its figures are the API's, to the digit. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { CallsPage, Figures, LedgerAnswer, Receipt } from '../../src/api/contract.ts';
import { formatDollars, parseDollars } from '../../src/units/money.ts';
import { onSystem } from './in-browser.ts';
import { paste } from './page-clicks.ts';
import { focused, highlighted } from './page-keys.ts';
import { expectLegible, expectToFit, parameter, says } from './page-reads.ts';
import { PHONE } from './watched-pages.ts';
import type { Around } from './watched-pages.ts';

/** `GET /api/v1/ledger` of what the page shows: the simulator's calls of this month. */
const ASK = '/api/v1/ledger?simulated=only&of=calls,averageInputTokens,costPerCall,share,cost,unpricedCalls';

let sent = 0;
/** Sent once, however often its test is tried. */
let day: Promise<void> | undefined;
const { system, pages, inBrowser } = onSystem({ simulator: { timeScale: 0.01 } });

function openPage(query = '', around: Around = {}): Promise<Page> {
  return pages.open(`/ledger${query}`, around);
}

interface Sending {
  readonly workflow?: string;
  readonly team?: string;
  readonly customer?: string;
  readonly model?: string;
  readonly dialect?: 'openai' | 'anthropic';
  readonly stream?: boolean;
}

async function send(sending: Sending): Promise<void> {
  const { workflow, team, customer, model = 'sim-small', dialect = 'openai', stream = false } = sending;
  const names = { workflow, team, customer };
  const headers = Object.entries(names).flatMap(([name, value]) =>
    value === undefined ? [] : [[`x-setpoint-${name}`, value] as const],
  );
  const response = await fetch(
    `${system.gatewayUrl}${dialect === 'openai' ? '/v1/chat/completions' : '/v1/messages'}`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...Object.fromEntries(headers) },
      body: JSON.stringify({
        model,
        stream,
        ...(dialect === 'anthropic' && { max_tokens: 200 }),
        messages: [
          { role: 'user', content: `Where is order ${sent}? ${'It should be here. '.repeat(sent)}` },
        ],
      }),
    },
  );
  expect(response.status).toBe(200);
  await response.text();
  sent += 1;
}

/** Twenty calls of both dialects, streaming and not, some that name nobody. */
async function sendTheDay(): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    const stream = round % 2 === 1;
    await send({ workflow: 'support', team: 'CX', customer: 'Halcyon Retail', model: 'sim-large', stream });
    await send({ workflow: 'support', team: 'CX', customer: 'Castor & Söhne', dialect: 'anthropic', stream });
    await send({ workflow: 'extraction', team: 'Legal', customer: 'Halcyon Retail', dialect: 'anthropic' });
    await send({ workflow: 'support', team: 'Sales', stream });
    await send({ dialect: 'anthropic', model: 'sim-large', stream });
  }
}

async function ledger(parameters = ''): Promise<LedgerAnswer> {
  return system.api<LedgerAnswer>(`${ASK}${parameters}`);
}

async function untilAllAreThere(): Promise<void> {
  await expect.poll(async () => (await ledger()).total.calls).toBe(sent);
}

/** The exact dollars of a cost cell, from its title; what is shown must be that, rounded at its own precision. */
async function exactCost(page: Page, row: string): Promise<string> {
  const cell = page.locator(`${row} >> td:last-child`);
  const title = (await cell.getAttribute('title')) ?? '';
  const shown = (await cell.innerText()).replaceAll(',', '');
  const exact = title.replace('$', '');
  const decimals = shown.split('.')[1]?.length ?? 0;
  const halfStep = 10n ** BigInt(12 - decimals) / 2n;
  const distance = parseDollars(exact) - parseDollars(shown);
  expect(distance < 0n ? -distance : distance).toBeLessThanOrEqual(halfStep);
  return exact;
}

const LEDGER = 'section.card >> nth=0 >> tbody';
const CALLS = 'table.calls tr[data-place]';
const drawer = (page: Page) => page.getByLabel('Receipt', { exact: true });

describe('the ledger page', () => {
  it(
    'teaches a first call that works as it stands, and shows it when it comes',
    inBrowser(async () => {
      const page = await openPage();
      await page.getByText('Waiting for the first call').waitFor();
      const snippet = await page.getByLabel('A call to try').innerText();
      expect(snippet).toContain(`curl ${system.gatewayUrl}/v1/chat/completions `);
      expect(await paste(snippet)).toBe(200);
      sent += 1;
      await expect.poll(() => page.locator(CALLS).count()).toBe(1);
      await says(page, 'Simulated, no money was spent: 1 call would have cost ');
      await expect.poll(() => page.title()).toMatch(/^Ledger, \w+ \d{4} · Setpoint$/);
    }),
  );

  it(
    'shows a call that arrives while it is open',
    inBrowser(async () => {
      const page = await openPage();
      await page.locator(CALLS).first().waitFor();
      await send({ workflow: 'just-now' });
      await page.locator(CALLS, { hasText: 'just-now' }).waitFor();
    }),
  );

  it(
    'says the figures of the API, in the sentence and to the digit in the table',
    inBrowser(async () => {
      await (day ??= sendTheDay());
      await untilAllAreThere();
      const page = await openPage();
      const answer = await ledger('&by=workflow,team');
      await says(page, `${sent} calls would have cost $`);
      const attributed = ((sent - answer.unattributedCalls) / sent) * 100;
      await says(page, `${attributed.toFixed(1).replace('.0', '')}% of calls name a workflow`);
      expect(await exactCost(page, `${LEDGER} >> tr.total`)).toBe(answer.total.cost);
      const rows = page.locator(`${LEDGER} >> tr:not(.total)`);
      await expect.poll(() => rows.count()).toBe(answer.rows.length);
      let sum = 0n;
      for (const [index, { group, figures }] of answer.rows.entries()) {
        const row = `${LEDGER} >> tr >> nth=${index}`;
        const cells = (await page.locator(row).locator('td').allInnerTexts()).map((text) => text.trim());
        expect(cells.slice(0, 3)).toEqual([
          group[0] || 'unattributed',
          group[1] || 'not named',
          String(figures.calls),
        ]);
        const exact = await exactCost(page, row);
        expect(exact).toBe(figures.cost);
        sum += parseDollars(exact);
      }
      expect(formatDollars(sum)).toBe(answer.total.cost);
    }),
  );

  it(
    'breaks a row down, and opens exactly its calls from a cost',
    inBrowser(async () => {
      const page = await openPage();
      const row = page
        .locator(LEDGER)
        .locator('tr', { hasText: 'support' })
        .filter({ hasText: 'CX' })
        .first();
      await row.getByRole('button', { name: 'Break down support by customer' }).click();
      const subRow = page.locator('tr.sub', { hasText: 'Castor & Söhne' });
      await subRow.waitFor();
      const where = `&where=workflow%3Dsupport&where=team%3DCX`;
      const [castor] = (await ledger(`&by=customer${where}`)).rows.filter(
        ({ group }) => group[0] === 'Castor & Söhne',
      );
      expect(await exactCost(page, 'tr.sub:has-text("Castor")')).toBe(castor?.figures.cost);
      await subRow.getByRole('button', { name: /show the calls/ }).click();
      const calls = await system.api<CallsPage>(
        `/api/v1/calls?limit=50${where}&where=customer%3DCastor%20%26%20S%C3%B6hne`,
      );
      await expect.poll(() => page.locator(CALLS).count()).toBe(calls.lines.length);
      expect(calls.lines.length).toBe(castor?.figures.calls);
      await page.getByText('support · CX · Castor & Söhne, newest first').waitFor();
      await page.getByRole('button', { name: 'Show all' }).click();
      await expect.poll(() => page.locator(CALLS).count()).toBe(sent);
    }),
  );

  it(
    'opens a receipt from a cost and from a row; its parts come to its total',
    inBrowser(async () => {
      const page = await openPage();
      await page.locator(CALLS).first().locator('td').last().click();
      await drawer(page).locator('tr.due').waitFor();
      const newest = await receiptOf(page);
      expect(newest.total).toBe(newest.receipt.total);
      expect(formatDollars(newest.parts)).toBe(newest.receipt.total);
      await page.locator(CALLS).nth(3).locator('td').first().click();
      await expect
        .poll(async () => {
          const { receipt, total } = await receiptOf(page);
          return receipt.call !== newest.receipt.call && total === receipt.total;
        })
        .toBe(true);
      const other = await receiptOf(page);
      expect(formatDollars(other.parts)).toBe(other.receipt.total);
      await expect.poll(() => page.title()).toBe(`Receipt ${other.receipt.call.slice(-12)} · Setpoint`);
    }),
  );

  it(
    'is walked with the keyboard',
    inBrowser(async () => {
      const page = await openPage();
      const onCall = () => page.evaluate<string>(`document.activeElement?.dataset?.call ?? ''`);
      const calls = async () =>
        page.locator('button.call').evaluateAll((all) => all.map((one) => one.getAttribute('data-call')));
      await page.locator(CALLS).first().waitFor();
      const [first, second, third] = await calls();
      await page.keyboard.press('j');
      await expect.poll(onCall).toBe(first);
      await page.keyboard.press('j');
      await expect.poll(onCall).toBe(second);
      expect(await drawer(page).count()).toBe(0);
      await page.keyboard.press('Enter');
      await drawer(page).locator('tr.due').waitFor();
      await expect.poll(() => parameter(page, 'call')).toBe(second);
      for (const [key, call] of [
        ['j', third],
        ['k', second],
        ['k', first],
        ['k', first],
      ] as const) {
        await page.keyboard.press(key);
        await expect.poll(() => parameter(page, 'call')).toBe(call);
      }
      await page.keyboard.press('Escape');
      await drawer(page).waitFor({ state: 'detached' });
      await expect.poll(onCall).toBe(first);
      await page.goBack();
      await drawer(page).waitFor();
      await page.goBack();
      await drawer(page).waitFor({ state: 'detached' });
    }),
  );

  it(
    'keeps its state in the address',
    inBrowser(async () => {
      const page = await openPage();
      await page.getByRole('button', { name: 'Break down' }).click();
      const list = page.getByRole('dialog', { name: 'Break down' });
      // A press adds a dimension, and one more takes it away.
      for (const dimension of ['Team', 'Workflow', 'Customer', 'Workflow']) {
        await list.getByRole('combobox').fill(dimension);
        await highlighted(page, dimension);
        await list.getByRole('combobox').press('Enter');
      }
      await page.keyboard.press('Escape');
      await expect.poll(() => parameter(page, 'by')).toBe('team,workflow');
      await page.goto(`${page.url()}&during=all`);
      const legal = page.locator(LEDGER).locator('tr', { hasText: 'Legal' });
      await legal.getByRole('button', { name: /show the calls/ }).click();
      await expect.poll(() => page.locator(CALLS).count()).toBe(4);
      await page.locator('button.call').nth(1).click();
      await drawer(page).locator('tr.due').waitFor();
      const before = await stateOf(page);
      await page.reload();
      await drawer(page).locator('tr.due').waitFor();
      await expect.poll(() => stateOf(page)).toEqual(before);
      expect(before).toMatchObject({ calls: 4 });
      expect(before.by).toContain('Team, then workflow');
      expect(before.during).toContain('All time');
    }),
  );
});

describe('the look of it', () => {
  it(
    'is legible in light and in dark, with every part open',
    inBrowser(async () => {
      for (const scheme of ['light', 'dark'] as const) {
        const page = await openPage('', { scheme });
        await page.locator(CALLS).nth(2).click();
        await drawer(page).locator('tr.due').waitFor();
        await page
          .getByRole('button', { name: /^Break down support/ })
          .first()
          .click();
        await page.locator('tr.sub button').first().waitFor();
        await expectLegible(page);
        expect((await lightness(page)) > 0.5).toBe(scheme === 'light');
      }
    }),
  );

  it(
    'turns dark at a press, and stays so',
    inBrowser(async () => {
      const page = await openPage();
      await page.getByRole('button', { name: 'Light or dark' }).click();
      await expect.poll(() => lightness(page)).toBeLessThan(0.5);
      await page.reload();
      await page.locator(CALLS).first().waitFor();
      await expect.poll(() => lightness(page)).toBeLessThan(0.5);
    }),
  );

  it(
    'fits a phone: nothing pushes the page sideways, and the receipt lies over it with the focus',
    inBrowser(async () => {
      const page = await openPage('', { size: PHONE });
      await page.locator(CALLS).first().waitFor();
      await expectToFit(page);
      const cost = await page.locator(`${LEDGER} >> tr >> nth=0 >> td:last-child`).boundingBox();
      expect((cost?.x ?? 0) + (cost?.width ?? 0)).toBeLessThanOrEqual(PHONE.width);
      await page.locator('button.call').first().click();
      const receipt = page.getByRole('dialog', { name: 'Receipt' });
      await receipt.locator('tr.due').waitFor();
      await expect.poll(() => receipt.boundingBox()).toMatchObject({ x: 0, y: 0, ...PHONE });
      await expect.poll(() => focused(page)).toMatchObject({ name: 'Close' });
      await expectToFit(page);
      await page.keyboard.press('Escape');
      await receipt.waitFor({ state: 'detached' });
    }),
  );
});

describe('what is missing is said', () => {
  it(
    'a call without a price is unpriced, not free, and its group never looks complete',
    inBrowser(async () => {
      const page = await openPage('?by=customer%2Cworkflow');
      await page.route('**/api/v1/ledger*', async (route) => {
        const response = await route.fetch();
        const answer = (await response.json()) as LedgerAnswer;
        await route.fulfill({ response, json: withoutPrices(answer) });
      });
      await page.reload();
      const row = (name: string) => page.locator(LEDGER).locator('tr', { hasText: name }).first();
      await row('Halcyon Retail')
        .getByText('unpriced: ')
        .or(row('Halcyon Retail').locator('td.warn'))
        .first()
        .waitFor();
      await expect
        .poll(() => row('Halcyon Retail').locator('td').allInnerTexts())
        .toEqual(expect.arrayContaining(['–', 'unpriced']));
      await row('Castor & Söhne').getByText('1 unpriced').waitFor();
      await page.getByText(/calls unpriced\. They count as calls and not as dollars/).waitFor();
      await page.locator('.sentence', { hasText: /and \d+ wait for a price/ }).waitFor();
      await page.unrouteAll({ behavior: 'ignoreErrors' });
    }),
  );

  it(
    'a ledger that is away leaves the figures standing, and says of when they are',
    inBrowser(async () => {
      const page = await openPage();
      await page.locator(LEDGER).waitFor();
      const before = await page.locator(`${LEDGER} >> tr.total`).innerText();
      const problem = {
        title: 'The ledger does not answer',
        status: 503,
        detail: 'The ledger did not answer. No call is lost.',
        code: 'ledger_unavailable',
      };
      await page.route('**/api/v1/ledger*', (route) => route.fulfill({ status: 503, json: problem }));
      // The tail goes on, and what it brings is reason to ask for the totals.
      await send({ workflow: 'support', team: 'CX' });
      const alert = page.getByRole('alert');
      await expect
        .poll(() => alert.innerText())
        .toMatch(
          /^The ledger did not answer\. No call is lost\. This page asks again by itself\. The figures below are as of /,
        );
      expect(await page.locator(`${LEDGER} >> tr.total`).innerText()).toBe(before);
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await alert.waitFor({ state: 'detached' });
      // The browser itself reports each refused request; nothing else may be there.
      pages.forgive('503');
    }),
  );

  it(
    'a question that cannot be asked is refused in words',
    inBrowser(async () => {
      const page = await openPage('?during=someday');
      await page.getByRole('alert').waitFor();
      const words = await page.getByRole('alert').innerText();
      expect(words).toMatch(/^The request cannot be understood\. during: /);
      expect(words).not.toContain('asks again');
      pages.forgive('400');
    }),
  );

  it(
    'a period that is over teaches nothing and waits for nothing',
    inBrowser(async () => {
      const page = await openPage('?during=2020-01');
      await page.getByText('No call, January 2020').waitFor();
      await page.getByRole('button', { name: 'Show this month' }).click();
      await page.locator(CALLS).first().waitFor();
    }),
  );
});

interface ShownReceipt {
  readonly total: string;
  /** Sum of the cost column, in picodollars. */
  readonly parts: bigint;
  readonly receipt: Receipt;
}

async function receiptOf(page: Page): Promise<ShownReceipt> {
  const call = (await drawer(page).locator('header .mono').getAttribute('title')) ?? '';
  const due = await drawer(page).locator('tr.due td').last().innerText();
  const costs = await drawer(page).locator('table.buckets tbody tr:not(.due) td:last-child').allInnerTexts();
  return {
    total: formatDollars(parseDollars(due.replace('$', '').trim())),
    parts: costs.reduce((sum, cost) => sum + parseDollars(cost), 0n),
    receipt: await system.api<Receipt>(`/api/v1/calls/${call}`),
  };
}

async function stateOf(page: Page) {
  return {
    by: await page.locator('[data-filter="by"]').innerText(),
    during: await page.locator('[data-filter="period"]').innerText(),
    calls: await page.locator(CALLS).count(),
    receipt: await drawer(page).locator('header .mono').getAttribute('title'),
    total: await page.locator(`${LEDGER} >> tr.total`).innerText(),
    picked: await page.locator('tr.picked').allInnerTexts(),
  };
}

/** Of the page's ground, 0 to 1. */
const lightness = (page: Page): Promise<number> =>
  page.evaluate<number>(
    `Number(/oklch\\(([\\d.]+)/.exec(getComputedStyle(document.body).backgroundColor)?.[1] ?? NaN)`,
  );

/** The same answer as if two customers' models had no price: one's at all, the other's once. */
function withoutPrices(answer: LedgerAnswer): LedgerAnswer {
  const missing: Readonly<Record<string, (figures: Figures) => Figures>> = {
    'Halcyon Retail': (figures) => ({
      ...figures,
      cost: '0',
      costPerCall: '0',
      unpricedCalls: figures.calls ?? 0,
    }),
    'Castor & Söhne': (figures) => ({ ...figures, unpricedCalls: 1 }),
  };
  const rows = answer.rows.map(({ group, figures }) => ({
    group,
    figures: missing[group[0] ?? '']?.(figures) ?? figures,
  }));
  const unpricedCalls = rows.reduce((sum, { figures }) => sum + (figures.unpricedCalls ?? 0), 0);
  return { ...answer, rows, unpricedCalls, total: { ...answer.total, unpricedCalls } };
}
