/**
 * The recorded prompts of two models through the whole running system, in both dialects, streamed and not: the ledger has
 * one line per call, and every sum over every dimension equals what the client adds up itself, to the last picodollar.
 * Then the same while each role is killed in the middle.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Answer, LedgerLine, LinePage } from '../../src/ledger/question.ts';
import type { BookEntry } from '../../src/simulator/simulator.ts';
import { TEAMS, WORKFLOWS, planCalls, play, settleWithBook } from './replay-client.ts';
import type { Acknowledged, Counted, PlannedCall, Played } from './replay-client.ts';
import { startSystem } from './system.ts';
import type { Role, System } from './system.ts';

const RECORDED = resolve('../shared/fixtures/outcomes/gsm8k-two-models.csv');
const PRESENT = existsSync(RECORDED);
const COLUMNS = {
  'mistralai/Mixtral-8x7B-Instruct-v0.1': 'mistralai/Mixtral-8x7B-Instruct-v0.1_response',
  'gpt-4-1106-preview': 'gpt-4-1106-preview_response',
};

/** Picodollars per token, and the same as dollars per million tokens for the settings: stated twice, computed nowhere. */
const RATES: Readonly<Record<string, Counted>> = {
  'mistralai/Mixtral-8x7B-Instruct-v0.1': { freshIn: 600_000n, cacheRead: 37_500n, textOut: 600_000n },
  'gpt-4-1106-preview': { freshIn: 10_000_000n, cacheRead: 1_234_567n, textOut: 30_000_001n },
};
const OVERRIDES = [
  {
    provider: 'simulator',
    model: 'mistralai/Mixtral-8x7B-Instruct-v0.1',
    rates: { freshIn: '0.6', cacheRead: '0.0375', textOut: '0.6' },
  },
  {
    provider: 'simulator',
    model: 'gpt-4-1106-preview',
    rates: { freshIn: '10', cacheRead: '1.234567', textOut: '30.000001' },
  },
];
const AT_ONCE = 24;
const MINUTES = 60_000;

let system: System;
let calls: PlannedCall[];

describe.skipIf(!PRESENT)(
  `the recorded prompts${PRESENT ? '' : ' (skipped: ../shared/fixtures/outcomes is absent)'}`,
  () => {
    beforeAll(async () => {
      const rows: Array<Record<string, string>> = parse(readFileSync(RECORDED, 'utf8'), { columns: true });
      calls = planCalls(rows, 'prompt', COLUMNS);
      system = await startSystem({
        simulator: { timeScale: SPEED, replay: { file: RECORDED, promptColumn: 'prompt', models: COLUMNS } },
        settings: { prices: { overrides: OVERRIDES } },
      });
    });
    afterAll(() => system?.stop());

    test('the plan covers what it promises', () => {
      expect(calls).toHaveLength(2 * 1_319);
      expect(new Set(calls.map((call) => call.customer)).size).toBe(40);
      expect(Math.abs(calls.filter((call) => call.stream).length * 2 - calls.length)).toBeLessThanOrEqual(2);
      expect(
        Math.abs(calls.filter((call) => call.wire === 'openai-chat').length * 2 - calls.length),
      ).toBeLessThanOrEqual(4);
      const combinations = new Set(
        calls.map((call) => `${call.workflow} ${call.team} ${call.wire} ${call.stream}`),
      );
      expect(combinations.size).toBe(WORKFLOWS.length * TEAMS.length * 2 * 2);
    });

    test.each(['first', 'second'])(
      'the %s run: a line per call, and every sum exact',
      async (run) => {
        const played = await play({ system, calls, run, atOnce: AT_ONCE, retry: false });
        expect(played.failed).toEqual([]);
        expect(played.acknowledged.filter((call) => call.text !== call.planned.recorded)).toEqual([]);
        const settled = settleWithBook(played.acknowledged, await readBook());
        await untilLedgerHas(run, calls.length);
        await compareSums(run, settled, calls.length);
        compareLines(await linesOf(run), settled, []);
      },
      10 * MINUTES,
    );

    test.each<[Role, number]>([
      ['gateway', 0],
      ['control', 1],
      ['ledger', 2],
      ['supervisor', 3],
    ])(
      '%s is killed in the middle: no acknowledged call is lost or doubled',
      async (role, part) => {
        const quarter = calls.filter((call) => (call.index >> 1) % 4 === part);
        const run = `kill-${role}`;
        await fetch(`${system.simulatorUrl}/simulator/book`, { method: 'DELETE' });
        const played = await playWithKill(run, quarter, role);
        expect(played.acknowledged).toHaveLength(quarter.length);
        expect(played.acknowledged.filter((call) => call.text !== call.planned.recorded)).toEqual([]);
        const settled = settleWithBook(played.acknowledged, await readBook());
        await expect
          .poll(async () => missingLines(await linesOf(run), settled), { timeout: MINUTES, interval: 500 })
          .toEqual([]);
        await untilQuiet(run);
        const lines = await linesOf(run);
        compareLines(
          lines,
          settled,
          played.failed.map((one) => one.request),
        );
        await everyInvoicedCallHasALine(lines);
        expect(
          presumed(lines).length,
          'presumed lines are those of attempts that failed',
        ).toBeLessThanOrEqual(played.failed.length);
        // A kill that hit no call under way would prove nothing. Control and ledger are not on a call's path: there none may fail.
        if (role === 'gateway') expect(presumed(lines).length).toBeGreaterThan(0);
        if (role === 'control' || role === 'ledger') expect(played.failed).toEqual([]);
      },
      10 * MINUTES,
    );
  },
);

/** How the settings say "fast, but not at once": calls must be under way when a process is killed. */
const SPEED = 0.05;

async function playWithKill(run: string, quarter: readonly PlannedCall[], role: Role): Promise<Played> {
  let killed: Promise<unknown> | undefined;
  const strike = async (): Promise<void> => {
    expect(await system.kill(role)).not.toEqual([]);
    if (role === 'supervisor') await system.startAgain();
  };
  const played = await play({
    system,
    calls: quarter,
    run,
    atOnce: AT_ONCE,
    retry: true,
    onProgress: (answered) => {
      if (answered === Math.floor(quarter.length / 2)) killed = strike();
    },
  });
  if (killed === undefined) throw new Error('nothing was killed');
  await killed;
  await system.ready();
  return played;
}

async function readBook(): Promise<BookEntry[]> {
  const response = await fetch(`${system.simulatorUrl}/simulator/book`);
  expect(response.headers.get('x-book-dropped')).toBe('0');
  return JSON.parse(await response.text());
}

function ask(run: string, of: string, by: string): Promise<Answer> {
  const query = new URLSearchParams({
    of,
    by,
    during: 'all',
    simulated: 'include',
    where: `tag:run=${run}`,
    limit: '10000',
  });
  if (by === '') query.delete('by');
  return system.api<Answer>(`/api/v1/ledger?${query}`);
}

async function untilLedgerHas(run: string, count: number): Promise<void> {
  await expect
    .poll(async () => (await ask(run, 'calls', '')).total.calls, { timeout: MINUTES, interval: 200 })
    .toBe(count);
}

/** Recovery of a killed writer has ended when the number of lines no longer changes. */
async function untilQuiet(run: string): Promise<void> {
  let before = -1;
  await expect
    .poll(
      async () => {
        const now = (await linesOf(run)).length;
        const same = now === before;
        before = now;
        return same;
      },
      { timeout: MINUTES, interval: 3_000 },
    )
    .toBe(true);
}

async function linesOf(run: string): Promise<LedgerLine[]> {
  const lines: LedgerLine[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query = new URLSearchParams({
      during: 'all',
      simulated: 'include',
      where: `tag:run=${run}`,
      limit: '1000',
      ...(cursor === '' ? {} : { cursor }),
    });
    const page: LinePage = await system.api<LinePage>(`/api/v1/calls?${query}`);
    lines.push(...page.lines);
    cursor = page.nextCursor;
  }
  return lines;
}

type Settled = Acknowledged & { readonly counted: Counted };

/** What each dimension says of a call, from the client's side. */
const SAID: Readonly<Record<string, (call: Settled) => string>> = {
  workflow: ({ planned }) => planned.workflow,
  team: ({ planned }) => planned.team,
  customer: ({ planned }) => planned.customer,
  model: ({ planned }) => planned.model,
  modelRequested: ({ planned }) => planned.model,
  wire: ({ planned }) => planned.wire,
  stream: ({ planned }) => String(planned.stream),
  provider: () => 'simulator',
  status: () => 'ok',
  kind: () => 'primary',
  part: () => 'call',
  basis: () => 'reported',
  endpoint: () => 'inference',
  key: () => 'unkeyed',
  'tag:run': ({ request }) => request.split('-')[0] ?? '',
};
const GROUPINGS = [
  '',
  ...Object.keys(SAID),
  'workflow,team',
  'customer,model',
  'workflow,team,customer,wire,stream,model',
];

async function compareSums(run: string, settled: readonly Settled[], count: number): Promise<void> {
  for (const by of GROUPINGS) {
    const answer = await ask(
      run,
      'calls,attempts,cost,inputCost,outputCost,inputTokens,outputTokens,cacheReadTokens,unpricedCalls,flaggedCalls',
      by,
    );
    const dimensions = by === '' ? [] : by.split(',');
    const expected = groupSums(settled, dimensions);
    const actual = new Map(
      answer.rows.map((row) => [JSON.stringify(by === '' ? [] : row.group), row.figures]),
    );
    expect([...actual.keys()].toSorted(), `groups by ${by}`).toEqual([...expected.keys()].toSorted());
    for (const [group, figures] of expected) expect(actual.get(group), `${by} ${group}`).toEqual(figures);
    expect(answer.total, `total by ${by}`).toEqual([...groupSums(settled, []).values()][0]);
    expect(answer.total.calls).toBe(count);
    expect(answer.other).toBeNull();
  }
}

function groupSums(settled: readonly Settled[], dimensions: readonly string[]): Map<string, Answer['total']> {
  const groups = Map.groupBy(settled, (call) =>
    JSON.stringify(dimensions.map((dimension) => SAID[dimension]?.(call))),
  );
  return new Map([...groups].map(([group, members]) => [group, sumsOf(members)]));
}

function sumsOf(members: readonly Settled[]): Answer['total'] {
  const sum = (of: (call: Settled) => bigint) => members.reduce((total, call) => total + of(call), 0n);
  const input = (call: Settled) =>
    call.counted.freshIn * rate(call, 'freshIn') + call.counted.cacheRead * rate(call, 'cacheRead');
  const output = (call: Settled) => call.counted.textOut * rate(call, 'textOut');
  return {
    calls: members.length,
    attempts: members.length,
    cost: dollars(sum((call) => input(call) + output(call))),
    inputCost: dollars(sum(input)),
    outputCost: dollars(sum(output)),
    inputTokens: Number(sum((call) => call.counted.freshIn + call.counted.cacheRead)),
    outputTokens: Number(sum((call) => call.counted.textOut)),
    cacheReadTokens: Number(sum((call) => call.counted.cacheRead)),
    unpricedCalls: 0,
    flaggedCalls: 0,
  };
}

function rate(call: Settled, bucket: keyof Counted): bigint {
  const rates = RATES[call.planned.model];
  if (!rates) throw new Error(`no price of ${call.planned.model} in this test`);
  return rates[bucket];
}

/** 12 decimals, written out by hand so that the test does not lean on what it tests. */
function dollars(picodollars: bigint): string {
  const digits = picodollars.toString().padStart(13, '0');
  const fraction = digits.slice(-12).replace(/0+$/, '');
  return `${digits.slice(0, -12)}${fraction === '' ? '' : '.'}${fraction}`;
}

function missingLines(lines: readonly LedgerLine[], settled: readonly Settled[]): string[] {
  const known = new Set(lines.filter((line) => line.status === 'ok').map((line) => line.request));
  return settled.map((call) => call.request).filter((request) => !known.has(request));
}

/** One settled line per acknowledged call with its exact cost; every other line belongs to an attempt that failed for the client. */
function compareLines(
  lines: readonly LedgerLine[],
  settled: readonly Settled[],
  failed: readonly string[],
): void {
  expect(new Set(lines.map((line) => line.id)).size, 'no line is there twice').toBe(lines.length);
  const acknowledged = new Map(settled.map((call) => [call.request, call]));
  const others = new Set(failed);
  const seen = new Set<string>();
  for (const line of lines) {
    const call = acknowledged.get(line.request);
    if (!call) {
      expect(others.has(line.request), `the line of ${line.request} belongs to a call that was made`).toBe(
        true,
      );
      continue;
    }
    if (line.status !== 'ok') continue; // an earlier attempt inside the gateway, charged on a line of its own
    expect(seen.has(line.request), `${line.request} is settled once`).toBe(false);
    seen.add(line.request);
    expect(line).toMatchObject({
      call: call.callId,
      responseId: call.responseId,
      leg: 'settle',
      workflow: call.planned.workflow,
      team: call.planned.team,
      customer: call.planned.customer,
      model: call.planned.model,
      stream: call.planned.stream,
      basis: 'reported',
      cost: sumsOf([call]).cost,
    });
  }
  expect(
    settled.map((call) => call.request).filter((request) => !seen.has(request)),
    'acknowledged calls without a line',
  ).toEqual([]);
}

/**
 * The provider would invoice every entry of its book, also those whose answer the client never got whole: each of them has
 * its line by response id, or one of the presumed lines stands for it.
 */
async function everyInvoicedCallHasALine(lines: readonly LedgerLine[]): Promise<void> {
  const known = new Set(lines.map((line) => line.responseId));
  const unclaimed = (await readBook()).filter((entry) => !known.has(entry.id));
  expect(unclaimed.length).toBeLessThanOrEqual(presumed(lines).length);
}

function presumed(lines: readonly LedgerLine[]): LedgerLine[] {
  return lines.filter((line) => line.leg === 'presume');
}
