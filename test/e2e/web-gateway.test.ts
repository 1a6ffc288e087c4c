/** Get started, gateway and settings in a real browser: a newcomer's first call, and who may call afterwards. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { KeyList } from '../../src/api/contract/keys.ts';
import type { EffectiveSettings } from '../../src/api/contract/settings.ts';
import { expectNoViolations } from '../axe.ts';
import { onSystem } from './in-browser.ts';
import { paste } from './page-clicks.ts';
import { focusOn, tabTo } from './page-keys.ts';
import { expectLegible, expectToFit, parameter, sentence } from './page-reads.ts';
import { PHONE } from './watched-pages.ts';

const CANARY = 'sk-proj-CANARY-0123456789abcd';

const { system, pages, inBrowser } = onSystem({
  settings: { providers: [{ preset: 'openai' }], timeZone: 'Europe/Zurich' },
});

async function ready(page: Page): Promise<void> {
  await page.locator('.content[data-ready=true]').waitFor();
}

describe('a newcomer', () => {
  it(
    'finds an empty system that waits, pastes the call, sees it arrive, and opens its receipt',
    inBrowser(async () => {
      const page = await pages.open('/start');
      await ready(page);
      await expect
        .poll(() => sentence(page).innerText())
        .toBe(
          `The gateway listens at ${system.gatewayUrl} and needs no key from this machine, and the simulator answers without a cost; no call has reached it yet.`,
        );
      await page.getByText('Waiting for the first call …').waitFor();
      const command = await page.getByLabel('A call with curl').innerText();
      expect(await paste(command)).toBe(200);
      await page.getByText('Your call has arrived. Open its receipt.').waitFor();
      const row = page.getByRole('region', { name: 'Calls that arrived' }).locator('tbody tr');
      await expect.poll(() => row.allInnerTexts()).toEqual([expect.stringMatching(/support\s+sim-small/)]);
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
      await tabTo(page, 'Providers');
      for (const view of ['Routes', 'Keys', 'Processes', 'Playground']) {
        await page.keyboard.press('ArrowRight');
        await focusOn(page, view);
      }
      await page.getByText('The simulator answers: no money is spent').waitFor();
      await tabTo(page, 'Send');
      await page.keyboard.press('Enter');
      await page.getByText('as the simulator prices it: no money was spent').waitFor();
      await tabTo(page, 'Open the receipt');
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
      await expect
        .poll(() => sentence(page).innerText())
        .toMatch(
          /^Calls are served by simulator; of \d+ attempts? in the last 15 minutes none failed\. Its one process obeys the newest rulebook\.$/,
        );
      const row = page.locator('tr', { hasText: 'api.openai.com' });
      await row.getByText('missing').waitFor();
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
      await expect.poll(() => page.content()).not.toContain(secret);
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
      const after = async () =>
        (await system.api<KeyList>('/api/v1/keys')).keys.find(({ name }) => name === 'support production');
      await expect.poll(after).toMatchObject({ state: 'revoked' });
    }),
  );
});

describe('settings', () => {
  it(
    'say who said each, find one, and keep how the page looks',
    inBrowser(async () => {
      const page = await pages.open('/settings');
      await ready(page);
      const { sentence: said } = await system.api<EffectiveSettings>('/api/v1/settings');
      await expect.poll(() => sentence(page).innerText()).toBe(said);
      await page.getByPlaceholder('Find a setting').fill('timezone');
      await expect.poll(() => page.locator('table.settings tbody tr').count()).toBe(1);
      expect(await page.locator('table.settings tbody tr').innerText()).toMatch(/Europe\/Zurich.*\s*file/s);
      await expect.poll(() => parameter(page, 'find')).toBe('timezone');
      await page.getByRole('tab', { name: 'Appearance' }).click();
      await page.getByRole('switch', { name: 'Shortcuts of a single key' }).click();
      await page.getByRole('button', { name: 'Dark', exact: true }).click();
      await page.reload();
      const keys = page.getByRole('switch', { name: 'Shortcuts of a single key' });
      await expect.poll(() => keys.getAttribute('aria-checked')).toBe('false');
      expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    }),
  );
});

describe('the three pages', () => {
  for (const path of [
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
  ])
    it(
      `${path} has nothing that axe finds, light and dark, and fits a phone`,
      inBrowser(async () => {
        for (const around of [{ scheme: 'light' }, { scheme: 'dark' }, { size: PHONE }] as const) {
          const page = await pages.open(path, around);
          await ready(page);
          await expectToFit(page);
          await expectNoViolations(page);
          await expectLegible(page);
          if (!path.endsWith('keys')) continue;
          await page.getByRole('button', { name: 'Create a key' }).click();
          await page.getByLabel('Name', { exact: true }).waitFor();
          await expectNoViolations(page);
        }
      }),
    );
});
