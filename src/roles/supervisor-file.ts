/**
 * `supervisor.json` in the data directory: which process runs everything here, and what became of the last reload. So that
 * another command line can find it, and tell its person what happened, without control.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ownerIsAlive, thisOwner } from '../ledger/ledger.ts';
import type { Owner } from '../ledger/ledger.ts';

export interface ReloadState {
  /** Counts the reloads of this supervisor; 0: none yet. */
  readonly number: number;
  readonly state: 'none' | 'running' | 'done' | 'refused' | 'failed';
  /** What happened and what it means. */
  readonly words: string;
  readonly at: string;
}

export interface SupervisorFile {
  readonly owner: Owner;
  readonly startedAt: string;
  readonly parts: string;
  readonly reload: ReloadState;
}

export interface OwnSupervisorFile {
  note(reload: ReloadState): void;
  remove(): void;
}

export function writeSupervisorFile(data: string, parts: string, nowMs: () => number): OwnSupervisorFile {
  const startedAt = new Date(nowMs()).toISOString();
  const owner = thisOwner(nowMs());
  const write = (reload: ReloadState): void => {
    const file: SupervisorFile = { owner, startedAt, parts, reload };
    const path = join(data, NAME);
    writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(file)}\n`, { mode: 0o600 });
    renameSync(`${path}.${process.pid}`, path);
  };
  write({ number: 0, state: 'none', words: '', at: startedAt });
  return { note: write, remove: () => rmSync(join(data, NAME), { force: true }) };
}

const NAME = 'supervisor.json';

/** The supervisor that runs with a data directory; undefined when none does. */
export function readSupervisorFile(data: string, nowMs: number): SupervisorFile | undefined {
  let file: SupervisorFile;
  try {
    file = JSON.parse(readFileSync(join(data, NAME), 'utf8')) as SupervisorFile;
  } catch {
    return undefined;
  }
  return ownerIsAlive(file.owner, nowMs) ? file : undefined;
}
