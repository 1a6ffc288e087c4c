/** Whoever changes a decision behind the program's back is noticed: in every table, in every way. */
import { describe, expect, test } from 'vitest';

import { registryEngines } from '../../test/fakes/engines.ts';
import type { TestDatabase } from '../../test/fakes/engines.ts';
import { readBudgetDraft } from '../budgets/budgets.ts';
import type { BudgetDraft } from '../budgets/budgets.ts';
import type { NewImport } from './invoices.ts';

const ENGINES = registryEngines();

const STATEMENT: NewImport = {
  id: 'a'.repeat(64),
  kind: 'openai-costs',
  fileName: 'costs.json',
  digest: 'b'.repeat(64),
  bytes: 12,
  invoice: 'INV-1',
  lines: [
    { row: 1, provider: 'openai', day: '2026-03-05', body: '{"cost":"3"}' },
    { row: 2, provider: 'openai', day: '2026-03-06', body: '{"cost":"4"}' },
  ],
  overlap: 'refuse',
};

const DRAFT: BudgetDraft = {
  name: 'All',
  scope: { kind: 'organisation' },
  amount: '500',
  window: { kind: 'calendar', unit: 'month' },
};

/** A registry with one of everything; then a statement behind its back. */
async function verdictAfter(database: TestDatabase, ...statements: readonly string[]) {
  let ms = Date.UTC(2026, 2, 1);
  const nowMs = (): number => (ms += 1_000);
  const registry = await database.open(nowMs);
  const { attribution, invoices, anomalies, keys, secrets } = registry;
  const rule = { kind: 'rule', id: 'legal', reason: 'asked', body: { set: { workflow: 'legal' } } } as const;
  await attribution.decide({ ...rule, action: 'set' }, 'ada');
  await attribution.decide({ ...rule, action: 'withdraw' }, 'bob');
  const posting = { id: 'm1', kind: 'rule', subject: 'legal', version: 1, month: '2026-02' } as const;
  await attribution.plan({ ...posting, body: { cost: '12' } }, 'ada');
  await attribution.finish('m1', 2);
  await invoices.add(STATEMENT, 'ada');
  const made = { id: 'rec-1', month: '2026-03', provider: 'openai', body: '{"corrections":[]}' };
  await invoices.save(made, [{ key: 'k', state: 'cost-matched' }], 'ada');
  await invoices.save({ ...made, id: 'rec-2', month: '2026-04' }, [], 'ada');
  await invoices.beginApply('rec-1', undefined, 'bob');
  await invoices.finishApply('rec-1', 3, ['k'], 'bob');
  await invoices.close('2026-03', '{"cost":"7"}', 'ada');
  const window = { workflow: 'support', fromMs: ms, toMs: ms + 1 };
  for (const state of ['acknowledged', 'expected', 'acknowledged'] as const)
    await anomalies.add({ anomaly: 'f00d', state, note: 'launch', ...window }, 'ada');
  const read = readBudgetDraft(DRAFT, 'UTC');
  if (read.kind === 'problems') throw new Error('the draft is no budget');
  await registry.budgets.set({ budget: read.budget, reason: 'agreed', how: 'new', most: 9 }, 'ada');
  await registry.budgets.end({ id: 'all', reason: 'over' }, 'bob');
  const plan = { kind: 'plan', id: 'q1', reason: 'agreed' } as const;
  await registry.forecasts.decide(
    { ...plan, action: 'propose', body: { months: [{ amount: '500' }] } },
    'ada',
  );
  await registry.forecasts.decide({ ...plan, action: 'lock' }, 'bob');
  const view = { name: 'Ours', path: 'spend', state: 'by=team', note: '' };
  const kept = await registry.views.save(view, 9, 'ada');
  if (kept.kind !== 'decided') throw new Error(kept.kind);
  await registry.views.remove({ id: kept.view.id }, 'bob');
  const limits = { uses: ['calls', 'keys'], models: ['gpt-*'] } as const;
  const { key } = await keys.create({ name: 'ci', environment: 'test', scope: limits }, 'ada');
  await keys.create({ name: 'child', parent: key.id, scope: { models: ['gpt-4*'] } }, `key:${key.id}`);
  await keys.rotate(key.id, 60_000, 'bob');
  const sealed = (text: string) => ({ key: 'f00d', dek: 'd', text });
  const openai = { id: 'provider/openai/openai', hint: 'abcd' };
  await secrets.set({ ...openai, seal: () => sealed('first') }, 'ada');
  await secrets.set({ ...openai, seal: () => sealed('second') }, 'bob');
  await secrets.set({ id: 'provider/groq/openai', hint: 'ef01', seal: () => sealed('other') }, 'ada');
  await secrets.remove('provider/groq/openai', 'bob');
  await secrets.rewrap(
    { under: 'beef', rewrap: ({ sealed: { text } }) => ({ key: 'beef', dek: 'e', text }) },
    'ada',
  );
  await registry.close();
  for (const statement of statements) expect(await database.execute(statement)).toBeGreaterThan(0);
  const again = await database.open(nowMs);
  const verdict = await again.verifyAudit();
  await again.close();
  return verdict;
}

describe.each(ENGINES)('the tables and the chain on $name', (engine) => {
  test('agree as long as nobody interferes', async (context) => {
    expect(await verdictAfter(await engine.database(context))).toMatchObject({ kind: 'intact', entries: 26 });
  });

  test.for([
    ["UPDATE attribution_decisions SET body = '{}' WHERE version = 1", 'legal@1 is not what'],
    ["UPDATE attribution_decisions SET author = 'eve' WHERE version = 2", 'legal@2 is not what'],
    ["UPDATE attribution_decisions SET action = 'set' WHERE version = 2", 'legal@2 exists and no line'],
    ['DELETE FROM attribution_decisions WHERE version = 2', 'legal@2 was made and is gone'],
    ["UPDATE attribution_postings SET body = '{}'", 'legal@1 is not what'],
    ['DELETE FROM attribution_postings', 'legal@1 was made and is gone'],
    ["UPDATE invoice_imports SET invoice = 'INV-2'", 'is not what'],
    ['UPDATE statement_lines SET body = \'{"cost":"5"}\' WHERE place = 1', 'is not what'],
    ['DELETE FROM statement_lines WHERE place = 1', 'is not what'],
    ['DELETE FROM invoice_imports', 'was made and is gone'],
    ["UPDATE reconciliations SET body = '{}' WHERE id = 'rec-1'", 'rec-1 is not what'],
    ["UPDATE reconciliations SET lines = 4 WHERE id = 'rec-1'", 'rec-1 is not what'],
    ["UPDATE reconciliations SET applied_at = NULL WHERE id = 'rec-1'", 'rec-1 was made and is gone'],
    [
      "UPDATE reconciliations SET applying_at = '2026-03-02T00:00:00.000Z' WHERE id = 'rec-2'",
      'rec-2 exists and no line',
    ],
    ["DELETE FROM reconciliations WHERE id = 'rec-2'", 'rec-2 was made and is gone'],
    ['UPDATE closed_months SET sums = \'{"cost":"8"}\'', '2026-03 is not what'],
    ['DELETE FROM closed_months', '2026-03 was made and is gone'],
    ["UPDATE keys SET scope = '{}' WHERE name = 'ci'", 'is not what its line says'],
    [
      'UPDATE keys SET scope = \'{"uses":["calls","keys"]}\' WHERE name = \'ci\'',
      'is not what its line says',
    ],
    ["UPDATE keys SET parent = '' WHERE name = 'child'", 'is not what its line says'],
    ["UPDATE keys SET environment = 'live' WHERE name = 'ci'", 'is not what its line says'],
    [`UPDATE key_rotations SET digest = '${'0'.repeat(64)}'`, 'is not what its line says'],
    ["UPDATE key_rotations SET former_until = '2030-01-01T00:00:00.000Z'", 'is not what its line says'],
    ['DELETE FROM key_rotations', 'was made and is gone'],
    [
      `INSERT INTO key_rotations SELECT key_id, 3, '${'1'.repeat(64)}', hint, former_until, actor, at FROM key_rotations`,
      'exists and no line says who made it',
    ],
    [
      'UPDATE secrets SET sealed = \'{"key":"beef","dek":"e","text":"first"}\' WHERE version = 2',
      'openai@2 is not what its line says was set',
    ],
    [
      'UPDATE secrets SET sealed = \'{"key":"beef","dek":"e","text":"first"}\' WHERE version = 1',
      'is not in the state',
    ],
    ["UPDATE secrets SET removed_at = NULL, removed_by = NULL WHERE id LIKE '%groq%'", 'is not in the state'],
    ["UPDATE secrets SET sealed = '' WHERE version = 2", 'is not in the state'],
    ["UPDATE secrets SET hint = 'zzzz' WHERE version = 2", 'is not what its line says'],
    ["DELETE FROM secrets WHERE id LIKE '%groq%'", 'was made and is gone'],
    ["UPDATE anomaly_notes SET note = 'nothing'", 'f00d is not what'],
    ['DELETE FROM anomaly_notes WHERE seq = 3', 'f00d was made and is gone'],
    [
      'INSERT INTO anomaly_notes SELECT 9, anomaly, state, note, workflow, from_at, to_at, actor, at FROM anomaly_notes WHERE seq = 2',
      'f00d exists and no line',
    ],
    ["UPDATE budget_decisions SET body = replace(body, '500', '900') WHERE version = 1", 'all@1 is not what'],
    ["UPDATE budget_decisions SET reason = 'none' WHERE version = 2", 'all@2 is not what'],
    ["UPDATE budget_decisions SET author = 'eve' WHERE version = 1", 'all@1 is not what'],
    ["UPDATE budget_decisions SET action = 'set' WHERE version = 2", 'all@2 exists and no line'],
    ['DELETE FROM budget_decisions WHERE version = 2', 'all@2 was made and is gone'],
    [
      "UPDATE forecast_decisions SET body = replace(body, '500', '900') WHERE version = 2",
      'q1@2 is not what',
    ],
    [
      "UPDATE forecast_decisions SET decided_at = '2026-01-01T00:00:00.000Z' WHERE version = 2",
      'q1@2 is not what',
    ],
    ["UPDATE forecast_decisions SET kind = 'scenario' WHERE version = 1", 'q1@1 exists and no line'],
    ['DELETE FROM forecast_decisions WHERE version = 2', 'q1@2 was made and is gone'],
    ["UPDATE view_decisions SET body = replace(body, 'team', 'key') WHERE version = 1", '@1 is not what'],
    ["UPDATE view_decisions SET author = 'eve' WHERE version = 2", '@2 is not what'],
    ["UPDATE view_decisions SET action = 'restore' WHERE version = 2", '@2 exists and no line'],
    ['DELETE FROM view_decisions WHERE version = 2', '@2 was made and is gone'],
  ])('%s is noticed', async ([statement = '', words = ''], context) => {
    const verdict = await verdictAfter(await engine.database(context), statement);
    expect(verdict).toMatchObject({ kind: 'broken', reason: expect.stringContaining(words) });
  });
});
