/**
 * What a page of the demo company costs its reader on a machine four times slower than this one: when its largest part is painted
 * (LCP, the median of `RUNS` loads with a warm server and a warm cache), and the longest that it takes from a press to the next
 * painting (INP: the worst of the presses that the page is meant for).
 *
 * Both are wall time and grow with whatever else the machine does: the load average stands beside them.
 */
import { cpus, loadavg } from 'node:os';

import type { Browser, CDPSession, Page } from 'playwright-core';

import { buildWebApp, findBrowser, launch } from '../test/browser.ts';
import { startDemo } from '../test/e2e/demo-system.ts';
import { DEMO_NOW, DEMO_PAGES } from '../test/e2e/demo-pages.ts';
import type { DemoPage } from '../test/e2e/demo-pages.ts';

const SLOWER = 4;
const RUNS = Number(process.env['SETPOINT_BENCH_RUNS'] ?? 3);
const SIZE = { width: 1440, height: 900 };
/** The event timing interface rounds to 8 ms and takes nothing shorter than 16. */
const SHORTEST_EVENT_MS = 16;
const QUIET_MS = 700;

/** A press or two on what is on the page; the answer says whether it was there. */
interface Interaction {
  readonly name: string;
  run(page: Page): Promise<boolean>;
}

const INTERACTIONS: readonly Interaction[] = [
  {
    name: 'palette',
    async run(page) {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('spend', { delay: 60 });
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      return true;
    },
  },
  { name: 'bars', run: (page) => keysOn(page, '.plot-box', ['ArrowRight', 'ArrowRight', 'ArrowUp']) },
  { name: 'rows', run: (page) => keysOn(page, 'tbody tr', ['j', 'j', 'k']) },
  { name: 'sort', run: (page) => press(page, 'thead button') },
  { name: 'receipt', run: (page) => press(page, '[aria-label^="Receipt of call"]') },
  { name: 'views', run: (page) => press(page, '.segments button[aria-pressed=false]') },
  { name: 'period', run: (page) => keysOn(page, 'main', ['t', 'ArrowDown', 'Enter']) },
  { name: 'break down', run: (page) => keysOn(page, 'main', ['b', 'ArrowDown', 'Enter']) },
];

async function press(page: Page, selector: string): Promise<boolean> {
  const one = page.locator(selector).filter({ visible: true }).first();
  if ((await one.count()) === 0) return false;
  return one.click({ timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}

async function keysOn(page: Page, selector: string, keys: readonly string[]): Promise<boolean> {
  const one = page.locator(selector).first();
  if ((await one.count()) === 0) return false;
  await one.focus().catch(() => {});
  for (const key of keys) {
    await page.keyboard.press(key);
    await page.waitForTimeout(120);
  }
  await page.keyboard.press('Escape');
  return true;
}

interface Measured {
  readonly name: string;
  readonly lcpMs: number;
  readonly inpMs: number;
  /** The interactions that took longest, with what they took. */
  readonly slowest: readonly string[];
}

export async function run(): Promise<Record<string, unknown>> {
  const found = findBrowser(process.env);
  if (found.kind === 'missing') throw new Error(found.reason);
  buildWebApp();
  const [system, browser] = await Promise.all([startDemo(DEMO_NOW), launch(found.executable)]);
  try {
    const all: Measured[] = [];
    for (const page of DEMO_PAGES) {
      const measured = await measure(browser, system.apiUrl, page);
      all.push(measured);
      process.stderr.write(`${lineOf(measured)}\n`); // a long run is seen to move, and one cut short is not lost
    }
    const p95 = (of: (one: Measured) => number): number => quantile(all.map(of), 0.95);
    return {
      lcpP95Ms: p95(({ lcpMs }) => lcpMs),
      inpP95Ms: p95(({ inpMs }) => inpMs),
      pages: all.length,
      slower: SLOWER,
      runs: RUNS,
      loadAverage: loadavg()
        .map((one) => one.toFixed(1))
        .join(' '),
      machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
      browser: browser.version(),
      node: process.version,
      table: all
        .toSorted((a, b) => b.lcpMs - a.lcpMs)
        .map(lineOf)
        .join('\n'),
    };
  } finally {
    await browser.close();
    await system.stop();
  }
}

async function measure(browser: Browser, url: string, { name, path, ready }: DemoPage): Promise<Measured> {
  const context = await browser.newContext({ viewport: SIZE, colorScheme: 'light' });
  try {
    await context.addInitScript(WATCH);
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    const open = async (): Promise<void> => {
      await page.goto(`${url}${path}`);
      await page.locator(ready).first().waitFor({ timeout: 120_000 });
    };
    await open(); // warms the server, which keeps answers, and the browser's cache
    await slowDown(cdp);
    const loads: number[] = [];
    for (let at = 0; at < RUNS; at += 1) {
      await open();
      await page.waitForTimeout(QUIET_MS); // the largest part is painted after what `ready` waits for
      loads.push(await page.evaluate<number>('globalThis.watched.lcpMs'));
    }
    return { name, lcpMs: Math.round(quantile(loads, 0.5)), ...(await interact(page, open)) };
  } finally {
    await context.close();
  }
}

async function interact(page: Page, open: () => Promise<void>): Promise<Pick<Measured, 'inpMs' | 'slowest'>> {
  const took: Array<readonly [number, string]> = [];
  for (const { name, run: interaction } of INTERACTIONS) {
    await page.evaluate('globalThis.watched.inpMs = 0');
    const before = page.url();
    if (!(await interaction(page))) continue;
    await page.waitForTimeout(QUIET_MS);
    took.push([await page.evaluate<number>('globalThis.watched.inpMs'), name]);
    if (page.url() !== before) await open(); // the next one meets the page as it was
  }
  const sorted = took.toSorted(([a], [b]) => b - a);
  return {
    inpMs: sorted[0]?.[0] ?? 0,
    slowest: sorted.slice(0, 4).map(([ms, name]) => `${name} ${Math.round(ms)}`),
  };
}

async function slowDown(cdp: CDPSession): Promise<void> {
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
}

/** Runs in the page before all else. Only events that belong to a press count, as they do for INP. */
const WATCH = `(() => {
  const watched = (globalThis.watched = { lcpMs: 0, inpMs: 0 });
  new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) watched.lcpMs = startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const { duration, interactionId } of list.getEntries())
      if (interactionId > 0) watched.inpMs = Math.max(watched.inpMs, duration);
  }).observe({ type: 'event', durationThreshold: ${SHORTEST_EVENT_MS}, buffered: true });
})()`;

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function lineOf({ name, lcpMs, inpMs, slowest }: Measured): string {
  return `${String(lcpMs).padStart(6)} ms LCP ${String(Math.round(inpMs)).padStart(6)} ms INP  ${name} (${slowest.join(', ')})`;
}
