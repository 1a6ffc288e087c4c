/** Saved views on both engines: what follows what, and that each step has its line in the chain. */
import { describe, expect, it } from 'vitest';

import { registryEngines } from '../../test/fakes/engines.ts';
import type { Engine } from '../../test/fakes/engines.ts';

const ENGINES = registryEngines();
const MOST = 3;
const MONTH = { name: 'My month', path: 'spend', state: 'during=this-month&by=team', note: '' };

async function open(engine: Engine, context: Parameters<Engine['database']>[0]) {
  let ms = Date.UTC(2026, 10, 1);
  const registry = await (await engine.database(context)).open(() => (ms += 1_000));
  const saved = await registry.views.save(MONTH, MOST, 'ada');
  if (saved.kind !== 'decided') throw new Error(saved.kind);
  return { registry, views: registry.views, view: saved.view };
}

describe.for(ENGINES)('saved views on $name', (engine) => {
  it('are changed, taken away and brought back by versions, each with an audit line', async (context) => {
    const { registry, views, view } = await open(engine, context);
    expect(view).toMatchObject({ ...MONTH, version: 1, owner: 'ada', changedBy: 'ada' });
    const renamed = { ...MONTH, name: 'Ours', note: 'for the review' };
    const changed = await views.change({ id: view.id, version: 1, body: renamed }, 'bob');
    expect(changed).toMatchObject({
      kind: 'decided',
      view: { ...renamed, version: 2, owner: 'ada', madeAtMs: view.madeAtMs, changedBy: 'bob' },
    });
    expect(await views.remove({ id: view.id, version: 2 }, 'bob')).toMatchObject({ kind: 'decided' });
    expect(await views.list()).toEqual([]);
    const back = await views.restore(view.id, MOST, 'ada');
    expect(back).toMatchObject({ kind: 'decided', view: { ...renamed, version: 4, owner: 'ada' } });
    expect(await views.restore(view.id, MOST, 'ada')).toEqual(back);
    expect(await views.list()).toHaveLength(1);
    const lines = await registry.audit({ afterSeq: 0, limit: 10 });
    expect(lines.map(({ action, actor }) => `${action} ${actor}`)).toEqual([
      'view.save ada',
      'view.save bob',
      'view.delete bob',
      'view.restore ada',
    ]);
    expect(await registry.verifyAudit()).toMatchObject({ kind: 'intact', entries: 4 });
    await registry.close();
  });

  it('are not changed over what somebody else changed since', async (context) => {
    const { registry, views, view } = await open(engine, context);
    await views.change({ id: view.id, version: 1, body: { ...MONTH, note: 'first' } }, 'ada');
    const late = { id: view.id, version: 1 };
    const stale = { kind: 'stale', view: { note: 'first', version: 2 } };
    expect(await views.change({ ...late, body: { ...MONTH, note: 'late' } }, 'bob')).toMatchObject(stale);
    expect(await views.remove(late, 'bob')).toMatchObject(stale);
    expect(await views.remove({ id: view.id }, 'bob')).toMatchObject({ kind: 'decided' });
    expect(await views.remove({ id: view.id }, 'bob')).toEqual({ kind: 'absent' });
    await registry.close();
  });

  it('have names of their own, and bounds', async (context) => {
    const { registry, views, view } = await open(engine, context);
    const taken = { kind: 'taken', view: { id: view.id } };
    expect(await views.save({ ...MONTH, name: 'my MONTH' }, MOST, 'bob')).toMatchObject(taken);
    await views.save({ ...MONTH, name: 'b' }, MOST, 'bob');
    const third = await views.save({ ...MONTH, name: 'a' }, MOST, 'bob');
    if (third.kind !== 'decided') throw new Error(third.kind);
    expect(await views.save({ ...MONTH, name: 'd' }, MOST, 'bob')).toEqual({ kind: 'many' });
    expect(await views.change({ id: third.view.id, body: MONTH }, 'bob')).toMatchObject(taken);
    expect((await views.list()).map(({ name }) => name)).toEqual(['a', 'b', 'My month']);
    await views.remove({ id: view.id }, 'ada');
    await views.save(MONTH, MOST, 'bob');
    expect(await views.restore(view.id, MOST, 'ada')).toMatchObject({ kind: 'taken' });
    expect(await views.restore('none', MOST, 'ada')).toEqual({ kind: 'absent' });
    await registry.close();
  });
});
