/**
 * Whether a hard budget holds, and how much of it can be used: 1,000 concurrent calls over eight workers against a cap
 * that fits a hundred at their upper bound, one worker killed in the middle; agents that call one after the other; and
 * beside it the same calls where workers look first and add afterwards. For money and tokens, with the authority of one
 * machine and with the one in Redis (where there is one). Spend is what the ledger has in the end.
 */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';

import { findRedis, startRedis } from '../test/servers.ts';
import { SIZES_FILE } from './budget-calls.ts';
import type { Unit } from './budget-calls.ts';
import { Bank, capFor, runTraffic } from './budget-traffic.ts';
import type { Outcome, Place, Traffic } from './budget-traffic.ts';

const WORKERS = 8;
const RUSH: Traffic = {
  workers: WORKERS,
  mode: 'reserve',
  callsEach: 125,
  atOnceEach: 125,
  providerMs: [200, 600],
  endsAtRefusal: false,
  waitMs: 3_000,
  killAtOpen: 3,
};
const AGENTS: Traffic = {
  workers: WORKERS,
  mode: 'reserve',
  callsEach: 100_000,
  atOnceEach: 2,
  providerMs: [2, 10],
  endsAtRefusal: true,
  waitMs: 3_000,
  killAtOpen: 0,
};
/** Both, unless one is named; on a machine that others use, each takes its time. */
const PLACES = (process.env['SETPOINT_BENCH_PLACES'] ?? 'embedded redis').split(' ') as Array<Place['kind']>;
const FITS = 100;
const FITS_AGENTS = 500;

async function measure(place: Place, unit: Unit, fits: number, traffic: Traffic): Promise<Outcome> {
  const bank = new Bank(place, unit, capFor(fits, unit));
  try {
    await bank.open();
    return await runTraffic(bank, traffic);
  } finally {
    await bank.close();
  }
}

export async function run(): Promise<Record<string, unknown>> {
  const figures: Record<string, unknown> = {};
  const overruns: number[] = [];
  const naive: number[] = [];
  const used: number[] = [];
  const places = PLACES.filter((kind) => kind === 'embedded' || findRedis().kind === 'found');
  for (const kind of places) {
    for (const unit of ['money', 'tokens'] as const) {
      const note = (name: string, value: unknown): void => {
        figures[`${kind}.${unit}.${name}`] = value;
        process.stderr.write(`${kind} ${unit} ${name} ${String(value)}\n`);
      };
      const rush = await apart(kind, (place) => measure(place, unit, FITS, RUSH));
      const agents = await apart(kind, (place) => measure(place, unit, FITS_AGENTS, AGENTS));
      const unsafe = await apart(kind, (place) =>
        measure(place, unit, FITS, { ...RUSH, mode: 'check first', killAtOpen: 0 }),
      );
      const cap = capFor(FITS, unit);
      overruns.push(share(rush.overrun, cap), share(agents.overrun, capFor(FITS_AGENTS, unit)));
      naive.push(share(unsafe.overrun, cap));
      used.push(agents.utilisation);
      note('overrun', share(rush.overrun, cap));
      note('heldByKilled', share(rush.presumed, cap));
      note('utilisation', agents.utilisation);
      note('naiveOverrun', share(unsafe.overrun, cap));
      note('reservedAtRest', Number(rush.reservedAtRest + agents.reservedAtRest));
      note('counterEqualsLedger', rush.counterAtRest === rush.spent && agents.counterAtRest === agents.spent);
      note('restMs', Math.round(Math.max(rush.restMs, agents.restMs)));
      if (kind === 'embedded') note('rebuildMs', Math.round(Math.max(rush.rebuildMs, agents.rebuildMs)));
    }
  }
  return {
    overrun: Math.max(...overruns),
    utilisation: Math.min(...used),
    naiveOverrun: Math.min(...naive),
    ...figures,
    redis: findRedis().kind,
    sizes: existsSync(SIZES_FILE) ? 'llm-code-sizes.csv' : 'made up: the trace is not there',
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.version,
    runs: 1,
  };
}

/** Each with a Redis of its own, so that nothing of the one before is left. */
async function apart<Result>(kind: Place['kind'], work: (place: Place) => Promise<Result>): Promise<Result> {
  if (kind === 'embedded') return work({ kind });
  const server = await startRedis();
  try {
    return await work({ kind, url: server.url });
  } finally {
    await server.stop();
  }
}

/** Rounded up to a millionth, so that nothing above zero shows as zero. */
function share(part: bigint, whole: bigint): number {
  return Number((part * 1_000_000n + whole - 1n) / whole) / 1_000_000;
}
