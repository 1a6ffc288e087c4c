/** Exactly once: whatever is repeated, half done or killed, each line is in the ledger once and the roll-up agrees. */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { encodeLines, encodePresumed, openLedger } from '../../src/ledger/ledger.ts';
import type { Ledger, LineBatch } from '../../src/ledger/ledger.ts';
import { LINE_COLUMNS } from '../../src/ledger/stores/columns.ts';
import { CONDENSED, QUARTERS } from '../../src/ledger/stores/rollups.ts';
import { openEngine } from '../../src/ledger/stores/engine.ts';
import type { Engine } from '../../src/ledger/stores/engine.ts';
import { formatDollars } from '../../src/units/money.ts';
import { HOSTILE, createDice, sampleIntent, sampleSettlements, uuid7 } from './ledger-samples.ts';
import { costOf, trueLines } from './ledger-truth.ts';
import { isOnServer, newPlace } from './ledger-place.ts';
import type { TestPlace } from './ledger-place.ts';

// Three months, so that one batch falls into several partitions.
const SPAN = { fromMs: Date.parse('2026-08-20T00:00:00Z'), toMs: Date.parse('2026-10-10T00:00:00Z') };
const SETTLEMENTS = sampleSettlements(99, 900, SPAN);
const COST = formatDollars(costOf(trueLines(SETTLEMENTS)));
const LINES = trueLines(SETTLEMENTS).length;

let store: TestPlace;
let ledger: Ledger;
let engine: Engine;

beforeEach(async () => {
  store = await newPlace();
  await open();
});

afterEach(async () => {
  await close();
  await store.remove();
});

async function open(): Promise<void> {
  const progress = () => ({ backlogFrames: 0, completeUntilMs: 0, trouble: '' });
  ledger = await openLedger({ place: store.place, nowMs: Date.now, progress });
  engine = await openEngine(store.place);
}

async function close(): Promise<void> {
  await engine.close();
  await ledger.close();
}

function batch(from: number, to: number, journal = 'worker-1'): LineBatch {
  const rows = SETTLEMENTS.slice(from, to).map((settlement, at) =>
    Buffer.from(encodeLines(settlement, { journal, sequence: from + at })),
  );
  return { token: `${journal}:${from}:${to - 1}:0123abcd`, rows, count: rows.length };
}

/** Lines and cost, by the lines and by every roll-up: all must be those of the settlements. */
async function expectAll(): Promise<void> {
  const [row] = await engine.select('SELECT count(), toString(sum(cost)) FROM setpoint.lines');
  expect(row?.map(String)).toEqual([String(LINES), COST]);
  await ledger.condense('all');
  for (const { table, ofUses, linesBy } of [QUARTERS, ...CONDENSED]) {
    const [sums] = await engine.select(
      `SELECT sum(${linesBy}), toString(sum(${ofUses ? 'use_cost' : 'cost'})) FROM setpoint.${table}`,
    );
    expect(sums?.map(String), table).toEqual([String(LINES), COST]);
  }
  expect(await ledger.rollupsAgree()).toBe(true);
}

test('the same batch twice is there once, in the roll-up too', async () => {
  for (const [from, to] of [
    [0, 500],
    [0, 500],
    [500, 900],
    [0, 500],
    [500, 900],
  ] as const)
    await ledger.insert(batch(from, to));
  await expectAll();
});

test('the same batch after closing and opening is there once', async () => {
  await ledger.insert(batch(0, 900));
  await close();
  await open();
  await ledger.insert(batch(0, 900));
  await expectAll();
});

test('a crash between lines and roll-up is mended by the next try', async () => {
  await ledger.insert(batch(0, 400));
  await engine.run('DETACH TABLE setpoint.rollup_view');
  await ledger.insert(batch(400, 900));
  await engine.run('ATTACH TABLE setpoint.rollup_view');
  expect(await ledger.rollupsAgree()).toBe(false);
  await ledger.insert(batch(400, 900));
  await expectAll();
});

test('after a failed insert, sums are mended before anyone is told that the lines are there', async () => {
  await ledger.insert(batch(0, 400));
  await engine.run('DETACH TABLE setpoint.rollup_view');
  await ledger.insert(batch(400, 900));
  await engine.run('ATTACH TABLE setpoint.rollup_view');
  await expect(
    ledger.insert({ token: 'bad', rows: [Buffer.from('["worker-1",9,0]x\n')], count: 1 }),
  ).rejects.toThrow();
  expect(await ledger.rollupsAgree()).toBe(false);
  expect((await ledger.existing('worker-1', 400, 899)).size).toBe(500);
  await expectAll();
});

test('a crash between lines and roll-up is mended by opening, and the next try adds nothing', async () => {
  await ledger.insert(batch(0, 400));
  await engine.run('DETACH TABLE setpoint.rollup_view');
  await ledger.insert(batch(400, 900));
  await engine.run('ATTACH TABLE setpoint.rollup_view');
  await close();
  await open();
  expect(await ledger.rollupsAgree()).toBe(true);
  await close();
  await open();
  await ledger.insert(batch(400, 900));
  await expectAll();
});

test('a rebuild changes nothing, and batches tried before it are not counted again', async () => {
  await ledger.insert(batch(0, 400));
  await ledger.insert(batch(400, 900));
  await ledger.rebuildRollups();
  await expectAll();
  await ledger.insert(batch(400, 900));
  await expectAll();
});

test('after a rebuild, of a batch that was half there only the rest is inserted', async () => {
  const { rows } = batch(0, 900);
  await ledger.insert({ token: 'half', rows: rows.slice(0, 650), count: 650 });
  await ledger.rebuildRollups();
  await ledger.insert(batch(300, 900));
  await expectAll();
});

test('a roll-up of another definition is made anew from the lines', async () => {
  await ledger.insert(batch(0, 900));
  await engine.run("INSERT INTO setpoint.schema_version VALUES (1, 'older', now64(3) + 10)");
  await close();
  await open();
  await expectAll();
});

test('a ledger of a newer version is refused and left alone', async () => {
  await engine.run("INSERT INTO setpoint.schema_version VALUES (99, '', now64(3) + 10)");
  await close();
  await expect(open()).rejects.toThrow(/newer Setpoint wrote it/);
  engine = await openEngine(store.place);
  await engine.run('TRUNCATE TABLE setpoint.schema_version');
  await engine.close();
  await open();
});

async function dropRollups(): Promise<void> {
  await engine.run(`DROP VIEW setpoint.${QUARTERS.table}_view`);
  for (const { table } of [QUARTERS, ...CONDENSED]) {
    await engine.run(`DROP TABLE setpoint.${table}`);
  }
}

test('a column that the table lacks is added; rows written without it still read', async () => {
  await dropRollups();
  const added = LINE_COLUMNS.slice(LINE_COLUMNS.findIndex(({ name }) => name === 'maps_query'));
  expect(added.map(({ name }) => name)).toEqual(expect.arrayContaining(['account', 'source', 'list_costs']));
  for (const { name } of added) await engine.run(`ALTER TABLE setpoint.lines DROP COLUMN ${name}`);
  await close();
  await open();
  const { token, rows } = batch(0, 900);
  const shorter = rows.map((row) =>
    Buffer.from(String(row).replaceAll(/[^\n]+/g, withoutLast(added.length))),
  );
  await ledger.insert({ token, rows: shorter, count: rows.length });
  await expectAll();
  const { total, rows: groups } = await ledger.ask({
    of: ['cost', 'listCost'],
    by: ['source', 'account', 'leg'],
    during: SPAN,
    where: [],
    timeZone: 'UTC',
    simulated: 'include',
    limit: 10,
  });
  expect(groups.map(({ group }) => group)).toEqual([['gateway', '', 'settle']]);
  expect(total).toEqual({ cost: COST, listCost: COST });
});

function withoutLast(cells: number): (row: string) => string {
  return (row) => JSON.stringify((JSON.parse(row) as unknown[]).slice(0, -cells), moneyAsText);
}

/** JSON has no 123e-12 once it was read as a number; the store takes decimals as text too. */
function moneyAsText(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(12) : value;
}

test('a ledger of the first version becomes a present one, and keeps its lines', async () => {
  await ledger.insert(batch(0, 900));
  await dropRollups();
  for (const name of ['calls', 'attempts', 'unpriced'])
    await engine.run(`ALTER TABLE setpoint.lines MODIFY COLUMN ${name} Int8 SETTINGS mutations_sync = 1`);
  await engine.run("INSERT INTO setpoint.schema_version VALUES (1, 'first', now64(3) + 10)");
  await close();
  await open();
  await expectAll();
  const [types] = await engine.select(
    "SELECT groupArray(type) FROM system.columns WHERE database = 'setpoint' AND table = 'lines' AND name IN ('calls', 'attempts', 'unpriced')",
  );
  expect(types?.[0]).toEqual(['Int64', 'Int64', 'Int64']);
});

test('a ledger of the second version is kept as safely as a new one from then on', async () => {
  const settings = async (): Promise<unknown> =>
    engine.select(
      "SELECT name, extract(create_table_query, 'min_rows_to_fsync_after_merge = 1'), extract(create_table_query, 'min_bytes_for_wide_part = \\\\d+') " +
        "FROM system.tables WHERE database = 'setpoint' AND name IN ('lines', 'postings', 'locked_months', 'locked_journals', 'rebuilds', 'schema_version') ORDER BY name",
    );
  const fresh = await settings();
  expect(JSON.stringify(fresh)).toContain(
    '["lines","min_rows_to_fsync_after_merge = 1","min_bytes_for_wide_part = 268435456"]',
  );
  await ledger.insert(batch(0, 900));
  for (const table of ['postings', 'locked_months', 'locked_journals'])
    await engine.run(`DROP TABLE setpoint.${table}`);
  for (const table of ['rebuilds', 'schema_version'])
    await engine.run(`ALTER TABLE setpoint.${table} RESET SETTING min_rows_to_fsync_after_merge`);
  await engine.run(
    'ALTER TABLE setpoint.lines RESET SETTING min_rows_to_fsync_after_merge, min_bytes_for_wide_part',
  );
  const [[definition] = []] = await engine.select(
    'SELECT rollup FROM setpoint.schema_version ORDER BY applied_at DESC LIMIT 1',
  );
  await engine.run('INSERT INTO setpoint.schema_version VALUES (2, {definition:String}, now64(3) + 10)', {
    definition,
  });
  await close();
  await open();
  expect(await settings()).toEqual(fresh);
  await expectAll();
});

test('existing tells which sequences are there', async () => {
  await ledger.insert(batch(100, 110));
  await ledger.insert(batch(105, 108, 'worker-2'));
  expect([...(await ledger.existing('worker-1', 98, 104))].toSorted()).toEqual([100, 101, 102, 103, 104]);
  expect([...(await ledger.existing('worker-2', 0, 106))].toSorted()).toEqual([105, 106]);
  expect(await ledger.existing("'; DROP TABLE lines; --", 0, 1_000)).toEqual(new Set());
});

test('bad batches are refused whole, and the next good one goes in', async () => {
  const { rows } = batch(0, 5);
  await expect(ledger.insert({ token: "x', insert_deduplicate = 0 --", rows, count: 5 })).rejects.toThrow(
    /not a batch token/,
  );
  await expect(
    ledger.insert({
      token: 'bad',
      rows: [...rows, Buffer.from('["worker-1",9,0,"settle","no uuid"]\n')],
      count: 6,
    }),
  ).rejects.toThrow();
  expect((await ledger.health()).lines).toBe(0);
  await ledger.insert({ token: 'none', rows: [], count: 0 });
  await ledger.insert(batch(0, 900));
  await expectAll();
});

test('hostile text and presumed charges read back as they were', async () => {
  const dice = createDice(3);
  const texts = [...HOSTILE, '\ud800 torn', '\u0000', '\u007f\u0085', 'e\u0301', ''];
  const rows = texts.map((text, sequence) => {
    const intent = sampleIntent(dice, SPAN, uuid7(dice, SPAN.fromMs), 1);
    const attribution = {
      workflow: text,
      team: text,
      customer: text,
      request: text,
      session: text,
      tags: { [text]: text, x: text },
    };
    return Buffer.from(
      encodePresumed({ ...intent, simulated: false, attribution }, { journal: 'w"\\1', sequence }, text),
    );
  });
  await ledger.insert({ token: 'hostile', rows, count: rows.length });
  const page = await ledger.page({ during: SPAN, where: [], simulated: 'include', limit: 100, cursor: null });
  const read = new Map(page.lines.map((line) => [line.id, line]));
  texts.forEach((text, sequence) => {
    const written = text.toWellFormed();
    expect(read.get(`w"\\1:${sequence}:0`)).toMatchObject({
      workflow: written,
      team: written,
      customer: written,
      request: written,
      session: written,
      flag: written,
      tags: { [written]: written, x: written },
      leg: 'presume',
      basis: 'presumed',
      status: 'crashed',
    });
  });
});

test.skipIf(isOnServer())('a second process is refused with words that say what to do', async () => {
  const { code, output } = await runChild(
    `await openLedger({ place, nowMs: Date.now, progress: () => ({}) });`,
  );
  expect(code).not.toBe(0);
  expect(output).toMatch(/in use by another process/);
});

test('killed in the middle of inserting: every batch tried again, every line there once', async () => {
  await close();
  const killed = await runChild(
    `const ledger = await openLedger({ place, nowMs: Date.now, progress: () => ({}) });
     const rows = ${JSON.stringify(batch(0, 900).rows.map(String))}.map((row) => Buffer.from(row));
     for (let from = 0; from < 900; from += 90) {
       if (from === 810) await new Promise(() => undefined); // the last one waits for its death
       await ledger.insert({ token: 'worker-1:' + from, rows: rows.slice(from, from + 90), count: 90 });
       if (from === 360) setTimeout(() => process.kill(process.pid, 'SIGKILL'), 15);
     }`,
  );
  expect(killed.signal, killed.output).toBe('SIGKILL');
  await open();
  const survived = (await ledger.health()).lines;
  expect(survived).toBeGreaterThanOrEqual(trueLines(SETTLEMENTS.slice(0, 450)).length);
  expect(survived).toBeLessThan(LINES);
  const { rows } = batch(0, 900);
  for (let from = 0; from < 900; from += 90)
    await ledger.insert({ token: `worker-1:${from}`, rows: rows.slice(from, from + 90), count: 90 });
  await expectAll();
}, 240_000);

async function runChild(
  body: string,
): Promise<{ code: number | null; signal: string | null; output: string }> {
  const script = join(mkdtempSync(join(tmpdir(), 'setpoint-child-')), 'child.mjs');
  const door = new URL('../../src/ledger/ledger.ts', import.meta.url).href;
  writeFileSync(
    script,
    `import { openLedger } from ${JSON.stringify(door)};\nconst place = ${JSON.stringify(store.place)};\n${body}`,
  );
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += String(chunk)));
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, output })));
}
