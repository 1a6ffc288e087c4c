/**
 * What a data directory holds: real calls, or the demo company. Said by one file in it, so that the two are never mixed:
 * a demo is loaded into a directory of its own, and a directory with a demo stays one until it is wiped.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DemoWorkspace {
  readonly kind: 'demo';
  readonly company: string;
  readonly seed: string;
  /** DEMO_NOW: where the company's history ends. RFC 3339. */
  readonly now: string;
  /** Whether questions such as `this-month` are asked as of `now`; else by the clock. */
  readonly frozen: boolean;
  /** Null while it is being loaded. */
  readonly loadedAt: string | null;
}

export type Workspace = DemoWorkspace | { readonly kind: 'real' };

const WORKSPACE_FILE = 'workspace.json';
/** Beside the ledger: the truth file, the providers' statements, the outcomes. */
const DEMO_FILES = 'demo';

/** Where the demo keeps what is no ledger line. */
export function demoFiles(directory: string): {
  readonly directory: string;
  readonly truth: string;
  readonly outcomes: string;
  readonly statements: string;
} {
  const own = join(directory, DEMO_FILES);
  return {
    directory: own,
    truth: join(own, 'truth.json'),
    outcomes: join(own, 'outcomes.ndjson'),
    statements: join(own, 'statements'),
  };
}

/** @throws Error when the file is there and says nothing that can be understood: guessing could mix a demo with real money. */
export function readWorkspace(directory: string): Workspace {
  const file = join(directory, WORKSPACE_FILE);
  if (!existsSync(file)) return { kind: 'real' };
  const found = JSON.parse(readFileSync(file, 'utf8')) as Partial<DemoWorkspace>;
  if (found.kind !== 'demo' || typeof found.seed !== 'string' || Number.isNaN(Date.parse(found.now ?? '')))
    throw new Error(
      `${file} does not say what this directory holds. Nothing was changed. If it is a demo, remove the directory and start it again.`,
    );
  return found as DemoWorkspace;
}

export function writeWorkspace(directory: string, workspace: DemoWorkspace): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, WORKSPACE_FILE);
  writeFileSync(`${file}.new`, `${JSON.stringify(workspace, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Whether a directory holds something that is no demo; an absent or empty one does not. */
export function holdsOther(directory: string): boolean {
  if (!existsSync(directory)) return false;
  return readWorkspace(directory).kind === 'real' && readdirSync(directory).length > 0;
}

/** Takes a demo's directory away, as nothing else may. @returns whether there was one. @throws Error when it holds no demo. */
export function removeDemo(directory: string): boolean {
  if (holdsOther(directory))
    throw new Error(`${directory} holds real data and no demo, so nothing was removed.`);
  if (!existsSync(directory)) return false;
  rmSync(directory, { recursive: true, force: true });
  return true;
}
