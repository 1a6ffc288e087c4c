/** How much JavaScript a visitor loads: what the overview needs, and everything there is. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import { beforeAll, expect, it } from 'vitest';

import { buildWebApp } from '../browser.ts';

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
}

const FOLDER = resolve(import.meta.dirname, '../../dist/web');
const FIRST_ROUTE_KB = 220;
const ALL_KB = 400;
/** The page that opens first, and the entry that every page needs. */
const FIRST = ['index.html', 'inform/overview/overview-page.tsx'];

let manifest: Readonly<Record<string, Chunk>>;
beforeAll(() => {
  buildWebApp();
  manifest = JSON.parse(readFileSync(`${FOLDER}/.vite/manifest.json`, 'utf8')) as typeof manifest;
}, 120_000);

/** The chunks and what they import at once; what is loaded later is left out. */
function withImports(names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    const chunk = manifest[name];
    if (chunk === undefined) throw new Error(`the build has no ${name}`);
    if (found.has(chunk.file)) continue;
    found.add(chunk.file);
    withImports(chunk.imports ?? [], found);
  }
  return found;
}

function gzippedKb(files: Iterable<string>): number {
  const scripts = [...files].filter((file) => file.endsWith('.js'));
  return (
    scripts.reduce((sum, file) => sum + gzipSync(readFileSync(`${FOLDER}/${file}`), { level: 9 }).length, 0) /
    1_000
  );
}

it(`the overview loads at most ${FIRST_ROUTE_KB} kB of JavaScript, all pages together at most ${ALL_KB}`, () => {
  const first = gzippedKb(withImports(FIRST));
  const all = gzippedKb(new Set(Object.values(manifest).map(({ file }) => file)));
  process.stdout.write(`web bundle: first route ${first.toFixed(1)} kB, all ${all.toFixed(1)} kB\n`);
  expect(first).toBeGreaterThan(50); // else the manifest was read wrongly
  expect(first).toBeLessThanOrEqual(FIRST_ROUTE_KB);
  expect(all).toBeLessThanOrEqual(ALL_KB);
});
