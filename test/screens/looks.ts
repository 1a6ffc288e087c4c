/**
 * What a page of the demo company looks like, kept small: the full page in blocks of 8 × 8 px, each the mean of its greys. Rendered
 * light, with the demo's seed and instant, the browser's clock at that instant, and without motion, so that two renderings differ only
 * where the page does.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';

import type { Browser, BrowserContext, Page } from 'playwright-core';

import { DEMO_NOW } from '../e2e/demo-pages.ts';
import type { DemoPage } from '../e2e/demo-pages.ts';

export const WIDTHS = [1440, 390] as const;
export type Width = (typeof WIDTHS)[number];

const HEIGHTS: Readonly<Record<Width, number>> = { 1440: 1000, 390: 844 };
const BLOCK = 8;
const FOLDER = join(import.meta.dirname, 'references');
const BROWSER_FILE = join(FOLDER, 'browser.txt');
const LINE = 120;

/** Parts that no seed can hold still. They are not painted, or left out where their size changes; whatever is not named here is compared. */
export const LIVE_PARTS = [
  {
    selector: '[aria-labelledby=first-call]',
    style: 'display: none',
    because: 'calls that arrive while the page is looked at',
  },
  {
    selector: '.facts .live, .facts .stale',
    style: 'visibility: hidden',
    because: 'the instant at which the ledger answered',
  },
] as const;

/** A block has changed when its grey moved by more than this, of 255: another digit in the smallest figures moves one by 10. */
export const GREY_TOLERANCE = 4;
/** No block may have changed: one browser paints the same page the same each time, and one digit is as small as one block. */
export const BLOCK_TOLERANCE = 0;

export interface Look {
  /** In blocks. */
  readonly columns: number;
  readonly rows: number;
  readonly greys: Uint8Array;
}

export interface Looker {
  open(page: DemoPage, width: Width): Promise<Page>;
  /** Once two looks in a row are the same. */
  look(page: Page): Promise<Look>;
  close(): Promise<void>;
}

const TRIES = 40;
const BETWEEN_MS = 250;
/** For what is asked for late; a page with a stream never has an idle network. */
const IDLE_MS = 3_000;

export async function startLooking(browser: Browser, url: string): Promise<Looker> {
  const desk = await browser.newPage(); // pictures are read in a page of its own: no page under look is touched
  const contexts = new Map<Width, Promise<BrowserContext>>(); // kept, so that the app is fetched and compiled once for each width
  let opened: Page | undefined;
  const once = async (page: Page): Promise<Look> => {
    await page.evaluate(SAME_PORTS);
    const picture = (await page.screenshot({ fullPage: true, animations: 'disabled' })).toString('base64');
    const { columns, rows, greys } = await desk.evaluate<{ columns: number; rows: number; greys: string }>(
      `(${GREYS})("${picture}")`,
    );
    return { columns, rows, greys: Buffer.from(greys, 'base64') };
  };
  return {
    async open({ path, ready }, width) {
      await opened?.close();
      const context = contexts.get(width) ?? browser.newContext(around(width));
      contexts.set(width, context);
      const page = await (await context).newPage();
      opened = page;
      await page.clock.setFixedTime(DEMO_NOW);
      await page.goto(`${url}${path}`);
      await page.locator(ready).first().waitFor({ timeout: 60_000 });
      await page.getByText('asking', { exact: true }).first().waitFor({ state: 'hidden', timeout: 60_000 });
      await page.evaluate('document.fonts.ready.then(() => undefined)');
      await page.evaluate(HIDE_LIVE_PARTS);
      return page;
    },
    async look(page) {
      await page.waitForLoadState('networkidle', { timeout: IDLE_MS }).catch(() => {});
      let before = await once(page);
      for (let at = 0; at < TRIES; at += 1) {
        await page.waitForTimeout(BETWEEN_MS);
        const now = await once(page);
        if (compareLooks(before, now).changed === 0) return now;
        before = now;
      }
      throw new Error(`${page.url()} never came to rest: a part of it is live and not in LIVE_PARTS`);
    },
    async close() {
      await Promise.all([desk.close(), ...[...contexts.values()].map(async (one) => (await one).close())]);
    },
  };
}

const around = (width: Width) =>
  ({ viewport: { width, height: HEIGHTS[width] }, colorScheme: 'light', reducedMotion: 'reduce' }) as const;

/** Runs in the page, whose content security policy takes no style tag. */
const HIDE_LIVE_PARTS = `(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('${LIVE_PARTS.map(({ selector, style }) => `${selector} { ${style} !important }`).join(' ')}');
  document.adoptedStyleSheets.push(sheet);
})()`;

/** Runs in the page: each demo listens on free ports, which some pages write out. */
const SAME_PORTS = `(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (/127\\.0\\.0\\.1:[0-9]+/.test(node.data)) node.data = node.data.replace(/127\\.0\\.0\\.1:[0-9]+/g, '127.0.0.1:40000');
})()`;

/** Runs in a page. */
const GREYS = `async (picture) => {
  const image = Object.assign(new Image(), { src: 'data:image/png;base64,' + picture });
  await image.decode();
  const { width, height } = image;
  const context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const columns = Math.ceil(width / ${BLOCK});
  const rows = Math.ceil(height / ${BLOCK});
  const sums = new Float64Array(columns * rows);
  const counts = new Uint32Array(columns * rows);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const block = (y >> 3) * columns + (x >> 3);
      const at = (y * width + x) * 4;
      sums[block] += 0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2];
      counts[block] += 1;
    }
  let text = '';
  sums.forEach((sum, block) => (text += String.fromCharCode(Math.round(sum / counts[block]))));
  return { columns, rows, greys: btoa(text) };
}`;

export interface Difference {
  /** Blocks; those that only one of the two has are changed. */
  readonly changed: number;
  /** Where and by how much, in pixels of the page; empty when nothing changed. */
  readonly words: string;
}

export function compareLooks(reference: Look, now: Look): Difference {
  if (reference.columns !== now.columns)
    return {
      changed: Math.max(reference.greys.length, now.greys.length),
      words: `${now.columns * BLOCK} px wide, and ${reference.columns * BLOCK} px in the reference`,
    };
  const shared = Math.min(reference.greys.length, now.greys.length);
  const blocks: number[] = [];
  let most = 0;
  for (let at = 0; at < shared; at += 1) {
    const moved = Math.abs((reference.greys[at] ?? 0) - (now.greys[at] ?? 0));
    if (moved <= GREY_TOLERANCE) continue;
    blocks.push(at);
    most = Math.max(most, moved);
  }
  const said: string[] = [];
  if (reference.rows !== now.rows)
    said.push(`${now.rows * BLOCK} px high, and ${reference.rows * BLOCK} px in the reference`);
  if (blocks.length > 0)
    said.push(
      `${blocks.length} blocks changed within ${within(blocks, now.columns)}, by ${most} greys at most`,
    );
  const alone = Math.abs(reference.greys.length - now.greys.length);
  return { changed: blocks.length + alone, words: said.join('; ') };
}

export function isSame({ changed }: Difference): boolean {
  return changed <= BLOCK_TOLERANCE;
}

function within(blocks: readonly number[], columns: number): string {
  const lefts = blocks.map((at) => (at % columns) * BLOCK);
  const tops = blocks.map((at) => Math.floor(at / columns) * BLOCK);
  const range = (all: readonly number[]): string => `${Math.min(...all)}–${Math.max(...all) + BLOCK}`;
  return `x ${range(lefts)}, y ${range(tops)}`;
}

export function readReference(name: string, width: Width): Look {
  const [head = '', ...lines] = readFileSync(fileOf(name, width), 'utf8').split('\n');
  const [columns = 0, rows = 0] = head.split(' ').map(Number);
  return { columns, rows, greys: inflateSync(Buffer.from(lines.join(''), 'base64')) };
}

export function writeReference(name: string, width: Width, { columns, rows, greys }: Look): void {
  const text = deflateSync(greys, { level: 9 }).toString('base64');
  const lines = text.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  writeFileSync(fileOf(name, width), `${[`${columns} ${rows}`, ...lines].join('\n')}\n`);
}

/** Letters are painted otherwise by another browser: the major version that painted the references. */
export function referenceBrowser(): string {
  return readFileSync(BROWSER_FILE, 'utf8').trim();
}

export function majorOf(browser: Browser): string {
  return browser.version().split('.')[0] ?? '';
}

export function writeReferenceBrowser(browser: Browser): void {
  writeFileSync(BROWSER_FILE, `${majorOf(browser)}\n`);
}

function fileOf(name: string, width: Width): string {
  return join(FOLDER, `${name}-${width}.txt`);
}
