/** What every role is given of the world, and where the roles find each other's files. */
import type { Failpoints } from '../ledger/ledger.ts';
import { dataFiles } from '../operate/operate.ts';
import type { Settings } from '../operate/operate.ts';
import type { Say } from './log.ts';

/** The world as one process sees it; made in main.ts, where the only reading of it is. */
export interface RoleWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  /** Milliseconds that never jump, with fractions. */
  readonly monotonicMs: () => number;
  /** A line for the operator, on standard error. Never holds a secret or prompt text. */
  readonly say: Say;
  /** To the process that started this one; nothing happens when there is none. */
  readonly tellParent: (message: unknown) => void;
  /** Asks the supervisor to stop everything and to take the demo's data away; absent where there is no supervisor. */
  readonly wipe?: () => void;
  /** Asks the supervisor to take the settings in anew; absent where there is no supervisor. */
  readonly reload?: () => void;
  readonly onParentMessage: (receive: (message: unknown) => void) => void;
  /** Resolves at SIGTERM, SIGINT, or when the parent is gone. */
  readonly untilAskedToStop: Promise<void>;
  readonly failpoints: Failpoints;
  readonly nodeVersion: string;
  /** Empty, or what is wrong with this runtime. */
  readonly nodeWarning: string;
  /** Starts this program again in another role. */
  readonly startRole: StartRole;
}

/** The roles that a process can have beside the command line itself. */
export type Role = 'gateway' | 'control' | 'ledger' | 'drain' | 'simulator';

export type StartRole = (
  role: Exclude<Role, 'gateway'>,
  settings: Settings,
) => import('node:child_process').ChildProcess;

/** An insert costs nearly the same for one call as for hundreds, so half as often is half as dear. */
export const DRAIN_EVERY_MS = 500;

/** One directory per gateway worker below it. */
export function journalRoot(settings: Settings): string {
  return dataFiles(settings.data).journals;
}

export function ledgerDirectory(settings: Settings): string {
  return dataFiles(settings.data).ledger;
}

export function drainState(settings: Settings): string {
  return dataFiles(settings.data).drain;
}

/** What a supervisor tells a gateway worker whose place another one has taken. */
export const RETIRE = { retire: true } as const;

export function isRetire(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'retire' in message;
}
