/** The shell of the web app in a real browser: filter bar, palette, keys, links, paper; by keyboard, and under axe. */
import { readFile } from 'node:fs/promises';

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TestContext } from 'vitest';

import type { LedgerAnswer } from '../../src/api/contract.ts';
import { axeViolations } from '../axe.ts';
import { buildWebApp, findBrowser, launch } from '../browser.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';
import { PHONE, watchPages } from './watched-pages.ts';

const found = findBrowser(process.env);
const CALLS = 24;

let system: System;
let browser: Browser;
const pages = watchPages(
  () => browser,
  () => system.apiUrl,
);

beforeAll(async () => {
  if (found.kind === 'missing') return;
  buildWebApp();
  [system, browser] = await Promise.all([startSystem({ workers: 1 }), launch(found.executable)]);
  await sendTheDay();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});
afterEach(() => pages.closeAll());

function inBrowser(run: () => Promise<void>): (context: TestContext) => Promise<void> {
  return async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    await run();
    const complaints = pages.complaints();
    if (complaints.length > 0) throw new Error(`The page complained:\n${complaints.join('\n')}`);
  };
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const tokens = (key: string, count: number) => ({ key, value: { intValue: String(count) } });

/** Calls that traces tell of, so that they cost money: of two workflows and two teams. */
async function sendTheDay(): Promise<void> {
  const ms = Date.now() - 60_000;
  const spans = Array.from({ length: CALLS }, (_, at) => ({
    traceId: 'c'.repeat(32),
    spanId: (at + 1).toString(16).padStart(16, '0'),
    name: 'chat',
    startTimeUnixNano: `${ms + at}000000`,
    endTimeUnixNano: `${ms + at + 500}000000`,
    attributes: [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.provider.name', 'openai'),
      text('gen_ai.request.model', 'gpt-4o'),
      text('gen_ai.response.id', `response-${at}`),
      tokens('gen_ai.usage.input_tokens', 100_000 + 1_000 * at),
      tokens('gen_ai.usage.output_tokens', 10_000),
      text('setpoint.workflow', at % 2 === 0 ? 'claims copilot' : 'extraction'),
      text('setpoint.team', at % 3 === 0 ? 'CX' : 'Legal'),
    ],
  }));
  const response = await fetch(`${system.apiUrl}/api/v1/otlp/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  });
  expect(response.status).toBe(200);
  const calls = async (): Promise<number | undefined> =>
    (await system.api<LedgerAnswer>('/api/v1/ledger?during=this-month&of=calls')).total.calls;
  await vi.waitUntil(async () => (await calls()) === CALLS, { timeout: 20_000, interval: 100 });
}

/** The machine may be busy: what is waited for has to come, not to come at once. */
const soon = <T>(look: () => T | Promise<T>) => expect.poll(look, { timeout: 15_000 });
const parameter = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);
const sentence = (page: Page): Promise<string> => page.locator('.sentence').innerText();
/** The name of what has the focus. */
const focused = (page: Page): Promise<string> =>
  page.evaluate<string>(
    `(document.activeElement?.ariaLabel ?? document.activeElement?.textContent ?? '').trim()`,
  );

async function openChanges(query = '', around: Parameters<typeof pages.open>[1] = {}): Promise<Page> {
  const page = await pages.open(`/changes${query}`, around);
  await page.locator('tr.total').waitFor();
  return page;
}

describe('by keyboard only', () => {
  it(
    'a period is chosen, a filter added, excluded and taken away, and focus comes back each time',
    inBrowser(async () => {
      const page = await openChanges();
      await page.keyboard.press('t');
      await soon(() => focused(page)).toMatch(/^Today/);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await soon(() => parameter(page, 'during')).toBe('7d');
      await soon(() => focused(page)).toBe('PeriodLast 7 days');

      await page.keyboard.press('/');
      await soon(() => focused(page)).toBe('Filter by');
      await page.keyboard.type('workf');
      await page.keyboard.press('Enter');
      await page.getByRole('option', { name: /^claims copilot/ }).waitFor();
      await soon(() => focused(page)).toBe('Workflow: values');
      await page.keyboard.type('claims');
      await page.keyboard.press('Enter');
      await soon(() => parameter(page, 'where')).toBe('workflow=claims+copilot');
      await page.keyboard.press('Alt+Enter');
      await soon(() => parameter(page, 'where')).toBe('workflow%21=claims+copilot');
      await page.keyboard.press('Escape');
      await soon(() => focused(page)).toBe('Filter');
      await page.keyboard.press('Shift+Tab');
      expect(await focused(page)).toBe('Remove the filter Workflow is not claims copilot');
      await page.keyboard.press('Enter');
      await soon(() => parameter(page, 'where')).toBeNull();
    }),
  );

  it(
    'days of one’s own are chosen in the two months, by arrows',
    inBrowser(async () => {
      const page = await pages.open('/changes?during=2026-03-10..2026-03-12');
      await page.getByText('No money was spent').waitFor();
      await page.keyboard.press('t');
      const days = page.getByRole('grid', { name: 'March 2026' });
      await days.waitFor();
      await days.getByRole('button', { name: /12 March 2026/ }).focus();
      await page.keyboard.press('ArrowUp'); // the 5th
      await page.keyboard.press('Home'); // its Monday
      await page.keyboard.press('Enter');
      await page.keyboard.press('PageUp');
      await page.keyboard.press('ArrowRight'); // 3 February
      await page.keyboard.press('Enter');
      await soon(() => parameter(page, 'during')).toBe('2026-02-03..2026-03-02');
    }),
  );

  it(
    'the palette finds a workflow, a page and an act',
    inBrowser(async () => {
      const page = await openChanges('?during=this-month&zone=Europe%2FZurich');
      await page.keyboard.press('Control+k');
      await soon(() => focused(page)).toBe('Search, go and do');
      await page.keyboard.type('claims');
      await page.getByRole('option', { name: 'claims copilot workflow', exact: true }).waitFor();
      await page.keyboard.press('Enter');
      await soon(() => decodeURIComponent(page.url())).toMatch(/claims.copilot/);
      expect(parameter(page, 'zone')).toBe('Europe/Zurich');

      await page.keyboard.press('Control+k');
      await page.keyboard.type('pric');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Prices', exact: true }).waitFor();

      await page.keyboard.press('Control+k');
      await page.keyboard.type('light or');
      await page.keyboard.press('Enter');
      await soon(() => page.evaluate<string>('document.documentElement.dataset.theme')).toBe('dark');
    }),
  );

  it(
    'single keys act, but neither in a field nor when they are switched off',
    inBrowser(async () => {
      const page = await openChanges();
      await page.keyboard.press('g');
      await page.keyboard.press('b');
      await page.getByRole('heading', { name: 'Budgets', exact: true }).waitFor();
      await page.getByLabel('As it stood at the start of').focus();
      await page.keyboard.press('?');
      expect(await page.getByRole('dialog').count()).toBe(0);
      await page.getByRole('button', { name: 'Light or dark' }).focus();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
      await page.getByLabel(/Shortcuts of a single key/).uncheck();
      await page.keyboard.press('Escape');
      expect(await focused(page)).toBe('Light or dark');
      await page.keyboard.press('g');
      await page.keyboard.press('c');
      await page.keyboard.press('y');
      expect(new URL(page.url()).pathname).toBe('/budgets');
      await page.keyboard.press('Control+k');
      await soon(() => focused(page)).toBe('Search, go and do');
    }),
  );
});

describe('rows', () => {
  it(
    'are walked with j and k, and enter opens the lines behind one, narrowed as it was',
    inBrowser(async () => {
      const page = await openChanges('?where=team%3DCX&zone=Europe%2FZurich');
      const row = (): Promise<number> =>
        page.evaluate<number>(
          `[...document.querySelectorAll('main tbody tr')].indexOf(document.activeElement.closest('tr'))`,
        );
      await page.keyboard.press('j');
      await soon(row).toBe(0);
      await page.keyboard.press('j');
      await soon(row).toBe(1);
      await page.keyboard.press('k');
      await soon(row).toBe(0);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Ledger', exact: true }).waitFor();
      expect([parameter(page, 'where'), parameter(page, 'zone')]).toEqual(['team=CX', 'Europe/Zurich']);
      expect(parameter(page, 'only')).toContain('workflow=');
    }),
  );
});

describe('what the address holds', () => {
  it(
    'filters go along from page to page, and back undoes them one by one',
    inBrowser(async () => {
      const page = await openChanges();
      await page.keyboard.press('y');
      await soon(() => parameter(page, 'during')).toBe('this-year');
      await page.keyboard.press('c');
      await soon(() => parameter(page, 'compare')).toBe('off');
      await page.getByRole('navigation').getByRole('link', { name: 'Anomalies' }).click();
      await page.getByRole('heading', { name: 'Anomalies', exact: true }).waitFor();
      expect([parameter(page, 'during'), parameter(page, 'compare')]).toEqual(['this-year', 'off']);
      await page.getByText('This year').waitFor();
      await page.goBack();
      await page.getByRole('heading', { name: 'What changed', exact: true }).waitFor();
      await page.goBack();
      await soon(() => parameter(page, 'compare')).toBeNull();
      expect(parameter(page, 'during')).toBe('this-year');
      await page.goForward();
      await soon(() => parameter(page, 'compare')).toBe('off');
    }),
  );

  it(
    'a shared link has its dates written out and gives the same digits',
    inBrowser(async () => {
      const page = await openChanges('?during=this-month');
      const before = await sentence(page);
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.getByRole('button', { name: 'Copy a link to this' }).click();
      await page.getByRole('status').getByText('Link copied').waitFor();
      const link = new URL(await page.evaluate<string>('navigator.clipboard.readText()'));
      expect(link.searchParams.get('during')).toMatch(/^\d{4}-\d\d-\d\d/);
      expect(link.searchParams.get('zone')).not.toBeNull();
      const other = await openChanges(link.search);
      expect(await sentence(other)).toBe(before);
      expect(await other.locator('tr.total').innerText()).toBe(await page.locator('tr.total').innerText());
    }),
  );

  it(
    'a time zone is chosen once for all pages, and says so beside the figures',
    inBrowser(async () => {
      const page = await openChanges();
      await page.locator('.facts .zone').first().click();
      await page.getByRole('combobox', { name: 'Time zone' }).fill('zurich');
      await page.keyboard.press('Enter');
      await soon(() => parameter(page, 'zone')).toBe('Europe/Zurich');
      await soon(() => page.locator('.facts').first().innerText()).toContain('Europe/Zurich');
    }),
  );
});

describe('on paper, as a picture, on a phone', () => {
  it(
    'a chart is saved as PNG',
    inBrowser(async () => {
      const page = await openChanges('?during=this-month');
      await page.keyboard.press('e');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: /Spend, by driver, PNG/ }).click(),
      ]);
      const file = await readFile(await download.path());
      expect(file.subarray(1, 4).toString()).toBe('PNG');
      expect(file.readUInt32BE(16)).toBeGreaterThan(800); // its width in pixels
      expect(download.suggestedFilename()).toBe('setpoint-spend-by-driver.png');
    }),
  );

  it(
    'print has the figures and what they rest on, and no controls',
    inBrowser(async () => {
      const page = await openChanges();
      await page.emulateMedia({ media: 'print' });
      expect(await page.getByRole('navigation').isVisible()).toBe(false);
      expect(await page.getByRole('button', { name: 'Export' }).isVisible()).toBe(false);
      expect(await page.locator('.filters .facts').isVisible()).toBe(true);
      expect(await page.locator('tr.total').isVisible()).toBe(true);
    }),
  );

  it(
    'the pages are a sheet on a phone; esc and a press beside it close it',
    inBrowser(async () => {
      const page = await openChanges('', { size: PHONE });
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(PHONE.width);
      const menu = page.getByRole('button', { name: 'Pages' });
      await menu.click();
      await soon(() => focused(page)).toBe('What changed');
      await page.keyboard.press('Escape');
      expect(await focused(page)).toBe('Pages');
      await menu.click();
      await menu.click();
      expect(await page.getByRole('navigation').isVisible()).toBe(false);
      await page.locator('[data-filter=period]').click();
      await page.getByRole('group', { name: 'Billing months' }).waitFor();
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(PHONE.width);
    }),
  );

  it(
    'at twice the size nothing is cut off sideways',
    inBrowser(async () => {
      const page = await openChanges('', { size: { width: 720, height: 450 } });
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(720);
    }),
  );
});

describe('axe finds nothing', () => {
  const opened: readonly (readonly [name: string, open: (page: Page) => Promise<void>])[] = [
    ['the page', () => Promise.resolve()],
    [
      'the palette',
      async (page) => {
        await page.keyboard.press('Control+k');
        await page.getByRole('option').first().waitFor();
      },
    ],
    [
      'the help',
      async (page) => {
        await page.keyboard.press('?');
        await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
      },
    ],
    [
      'the period with its months',
      async (page) => {
        await page.keyboard.press('t');
        await page.getByRole('button', { name: 'Days of my own' }).click();
        await page.getByRole('grid').first().waitFor();
      },
    ],
    [
      'the filters',
      async (page) => {
        await page.keyboard.press('/');
        await page.getByRole('option').first().waitFor();
        await page.keyboard.press('Enter');
        await page.getByRole('option', { name: /claims/ }).waitFor();
      },
    ],
    [
      'the export menu',
      async (page) => {
        await page.keyboard.press('e');
        await page.getByRole('button', { name: /Print/ }).waitFor();
      },
    ],
  ];
  for (const [name, open] of opened)
    it(
      `with ${name} open, light and dark`,
      inBrowser(async () => {
        for (const scheme of ['light', 'dark'] as const) {
          const page = await openChanges('?where=team%3DCX', { scheme });
          await open(page);
          expect(await axeViolations(page)).toEqual([]);
        }
      }),
    );
});
