/** The command line run in this process: what it prints is kept, and what it asks goes to a fake API. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { runCli } from '../../src/cli/cli.ts';
import type { Surroundings } from '../../src/cli/cli.ts';
import { fakeApi, fetchFrom, NOW_MS } from './api.ts';
import type { FakeApi } from './api.ts';

export interface Ran {
  readonly code: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error: what is said to people beside it. */
  readonly words: string;
}

export interface Around extends Partial<Surroundings> {
  /** The server that is asked; by default one of its own, which knows of nothing. */
  readonly fake?: Pick<FakeApi, 'api'>;
  readonly tty?: boolean;
}

/** Where no server listens. */
export const NO_SERVER: typeof fetch = async () => {
  throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
};

/** An empty directory, until the test that asks for it is over. */
export function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'setpoint-cli-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs one command line, by default in an empty directory and without an environment. Names lead to a public address. */
export async function runCommand(argv: readonly string[], around: Around = {}): Promise<Ran> {
  const { fake, tty = false, ...rest } = around;
  let [out, words] = ['', ''];
  const code = await runCli(argv, {
    environment: {},
    workingDirectory: rest.workingDirectory ?? emptyDirectory(),
    stdout: { write: (text) => void (out += text), isTTY: tty },
    stderr: { write: (text) => void (words += text), isTTY: tty },
    nowMs: () => NOW_MS,
    start: async () => undefined,
    resolve: async () => [{ address: '104.18.6.192', family: 4 }],
    fetch: rest.fetch ?? fetchFrom(fake ?? (await fakeApi())),
    ...rest,
  });
  return { code, out, words };
}
