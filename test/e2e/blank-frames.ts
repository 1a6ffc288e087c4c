/** How the table of calls looks while it is scrolled: of every frame, how much of its place had no line of the ledger in it. */
import type { Page } from 'playwright-core';

export interface Scrolled {
  readonly frames: number;
  /** Frames in which some of the place was blank, or said that lines are on their way. */
  readonly blank: number;
  /** The longest time without a break in which that was so. */
  readonly longestBlankMs: number;
  readonly longestFrameMs: number;
  /** The place of the first line in sight, at the end. */
  readonly place: number;
  readonly seconds: number;
}

interface Frame {
  readonly ms: number;
  readonly blankPx: number;
}

const ROW_PX = 32;

/** Turns the wheel by `step` pixels until the line at `place` is reached, up or down. */
export async function scrollTo(page: Page, place: number, step: number, withinMs: number): Promise<Scrolled> {
  const region = page.locator('.calls-region');
  await region.evaluate((element) => element.scrollIntoView({ block: 'end' }));
  const box = await region.boundingBox();
  if (box === null) throw new Error('the table of calls is not in sight');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const startMs = performance.now();
  let at = await placeIn(page);
  const sign = Math.sign(place - at);
  await page.evaluate(WATCH);
  while ((place - at) * sign > 0 && performance.now() - startMs < withinMs) {
    await page.mouse.wheel(0, sign * step);
    at = await placeIn(page);
  }
  const frames = await page.evaluate<Frame[]>('stopWatching()');
  await atRest(page);
  let [run, longest] = [0, 0];
  for (const { ms, blankPx } of frames) {
    run = blankPx > 2 ? run + ms : 0;
    longest = Math.max(longest, run);
  }
  return {
    frames: frames.length,
    blank: frames.filter(({ blankPx }) => blankPx > 2).length,
    longestBlankMs: Math.round(longest),
    longestFrameMs: Math.round(Math.max(...frames.map(({ ms }) => ms))),
    place: at,
    seconds: Math.round((performance.now() - startMs) / 100) / 10,
  };
}

/** The browser turns the wheel on its own thread: what was turned last may still be on its way. */
async function atRest(page: Page): Promise<void> {
  let before = -1;
  for (let same = 0; same < 5;) {
    const now = await page.evaluate<number>(`new Promise((resolve) => {
      const region = document.querySelector('.calls-region');
      requestAnimationFrame(() => setTimeout(() => resolve(region.scrollTop), 50));
    })`);
    same = now === before ? same + 1 : 0;
    before = now;
  }
}

async function placeIn(page: Page): Promise<number> {
  return Math.round(
    (await page.evaluate<number>(`document.querySelector('.calls-region').scrollTop`)) / ROW_PX,
  );
}

/** Runs in the page. What a frame shows is known once scroll events were handled, which is before its animation callbacks. */
const WATCH = `(() => {
  const region = document.querySelector('.calls-region');
  const frames = [];
  let watching = true;
  let before = performance.now();
  const look = () => {
    const place = region.getBoundingClientRect();
    const head = region.querySelector('thead').getBoundingClientRect().height;
    const bottom = place.top + region.clientHeight;
    let filled = place.top + head;
    let blankPx = 0;
    for (const row of region.querySelectorAll('tr[data-place]')) {
      const { top, bottom: end } = row.getBoundingClientRect();
      if (end <= filled || top >= bottom) continue;
      blankPx += Math.max(0, top - filled);
      filled = Math.min(end, bottom);
    }
    const now = performance.now();
    frames.push({ ms: now - before, blankPx: blankPx + Math.max(0, bottom - filled) });
    before = now;
    if (watching) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  window.stopWatching = () => {
    watching = false;
    return frames;
  };
})()`;
