/**
 * How long a question takes on ten million calls of fifteen months, loaded through the import path: any roll-up, any page,
 * any receipt. Every question is asked once to warm up and then `RUNS` times; the figures are over all of those.
 *
 * Wall time says nothing when others use the machine, so each question's processor time stands beside it, and what it would
 * take on two idle cores (`…Idle…`: processor time ÷ 2, an estimate and no measurement), and the load average.
 *
 * With `--keep` the loaded ledger stays under the system's temporary directory and is asked again by the next run.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

import { openLedger } from '../src/ledger/ledger.ts';
import type { Condition, Dimension, Ledger, Measure, Question } from '../src/ledger/ledger.ts';
import { FROM_MS, TO_MS, companyBlocks } from './questions-company.ts';

const CALLS = Number(process.env['SETPOINT_BENCH_CALLS'] ?? 10_000_000);
const SEED = 20_261_125;
const RUNS = Number(process.env['SETPOINT_BENCH_RUNS'] ?? 5);
const TABLE: readonly Measure[] = ['calls', 'averageInputTokens', 'share', 'cost'];
const EVERY_SUM: readonly Measure[] = [
  'calls',
  'attempts',
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cost',
  'inputCost',
  'outputCost',
  'listCost',
  'unpricedCalls',
  'lines',
];

type Asked = Partial<Question> & { readonly name: string };

const by = (...dimensions: Dimension[]): Asked => ({ name: `by ${dimensions.join(' × ')}`, by: dimensions });

const QUESTIONS: readonly Asked[] = [
  { name: 'one total' },
  { name: 'one total, every sum', of: EVERY_SUM },
  ...(
    [
      'workflow',
      'team',
      'customer',
      'key',
      'provider',
      'model',
      'account',
      'region',
      'status',
      'kind',
      'part',
      'basis',
      'serviceTier',
      'priceVersion',
      'source',
      'leg',
      'cause',
      'forMonth',
      'attributedBy',
      'tag:feature',
      'tag:environment',
      'bucket',
      'rate',
      'month',
      'week',
      'day',
      'hour',
    ] as const
  ).map((one) => by(one)),
  ...(
    ['modelRequested', 'wire', 'stream', 'geo', 'path', 'fingerprint', 'contextBand', 'endpoint'] as const
  ).map((one) => by(one)),
  by('day', 'workflow'),
  by('month', 'customer'),
  by('month', 'model'),
  by('customer', 'model'),
  by('workflow', 'customer', 'key'),
  by('provider', 'account', 'model', 'bucket'),
  by('month', 'provider', 'model', 'bucket', 'rate'),
  { ...by('customer'), name: 'by customer, every sum', of: EVERY_SUM },
  { ...by('workflow'), name: 'by workflow, composition', of: ['composition', 'cost'] },
  {
    ...by('model'),
    name: 'by model of one workflow',
    where: [{ dimension: 'workflow', is: ['support-copilot'] }],
  },
  {
    ...by('customer'),
    name: 'by customer of one workflow',
    where: [{ dimension: 'workflow', is: ['support-copilot'] }],
  },
  { ...by('day'), name: 'by day of one customer', where: [{ dimension: 'customer', is: ['customer-7'] }] },
  {
    ...by('tag:feature', 'team'),
    name: 'by tag × team in production',
    where: [{ dimension: 'tag:environment', is: ['production'] }],
  },
  { ...by('day', 'workflow'), name: 'by day × workflow in Berlin', timeZone: 'Europe/Berlin' },
  { ...by('month', 'customer'), name: 'by month × customer in Berlin', timeZone: 'Europe/Berlin' },
  { name: 'requests, one total', of: ['requests', 'cost'] },
  { ...by('workflow'), name: 'requests by workflow', of: ['requests', 'cost'] },
  { ...by('customer'), name: 'requests by customer', of: ['requests', 'cost'] },
  { ...by('month', 'workflow'), name: 'requests by month × workflow', of: ['requests', 'cost'] },
];

const PAGES: ReadonlyArray<{ readonly name: string; readonly where: readonly Condition[] }> = [
  { name: 'all', where: [] },
  { name: 'one workflow', where: [{ dimension: 'workflow', is: ['sales-research'] }] },
  { name: 'a rare customer', where: [{ dimension: 'customer', is: ['customer-140'] }] },
  {
    name: 'workflow and model',
    where: [
      { dimension: 'workflow', is: ['triage'] },
      { dimension: 'model', is: ['nova-micro'] },
    ],
  },
  { name: 'a tag', where: [{ dimension: 'tag:feature', is: ['route'] }] },
  { name: 'a rare status', where: [{ dimension: 'status', is: ['upstream_failed'] }] },
  { name: 'one key', where: [{ dimension: 'key', is: ['key-9'] }] },
  { name: 'nothing', where: [{ dimension: 'customer', is: ['nobody'] }] },
];

export async function run({ keep }: { readonly keep: boolean }): Promise<Record<string, unknown>> {
  const path = join(tmpdir(), `setpoint-bench-questions-${CALLS}-${SEED}`);
  const whole = join(path, 'whole');
  if (!existsSync(whole)) rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  const ledger = await openLedger({
    place: { kind: 'embedded', path: join(path, 'ledger') },
    nowMs: () => TO_MS,
    progress: () => ({ backlogFrames: 0, completeUntilMs: TO_MS, trouble: '' }),
  });
  try {
    const loadSeconds = existsSync(whole) ? undefined : await load(ledger);
    const condenseStartMs = performance.now();
    await ledger.condense('all');
    const condenseSeconds = round((performance.now() - condenseStartMs) / 1000);
    writeFileSync(whole, '');
    return {
      ...(await measure(ledger)),
      ...loaded(loadSeconds),
      condenseSeconds,
      bytesPerCall: Math.round(sizeOf(join(path, 'ledger')) / CALLS),
    };
  } finally {
    await ledger.close();
    if (!keep) rmSync(path, { recursive: true, force: true });
  }
}

function loaded(seconds: number | undefined): Record<string, unknown> {
  if (seconds === undefined) return {};
  return { loadSeconds: round(seconds), importedLinesPerSecond: Math.round(CALLS / seconds) };
}

/** Seconds that the ledger took; making the calls up is not its work. */
async function load(ledger: Ledger): Promise<number> {
  let spentMs = 0;
  for (const block of companyBlocks(CALLS, SEED)) {
    const startMs = performance.now();
    await ledger.importLines(block);
    spentMs += performance.now() - startMs;
    process.stderr.write(`loaded ${block.id}\n`);
  }
  return spentMs / 1000;
}

async function measure(ledger: Ledger): Promise<Record<string, unknown>> {
  const asked = await timed(QUESTIONS, (one) => ledger.ask(toQuestion(one)));
  const cursors = new Map<string, string | null>();
  const calls: string[] = [];
  const pages = await timed(PAGES, async ({ name, where }) => {
    const page = await ledger.page({
      during: { fromMs: FROM_MS, toMs: TO_MS },
      where,
      simulated: 'include',
      limit: 100,
      cursor: cursors.get(name) ?? null,
    });
    cursors.set(name, page.nextCursor);
    calls.push(...page.lines.slice(0, 2).map(({ call }) => call));
  });
  const receipts = await timed(
    calls.slice(0, 20).map((call) => ({ name: call, call })),
    ({ call }) => ledger.receipt(call),
  );
  const all = (times: Timed[]): number[] => times.flatMap(({ ms }) => ms);
  const idle = (times: Timed[]): number[] => times.flatMap(({ cpuMs }) => cpuMs.map((one) => one / CORES));
  const answer = await ledger.ask(toQuestion({ name: 'all' }));
  return {
    calls: answer.total.calls,
    rollupP50Ms: round(quantile(all(asked), 0.5)),
    rollupP95Ms: round(quantile(all(asked), 0.95)),
    pageP95Ms: round(quantile(all(pages), 0.95)),
    receiptP95Ms: round(quantile(all(receipts), 0.95)),
    rollupIdleP95Ms: round(quantile(idle(asked), 0.95)),
    pageIdleP95Ms: round(quantile(idle(pages), 0.95)),
    receiptIdleP95Ms: round(quantile(idle(receipts), 0.95)),
    loadAverage: loadavg().map(round).join(' '),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.version,
    runs: RUNS,
    table: tableOf([...asked, ...pages.map((one) => ({ ...one, name: `page: ${one.name}` }))]),
  };
}

interface Timed {
  readonly name: string;
  readonly ms: readonly number[];
  /** Of the whole process: nothing else runs in it. */
  readonly cpuMs: readonly number[];
}

const CORES = 2;

function cpuNowMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function timed<One extends { readonly name: string }>(
  all: readonly One[],
  work: (one: One) => Promise<unknown>,
): Promise<Timed[]> {
  const times: Timed[] = [];
  for (const one of all) {
    await work(one);
    const ms: number[] = [];
    const cpuMs: number[] = [];
    for (let at = 0; at < RUNS; at += 1) {
      const startMs = performance.now();
      const startCpuMs = cpuNowMs();
      await work(one);
      ms.push(performance.now() - startMs);
      cpuMs.push(cpuNowMs() - startCpuMs);
    }
    times.push({ name: one.name, ms, cpuMs });
    process.stderr.write(`${lineOf({ name: one.name, ms, cpuMs })}\n`); // a long run is seen to move, and one cut short is not lost
  }
  return times;
}

function toQuestion(asked: Asked): Question {
  return {
    of: TABLE,
    by: [],
    during: { fromMs: FROM_MS, toMs: TO_MS },
    where: [],
    timeZone: 'UTC',
    simulated: 'exclude',
    limit: 100,
    ...asked,
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function tableOf(times: readonly Timed[]): string {
  return times
    .toSorted((a, b) => quantile(b.cpuMs, 0.5) - quantile(a.cpuMs, 0.5))
    .map(lineOf)
    .join('\n');
}

function lineOf({ name, ms, cpuMs }: Timed): string {
  const figures = [quantile(ms, 0.5), quantile(ms, 0.95), quantile(cpuMs, 0.5)];
  const [p50, p95, cpu] = figures.map((one) => one.toFixed(0).padStart(6));
  return `${p50} ms p50 ${p95} ms p95 ${cpu} ms cpu  ${name}`;
}

function sizeOf(path: string): number {
  const about = statSync(path);
  if (!about.isDirectory()) return about.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
