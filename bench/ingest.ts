/**
 * How calls get into the ledger: through a journal and the drain, as a gateway's do. First at a steady rate, to see how soon a
 * call can be seen and what it costs the processor, then a backlog at once, as after an outage of the ledger.
 *
 * One process does everything here; the gateway and the ledger are two. So the processor time holds the writing of journals too.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { Intent, Settlement } from '../src/gateway/call.ts';
import { createDrain, encodeLines, openJournal, openLedger } from '../src/ledger/ledger.ts';
import type { Journal, Ledger } from '../src/ledger/ledger.ts';
import { openEngine } from '../src/ledger/stores/engine.ts';
import { DRAIN_EVERY_MS } from '../src/roles/places.ts';

const CALLS_PER_SECOND = 300;
const SECONDS = Number(process.env['SETPOINT_BENCH_SECONDS'] ?? 20);
const BACKLOG = Number(process.env['SETPOINT_BENCH_CALLS'] ?? 100_000);
const TICKS_PER_SECOND = 20;
/** So much of a backlog lies on the disk at once; more of it is recorded when that is drained, and not timed. */
const ROUND = 100_000;
const SAMPLE_MEMORY_MS = 50;

export async function run(): Promise<Record<string, unknown>> {
  const path = mkdtempSync(join(tmpdir(), 'setpoint-bench-ingest-'));
  const ledger = await openLedger({
    place: { kind: 'embedded', path: join(path, 'ledger') },
    nowMs: Date.now,
    progress: () => ({ backlogFrames: 0, completeUntilMs: 0, trouble: '' }),
  });
  const journal = openJournal({
    directory: join(path, 'journals'),
    slot: 'worker-1',
    now: Date.now,
    lines: (settlement, at) => encodeLines(settlement, at),
  });
  const drain = createDrain({
    root: join(path, 'journals'),
    stateDirectory: join(path, 'drain'),
    sink: ledger,
    now: Date.now,
  });
  try {
    const steady = await atSteadyRate(ledger, journal, drain);
    const backlog = await ofBacklog(ledger, journal, drain);
    const { lines } = await ledger.health();
    const bytesPerCall = Math.round(sizeOf(join(path, 'ledger')) / lines);
    return {
      ...backlog,
      bytesPerCall,
      bytesPerCallMerged: Math.round((await bytesAtRest(ledger, join(path, 'ledger'))) / lines),
      ...steady,
      calls: lines,
      loadAverage: loadavg().map(round).join(' '),
      machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
      node: process.version,
      runs: 1,
    };
  } finally {
    drain.close();
    await journal.close();
    await ledger.close();
    rmSync(path, { recursive: true, force: true });
  }
}

type Drain = ReturnType<typeof createDrain>;

/** Seen: the step of the drain that took a call in has ended, so that every question from then on counts it. */
async function atSteadyRate(
  ledger: Ledger,
  journal: Journal,
  drain: Drain,
): Promise<Record<string, unknown>> {
  const recordedMs: number[] = [];
  const seenMs: number[] = [];
  const stopping = new AbortController();
  let inserts = 0;
  const running = drain.run({
    everyMs: DRAIN_EVERY_MS,
    signal: stopping.signal,
    onStep: ({ inserted }) => {
      if (inserted > 0) inserts += 1;
      for (let at = 0; at < inserted; at += 1) seenMs.push(performance.now());
    },
  });
  const startCpu = process.cpuUsage();
  const startMs = performance.now();
  for (let tick = 1; tick <= SECONDS * TICKS_PER_SECOND; tick += 1) {
    for (let call = 0; call < CALLS_PER_SECOND / TICKS_PER_SECOND; call += 1) {
      record(journal, recordedMs.length);
      recordedMs.push(performance.now());
    }
    await pause(Math.max(0, startMs + (tick * 1000) / TICKS_PER_SECOND - performance.now()));
  }
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(startCpu);
  while (seenMs.length < recordedMs.length) await pause(20);
  stopping.abort();
  await running;
  const { lines } = await ledger.health();
  if (lines !== recordedMs.length)
    throw new Error(`${recordedMs.length} calls were recorded and ${lines} lines are there`);
  const waits = recordedMs.map((at, call) => (seenMs[call] ?? 0) - at).toSorted((a, b) => a - b);
  return {
    visibleMsP50: Math.round(waits[Math.ceil(waits.length * 0.5) - 1] ?? 0),
    visibleMsP95: Math.round(waits[Math.ceil(waits.length * 0.95) - 1] ?? 0),
    steadyCallsPerSecond: Math.round(recordedMs.length / seconds),
    steadyCpuMsPerSecond: Math.round((user + system) / 1000 / seconds),
    steadyInserts: inserts,
    cpuMsPerInsert: round((user + system) / 1000 / inserts),
  };
}

async function ofBacklog(ledger: Ledger, journal: Journal, drain: Drain): Promise<Record<string, unknown>> {
  const { lines: before } = await ledger.health();
  let seconds = 0;
  let micros = 0;
  let residentBytes = 0;
  const sampling = setInterval(() => {
    residentBytes = Math.max(residentBytes, process.memoryUsage.rss());
  }, SAMPLE_MEMORY_MS);
  for (let recorded = 0; recorded < BACKLOG;) {
    for (const end = Math.min(BACKLOG, recorded + ROUND); recorded < end; recorded += 1)
      record(journal, recorded);
    await journal.durable();
    const startCpu = process.cpuUsage();
    const startMs = performance.now();
    while ((await ledger.health()).lines < before + recorded) {
      const { trouble } = await drain.step();
      if (trouble !== '') throw new Error(trouble);
    }
    seconds += (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(startCpu);
    micros += user + system;
  }
  clearInterval(sampling);
  return {
    linesPerSecond: Math.round(BACKLOG / seconds),
    linesPerCpuSecond: Math.round((BACKLOG * 1_000_000) / micros),
    catchUpRatio: round(BACKLOG / seconds / CALLS_PER_SECOND),
    residentMb: Math.round(residentBytes / 1_000_000), // of the writing of journals too
  };
}

/** All bytes of the ledger, roll-ups included, once everything is merged. */
async function bytesAtRest(ledger: Ledger, path: string): Promise<number> {
  await ledger.condense('all');
  const engine = await openEngine({ kind: 'embedded', path });
  try {
    const tables = await engine.select(
      "SELECT name FROM system.tables WHERE database = 'setpoint' AND engine LIKE '%MergeTree'",
    );
    for (const [table] of tables) await engine.run(`OPTIMIZE TABLE setpoint.${String(table)} FINAL`);
    // Not the directory: dropped tables and merged parts stay in it for a while.
    const [[bytes] = []] = await engine.select(
      "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'setpoint'",
    );
    return Number(bytes);
  } finally {
    await engine.close();
  }
}

function record(journal: Journal, call: number): void {
  const intent = intentOf(call);
  journal.intend(intent);
  journal.settle(settlementOf(intent));
}

function intentOf(call: number): Intent {
  const usage = { freshIn: 1_000 + (call % 700), cacheRead: call % 900, textOut: 100 + (call % 300) };
  const price = (units: number, rate: bigint): bigint => (BigInt(units) * rate) / 1_000_000n;
  const rates = { freshIn: 2_500_000_000_000n, cacheRead: 250_000_000_000n, textOut: 10_000_000_000_000n };
  const buckets = (['freshIn', 'cacheRead', 'textOut'] as const)
    .filter((bucket) => usage[bucket] > 0)
    .map((bucket) => ({
      bucket,
      units: usage[bucket],
      rate: rates[bucket],
      cost: price(usage[bucket], rates[bucket]),
    }));
  const id = randomUUID();
  return {
    call: id,
    attempt: id,
    attemptNumber: 1,
    kind: 'primary',
    startedAtMs: Date.now(),
    attribution: {
      workflow: `workflow-${call % 9}`,
      team: `team-${call % 4}`,
      customer: `customer-${call % 143}`,
      request: id,
      session: '',
      tags: { environment: 'production', feature: `feature-${call % 8}` },
    },
    key: `key-${call % 24}`,
    provider: 'openai',
    priceProvider: 'openai',
    wire: 'openai-chat',
    endpoint: 'inference',
    modelRequested: `model-${call % 5}`,
    model: `model-${call % 5}`,
    stream: call % 2 === 0,
    simulated: false,
    rulebookVersion: 1,
    priceVersion: 'book-1',
    presumed: {
      usage,
      cost: { kind: 'priced', total: buckets.reduce((sum, { cost }) => sum + cost, 0n), buckets },
    },
  };
}

function settlementOf(intent: Intent): Settlement {
  const { usage, cost } = intent.presumed;
  return {
    intent,
    status: 'ok',
    httpStatus: 200,
    finishReason: 'stop',
    modelReturned: intent.model,
    responseId: `resp-${intent.attempt}`,
    serviceTier: 'default',
    geo: '',
    durationMs: 900,
    firstByteMs: 200,
    overheadMicros: 300,
    composition: { basis: 'estimated', input: { system: 200, user: 1_000 }, output: { text: 400 } },
    charges: [{ part: 'call', model: intent.model, usage, basis: 'reported', flag: '', cost }],
  };
}

function sizeOf(path: string): number {
  const about = statSync(path, { throwIfNoEntry: false }); // merges take files away meanwhile
  if (about === undefined) return 0;
  if (!about.isDirectory()) return about.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
