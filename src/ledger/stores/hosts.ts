/** How far other hosts have come with their journals, as they tell in the store that they share. */
import type { Engine } from './engine.ts';
import type { DrainProgress } from './insert.ts';

export interface HostProgress extends DrainProgress {
  readonly host: string;
  /** When it told so. */
  readonly atMs: number;
}

/** The host has ended, and every call of it is in the ledger: it holds back nobody's answer. */
export const ENDED_MS = Date.UTC(2200, 0, 1);

export async function tellHost(
  { database, run }: Engine,
  host: string,
  { completeUntilMs, backlogFrames, trouble }: DrainProgress,
  nowMs: number,
): Promise<void> {
  await run(
    `INSERT INTO ${database}.drains SETTINGS async_insert = 0 SELECT {host:String}, ` +
      "fromUnixTimestamp64Milli({until:Int64}, 'UTC'), {backlog:UInt64}, {trouble:String}, fromUnixTimestamp64Milli({at:Int64}, 'UTC')",
    {
      host,
      until: Math.round(completeUntilMs),
      backlog: backlogFrames,
      trouble: trouble.slice(0, 1_000),
      at: nowMs,
    },
  );
}

/** Every host that told something within a week, by what it said last. */
export async function readHosts({ database, select }: Engine): Promise<readonly HostProgress[]> {
  const found = await select(
    'SELECT host, toUnixTimestamp64Milli(argMax(complete_until, at)), argMax(backlog, at), argMax(trouble, at), ' +
      `toUnixTimestamp64Milli(max(at)) FROM ${database}.drains GROUP BY host ORDER BY host`,
  );
  return found.map(([host, until, backlog, trouble, at]) => ({
    host: String(host),
    completeUntilMs: Number(until),
    backlogFrames: Number(backlog),
    trouble: String(trouble),
    atMs: Number(at),
  }));
}
