/** Looking up in the ledger, through the API, what a client has just done. */
import { expect } from 'vitest';

import type { LedgerLine } from '../../src/ledger/question.ts';
import type { System } from './system.ts';

/** The lines of one request of ours (`x-setpoint-request`), once there are as many as expected. */
export async function linesOfRequest(system: System, request: string, count = 1): Promise<LedgerLine[]> {
  let lines: readonly LedgerLine[] = [];
  await expect
    .poll(
      async () => {
        lines = await currentLines(system, request);
        return lines.length;
      },
      { timeout: 30_000, interval: 100, message: `lines of the request ${request}` },
    )
    .toBe(count);
  return [...lines];
}

/** The only line of a request. */
export async function lineOfRequest(system: System, request: string): Promise<LedgerLine> {
  const [line] = await linesOfRequest(system, request);
  if (!line) throw new Error(`the request ${request} has no line`);
  return line;
}

async function currentLines(system: System, request: string): Promise<readonly LedgerLine[]> {
  const query = new URLSearchParams({ during: 'all', simulated: 'include', where: `request=${request}` });
  return (await system.api<{ lines: LedgerLine[] }>(`/api/v1/calls?${query}`)).lines;
}
