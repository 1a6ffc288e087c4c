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

/** `killAfterMs` counts from the child's `ready`. */
export function runChild(
  role: string,
  directory: string,
  settings: object = {},
  killAfterMs?: number,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, role, directory, JSON.stringify(settings)]);
    let output = '';
    let errors = '';
    let timer: NodeJS.Timeout | undefined;
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (killAfterMs !== undefined) timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.on('error', reject);
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
