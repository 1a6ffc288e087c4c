/**
 * Where tests of pages run: a system and a browser, started once for a file. Each attempt at a test begins without pages, and with
 * the system as the file wants it, whatever an attempt before left.
 */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { TestContext } from 'vitest';

import { buildWebApp, findBrowser, launch } from '../browser.ts';
import { DEMO_NOW } from './demo-pages.ts';
import { startDemo } from './demo-system.ts';
import type { DemoSystem } from './demo-system.ts';
import { startSystem } from './system.ts';
import type { System, SystemOptions } from './system.ts';
import { watchPages } from './watched-pages.ts';
import type { WatchedPages } from './watched-pages.ts';

interface Preparation {
  /** Once, when all is started. */
  readonly prepare?: () => Promise<void>;
  /** Before each attempt at a test: what others left in the system goes. */
  readonly clear?: () => Promise<void>;
}

export interface InBrowser<Started> {
  /** Empty until it has started, which it has before anything is prepared. */
  readonly system: Started;
  readonly pages: WatchedPages;
  browser(): Browser;
  /** The body of a test that is skipped, with the reason, where no browser is, and that fails when a page of it complains. */
  inBrowser(run: (context: TestContext) => Promise<void>): (context: TestContext) => Promise<void>;
}

/** On a machine that does other things too; whoever is first fills the demo company for all. */
const START_MS = 600_000;

export function onDemo(preparation: Preparation = {}): InBrowser<DemoSystem> {
  return startedFor(() => startDemo(DEMO_NOW), preparation);
}

export function onSystem(options: SystemOptions & Preparation = {}): InBrowser<System> {
  return startedFor(() => startSystem({ workers: 1, ...options }), options);
}

function startedFor<Started extends DemoSystem | System>(
  start: () => Promise<Started>,
  { prepare, clear }: Preparation,
): InBrowser<Started> {
  const found = findBrowser(process.env);
  const system = {} as Started;
  let browser: Browser;
  const pages = watchPages(
    () => browser,
    () => system.apiUrl,
  );

  beforeAll(async () => {
    if (found.kind === 'missing') return;
    buildWebApp();
    browser = await launch(found.executable);
    Object.assign(system, await start());
    await prepare?.();
  }, START_MS);
  afterEach(() => pages.closeAll());
  afterAll(async () => {
    await browser?.close();
    await system.stop?.();
  });

  return {
    system,
    pages,
    browser: () => browser,
    inBrowser: (run) => async (context) => {
      if (found.kind === 'missing') return context.skip(found.reason);
      await clear?.();
      await run(context);
      expect(pages.complaints(), 'what the pages complained about').toEqual([]);
    },
  };
}
