/** One script of decisions on both engines: what is kept is the same, to the last character, and so is every answer. */
import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { registryEngines } from '../../test/fakes/engines.ts';
import type { Engine } from '../../test/fakes/engines.ts';
import { openRegistry } from './registry.ts';
import type { NewImport } from './invoices.ts';
import type { Registry } from './registry.ts';

const ENGINES = registryEngines();
const START_MS = Date.UTC(2026, 2, 1);
type Context = Parameters<Engine['database']>[0];

/** Bytes and instants that are the same in every run. */
function surroundings(): {
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
} {
  let ms = START_MS;
  let round = 0;
  return {
    nowMs: () => (ms += 997),
    randomBytes: (count) =>
      createHash('sha512')
        .update(`bytes ${(round += 1)}`)
        .digest()
        .subarray(0, count),
  };
}

async function openAt(engine: Engine, context: Context) {
  const database = await engine.database(context);
  await (await database.open(() => START_MS)).close(); // making the tables looks at the clock too
  return { database, registry: await openRegistry({ ...database.place, ...surroundings() }) };
}

const LONG = 'ünïcödé "quoted" \\ ’ 💶 '.repeat(40);

const TEAM = { name: 'ours', path: 'ledger', state: 'by=team' };

const STATEMENT: NewImport = {
  id: 'a'.repeat(64),
  kind: 'openai-costs',
  fileName: LONG,
  digest: 'b'.repeat(64),
  bytes: 2_147_483_647,
  invoice: 'INV-1',
  lines: Array.from({ length: 1_203 }, (_, index) => ({
    row: index + 2,
    provider: ['openai', 'Azure', 'anthropic'][index % 3] ?? '',
    day: `2026-03-${String((index % 28) + 1).padStart(2, '0')}`,
    body: `{"cost":"0.${String(index).padStart(12, '0')}","units":"9007199254740993"}`,
  })),
  overlap: 'refuse',
};

/** Everything that the registry can be told, with answers in order. */
async function tellAll(registry: Registry): Promise<unknown[]> {
  const answers: unknown[] = [];
  const say = async (answer: Promise<unknown>): Promise<void> => void answers.push(await answer);
  for (const name of ['b', 'B', 'a', 'é', LONG])
    await say(
      registry.keys.create({ name, team: name, tags: { [name]: LONG }, expiresAtMs: START_MS * 2 }, 'ada'),
    );
  const [first] = await registry.keys.list();
  await say(registry.keys.revoke(first?.id ?? '', 'bob'));
  await say(registry.keys.list());
  const { attribution, invoices, prices, anomalies, rulebooks, positions } = registry;
  const rule = { kind: 'rule', id: 'x'.repeat(100), reason: LONG, body: { cost: '0.000000000001' } } as const;
  await say(attribution.decide({ ...rule, action: 'set' }, 'ada'));
  await say(attribution.decide({ ...rule, action: 'set' }, 'ada'));
  await say(attribution.decide({ ...rule, action: 'withdraw' }, 'ada'));
  await say(attribution.decide({ ...rule, action: 'withdraw' }, 'ada'));
  const posting = { id: 'm1', kind: 'rule', subject: rule.id, version: 2, month: '2026-02' } as const;
  await say(attribution.plan({ ...posting, body: { cost: '12' } }, 'ada'));
  await say(attribution.plan({ ...posting, body: { cost: '13' } }, 'bob'));
  await attribution.finish('m1', 2);
  await attribution.finish('m1', 3);
  await say(attribution.postings('rule'));
  await say(attribution.decisions('rule'));
  await say(invoices.add({ ...STATEMENT, id: 'empty', lines: [] }, 'ada'));
  await say(invoices.add(STATEMENT, 'ada'));
  await say(invoices.add(STATEMENT, 'bob'));
  await say(invoices.add({ ...STATEMENT, id: 'c' }, 'bob'));
  await say(invoices.add({ ...STATEMENT, id: 'd', overlap: 'replace' }, 'bob'));
  await say(invoices.imports());
  await say(invoices.lines({ month: '2026-03' }));
  await say(invoices.lines({ importId: STATEMENT.id }));
  const made = { id: 'rec-1', month: '2026-03', provider: 'openai', body: LONG };
  const keys = Array.from({ length: 1_001 }, (_, index) => ({ key: `k${index}`, state: 'cost-matched' }));
  await say(invoices.save(made, keys, 'ada'));
  await say(invoices.save({ ...made, id: 'rec-2', provider: '' }, [], 'ada'));
  await say(invoices.beginApply('rec-1', START_MS, 'bob'));
  await say(invoices.beginApply('rec-2', undefined, 'bob'));
  await say(invoices.finishApply('rec-1', 3, ['k1'], 'bob'));
  await say(invoices.finishApply('rec-1', 4, ['k1'], 'bob'));
  await say(invoices.keyStates('2026-03'));
  await say(invoices.close('2026-03', '{"cost":"123456789012345678.123456789012"}', 'ada'));
  await say(invoices.close('2026-03', '{"cost":"0"}', 'ada'));
  await say(invoices.reconciliations());
  await say(prices.books(5));
  await say(prices.list());
  const window = { workflow: LONG, fromMs: START_MS, toMs: START_MS + 1 };
  for (const anomaly of ['Zulu and longer than twelve', 'alpha'])
    await say(anomalies.add({ anomaly, state: 'expected', note: LONG, ...window }, 'ada'));
  await say(anomalies.list());
  for (let round = 0; round < 7; round += 1)
    await say(rulebooks.publish((version) => `{"version":${version}}`, { above: 40, epoch: 3 }));
  for (const value of ['1', '2']) await positions.keep('job', value);
  await say(positions.read('job'));
  await say(positions.read('none'));
  await say(rulebooks.versions());
  await say(rulebooks.latest(46));
  await say(rulebooks.latest(47));
  const { views } = registry;
  for (const name of ['b', 'B', 'é', LONG])
    await say(views.save({ name, path: 'spend', state: LONG, note: LONG }, 9, 'ada'));
  const [view] = await views.list();
  await say(views.change({ id: view?.id ?? '', version: 9, body: { ...TEAM, note: LONG } }, 'bob'));
  await say(views.change({ id: view?.id ?? '', version: 1, body: { ...TEAM, note: LONG } }, 'bob'));
  await say(views.remove({ id: view?.id ?? '' }, 'ada'));
  await say(views.restore(view?.id ?? '', 9, 'bob'));
  await say(views.list());
  await say(registry.audit({ afterSeq: 3, limit: 100 }));
  await say(registry.verifyAudit());
  return answers;
}

const TABLES = [
  'keys order by id',
  'audit order by seq',
  'attribution_decisions order by seq',
  'attribution_postings order by seq',
  'invoice_imports order by id',
  'statement_lines order by import_id, place',
  'reconciliations order by id',
  'reconciled_keys order by seq',
  'closed_months order by month',
  'anomaly_notes order by seq',
  'view_decisions order by seq',
  'rulebooks order by version',
  'positions order by name',
  'migrations order by level',
];

describe('both engines', () => {
  it('keep the same and answer the same', async (context) => {
    const kept = [];
    for (const engine of ENGINES) {
      const { database, registry } = await openAt(engine, context);
      const answers = await tellAll(registry);
      await registry.close();
      // Plain objects, as the drivers' rows have prototypes of their own.
      const rows = await Promise.all(TABLES.map((table) => database.query(`select * from ${table}`)));
      kept.push({ answers, rows: rows.map((table) => table.map((row) => ({ ...row, applied_at: '' }))) });
    }
    expect(kept[0]?.rows.flat().length).toBeGreaterThan(3_000);
    for (const [index, table] of TABLES.entries())
      expect(kept[1]?.rows[index], table).toEqual(kept[0]?.rows[index]);
    expect(kept[1]?.answers).toEqual(kept[0]?.answers);
  });
});

describe('the registry on PostgreSQL', () => {
  it('keeps whole numbers up to those that are exact, and refuses to round', async (context) => {
    const [, engine] = ENGINES; // SQLite's own driver refuses what it cannot hold exactly
    if (engine === undefined) throw new Error('there are two engines');
    const { database, registry } = await openAt(engine, context);
    await registry.anomalies.add(
      { anomaly: 'a', state: 'open', note: '', workflow: '', fromMs: 0, toMs: 0 },
      'a',
    );
    await database.execute('alter table anomaly_notes alter column seq type bigint');
    await database.execute(`update anomaly_notes set seq = ${Number.MAX_SAFE_INTEGER - 1}`);
    await registry.anomalies.add(
      { anomaly: 'b', state: 'open', note: '', workflow: '', fromMs: 0, toMs: 0 },
      'a',
    );
    expect(await database.query('select cast(max(seq) as text) as seq from anomaly_notes')).toEqual([
      { seq: String(Number.MAX_SAFE_INTEGER) },
    ]);
    await database.execute('update anomaly_notes set seq = seq + 10');
    await expect(registry.anomalies.list()).rejects.toThrow(/cannot be read exactly/);
    await registry.close();
  });
});
