/** Starts the process of journal-child.ts and tells how it ended. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('journal-child.ts', import.meta.url));

export interface Ended {
  readonly signal: NodeJS.Signals | null;
  /** Whole lines that the child wrote: `ready`, acknowledged attempts, `done`. */
  readonly lines: readonly string[];
  readonly errors: string;
}

/** @param kill after so many milliseconds, which count from the child's `ready`, or once something has come. */
export function runChild(
  role: string,
  directory: string,
  settings: object = {},
  kill?: number | Promise<unknown>,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, role, directory, JSON.stringify(settings)]);
    let output = '';
    let errors = '';
    let timer: NodeJS.Timeout | undefined;
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (typeof kill === 'number') timer ??= setTimeout(() => child.kill('SIGKILL'), kill);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.on('error', reject);
    if (typeof kill === 'object') void kill.then(() => child.kill('SIGKILL'));
    child.on('close', (_code, signal) => {
      clearTimeout(timer);
      resolve({
        signal,
        lines: output
          .slice(0, output.lastIndexOf('\n') + 1)
          .split('\n')
          .slice(0, -1),
        errors,
      });
    });
  });
}

export function acknowledged(ended: Ended): string[] {
  return ended.lines.filter((line) => line !== 'ready' && line !== 'done');
}
