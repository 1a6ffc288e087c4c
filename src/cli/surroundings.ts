/** What the command line is given: where it writes, what it may read, and what starts servers. Nothing is global. */
import type { ApiClient } from '../api/client.ts';
import type { Resolve } from '../gateway/egress/connector.ts';
import type { SettingFlags, Settings } from '../operate/operate.ts';
import type { FileFormat } from '../tables/formats.ts';
import type { TableStyle } from './table.ts';
import type { Waiting } from './waiting.ts';

/** A place to write to: `process.stdout` is one. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  on?(event: 'error', listener: (error: Error) => void): unknown;
}

/** A place to read from: `process.stdin` is one. */
export interface Input extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean | undefined;
  setRawMode?(raw: boolean): unknown;
}

/** What to start: everything on this machine, its gateways alone, or control alone. */
export interface StartAsk {
  readonly settings: Settings;
  /** Reads the settings again, as these were read. @throws Error that says what is wrong with them. */
  readonly reread: () => Promise<Settings>;
  /** How lines on standard error are written; undefined: words on a terminal, JSON elsewhere. */
  readonly log: 'json' | 'text' | undefined;
  readonly parts: 'all' | 'gateways' | 'control';
  /** Called once when calls can be taken. */
  readonly onReady: () => void;
}

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Where secrets come from: all of it when it is piped, one line that is not shown when a person types. Absent: nowhere. */
  readonly stdin?: Input;
  readonly nowMs: () => number;
  readonly fetch?: typeof fetch;
  /** Absent: as the system resolves names. */
  readonly resolve?: Resolve;
  /**
   * From the first call on, Ctrl-C aborts the signal and does not end the process. Only a second one does. Absent: Ctrl-C is
   * the system's to hear.
   */
  readonly interrupts?: () => AbortSignal;
  /** Runs until it is asked to stop. @throws when it cannot start. */
  readonly start: (ask: StartAsk) => Promise<void>;
}

export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  gate: 3,
  notAllowed: 4,
  unreachable: 5,
  notEnoughEvidence: 6,
  /** As shells say it of Ctrl-C. */
  interrupted: 130,
} as const;

/** Output formats; `json` is the API's whole answer, the others are its rows. */
export const FORMATS = ['table', 'json', 'csv', 'ndjson', 'md'] as const;
export type Format = (typeof FORMATS)[number];

/** The rows of an answer as the server writes them, with the rest and the total. */
export interface FileAsk {
  readonly format: FileFormat;
  /** Where to; undefined: standard output. */
  readonly path: string | undefined;
}

/** What every command gets. */
export interface Command {
  readonly around: Surroundings;
  readonly format: Format;
  /** What `--format` and a file in `--output` say; only commands that have files take them. */
  readonly file: FileAsk | undefined;
  readonly style: TableStyle;
  readonly config: string | undefined;
  /** Whether an address was named, so that nothing else may be used in its place. */
  readonly addressNamed: boolean;
  /** What it reads is taken back on Ctrl-C; what it decides is finished. */
  client(): Promise<ApiClient>;
  /** Whether a person asked to stop. */
  readonly isInterrupted: () => boolean;
  /** Says what is asked from here on, for a person whose terminal waits. */
  readonly waits: Waiting['says'];
  settings(flags?: SettingFlags): Promise<Settings>;
  /** Data, on standard output. */
  print(text: string): void;
  /** Words, on standard error. */
  say(text: string): void;
}

/** The end of a question whose asker pressed Ctrl-C. */
export function isTakenBack(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** An ending that is no defect: its words are for the person, its code for scripts. */
export class CliError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.failure) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
