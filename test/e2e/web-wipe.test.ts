/** The demo company says on every page that it is fictional, and is wiped by its typed name: all of it, and nothing else. */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Workspace } from '../../src/api/contract/workspace.ts';
import { DEMO_PAGES } from './demo-pages.ts';
import { onDemo } from './in-browser.ts';
import { toPage } from './page-clicks.ts';
import { PHONE } from './watched-pages.ts';

const NEIGHBOUR = 'not of the demo.txt';

const { system, pages, inBrowser } = onDemo();

const workspace = (): Promise<Workspace> => system.api<Workspace>('/api/v1/workspace');

describe('the demo', { timeout: 240_000 }, () => {
  it(
    'says on every page, wide and narrow, that its company is fictional',
    inBrowser(async () => {
      const { company } = await workspace();
      for (const size of [{ width: 1440, height: 900 }, PHONE]) {
        const page = await pages.open('/', { size });
        for (const { path } of DEMO_PAGES) {
          await page.goto(`${system.apiUrl}${path}`);
          const badge = page.getByText(`Demo data: ${company} is fictional`);
          await badge.waitFor();
          const box = await badge.boundingBox();
          expect(box?.x, path).toBeGreaterThanOrEqual(0);
          expect((box?.x ?? 0) + (box?.width ?? 0), path).toBeLessThanOrEqual(size.width);
        }
      }
    }),
  );

  it(
    'stays when another name is typed, goes when its own is, and takes nothing else with it',
    inBrowser(async () => {
      const { company } = await workspace();
      const data = join(system.directory, '.setpoint-demo');
      await writeFile(join(system.directory, NEIGHBOUR), 'mine');
      const page = await pages.open('/');
      await toPage(page, 'Get started');
      await page.getByRole('button', { name: 'Clear the demo …' }).click();
      const dialog = page.getByRole('dialog', { name: 'Clear the demo' });
      const clear = dialog.getByRole('button', { name: 'Clear the demo' });
      const name = dialog.getByLabel(`Type ${company}`);
      expect(await clear.isEnabled()).toBe(false);
      await name.fill(`${company} Inc`);
      expect(await clear.isEnabled()).toBe(false);
      await name.press('Enter');
      expect((await workspace()).kind).toBe('demo');
      expect(existsSync(join(data, 'demo/truth.json'))).toBe(true);

      await name.fill(company ?? '');
      await clear.click();
      await page.getByText('The demo stops now and its data go.').waitFor();
      await expect.poll(() => existsSync(data)).toBe(false);
      const answers = (): Promise<boolean> =>
        fetch(`${system.apiUrl}/readyz`).then(
          () => true,
          () => false,
        );
      await expect.poll(answers).toBe(false);
      expect(await readdir(system.directory)).toEqual([NEIGHBOUR]);
      expect(await readFile(join(system.directory, NEIGHBOUR), 'utf8')).toBe('mine');
      pages.forgive('ERR_'); // nobody answers the page any more
    }),
  );
});
