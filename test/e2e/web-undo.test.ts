/** Decisions in a real browser: seen at once, taken back by a decision of their own, and in words when the server refuses. */
import type { Page, Route } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { AnomaliesAnswer } from '../../src/api/contract/anomalies.ts';
import type { RuleList } from '../../src/api/contract/attribution.ts';
import type { BudgetDetail, BudgetList } from '../../src/api/contract/budgets.ts';
import type { PriceDecisions } from '../../src/api/contract/prices.ts';
import { expectNoViolations } from '../axe.ts';
import { send } from './api-calls.ts';
import { onSystem } from './in-browser.ts';
import { expectToFit } from './page-reads.ts';
import { PHONE } from './watched-pages.ts';

const { system, pages, inBrowser } = onSystem({
  async clear() {
    const { budgets } = await system.api<BudgetList>('/api/v1/budgets');
    if (budgets.some(({ id }) => id === 'trial')) await send(system, 'DELETE', '/budgets/trial');
    await send(system, 'POST', '/budgets', { ...TRIAL, name: 'Trial' });
  },
});

const TRIAL = {
  scope: { kind: 'team', value: 'Trial team' },
  amount: '500',
  window: { kind: 'calendar', unit: 'month' },
  reason: 'a test',
};

const bar = (page: Page) => page.locator('.undo-bar');
const row = (page: Page) => page.locator('tbody tr', { hasText: 'Trial' });

async function endTrial(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'End Trial' }).click();
  const dialog = page.getByRole('dialog', { name: 'End budget' });
  await dialog.getByLabel('Reason').fill('to be taken back');
  await dialog.getByRole('button', { name: 'End budget' }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** Holds requests of a method until they are let go, so that what is seen meanwhile can be looked at. */
async function hold(page: Page, method: string): Promise<(end: (route: Route) => Promise<void>) => void> {
  let letGo: (end: (route: Route) => Promise<void>) => void = () => undefined;
  const gate = new Promise<(route: Route) => Promise<void>>((open) => (letGo = open));
  await page.route('**/api/v1/**', async (route) => {
    if (route.request().method() !== method) return route.fallback();
    await (
      await gate
    )(route);
  });
  return letGo;
}

const refusing = (route: Route): Promise<void> =>
  route.fulfill({
    status: 409,
    contentType: 'application/problem+json',
    body: JSON.stringify({
      title: 'Somebody decided in between',
      status: 409,
      detail: 'Nothing was changed.',
      code: 'version_moved',
      errors: [],
    }),
  });

const FINDING: AnomaliesAnswer['shape'][number] = {
  id: '3f2a9c01b4d7',
  from: '2026-03-10T00:00:00.000Z',
  to: '2026-03-12T00:00:00.000Z',
  workflow: 'support',
  signal: 'averageInputTokens',
  label: 'input tokens of a call',
  kind: 'step',
  before: 1_000,
  after: 1_500,
  change: 0.5,
  pValue: 0.001,
  dearer: true,
  state: 'open',
  note: '',
  sentence: 'Calls of support grew by half.',
};

/** The list of findings is made up, for a month of calls is long in the making; what is said of one goes to the server. */
async function answerWithOneFinding(page: Page): Promise<string[]> {
  const said: string[] = [];
  await page.route('**/api/v1/anomalies?**', async (route) => {
    const answer = (await (await route.fetch()).json()) as AnomaliesAnswer;
    const state = (said.at(-1) ?? 'open') as AnomaliesAnswer['shape'][number]['state'];
    await route.fulfill({ json: { ...answer, shape: [{ ...FINDING, state }] } });
  });
  // Noted before the page hears of it: what it asks for next must know.
  await page.route('**/api/v1/anomalies/*/notes', async (route) => {
    const response = await route.fetch();
    const { state = '' } = (route.request().postDataJSON() ?? {}) as { readonly state?: string };
    if (response.status() === 201) said.push(state);
    await route.fulfill({ response });
  });
  return said;
}

describe('a budget', { timeout: 120_000 }, () => {
  it(
    'that is ended goes at once; undo by key sets it again, and all three decisions are in the chain',
    inBrowser(async () => {
      const page = await pages.open('/budgets');
      await row(page).waitFor();
      const letGo = await hold(page, 'DELETE');
      await endTrial(page);
      await row(page).waitFor({ state: 'detached' });
      expect((await system.api<BudgetList>('/api/v1/budgets')).budgets.map(({ id }) => id)).toContain(
        'trial',
      );
      letGo((route) => route.continue());
      await bar(page).getByText('Trial is ended').waitFor();
      await bar(page).getByText('$500.00 per month').waitFor();
      await page.keyboard.press('z');
      await bar(page).getByText('Taken back').waitFor();
      await row(page).waitFor();
      const { history } = await system.api<BudgetDetail>('/api/v1/budgets/trial');
      expect(history.slice(0, 3).map(({ state, amount }) => [state, amount])).toEqual([
        ['in-force', '500'],
        ['ended', '500'],
        ['replaced', '500'],
      ]);
      expect(history[0]!.reason).toContain('taken back');
    }),
  );

  it(
    'whose end the server refuses comes back, with the server’s words, and nothing is offered',
    inBrowser(async () => {
      const page = await pages.open('/budgets');
      await row(page).waitFor();
      const letGo = await hold(page, 'DELETE');
      await endTrial(page);
      await row(page).waitFor({ state: 'detached' });
      letGo(refusing);
      await bar(page).getByText('Not done: End Trial. Somebody decided in between').waitFor();
      await row(page).waitFor();
      expect(await bar(page).getByRole('button', { name: /^Undo/ }).count()).toBe(0);
      await bar(page).getByRole('button', { name: 'Close' }).click();
      await bar(page).waitFor({ state: 'detached' });
      pages.forgive('409');
    }),
  );

  it(
    'that somebody changes in between is not taken back over their decision',
    inBrowser(async () => {
      const page = await pages.open('/budgets');
      await page.getByRole('button', { name: 'Change Trial' }).click();
      const dialog = page.getByRole('dialog', { name: 'Change budget' });
      await dialog.getByLabel('Amount').fill('700');
      await dialog.getByLabel('Reason').fill('more traffic');
      await dialog.getByRole('button', { name: 'Change budget' }).click();
      await bar(page).getByText('Trial is changed to $700.00').waitFor();
      await bar(page).getByText('Before: $500.00').waitFor();
      await bar(page).hover(); // held for as long as it is pointed at
      expect(
        (await send(system, 'PUT', '/budgets/trial', { ...TRIAL, name: 'Trial', amount: '900' })).status,
      ).toBe(200);
      await bar(page).getByRole('button', { name: /^Undo/ }).click();
      await bar(page).getByText('Not taken back').waitFor();
      await row(page).getByText('$900.00').first().waitFor();
      const { history } = await system.api<BudgetDetail>('/api/v1/budgets/trial');
      expect(history[0]).toMatchObject({ amount: '900', state: 'in-force' });
      pages.forgive('409');
    }),
  );

  it(
    'has a bar that axe finds nothing wrong with, light and wide, dark and narrow',
    inBrowser(async () => {
      for (const around of [{ scheme: 'light' }, { scheme: 'dark', size: PHONE }] as const) {
        const page = await pages.open('/budgets', around);
        await row(page).first().waitFor();
        await endTrial(page);
        await bar(page).getByText('Trial is ended').waitFor();
        await bar(page).hover();
        await expectNoViolations(page);
        await expectToFit(page);
        await bar(page).getByRole('button', { name: /^Undo/ }).click();
        await bar(page).getByText('Taken back').waitFor();
      }
    }),
  );
});

describe('other decisions', { timeout: 240_000 }, () => {
  it(
    'an anomaly is acknowledged at once and open again by undo; a refusal puts it back in words',
    inBrowser(async () => {
      const page = await pages.open('/budgets');
      const said = await answerWithOneFinding(page);
      await page.goto(`${system.apiUrl}/anomalies`);
      const acknowledge = page.getByRole('button', { name: 'Acknowledge' });
      const chip = page.locator('.finding .chip').getByText('acknowledged');
      await acknowledge.click();
      await chip.waitFor();
      await bar(page).getByText('support: acknowledged').waitFor();
      await bar(page).getByRole('button', { name: /^Undo/ }).click();
      await bar(page).getByText('Taken back').waitFor();
      await acknowledge.waitFor();
      expect(said).toEqual(['acknowledged', 'open']); // both by the server, which checked each against the word before
      const letGo = await hold(page, 'POST');
      await acknowledge.click();
      await chip.waitFor();
      letGo(refusing);
      await bar(page).getByText('Not done').waitFor();
      await acknowledge.waitFor();
      pages.forgive('409');
    }),
  );

  it(
    'a price that is withdrawn holds again by undo, and not over what somebody decided about its model since',
    inBrowser(async () => {
      const price = { provider: 'openai', model: 'gpt-trial', rates: { freshIn: '2' }, reason: 'a test' };
      expect((await send(system, 'POST', '/prices/decisions', price)).status).toBe(201);
      const page = await pages.open('/prices?view=decisions');
      const button = page.getByRole('button', { name: /^Withdraw the price of openai gpt-trial/ });
      const withdraw = async (): Promise<void> => {
        await button.click();
        const dialog = page.getByRole('dialog', { name: 'Withdraw price' });
        await dialog.getByLabel('Reason').fill('to be taken back');
        await dialog.getByRole('button', { name: 'Withdraw price' }).click();
        await bar(page).getByText('The price of openai gpt-trial is withdrawn').waitFor();
      };
      const standings = async (): Promise<string[]> =>
        (
          await system.api<PriceDecisions>('/api/v1/prices/decisions?provider=openai&model=gpt-trial')
        ).decisions.map(({ standing }) => standing);
      await withdraw();
      await expect.poll(standings).toEqual(['withdrawn']);
      await bar(page).getByRole('button', { name: /^Undo/ }).click();
      await bar(page).getByText('Taken back').waitFor();
      await expect.poll(standings).toEqual(['in-force', 'withdrawn']);
      await withdraw();
      await bar(page).hover(); // held for as long as it is pointed at
      expect(
        (await send(system, 'POST', '/prices/decisions', { ...price, rates: { freshIn: '3' } })).status,
      ).toBe(201);
      await bar(page).getByRole('button', { name: /^Undo/ }).click();
      await bar(page).getByText('Not taken back').waitFor();
      await bar(page).getByText('about the same model').waitFor();
      expect(await standings()).toEqual(['in-force', 'withdrawn', 'withdrawn']);
      pages.forgive('422');
    }),
  );

  it(
    'a rule that is withdrawn is decided again by undo',
    inBrowser(async () => {
      const rule = {
        id: 'trial',
        order: 900,
        when: [{ sign: 'path', is: ['/v1/trial'] }],
        set: { workflow: 'trial' },
      };
      expect((await send(system, 'POST', '/attribution/rules', rule)).status).toBe(201);
      const page = await pages.open('/attribution?view=rules');
      await page.getByRole('button', { name: 'Withdraw trial' }).click();
      const dialog = page.getByRole('dialog', { name: 'Withdraw rule' });
      await dialog.getByLabel('Reason').fill('to be taken back');
      await dialog.getByRole('button', { name: 'Withdraw rule' }).click();
      await bar(page).getByText('Rule trial is withdrawn').waitFor();
      await bar(page).getByRole('button', { name: /^Undo/ }).click();
      await bar(page).getByText('Taken back').waitFor();
      await page.getByRole('button', { name: 'Withdraw trial' }).waitFor();
      const { rules } = await system.api<RuleList>('/api/v1/attribution/rules');
      expect(rules.find(({ id }) => id === 'trial')).toMatchObject({ version: 3, state: 'in-force' });
    }),
  );
});
