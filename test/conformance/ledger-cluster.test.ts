/**
 * The tables of a cluster, as far as they can be tested without one: the files are those that this version makes, each
 * statement is one that ClickHouse parses, and on one node, without replication and distribution, they are a ledger.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { clusterFiles, clusterSql, encodeLines, openLedger } from '../../src/ledger/ledger.ts';
import { openEngine } from '../../src/ledger/stores/engine.ts';
import type { Engine } from '../../src/ledger/stores/engine.ts';
import { sampleSettlements } from './ledger-samples.ts';
import { costOf, trueLines } from './ledger-truth.ts';
import { formatDollars } from '../../src/units/money.ts';

const DEPLOYED = resolve(import.meta.dirname, '../../deploy/clickhouse');
const FILES = clusterFiles({ database: 'setpoint', cluster: 'setpoint' });
const STATEMENTS = FILES.flatMap(({ statements }) => statements);

let path: string;
let engine: Engine;
let clock = Date.now(); // what was told long ago is forgotten
beforeAll(async () => {
  path = mkdtempSync(join(tmpdir(), 'setpoint-cluster-'));
  engine = await openEngine({ kind: 'embedded', path });
});
afterAll(async () => {
  await engine.close();
  rmSync(path, { recursive: true, force: true });
});

test('deploy/clickhouse holds what `setpoint ledger ddl --cluster setpoint --out deploy/clickhouse` writes', () => {
  const deployed = readdirSync(DEPLOYED).filter((name) => name.endsWith('.sql'));
  expect(deployed.toSorted()).toEqual(FILES.map(({ name }) => name));
  for (const file of FILES) expect(readFileSync(join(DEPLOYED, file.name), 'utf8')).toBe(clusterSql(file));
});

test('every statement parses', async () => {
  for (const statement of STATEMENTS) await engine.run(`EXPLAIN AST ${statement}`);
  await expect(engine.run(`EXPLAIN AST ${STATEMENTS[1]?.replace('ENGINE', 'ENGIN')}`)).rejects.toThrow(
    /yntax/,
  );
});

test('all that holds lines is replicated within its shard, and small tables on all', () => {
  const paths = STATEMENTS.flatMap(
    (statement) => /Replicated\w*MergeTree\('([^']+)', '([^']+)'/.exec(statement) ?? [],
  );
  expect(paths).toHaveLength(8 * 3);
  expect(new Set(paths.filter((_, at) => at % 3 === 1)).size).toBe(8);
  for (const statement of STATEMENTS.slice(0, -1)) expect(statement).toContain("ON CLUSTER 'setpoint'");
});

/** The same on one node: no cluster, no Keeper, and a table over the local ones in place of a distributed one. */
function onOneNode(statement: string): string {
  return statement
    .replaceAll(" ON CLUSTER 'setpoint'", '')
    .replace(/Replicated(\w*MergeTree)\('[^']+', '[^']+'(?:, )?/, '$1(')
    .replace(
      /replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = \d+/,
      'non_replicated_deduplication_window = 10000',
    )
    .replace(
      /ENGINE = Distributed\('setpoint', 'setpoint', '(\w+)', .*\)$/,
      (_, local: string) => `ENGINE = Merge('setpoint', '^${local}$')`,
    );
}

test('on one node they are a ledger: a batch and its repeat roll up once, and a process that makes no tables takes them', async () => {
  for (const statement of [...STATEMENTS, ...STATEMENTS]) await engine.run(onOneNode(statement)); // twice: a step that was cut short is run again
  const settlements = sampleSettlements(3, 200, {
    fromMs: Date.parse('2026-09-20'),
    toMs: Date.parse('2026-10-10'),
  });
  const rows = settlements.map((settlement, sequence) =>
    Buffer.from(encodeLines(settlement, { journal: 'h.gateway-1-1', sequence })),
  );
  const into = {
    ...engine,
    insertRows: (text: string, ...rest: [readonly Buffer[], string]) =>
      engine.insertRows(text.replace('.lines (', '.lines_local ('), ...rest),
  };
  const { insertBatch } = await import('../../src/ledger/stores/insert.ts');
  const { openUpkeep } = await import('../../src/ledger/stores/upkeep.ts');
  const upkeep = await openUpkeep(engine, Date.now);
  for (let tries = 0; tries < 2; tries += 1)
    await insertBatch(into, upkeep, { token: 'h:0:199:a', rows, count: rows.length });
  expect(await upkeep.agrees()).toBe(true);
  const truth = [String(trueLines(settlements).length), formatDollars(costOf(trueLines(settlements)))];
  for (const [table, lines] of [
    ['lines', 'count()'],
    ['rollup', 'sum(lines)'],
  ])
    expect(
      (await engine.select(`SELECT toString(${lines}), toString(sum(cost)) FROM setpoint.${table}`))[0],
    ).toEqual(truth);
  expect(await engine.select('SELECT version FROM setpoint.schema_version')).toEqual([[3]]);
  const ledger = await openLedger({
    place: { kind: 'embedded', path },
    nowMs: () => (clock += 1),
    progress: () => ({ backlogFrames: 0, completeUntilMs: 0, trouble: '' }),
    keepsRollups: false,
  });
  expect((await ledger.health()).lines).toBe(trueLines(settlements).length);
  await ledger.tellHost('b', { backlogFrames: 4, completeUntilMs: 1_790_000_000_123, trouble: "it's away" });
  await ledger.tellHost('b', { backlogFrames: 3, completeUntilMs: 1_790_000_000_456, trouble: '' });
  expect(await ledger.hosts()).toMatchObject([
    { host: 'b', backlogFrames: 3, completeUntilMs: 1_790_000_000_456, trouble: '' },
  ]);
  await ledger.close();
});

test('a process that makes no tables refuses a database without them, and of another version', async () => {
  const open = () =>
    openLedger({
      place: { kind: 'embedded', path },
      nowMs: Date.now,
      progress: () => ({ backlogFrames: 0, completeUntilMs: 0, trouble: '' }),
      keepsRollups: false,
    });
  await engine.run("INSERT INTO setpoint.schema_version VALUES (4, 'x', now64(3))");
  await expect(open()).rejects.toThrow(/has schema 4 and this Setpoint needs 3/);
  await engine.run('DROP TABLE setpoint.schema_version');
  await expect(open()).rejects.toThrow(/start the control of this version first/);
});

test('names that could become SQL are refused', () => {
  expect(() => clusterFiles({ database: 'a; b', cluster: 'c' })).toThrow(/not a database name/);
  expect(() => clusterFiles({ database: 'a', cluster: "c'" })).toThrow(/not a name of a cluster/);
});
