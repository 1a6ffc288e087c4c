/** Get started, gateway and settings in a real browser: a newcomer's first call, and who may call afterwards. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestContext } from 'vitest';

import type { KeyList } from '../../src/api/contract/keys.ts';
import type { EffectiveSettings } from '../../src/api/contract/settings.ts';
import { axeViolations } from '../axe.ts';
import { buildWebApp, faintTexts, findBrowser, launch } from '../browser.ts';
import { paste } from './page-clicks.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';
import { PHONE, watchPages } from './watched-pages.ts';

const found = findBrowser(process.env);
let system: System;
let browser: Browser;
const pages = watchPages(
  () => browser,
  () => system.apiUrl,
);
const CANARY = 'sk-proj-CANARY-0123456789abcd';

beforeAll(async () => {
  if (found.kind === 'missing') return;
  buildWebApp();
  const settings = { providers: [{ preset: 'openai' }], timeZone: 'Europe/Zurich' };
  [system, browser] = await Promise.all([startSystem({ workers: 1, settings }), launch(found.executable)]);
}, 240_000);
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

async function ready(page: Page): Promise<void> {
  await page.locator('.content[data-ready=true]').waitFor();
}

/** Presses tab until the thing with that name has the focus: what cannot be reached so cannot be used by all. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 120; presses += 1) {
    const focused = await page.evaluate<string>(
      `(document.activeElement?.ariaLabel ?? document.activeElement?.textContent ?? '').trim()`,
    );
    if (name.test(focused)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${name} cannot be reached with the keyboard`);
}

describe('a newcomer', () => {
  it(
    'finds an empty system that waits, pastes the call, sees it arrive, and opens its receipt',
    inBrowser(async () => {
      const page = await pages.open('/start');
      await ready(page);
      expect(await page.locator('.sentence').innerText()).toBe(
        `The gateway listens at ${system.gatewayUrl} and needs no key from this machine, and the simulator answers without a cost; no call has reached it yet.`,
      );
      await page.getByText('Waiting for the first call …').waitFor();
      const command = await page.getByLabel('A call with curl').innerText();
      expect(await paste(command)).toBe(200);
      await page.getByText('Your call has arrived. Open its receipt.').waitFor();
      const row = page.getByRole('region', { name: 'Calls that arrived' }).locator('tbody tr');
      expect(await row.count()).toBe(1);
      expect(await row.innerText()).toMatch(/support\s+sim-small/);
      await page.locator('li', { hasText: 'Name the workflow' }).getByText('done').waitFor();
      await row.getByRole('link', { name: 'Open the receipt' }).click();
      await page.getByRole('complementary', { name: 'Receipt' }).locator('tr.due').waitFor();
      expect(new URL(page.url()).pathname).toBe('/ledger');
    }),
  );

  it(
    'sends a call with the keyboard alone, is told before that it costs nothing, and opens its receipt',
    inBrowser(async () => {
      const page = await pages.open('/gateway');
      await ready(page);
      await tabTo(page, /^Providers$/);
      for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowRight');
      await page.getByText('The simulator answers: no money is spent').waitFor();
      await tabTo(page, /^Send$/);
      await page.keyboard.press('Enter');
      await page.getByText('as the simulator prices it: no money was spent').waitFor();
      await tabTo(page, /^Open the receipt$/);
      await page.keyboard.press('Enter');
      await page.getByRole('complementary', { name: 'Receipt' }).locator('tr.due').waitFor();
    }),
  );
});

describe('the gateway', () => {
  it(
    'shows who serves, and takes a provider’s key that it never shows again',
    inBrowser(async () => {
      const page = await pages.open('/gateway');
      await ready(page);
      expect(await page.locator('.sentence').innerText()).toMatch(
        /^Calls are served by simulator; of \d+ attempts? in the last 15 minutes none failed\. Its one process obeys the newest rulebook\.$/,
      );
      const row = page.locator('tr', { hasText: 'api.openai.com' });
      expect(await row.innerText()).toContain('missing');
      await row.getByRole('button', { name: /^Set key/ }).click();
      await page.getByLabel('Key of openai').fill(CANARY);
      await page.getByRole('button', { name: 'Seal the key' }).click();
      await row.getByText('sealed, …abcd').waitFor();
      expect(await page.content()).not.toContain(CANARY);
      await page.getByRole('tab', { name: 'Routes' }).click();
      await page
        .locator('td', { hasText: /^openai$/ })
        .first()
        .waitFor();
      await page.getByRole('tab', { name: 'Providers' }).click();
      await row.getByRole('button', { name: /^Withdraw/ }).click();
      await page.getByRole('button', { name: 'Withdraw the key', exact: true }).click();
      await row.getByText('missing').waitFor();
    }),
  );

  it(
    'makes a key that is shown once, with a budget; ends it with a reason; and then sends with a key of its own',
    inBrowser(async () => {
      const page = await pages.open('/gateway?view=keys');
      await page.getByText('There is no key yet.').waitFor();
      await page.getByRole('button', { name: 'Create a key' }).click();
      await page.getByLabel('Name', { exact: true }).fill('support production');
      await page.getByLabel('Hard budget, dollars a month').fill('12.50');
      await page.getByRole('button', { name: 'Create the key' }).click();
      const secret = await page.locator('pre.snippet', { hasText: 'sp_live_' }).innerText();
      expect(secret).toMatch(/^sp_live_/);
      await page.getByRole('button', { name: 'I have kept it' }).click();
      await page.locator('tr', { hasText: 'support production' }).waitFor();
      expect(await page.content()).not.toContain(secret);
      const { keys } = await system.api<KeyList>('/api/v1/keys');
      expect(await system.api('/api/v1/budgets')).toMatchObject({
        budgets: [{ scope: { kind: 'key', value: keys[0]?.id }, amount: '12.5' }],
      });

      await page.getByRole('tab', { name: 'Playground' }).click();
      await page.getByRole('button', { name: 'Send' }).click();
      await page.getByText('as the simulator prices it: no money was spent').waitFor();

      await page.getByRole('tab', { name: 'Keys' }).click();
      await page.getByRole('button', { name: 'Revoke support production' }).click();
      await page.getByLabel('Reason').fill('was in a public repository');
      await page.getByRole('button', { name: 'Revoke the key' }).click();
      await page.locator('tr', { hasText: 'support production' }).waitFor({ state: 'detached' });
      const after = await system.api<KeyList>('/api/v1/keys');
      expect(after.keys.find(({ name }) => name === 'support production')?.state).toBe('revoked');
    }),
  );
});

describe('settings', () => {
  it(
    'say who said each, find one, and keep how the page looks',
    inBrowser(async () => {
      const page = await pages.open('/settings');
      await ready(page);
      const { sentence } = await system.api<EffectiveSettings>('/api/v1/settings');
      expect(await page.locator('.sentence').innerText()).toBe(sentence);
      await page.getByPlaceholder('Find a setting').fill('timezone');
      await expect.poll(() => page.locator('table.settings tbody tr').count()).toBe(1);
      expect(await page.locator('table.settings tbody tr').innerText()).toMatch(/Europe\/Zurich.*\s*file/s);
      expect(new URL(page.url()).searchParams.get('find')).toBe('timezone');
      await page.getByRole('tab', { name: 'Appearance' }).click();
      await page.getByRole('switch', { name: 'Shortcuts of a single key' }).click();
      await page.getByRole('button', { name: 'Dark', exact: true }).click();
      await page.reload();
      const keys = page.getByRole('switch', { name: 'Shortcuts of a single key' });
      expect(await keys.getAttribute('aria-checked')).toBe('false');
      expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    }),
  );
});

/** What is asked for after the first answer comes a moment later: the page is judged as it comes to rest. */
const AT_REST = { timeout: 20_000, interval: 1_000 };

describe('the three pages', () => {
  const PATHS = [
    '/start',
    '/gateway',
    '/gateway?view=routes',
    '/gateway?view=keys',
    '/gateway?view=processes',
    '/gateway?view=playground',
    '/settings',
    '/settings?view=workspace',
    '/settings?view=places',
    '/settings?view=appearance',
  ];

  it.each(['light', 'dark'] as const)(
    'have nothing that axe finds wrong, in %s, with a dialog open too',
    async (scheme) => {
      if (found.kind === 'missing') return;
      for (const path of PATHS) {
        const page = await pages.open(path, { scheme });
        await ready(page);
        await expect.poll(async () => [path, await axeViolations(page)], AT_REST).toEqual([path, []]);
        expect([path, await faintTexts(page)]).toEqual([path, []]);
        if (path.endsWith('keys')) {
          await page.getByRole('button', { name: 'Create a key' }).click();
          await page.getByLabel('Name', { exact: true }).waitFor();
          await expect.poll(async () => axeViolations(page), AT_REST).toEqual([]);
        }
        await pages.closeAll();
      }
    },
    120_000,
  );

  it(
    'fit a phone: nothing pushes the page sideways',
    inBrowser(async () => {
      for (const path of PATHS) {
        const page = await pages.open(path, { size: PHONE });
        await ready(page);
        const width = await page.evaluate<number>('document.documentElement.scrollWidth');
        expect([path, width]).toEqual([path, PHONE.width]);
      }
    }),
  );
});
