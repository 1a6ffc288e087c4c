/** slowhttptest, where it is installed: connections that send or read as slowly as they can. */
import { execFileSync, spawn } from 'node:child_process';

/** The three ways in which slowhttptest holds connections. */
export const SLOW_WAYS: Readonly<Record<string, readonly string[]>> = {
  headers: ['-H'],
  bodies: ['-B', '-s', '8192'],
  readers: ['-X', '-k', '3', '-n', '1', '-y', '512', '-w', '256'],
};

export function hasSlowhttptest(): boolean {
  try {
    execFileSync('slowhttptest', ['-h'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'; // its help ends with a status of its own
  }
}

/** Holds so many slow connections for so long. */
export function holdSlowly(url: string, way: string, connections: number, seconds: number): Promise<void> {
  const child = spawn(
    'slowhttptest',
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
