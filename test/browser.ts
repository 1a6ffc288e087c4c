/** A real browser for tests that look at pages: found on this machine, or a reason why those tests cannot run. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

export type FoundBrowser =
  | { readonly kind: 'found'; readonly executable: string }
  | { readonly kind: 'missing'; readonly reason: string };

const PROJECT = resolve(import.meta.dirname, '..');
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser that CHROMIUM names, else the first on the path. `npm test` installs one where that is harmless. */
export function findBrowser(environment: Readonly<Record<string, string | undefined>>): FoundBrowser {
  const named = environment['CHROMIUM'];
  const candidates =
    named === undefined || named === ''
      ? (environment['PATH'] ?? '')
          .split(delimiter)
          .flatMap((folder) => NAMES.map((name) => join(folder, name)))
      : [named];
  const executable = candidates.find((path) => existsSync(path));
  if (executable !== undefined) return { kind: 'found', executable };
  const where = named === undefined || named === '' ? 'none on the path' : `no file ${named}`;
  return {
    kind: 'missing',
    reason: `Chromium is needed (${where}); name it in CHROMIUM, or run "npm test" as root on Debian, which installs it`,
  };
}

export function launch(executable: string): Promise<Browser> {
  return chromium.launch({ executablePath: executable, args: FLAGS });
}

/** Builds the web app when it was never built or what it is made of is newer. */
export function buildWebApp(): void {
  const page = join(PROJECT, 'dist/web/index.html');
  const sources = ['src/web', 'src/units', 'src/api', 'src/operate/forecast'].map((folder) =>
    newestMs(join(PROJECT, folder)),
  );
  if (existsSync(page) && statSync(page).mtimeMs >= Math.max(...sources)) return;
  const vite = join(PROJECT, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: PROJECT,
    // Under a test runner's NODE_ENV, React would be built for development.
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

function newestMs(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/\.(test\.tsx?|md)$/.test(entry.name))
    .reduce((newest, entry) => Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
}

export interface FaintText {
  readonly text: string;
  readonly ratio: number;
  readonly color: string;
  readonly background: string;
}

/** Texts in sight whose contrast with what they stand on is below 4.5:1 (WCAG 2.2, 1.4.3). */
export function faintTexts(page: Page): Promise<FaintText[]> {
  return page.evaluate<FaintText[]>(FIND_FAINT_TEXTS);
}

/** Runs in the page. Colours are painted and read back, so that any notation of them is understood. */
const FIND_FAINT_TEXTS = `(() => {
  const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
  const paint = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [red, green, blue] = paint(color).map((channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backgroundOf = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (paint(color)[3] === 255) return color;
    }
    return 'white';
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === '' || element.closest('.sr, .skip, option') || element.getClientRects().length === 0) continue;
    const color = getComputedStyle(element).color;
    const background = backgroundOf(element);
    const [darker, lighter] = [luminance(color), luminance(background)].sort((a, b) => a - b);
    const ratio = (lighter + 0.05) / (darker + 0.05);
    if (ratio < 4.5) found.push({ text: node.data.trim().slice(0, 60), ratio, color, background });
  }
  return found;
})()`;
