/**
 * What callers notice when the store of the ledger stands still, and how soon the ledger has caught up: three times the
 * same load, before, while and after the store is away.
 *
 * - `stopped`: the ledger process of an embedded ledger is halted (SIGSTOP), and goes on.
 * - `refusing`: a ClickHouse server (the HTTP front of the same engine) answers every insert with 500.
 * - `late`: it carries inserts out and ends the connection instead of answering, so that nobody knows what is there.
 *
 * SETPOINT_BENCH_SECONDS says how long it is away (60); what is measured before and after is half as long.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { openEngine } from '../src/ledger/stores/engine.ts';
import type { StorePlace } from '../src/ledger/ledger.ts';
import { startFront } from '../test/fakes/clickhouse.ts';
import type { Front } from '../test/fakes/clickhouse.ts';
import { startSystem } from '../test/e2e/system.ts';
import type { System } from '../test/e2e/system.ts';
import { openLoad } from './load.ts';
import type { LoadTarget, OpenResult } from './load.ts';
import { startListening } from './processes.ts';

const RATE_PER_SECOND = 300;
const AWAY_SECONDS = Number(process.env['SETPOINT_BENCH_SECONDS'] ?? 60);
const BESIDE_SECONDS = Math.max(3, Math.round(AWAY_SECONDS / 2));
const WARM_SECONDS = 5;
const LOOK_EVERY_MS = 100;
const FOR_EVER = 1_000_000;

type Way = 'stopped' | 'refusing' | 'late';
const WAYS: readonly Way[] = ['stopped', 'refusing', 'late'];

export async function run(): Promise<Record<string, unknown>> {
  const figures: Record<string, unknown> = {};
  for (const way of WAYS)
    for (const [name, value] of Object.entries(await awayBy(way)))
      figures[way === 'stopped' ? name : `${way}.${name}`] = value;
  return {
    ...figures,
    awaySeconds: AWAY_SECONDS,
    requestsPerSecond: RATE_PER_SECOND,
    loadAverage: loadavg()
      .map((value) => value.toFixed(1))
      .join(' '),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.version,
    runs: 1,
  };
}

async function awayBy(way: Way): Promise<Record<string, unknown>> {
  const directory = mkdtempSync(join(tmpdir(), 'setpoint-bench-away-'));
  const upstream = await startListening('./upstream.ts', []);
  const front = way === 'stopped' ? undefined : await startFront(join(directory, 'front'));
  const system = await startSystem({
    workers: 1,
    settings: {
      providers: [
        {
          name: 'bench',
          dialect: 'openai',
          baseUrl: `${upstream.url}/v1`,
          priceProvider: 'openai',
          key: 'none',
        },
      ],
      simulator: { enabled: 'never' },
      ...(front !== undefined && { ledger: { url: front.url } }),
    },
  });
  try {
    return await measure(way, system, front);
  } finally {
    await system.stop();
    await front?.kill();
    upstream.child.kill('SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measure(way: Way, system: System, front: Front | undefined): Promise<Record<string, unknown>> {
  const target: LoadTarget = {
    url: `${system.gatewayUrl}/v1/chat/completions`,
    headers: { 'x-setpoint-workflow': 'bench' },
    body: JSON.stringify({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: 'hello '.repeat(200) }],
    }),
  };
  const loads: OpenResult[] = [];
  const load = async (seconds: number): Promise<OpenResult> => {
    const result = await openLoad(target, RATE_PER_SECOND, seconds);
    loads.push(result);
    return result;
  };
  await load(WARM_SECONDS);
  const before = await load(BESIDE_SECONDS);
  const back = await takeAway(way, system, front);
  const during = await load(AWAY_SECONDS);
  const waiting = during.requests;
  await back();
  const backMs = performance.now();
  const caughtUp = untilCalls(system, sumOf(loads), backMs);
  const after = await load(BESIDE_SECONDS);
  const { seconds, calls } = await caughtUp;
  await untilCalls(system, sumOf(loads), performance.now());
  const there = await inLedger(system, front);
  const answered = sumOf(loads);
  return {
    beforeP99Ms: rounded(before.p99Ms),
    duringP99Ms: rounded(during.p99Ms),
    afterP99Ms: rounded(after.p99Ms),
    p99ChangeMs: rounded(during.p99Ms - before.p99Ms),
    p50ChangeMs: rounded(during.p50Ms - before.p50Ms),
    waiting,
    caughtUpSeconds: rounded(seconds),
    catchUpRatio: rounded((waiting + calls) / seconds / RATE_PER_SECOND),
    lost: answered - there.attempts,
    doubled: there.lines - there.attempts,
    failed: loads.reduce((sum, { errors }) => sum + errors, 0),
  };
}

/** @returns what brings the store back. */
async function takeAway(way: Way, system: System, front: Front | undefined): Promise<() => Promise<void>> {
  if (front !== undefined) {
    const fault = { statement: 'INSERT INTO setpoint.lines', times: FOR_EVER } as const;
    await front.faults([
      way === 'late'
        ? { ...fault, kind: 'cut', when: 'after' }
        : { ...fault, kind: 'status', when: 'before' },
    ]);
    return () => front.faults([]);
  }
  const ledger = (await system.processes()).find(({ role }) => role === 'ledger');
  if (ledger === undefined) throw new Error('no ledger process is running');
  process.kill(ledger.pid, 'SIGSTOP');
  return () => Promise.resolve(void process.kill(ledger.pid, 'SIGCONT'));
}

/** Until the ledger holds so many calls; and how many of them came since the store was back, at the rate of arrival. */
async function untilCalls(
  system: System,
  calls: number,
  sinceMs: number,
): Promise<{ readonly seconds: number; readonly calls: number }> {
  for (;;) {
    const { total } = await system
      .api<{ total: { calls: number } }>('/api/v1/ledger?of=calls&by=workflow&during=today')
      .catch(() => ({ total: { calls: 0 } }));
    const seconds = (performance.now() - sinceMs) / 1_000;
    if (total.calls >= calls) return { seconds, calls: total.calls - calls };
    if (seconds > 300) throw new Error(`the ledger has ${total.calls} of ${calls} calls after ${seconds} s`);
    await pause(LOOK_EVERY_MS);
  }
}

async function inLedger(
  system: System,
  front: Front | undefined,
): Promise<{ readonly lines: number; readonly attempts: number }> {
  const place: StorePlace =
    front === undefined
      ? { kind: 'embedded', path: join(system.directory, 'data', 'ledger') }
      : { kind: 'clickhouse', url: front.url, database: 'setpoint' };
  if (front === undefined) await stopAndWait(system);
  const engine = await openEngine(place);
  const [[lines, attempts] = []] = await engine.select(
    'SELECT count(), uniqExact(attempt_id) FROM setpoint.lines',
  );
  await engine.close();
  return { lines: Number(lines), attempts: Number(attempts) };
}

/** Only one process may open an embedded ledger. */
async function stopAndWait(system: System): Promise<void> {
  const [supervisor] = (await system.processes()).filter(({ role }) => role === 'supervisor');
  if (supervisor !== undefined) process.kill(supervisor.pid, 'SIGTERM');
  while ((await system.processes()).length > 0) await pause(LOOK_EVERY_MS);
}

function sumOf(loads: readonly OpenResult[]): number {
  return loads.reduce((sum, { requests }) => sum + requests, 0);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
