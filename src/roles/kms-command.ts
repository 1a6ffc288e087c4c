/** Runs the operator's command that prints the master key: as it stands in the settings, without a shell, by control only. */
import { execFile } from 'node:child_process';

const WITHIN_MS = 30_000;
const MOST_BYTES = 64 * 1024;

/**
 * @returns what it prints on standard output
 * @throws Error with how it ended; what it printed is never in the words, since it may be the key
 */
export function runKmsCommand(argv: readonly string[]): Promise<string> {
  const [program = '', ...parameters] = argv;
  return new Promise((resolve, reject) => {
    execFile(
      program,
      parameters,
      { timeout: WITHIN_MS, maxBuffer: MOST_BYTES, windowsHide: true },
      (error, stdout) => {
        if (error === null) return resolve(stdout);
        const how = error.killed
          ? `did not end within ${WITHIN_MS / 1_000} s`
          : `ended with ${error.code ?? error.signal}`;
        reject(
          new Error(
            `The command for the master key (${program}) ${how}. Credentials cannot be opened without it; run it by hand to see what it says.`,
          ),
        );
      },
    );
  });
}
