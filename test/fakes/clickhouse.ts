/** Starts the front (`clickhouse-front.ts`) in a process of its own. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Fault, Seen } from './clickhouse-front.ts';

export interface Front {
  readonly url: string;
  readonly port: number;
  readonly process: ChildProcess;
  faults(faults: readonly Fault[]): Promise<void>;
  seen(): Promise<Seen>;
  /** As a machine that loses its power, but for what it had not written. */
  kill(): Promise<void>;
}

export async function startFront(
  directory: string,
  { port = 0, user = 'default', password = '' }: { port?: number; user?: string; password?: string } = {},
): Promise<Front> {
  const child = fork(
    fileURLToPath(new URL('clickhouse-front.ts', import.meta.url)),
    [directory, String(port), user, password],
    { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const listening = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: { listening: number }) => resolve(message.listening));
    child.once('exit', (code) => reject(new Error(`the ClickHouse front ended with ${code}`)));
  });
  const url = `http://127.0.0.1:${listening}`;
  return {
    url,
    port: listening,
    process: child,
    async faults(faults) {
      await fetch(`${url}/front/faults`, { method: 'POST', body: JSON.stringify(faults) });
    },
    seen: async () => (await (await fetch(`${url}/front/seen`)).json()) as Seen,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
  };
}
