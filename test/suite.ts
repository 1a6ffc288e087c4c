/**
 * One folder for what the files of a run make once and use together: the demo company as it was filled. It is made before the
 * first file and goes with the run, so that no run meets what another one left.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const VARIABLE = 'SUITE_FOLDER';
const COMPILED = resolve(import.meta.dirname, '../node_modules/.cache/compiled');

/** Vitest's `globalSetup`: workers, and what they start, inherit the environment. */
export default function setup(): void {
  const folder = mkdtempSync(join(tmpdir(), 'setpoint-suite-'));
  process.env[VARIABLE] = folder;
  process.once('exit', () =>
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  );
  // The program is started hundreds of times: its types are stripped and its code is compiled once. Node knows each entry by what
  // was compiled, so that these may stay; processes still write them while the run ends.
  process.env['NODE_COMPILE_CACHE'] ??= COMPILED;
}

/** Undefined where no test runner runs this. */
export function suiteFolder(): string | undefined {
  return process.env[VARIABLE];
}
