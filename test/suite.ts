/**
 * One folder for everything that the files of a run make once and use together: the demo company as it was filled, and programs
 * as they were compiled. It is made before the first file and goes with the run, so that no run meets what another one left.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const VARIABLE = 'SUITE_FOLDER';

/** Vitest's `globalSetup`: workers, and what they start, inherit the environment. @returns what is done at the end. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'setpoint-suite-'));
  process.env[VARIABLE] = folder;
  // The program is started hundreds of times: its types are stripped and its code is compiled once.
  process.env['NODE_COMPILE_CACHE'] ??= join(folder, 'compiled');
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Undefined where no test runner runs this. */
export function suiteFolder(): string | undefined {
  return process.env[VARIABLE];
}
