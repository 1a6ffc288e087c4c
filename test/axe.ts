/** What axe finds wrong with a page, one text per violation. It is run beside the page's own content security policy. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RUN = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 160) + ' ' + failureSummary)))`;

/** What is asked for after the first answer comes a moment later: the page is judged as it comes to rest. */
export async function expectNoViolations(page: Page): Promise<void> {
  const message = `${page.url()}, ${page.viewportSize()?.width} px wide`;
  await page.evaluate(SOURCE);
  await expect.poll(() => page.evaluate<string[]>(RUN), { interval: 1_000, message }).toEqual([]);
}
