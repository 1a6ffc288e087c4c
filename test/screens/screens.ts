/**
 * `npm run screens`: every page of the web app on the demo company, light and dark, as pictures in `docs/screens/`. The demo
 * ends at a fixed instant and has a fixed seed, so that two runs differ only where the app does.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Browser } from 'playwright-core';

import { buildWebApp, findBrowser, launch } from '../browser.ts';
import { startDemo } from '../e2e/demo-system.ts';
import { DEMO_NOW, DEMO_PAGES } from '../e2e/demo-pages.ts';

const FOLDER = resolve(import.meta.dirname, '../../docs/screens');
const SIZE = { width: 1440, height: 1000 };
const QUIET_MS = 1_500;

const found = findBrowser(process.env);
if (found.kind === 'missing') {
  process.stderr.write(`${found.reason}\n`);
  process.exit(1);
}
buildWebApp();
mkdirSync(FOLDER, { recursive: true });
const [system, browser] = await Promise.all([startDemo(DEMO_NOW), launch(found.executable)]);
try {
  for (const { path, name, ready } of DEMO_PAGES)
    for (const scheme of ['light', 'dark'] as const) await picture(browser, { path, ready, name, scheme });
} finally {
  await browser.close();
  await system.stop();
}

interface Shot {
  readonly path: string;
  readonly ready: string;
  readonly name: string;
  readonly scheme: 'light' | 'dark';
}

async function picture(from: Browser, { path, ready, name, scheme }: Shot): Promise<void> {
  const context = await from.newContext({ viewport: SIZE, colorScheme: scheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(`${system.apiUrl}${path}`);
  await page.locator(ready).first().waitFor({ timeout: 60_000 });
  await page.evaluate('document.fonts.ready.then(() => undefined)');
  await page.getByText('asking', { exact: true }).first().waitFor({ state: 'hidden', timeout: 60_000 });
  await page.waitForTimeout(QUIET_MS); // other parts that are asked for after the first answer
  await page.screenshot({ path: join(FOLDER, `${name}-${scheme}.png`) });
  await context.close();
  process.stdout.write(`${name} ${scheme}\n`);
}
