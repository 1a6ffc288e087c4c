/**
 * `npm run screens`: every page of the web app on the demo company, light and dark, as pictures in `docs/screens/`. The demo
 * ends at a fixed instant and has a fixed seed, so that two runs differ only where the app does.
 *
 * `npm run screens -- --compare [page …]` says which pages no longer look as their reference does, at both widths;
 * `npm run screens -- --renew [page …]` makes the references anew.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Browser } from 'playwright-core';

import { buildWebApp, findBrowser, launch } from '../browser.ts';
import { startDemo } from '../e2e/demo-system.ts';
import { DEMO_NOW, DEMO_PAGES } from '../e2e/demo-pages.ts';
import {
  WIDTHS,
  compareLooks,
  isSame,
  majorOf,
  readReference,
  referenceBrowser,
  startLooking,
  writeReference,
  writeReferenceBrowser,
} from './looks.ts';

const FOLDER = resolve(import.meta.dirname, '../../docs/screens');
const SIZE = { width: 1440, height: 1000 };
const QUIET_MS = 1_500;

const words = process.argv.slice(2);
const names = words.filter((word) => !word.startsWith('-'));
const pages = DEMO_PAGES.filter(({ name }) => names.length === 0 || names.includes(name));
const found = findBrowser(process.env);
if (found.kind === 'missing') {
  process.stderr.write(`${found.reason}\n`);
  process.exit(1);
}
buildWebApp();
const [system, browser] = await Promise.all([startDemo(DEMO_NOW), launch(found.executable)]);
try {
  if (words.includes('--compare')) await lookAtAll(browser, 'compare');
  else if (words.includes('--renew')) await lookAtAll(browser, 'renew');
  else await takePictures(browser);
} finally {
  await browser.close();
  await system.stop();
}

async function lookAtAll(from: Browser, to: 'compare' | 'renew'): Promise<void> {
  if (to === 'renew') writeReferenceBrowser(from);
  if (majorOf(from) !== referenceBrowser())
    process.stdout.write(`The references are by Chromium ${referenceBrowser()}, this is ${majorOf(from)}.\n`);
  const looker = await startLooking(from, system.apiUrl);
  for (const page of pages)
    for (const width of WIDTHS) {
      const look = await looker.look(await looker.open(page, width));
      if (to === 'renew') writeReference(page.name, width, look);
      if (to === 'renew') {
        process.stdout.write(`${page.name} ${width}: renewed\n`);
        continue;
      }
      const difference = compareLooks(readReference(page.name, width), look);
      if (!isSame(difference)) process.exitCode = 1;
      const said = isSame(difference) ? 'as its reference' : difference.words;
      process.stdout.write(`${page.name} ${width}: ${said}\n`);
    }
  await looker.close();
}

async function takePictures(from: Browser): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  for (const { path, name, ready } of pages)
    for (const scheme of ['light', 'dark'] as const) await picture(from, { path, ready, name, scheme });
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
