/** slowhttptest, where it is installed: connections that send or read as slowly as they can. */
import { spawn } from 'node:child_process';

/** The three ways in which slowhttptest holds connections. */
export const SLOW_WAYS: Readonly<Record<string, readonly string[]>> = {
  headers: ['-H'],
  bodies: ['-B', '-s', '8192'],
  readers: ['-X', '-k', '3', '-n', '1', '-y', '512', '-w', '256'],
};

export interface SlowHold {
  readonly url: string;
  /** A key of `SLOW_WAYS`. */
  readonly way: string;
  readonly connections: number;
  readonly seconds: number;
}

/** Holds so many slow connections for so long. */
export function holdSlowly(executable: string, { url, way, connections, seconds }: SlowHold): Promise<void> {
  const child = spawn(
    executable,
    [
      ...(SLOW_WAYS[way] ?? []),
      '-c',
      `${connections}`,
      '-r',
      `${connections}`,
      '-i',
      '1',
      '-x',
      '24',
      '-p',
      '2',
      '-l',
      `${seconds}`,
      '-u',
      url,
    ],
    { stdio: 'ignore' },
  );
  return new Promise((ended) => child.on('close', () => ended()));
}
