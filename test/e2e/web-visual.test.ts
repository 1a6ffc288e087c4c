/**
 * Pages of the demo company look as their references in `test/screens/references/` do, wide and narrow. What is meant to look
 * otherwise is renewed by `npm run screens -- --renew`; what changed and where is in the message.
 */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import {
  BLOCK_TOLERANCE,
  GREY_TOLERANCE,
  WIDTHS,
  compareLooks,
  isSame,
  majorOf,
  readReference,
  referenceBrowser,
  startLooking,
} from '../screens/looks.ts';
import type { Look, Looker } from '../screens/looks.ts';
import { DEMO_PAGES } from './demo-pages.ts';
import { onDemo } from './in-browser.ts';

let looker: Looker;
const { system, browser, inBrowser } = onDemo({
  async prepare() {
    looker = await startLooking(browser(), system.apiUrl);
  },
});

const byTheirBrowser = (run: () => Promise<void>) =>
  inBrowser(async (context) => {
    const [is, was] = [majorOf(browser()), referenceBrowser()];
    if (is !== was) context.skip(`the references are by Chromium ${was}, this is ${is}`);
    await run();
  });

/** Pages that come to rest at once: all of them are compared by `npm run screens -- --compare`, which takes minutes and a quiet machine. */
const LOOKED_AT: ReadonlySet<string> = new Set(['attribution', 'prices']);

describe('pages', { timeout: 240_000 }, () => {
  for (const page of DEMO_PAGES.filter(({ name }) => LOOKED_AT.has(name)))
    it(
      `${page.name} looks as its references do`,
      byTheirBrowser(async () => {
        for (const width of WIDTHS) {
          const opened = await looker.open(page, width);
          const reference = readReference(page.name, width);
          // A part that is asked for late comes late on a busy machine.
          await expect
            .poll(
              async () => {
                const difference = compareLooks(reference, await looker.look(opened));
                return isSame(difference) ? '' : `${page.name} ${width}: ${difference.words}`;
              },
              { timeout: 30_000, interval: 500 },
            )
            .toBe('');
        }
      }),
    );
});

/** Changes that somebody would make without meaning to, each planted into a page that is as its reference. */
const PLANTED = [
  {
    name: 'a hidden column',
    page: 'spend',
    plant: `for (const row of document.querySelectorAll('main table tr')) row.children[1].style.visibility = 'hidden'`,
  },
  {
    name: 'a table moved by a hand’s breadth',
    page: 'spend',
    plant: `document.querySelector('main table').style.transform = 'translateY(12px)'`,
  },
  {
    name: 'a number with one digit changed',
    page: 'spend',
    plant: `(() => {
      const walker = document.createTreeWalker(document.querySelector('main tbody tr td:last-child'), NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!/[0-9]/.test(node.data)) continue;
        node.data = node.data.replace(/[0-9]/, (digit) => String((Number(digit) + 5) % 10));
        return;
      }
      throw new Error('no number to change');
    })()`,
  },
] as const;

describe('a planted change is seen', { timeout: 240_000 }, () => {
  for (const { name, page: of, plant } of PLANTED)
    it(
      `${name} on the page ${of}`,
      byTheirBrowser(async () => {
        const about = DEMO_PAGES.find((one) => one.name === of);
        if (about === undefined) throw new Error(`no page ${of}`);
        const page: Page = await looker.open(about, 1440);
        const before = await looker.look(page);
        await page.evaluate(plant);
        const difference = compareLooks(before, await looker.look(page));
        expect(isSame(difference), difference.words).toBe(false);
        expect(difference.words).toMatch(/blocks changed within x \d+–\d+, y \d+–\d+/);
      }),
    );
});

describe('two looks', () => {
  const blank = (rows = 10): Look => ({ columns: 10, rows, greys: new Uint8Array(10 * rows).fill(250) });
  const painted = (blocks: number, by: number): Look => {
    const look = blank();
    look.greys.fill(250 - by, 0, blocks);
    return look;
  };

  it('are the same within the tolerance, and no further', () => {
    expect(isSame(compareLooks(blank(), painted(100, GREY_TOLERANCE)))).toBe(true);
    expect(isSame(compareLooks(blank(), painted(BLOCK_TOLERANCE + 1, GREY_TOLERANCE + 1)))).toBe(false);
  });

  it('of other sizes are not the same', () => {
    const difference = compareLooks(blank(), blank(11));
    expect(difference).toEqual({ changed: 10, words: '88 px high, and 80 px in the reference' });
    expect(isSame(difference)).toBe(false);
  });
});
